/** Paths through a machine as tests. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { AnyStateMachine } from "xstate";
import { UsageError } from "../base/errors.ts";
import { testOf, type TestFunction } from "./test-function.ts";
import type { Taken } from "./model/model.ts";
import { possibleSteps } from "./walk/walk.ts";
import { readFixture } from "./walk/fixture.ts";
import {
  isGraphTestModel,
  machineOfPaths,
  stepsOfPath,
  type GraphPath,
  type GraphTestModel,
} from "./paths/graph-paths.ts";
import { waysThrough, type PathLimits, type PathStrategy } from "./paths/generate-paths.ts";
import { titleOf, unique } from "./paths/path-titles.ts";
import { replayFixture } from "./replay.ts";
import { sampler } from "./sample.ts";
import { exploreSuite, prepare, walkOrThrow, type PlainSuite, type Prepared, type Suite } from "./suite.ts";

/** Which paths are generated. */
export interface PathSettings extends PathLimits {
  /** Which paths. Default `edges`: every step of every state. */
  readonly paths?: PathStrategy;
}

/** What `testPaths` is told: a suite, which paths, and how tests are registered. */
export interface TestPathsOptions<TMachine extends AnyStateMachine, TSut> extends Suite<TMachine, TSut>, PathSettings {
  /** Registers one test for each path. Default: the global `test`, where the runner has one. */
  readonly test?: TestFunction;
}

/** One generated test. */
export interface GeneratedPath {
  /** `checkout is paid after ADD, then PAY` */
  readonly title: string;
  /** @throws ModelTestFailure (`model_test_failed`) */
  readonly run: () => Promise<void>;
}

/** A machine, or paths or a model that `xstate/graph` or `@xstate/graph` made of one. */
export type PathSource<TMachine extends AnyStateMachine> = TMachine | GraphTestModel | readonly GraphPath[];

/**
 * Registers a test for each path through the machine. The system under test and the machine take the same steps, and after each the
 * system has to be where the machine is. Failing walks of before, in the folder `fixtures`, are tests too.
 * @throws SignalboxError (`model_too_large`) when the machine has more states or paths than allowed; ModelTestFailure
 * (`model_test_failed`) when a temporal promise does not hold of the machine itself; UsageError (`invalid_usage`) when the system cannot be tested with what was given
 */
export function testPaths<TMachine extends AnyStateMachine, TSut = unknown>(
  source: PathSource<TMachine>,
  options: TestPathsOptions<TMachine, TSut>,
): void {
  const test = testOf(options);
  for (const { title, run } of generatePaths(source, options)) test(title, run);
}

/** Walks every path, one after the other, without a test runner. @throws as `testPaths`, and ModelTestFailure at the first fault */
export async function checkPaths<TMachine extends AnyStateMachine, TSut = unknown>(
  source: PathSource<TMachine>,
  options: Omit<TestPathsOptions<TMachine, TSut>, "test">,
): Promise<{ readonly paths: number }> {
  const paths = generatePaths(source, options);
  for (const { run } of paths) await run();
  return { paths: paths.length };
}

/** The tests that `testPaths` registers, as data. @throws as `testPaths` */
export function generatePaths<TMachine extends AnyStateMachine, TSut = unknown>(
  source: PathSource<TMachine>,
  options: Omit<TestPathsOptions<TMachine, TSut>, "test"> = {},
): readonly GeneratedPath[] {
  const suite = options as unknown as PlainSuite & PathSettings;
  const machine = machineOf(source);
  const prepared = prepare(machine, suite, sampler(suite));
  const planned =
    source === machine ? ownPaths(prepared, suite) : foreignPaths(prepared, source as GraphTestModel, suite);
  const titles = unique(planned.map((steps) => titleOfWalk(prepared, steps)));
  const generated = planned.map((steps, at) => ({ title: titles[at]!, run: () => walkOrThrow(prepared, steps) }));
  return [...fixturePaths(machine, suite), ...generated];
}

function machineOf(source: PathSource<AnyStateMachine>): AnyStateMachine {
  if (isGraphTestModel(source)) return source.testLogic as AnyStateMachine;
  if (!Array.isArray(source)) return source as AnyStateMachine;
  const machine = machineOfPaths(source as readonly GraphPath[]);
  if (machine === undefined) throw new UsageError("expected a machine, a test model, or paths; got an empty list");
  return machine;
}

function ownPaths(
  prepared: Prepared,
  { paths = "edges", pathsMax, stepsMax }: PathSettings,
): readonly (readonly Taken[])[] {
  const graph = exploreSuite(prepared);
  return waysThrough(graph, paths, { pathsMax, stepsMax }).map((way) =>
    possibleSteps(
      prepared.model,
      way.map(({ step }) => step),
    ),
  );
}

function foreignPaths(
  { model }: Prepared,
  source: GraphTestModel | readonly GraphPath[],
  { paths }: PathSettings,
): readonly (readonly Taken[])[] {
  const made = !isGraphTestModel(source)
    ? source
    : paths === "simple"
      ? source.getSimplePaths()
      : source.getShortestPaths();
  return made.map((path, at) => {
    const steps = stepsOfPath(path);
    const planned = possibleSteps(model, steps);
    if (planned.length < steps.length)
      throw new UsageError(
        `expected machine ${model.machine.id} to take every step of path ${at + 1}, and it takes ${planned.length} of ${steps.length}; were the paths made with another \`input\`?`,
      );
    return planned;
  });
}

function titleOfWalk({ model }: Prepared, planned: readonly Taken[]): string {
  const end = planned.at(-1)?.state ?? model.initial.state;
  return titleOf(
    model.machine.id,
    planned.map(({ step }) => step),
    end.snapshot,
  );
}

/** What failed once is walked again for ever. */
function fixturePaths(machine: AnyStateMachine, suite: PlainSuite): readonly GeneratedPath[] {
  const { fixtures, ...rest } = suite;
  if (fixtures === undefined || !existsSync(fixtures)) return [];
  const files = readdirSync(fixtures)
    .filter((name) => name.endsWith(".json"))
    .sort();
  return files
    .map((name) => ({ name, fixture: readFixture(join(fixtures, name)) }))
    .filter(({ fixture }) => fixture.machine === machine.id)
    .map(({ name, fixture }) => ({
      title: `${machine.id} does not fail any more as in ${name}`,
      run: async () => void (await replayFixture(fixture, machine, rest)),
    }));
}
