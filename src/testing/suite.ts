/** What a test of a machine is told, in the types of its machine; and how its parts find each other. */
import type { AnyStateMachine, EventFromLogic, InputFrom, SnapshotFrom } from "xstate";
import { UsageError } from "../base/errors.ts";
import { checkCounts, checkNames, checkSeed } from "./check-options.ts";
import { checkEventNames, checkHandlers, type Handlers } from "./walk/handlers.ts";
import { actorSut } from "./walk/actor-sut.ts";
import { actorNamesOf, type EventDescriptor, type OutcomeDescriptor, type Sample } from "./model/descriptors.ts";
import { exploreModel, wayTo, type StateGraph } from "./model/explore.ts";
import { Model, type Taken } from "./model/model.ts";
import type { Outcome } from "./model/step.ts";
import { noteReachable } from "./coverage/reachable.ts";
import { recordOf } from "./coverage/record.ts";
import type { Predicate, Temporal } from "./walk/oracles.ts";
import { faultInWords, ModelTestFailure } from "./walk/failure.ts";
import { fixtureOf, writeFixture, type Source } from "./walk/fixture.ts";
import { shrink, type ShrunkFault } from "./walk/shrink.ts";
import { walkThrough, type Fault, type WalkContext } from "./walk/walk.ts";

type EventOf<TMachine extends AnyStateMachine> = EventFromLogic<TMachine>;
type OfType<TEvent, TType> = Extract<TEvent, { readonly type: TType }>;

/** The machine as a model: what is sent to it, and which of its states are told apart. */
export interface ModelSettings<TMachine extends AnyStateMachine> {
  /** Input of the machine. */
  readonly input?: InputFrom<TMachine>;
  /** Payloads of events by type. An event that is not named is sent without any; `false` leaves it out. */
  readonly events?: {
    readonly [TType in EventOf<TMachine>["type"]]?: EventDescriptor<
      OfType<EventOf<TMachine>, TType>,
      SnapshotFrom<TMachine>
    >;
  } & {
    /** Payloads of the event that is made up for what only a wildcard takes; `false` makes none up. */
    readonly [wildcard: `${string}*`]: EventDescriptor | undefined;
  };
  /** How invoked and spawned actors may end, by their id or by the name of their logic. Default: once each way that the machine reacts to. */
  readonly outcomes?: Readonly<Record<string, OutcomeDescriptor>>;
  /** What of a snapshot tells two states apart; must be JSON. Default: its value and its whole context. */
  readonly abstract?: (snapshot: SnapshotFrom<TMachine>) => unknown;
  /** Most states that are looked at before it is an error. Default 10,000. */
  readonly limit?: number;
  /** Nothing is sent to a state of which this is true. Default: none. */
  readonly stopWhen?: (snapshot: SnapshotFrom<TMachine>) => boolean;
  /** Whether an event is sent in a state. Default: every event is tried in every state. */
  readonly filterEvents?: (snapshot: SnapshotFrom<TMachine>, event: EventOf<TMachine>) => boolean;
  /** How long to wait where nothing is due, in milliseconds: nothing may happen then. Only for machines with delays. Default an hour. */
  readonly idleMs?: number;
  /** Sends events that the machine ignores too: the system has to ignore them as well. Default `false`. */
  readonly refused?: boolean;
  /** Different values that are drawn from each arbitrary when paths are generated. Default 3. */
  readonly samples?: number;
}

/** The system under test. Without `sut` it is the machine itself, really run, with virtual time (`mode: "executed"`). */
export interface SystemSettings<TMachine extends AnyStateMachine, TSut> {
  /**
   * `executed`: without a `sut`, the machine runs as an actor with its real actions. `pure`: without a `sut`, only the model is walked.
   * Default `executed`.
   */
  readonly mode?: "executed" | "pure";
  /** Makes a system as it is at first. Called for each walk. */
  readonly sut?: () => TSut | Promise<TSut>;
  /** Makes an event happen, by type; `*` for the others. A step that nobody can make happen fails. */
  readonly do?: {
    readonly [TType in EventOf<TMachine>["type"] | "*"]?: (
      sut: TSut,
      event: TType extends "*" ? EventOf<TMachine> : OfType<EventOf<TMachine>, TType>,
      before: SnapshotFrom<TMachine>,
    ) => unknown;
  };
  /** Lets so many milliseconds pass in the system. */
  readonly wait?: (sut: TSut, ms: number) => unknown;
  /** Ends what the machine has invoked under this id. */
  readonly settle?: (sut: TSut, child: string, outcome: Outcome) => unknown;
  /** Has what the machine follows with `onSnapshot` say what it has come to. */
  readonly report?: (sut: TSut, child: string, snapshot: object) => unknown;
  /** Looks at the system in a state, by its path; `*` in every state. `false`, or an error thrown, fails. */
  readonly check?: Readonly<Record<string, (sut: TSut, snapshot: SnapshotFrom<TMachine>) => unknown>>;
  /** Called at the end of each walk. */
  readonly dispose?: (sut: TSut) => unknown;
}

/** What has to be true, and what becomes of a walk in which it is not. */
export interface JudgeSettings<TMachine extends AnyStateMachine> {
  /** What holds in every state: one, or several by name. */
  readonly invariant?: Predicate<SnapshotFrom<TMachine>> | Readonly<Record<string, Predicate<SnapshotFrom<TMachine>>>>;
  /** What holds of whole walks, by name: `eventually(…)`, `until(…)`, `always(…)`, `never(…)`. */
  readonly temporal?: Readonly<Record<string, Temporal<SnapshotFrom<TMachine>>>>;
  /** Whether a failing walk is made as short as possible. Default `true`. */
  readonly shrink?: boolean;
  /** Folder to which failing walks are written. Those that it holds are walked again by `testPaths`. Default: none are written. */
  readonly fixtures?: string;
  /** Where `signalbox testgen replay` finds the machine, or an object of its `machine` and these settings. Goes into fixtures. */
  readonly source?: Source;
}

/** Everything that a test of a machine may be told. */
export interface Suite<TMachine extends AnyStateMachine, TSut>
  extends ModelSettings<TMachine>, SystemSettings<TMachine, TSut>, JudgeSettings<TMachine> {}

/** The same without types. */
export type PlainSuite = Suite<AnyStateMachine, unknown>;

/** A suite ready to walk. */
export interface Prepared {
  readonly model: Model;
  readonly suite: PlainSuite;
  readonly context: WalkContext;
}

/** Of `testPaths`, `propertyTest` and what is like them: one suite may be given to each. `machine` is for `testgen replay`. */
const OPTIONS: Readonly<Record<keyof PlainSuite | OtherOption, true>> = {
  abstract: true,
  check: true,
  dispose: true,
  do: true,
  events: true,
  filterEvents: true,
  fixtures: true,
  idleMs: true,
  input: true,
  invariant: true,
  limit: true,
  machine: true,
  mode: true,
  numRuns: true,
  outcomes: true,
  paths: true,
  pathsMax: true,
  refused: true,
  report: true,
  samples: true,
  seed: true,
  settle: true,
  shrink: true,
  source: true,
  stepsMax: true,
  stopWhen: true,
  sut: true,
  temporal: true,
  test: true,
  wait: true,
  weights: true,
};
type OtherOption = "machine" | "numRuns" | "paths" | "pathsMax" | "seed" | "stepsMax" | "test" | "weights";

/** Built with whatever copy of XState the user has, so `instanceof` would not do. */
function checkMachine(machine: unknown): void {
  if (typeof machine === "object" && machine !== null && "implementations" in machine && "root" in machine) return;
  throw new UsageError(
    `expected a machine of XState 5, as createMachine gives it, got ${machine === null ? "null" : typeof machine}`,
  );
}

export function prepare(machine: AnyStateMachine, suite: PlainSuite, sample: Sample | undefined): Prepared {
  checkMachine(machine);
  checkNames("options of a test", suite, OPTIONS);
  checkCounts(suite, ["limit", "samples", "idleMs", "pathsMax", "stepsMax", "numRuns"]);
  checkSeed((suite as { readonly seed?: unknown }).seed);
  checkEventNames(machine, "weights", Object.keys((suite as { readonly weights?: object }).weights ?? {}));
  const model = new Model(machine, { ...suite, events: suite.events, sample });
  const handlers: Handlers =
    suite.sut === undefined && suite.mode !== "pure" && suite.do === undefined && suite.check === undefined
      ? actorSut(machine, { input: suite.input, ...(suite.abstract && { abstract: suite.abstract }) })
      : (suite as Handlers);
  checkHandlers(machine, handlers);
  checkEventNames(machine, "events", Object.keys(suite.events ?? {}));
  return { model, suite, context: { model, handlers, oracles: suite, record: recordOf(machine) } };
}

/** Explores the machine, and holds everything found against what has to be true of it. */
export function exploreSuite({ model, suite }: Prepared): StateGraph {
  const graph = exploreModel(model, suite);
  noteReachable(graph);
  checkOutcomeNames(model, suite);
  for (const [name, temporal] of Object.entries(suite.temporal ?? {})) {
    const broken = temporal.brokenIn(graph);
    if (broken === undefined) continue;
    const way = wayTo(graph, broken);
    const valueOf = (number: number): unknown => graph.nodes[number]!.state.snapshot.value;
    const trace = way.map(({ step, from, to }) => ({ step, from: valueOf(from), to: valueOf(to) }));
    throw failureOf({ model, suite }, { expected: `${name} ${temporal.words}`, cause: undefined, trace });
  }
  return graph;
}

/** What is said of an actor that there is not was meant for another one, which now ends as it likes. */
function checkOutcomeNames({ machine, actorsMet }: Model, { outcomes = {} }: PlainSuite): void {
  const known = new Set([...actorNamesOf(machine), ...actorsMet]);
  const strange = Object.keys(outcomes).filter((name) => !known.has(name));
  if (strange.length > 0)
    throw new UsageError(
      `expected \`outcomes\` to name actors that the machine invokes or spawns (${[...known].join(", ") || "none"}), got ${strange.join(", ")}`,
    );
}

/** @throws ModelTestFailure (`model_test_failed`) with a walk that is as short as it can be */
export async function walkOrThrow(prepared: Prepared, planned: readonly Taken[]): Promise<void> {
  const fault = await walkThrough(prepared.context, planned);
  if (fault === undefined) return;
  throw failureOf(prepared, prepared.suite.shrink === false ? fault : await shrink(prepared.context, planned, fault));
}

export function failureOf(
  { model, suite }: Pick<Prepared, "model" | "suite">,
  fault: Fault | ShrunkFault,
  more: readonly string[] = [],
): ModelTestFailure {
  const { id } = model.machine;
  const { input, source, fixtures } = suite;
  const said = faultInWords(id, fault);
  const facts = {
    machine: id,
    message: said.split("\n")[0]!,
    ...(input !== undefined && { input }),
    ...(source && { source }),
  };
  const fixture = fixtureOf(
    facts,
    fault.trace.map(({ step }) => step),
  );
  const file = fixtures === undefined ? undefined : writeFixture(fixtures, fixture);
  const shrunk =
    "shrunkFrom" in fault && fault.shrunkFrom > fault.trace.length ? [`shrunk from ${fault.shrunkFrom} steps`] : [];
  const unwritten = fixtures === undefined ? [] : ["no fixture was written: a payload or the input is no JSON"];
  const replay = file === undefined ? unwritten : [`walk it again: signalbox testgen replay ${file}`];
  const notes = [...shrunk, ...more, ...replay];
  return new ModelTestFailure(
    [said, ...notes.map((note) => `  ${note}`)].join("\n"),
    fault.trace,
    fixture,
    fault.cause,
  );
}
