/** Walks at random through a machine, as a property of fast-check. */
import * as fc from "fast-check";
import type { AnyStateMachine } from "xstate";
import type { Taken } from "./model/model.ts";
import { sampler } from "./sample.ts";
import { failureOf, prepare, type PlainSuite, type Prepared, type Suite } from "./suite.ts";
import { testOf, type TestFunction } from "./test-function.ts";
import { shrink } from "./walk/shrink.ts";
import { walkThrough, type Fault } from "./walk/walk.ts";
import { planOf, wishes, type Wish, type WishSettings } from "./wishes.ts";

const STEPS_DEFAULT = 30;

/** How many walks at random there are, and how long they are. */
export interface PropertySettings extends WishSettings {
  /** Walks. Default: fast-check's, 100. */
  readonly numRuns?: number;
  /** The same seed gives the same walks. Default: fast-check's, another one each time; a failure says which. */
  readonly seed?: number;
  /** Steps of a walk at most. Default 30. */
  readonly stepsMax?: number;
}

/** What `propertyTest` is told: a suite, how many walks, and how the test is registered. */
export interface PropertyTestOptions<TMachine extends AnyStateMachine, TSut>
  extends Suite<TMachine, TSut>, PropertySettings {
  /** Registers the test. Default: the global `test`, where the runner has one. */
  readonly test?: TestFunction;
}

/**
 * Registers one test that walks the machine and the system under test at random, with payloads from the arbitraries of `events`. A
 * failing walk is shrunk: no step of it can be left out.
 * @throws UsageError (`invalid_usage`) when the system cannot be tested with what was given
 */
export function propertyTest<TMachine extends AnyStateMachine, TSut = unknown>(
  machine: TMachine,
  options: PropertyTestOptions<TMachine, TSut>,
): void {
  testOf(options)(`${machine.id} does as its machine says on walks at random`, async () => {
    await checkProperty(machine, options);
  });
}

/** The same without a test runner. @throws ModelTestFailure (`model_test_failed`) with the shortest failing walk */
export async function checkProperty<TMachine extends AnyStateMachine, TSut = unknown>(
  machine: TMachine,
  options: Omit<PropertyTestOptions<TMachine, TSut>, "test">,
): Promise<{ readonly walks: number; readonly steps: number }> {
  const suite = options as unknown as PlainSuite & PropertySettings;
  const prepared = prepare(machine, suite, sampler(suite));
  let walked = 0;
  const property = fc.asyncProperty(wishLists(prepared, suite), async (wished) => {
    const planned = planOf(prepared.model, wished, suite.stepsMax ?? STEPS_DEFAULT);
    walked += planned.length;
    const fault = await walkThrough(prepared.context, planned);
    if (fault !== undefined) throw new FailedWalk(planned, fault);
  });
  const { numRuns, seed } = suite;
  const details = await fc.check(property, {
    ...(numRuns !== undefined && { numRuns }),
    ...(seed !== undefined && { seed }),
  });
  if (!details.failed) return { walks: details.numRuns, steps: walked };
  const failed = details.errorInstance;
  if (!(failed instanceof FailedWalk)) throw failed;
  const fault = suite.shrink === false ? failed.fault : await shrink(prepared.context, failed.planned, failed.fault);
  throw failureOf(prepared, fault, [`seed ${details.seed}, after ${details.numRuns} walks`]);
}

class FailedWalk extends Error {
  readonly planned: readonly Taken[];
  readonly fault: Fault;

  constructor(planned: readonly Taken[], fault: Fault) {
    super(fault.expected);
    this.planned = planned;
    this.fault = fault;
  }
}

/** Most wishes come to nothing where the machine is then: so there are more of them than steps. */
function wishLists(prepared: Prepared, suite: PlainSuite & PropertySettings): fc.Arbitrary<Wish[]> {
  const each = wishes(prepared, suite);
  const maxLength = (suite.stepsMax ?? STEPS_DEFAULT) * Math.max(4, each.length);
  return fc.array(fc.oneof(...each), { maxLength, size: "max" });
}
