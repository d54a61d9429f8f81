/** Walks again what failed once. */
import type { AnyStateMachine } from "xstate";
import { failureOf, prepare, type PlainSuite, type Suite } from "./suite.ts";
import type { Fixture } from "./walk/fixture.ts";
import { possibleSteps, walkThrough, type TraceStep } from "./walk/walk.ts";

/** A walk of a fixture that does not fail any more. */
export interface Replayed {
  readonly trace: readonly TraceStep[];
  /** Steps of the fixture that the machine does not take any more. */
  readonly skipped: number;
}

/**
 * Walks the steps of a fixture with this machine and system. Steps that the machine does not take any more are left out.
 * @throws ModelTestFailure (`model_test_failed`) when it still fails
 */
export async function replayFixture<TMachine extends AnyStateMachine, TSut = unknown>(
  fixture: Fixture,
  machine: TMachine,
  suite: Suite<TMachine, TSut>,
): Promise<Replayed> {
  const plain = { ...(fixture.input !== undefined && { input: fixture.input }), ...suite } as unknown as PlainSuite;
  // Its steps are there already: nothing is drawn.
  const prepared = prepare(machine, plain, () => []);
  const planned = possibleSteps(prepared.model, fixture.steps);
  const fault = await walkThrough(prepared.context, planned);
  if (fault !== undefined) throw failureOf(prepared, fault);
  let from: unknown = prepared.model.initial.state.snapshot.value;
  const trace = planned.map(({ step, state }) => {
    const { value } = state.snapshot;
    const traced: TraceStep = { step, from, to: value };
    from = value;
    return traced;
  });
  return { trace, skipped: fixture.steps.length - planned.length };
}
