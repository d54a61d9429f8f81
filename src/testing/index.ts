/** Tests for state machines, and for plans. Needs fast-check; runs under vitest, node:test, and any runner that has a `test`. */
// Machines
export {
  checkPaths,
  generatePaths,
  testPaths,
  type GeneratedPath,
  type PathSettings,
  type PathSource,
  type TestPathsOptions,
} from "./test-paths.ts";
export type { GraphPath, GraphTestModel } from "./paths/graph-paths.ts";
export type { PathLimits, PathStrategy } from "./paths/generate-paths.ts";
export { checkProperty, propertyTest, type PropertySettings, type PropertyTestOptions } from "./property-test.ts";
export { commands, type CommandModel, type CommandSystem, type MachineCommands } from "./commands.ts";
export { eventArbitraries } from "./sample.ts";
export { bounded } from "./model/bounded.ts";
export type { WishSettings } from "./wishes.ts";
export type { TestFunction } from "./test-function.ts";
export type { JudgeSettings, ModelSettings, Suite, SystemSettings } from "./suite.ts";
export type { EventDescriptor, Generates, OutcomeDescriptor, Payload } from "./model/descriptors.ts";
export type { Outcome, Step } from "./model/step.ts";
export { actorSut, type ActorSut, type RunningActor } from "./walk/actor-sut.ts";
export { always, eventually, never, until, type Predicate, type Temporal } from "./walk/oracles.ts";
export { ModelTestFailure } from "./walk/failure.ts";
export { readFixture, type Fixture, type Source } from "./walk/fixture.ts";
export { replayFixture, type Replayed } from "./replay.ts";
export type { TraceStep } from "./walk/walk.ts";
export { assertCoverage, coverage, coverageMatchers, type Coverage, type CoverageGoal } from "./coverage/coverage.ts";
export type { Covered } from "./coverage/covered.ts";

// Plans
export { planArbitrary, type PlanArbitraryOptions, type PlanShape } from "./race/plan-arbitrary.ts";
export {
  raceScheduler,
  type AttemptScript,
  type RaceEnv,
  type RaceExecutor,
  type RaceWorld,
} from "./race/race-world.ts";
export { chaosWorker, type ChaosFault, type ChaosOptions } from "./race/chaos-worker.ts";
export {
  auditReplaysToSnapshot,
  capNeverExceeded,
  exactlyOneEnd,
  leaseExclusive,
  nothingBeforeItsNeeds,
  runInvariants,
  runProblems,
  type RunFacts,
  type RunInvariant,
} from "./race/run-invariants.ts";
export { simulate, type Simulation, type SimulationPolicy } from "./race/simulate.ts";
export type { AgentPolicy } from "./race/agents.ts";
export { virtualEnv, type VirtualEnv } from "./race/virtual-env.ts";
