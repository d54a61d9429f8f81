/**
 * What an exploration walks: the rules of `machines/run-spec.ts`, and what the world around a run does to it that the rules do
 * not name: a process that ends. The rules come as a value, so that a test can plant a bug in one of them and see it found.
 */
import {
  eventsOf,
  initialRunSpecState,
  isTerminal,
  runSpecInvariants,
  stepRunSpec,
  type RunSpec,
  type RunSpecEvent,
  type RunSpecState,
} from "../../machines/run-spec.ts";

export type SpecEvent = RunSpecEvent | { readonly type: "crash" };

export interface SpecRules {
  readonly initial: (spec: RunSpec) => RunSpecState;
  /** Every event that this run may meet. */
  readonly events: (spec: RunSpec) => readonly RunSpecEvent[];
  /** `undefined`: refused. A report that comes twice or too late is refused like anything else that does not fit. */
  readonly step: (spec: RunSpec, state: RunSpecState, event: RunSpecEvent) => RunSpecState | undefined;
  readonly invariants: Readonly<Record<string, (spec: RunSpec, state: RunSpecState) => boolean>>;
}

export const RUN_RULES: SpecRules = {
  initial: initialRunSpecState,
  events: eventsOf,
  step: stepRunSpec,
  invariants: {
    "I8: a run whose outcome is recorded starts nothing more": (_spec, { run, outcome }) =>
      outcome === undefined || (run !== "planned" && run !== "running" && run !== "paused"),
    ...runSpecInvariants,
  },
};

/** What people and crashes do: a run must come to its end without counting on any of them. */
const NO_HELP: ReadonlySet<SpecEvent["type"]> = new Set<SpecEvent["type"]>([
  "pause",
  "cancel",
  "release",
  "undoCut",
  "crash",
]);

/** Whether the event brings a run nearer to its end without a person who stops it. */
export const isProgress = (event: SpecEvent): boolean => !NO_HELP.has(event.type);

export function stepWorld(
  rules: SpecRules,
  spec: RunSpec,
  state: RunSpecState,
  event: SpecEvent,
): RunSpecState | undefined {
  return event.type === "crash" ? crashed(rules, spec, state) : rules.step(spec, state, event);
}

/**
 * The process ends and another goes on: every attempt is gone, and what was claimed is given back unspent.
 * Nothing lives: nothing is lost, and the event is none.
 */
function crashed(rules: SpecRules, spec: RunSpec, before: RunSpecState): RunSpecState | undefined {
  let state = before;
  for (const [item, { status, ending, undo }] of before.items.entries()) {
    const type = status === "claimed" ? "release" : ending ? "ended" : undo === "running" ? "undoCut" : undefined;
    if (type === undefined) continue;
    const event: RunSpecEvent = { type, item };
    const next = rules.step(spec, state, event);
    if (next === undefined) return undefined;
    state = next;
  }
  return state === before ? undefined : state;
}

/** Sentences about one step, by name. They complete the invariants, which are about one state. */
export const stepPromises: Readonly<
  Record<string, (before: RunSpecState, after: RunSpecState, spec: RunSpec) => boolean>
> = {
  "R1: an item that is done or cancelled stays so": (before, after) =>
    before.items.every(
      ({ status }, item) => (status !== "done" && status !== "cancelled") || after.items[item]!.status === status,
    ),
  "I2: only an item that is claimed, or a join, can become done": (before, after, { edges }) =>
    after.items.every(
      ({ status }, item) =>
        status !== "done" ||
        before.items[item]!.status === "done" ||
        before.items[item]!.status === "claimed" ||
        edges?.joins?.[item] !== undefined,
    ),
  "V1: an item with a check is done only when that has succeeded": (before, after, { verify, edges }) =>
    after.items.every(
      ({ status }, item) =>
        status !== "done" ||
        verify?.[item] !== true ||
        edges?.joins?.[item] !== undefined ||
        before.items[item]!.status === "done" ||
        before.items[item]!.verifying === true,
    ),
  "U2: an undo that is over never runs again": (before, after) =>
    before.items.every(
      ({ undo }, item) => (undo !== "undone" && undo !== "failed") || after.items[item]!.undo === undo,
    ),
  "I8: an outcome that is recorded stays": (before, after) =>
    before.outcome === undefined || after.outcome === before.outcome,
};

export const EXPLAINED =
  "I6: in a run that has ended, whatever never ran is held by something that failed, was cancelled, or waits to be claimed";

export function worldEvents(rules: SpecRules, spec: RunSpec): SpecEvent[] {
  return [...rules.events(spec), { type: "crash" }];
}

/** Whether everything but the items says nothing of single items, so that exchanging two of them leaves it as it is. */
export function isAnonymous({ items: _, ...rest }: RunSpecState): boolean {
  return Object.values(rest).every((value) => value === undefined || typeof value === "string");
}

/** The first promise about one state that does not hold. */
export function brokenIn(rules: SpecRules, spec: RunSpec, state: RunSpecState): string | undefined {
  for (const name in rules.invariants) if (!rules.invariants[name]!(spec, state)) return name;
  return isTerminal(state) ? unexplained(spec, state) : undefined;
}

/** The first promise about one step that does not hold. */
export function brokenByStep(spec: RunSpec, before: RunSpecState, after: RunSpecState): string | undefined {
  for (const name in stepPromises) if (!stepPromises[name]!(before, after, spec)) return name;
  return undefined;
}

/** Every item of a run that has ended is done, failed, cancelled, or held by something that can be named. */
function unexplained(spec: RunSpec, state: RunSpecState): string | undefined {
  // Stopped before its items were: that explains whatever did not start.
  if (state.outcome === "cancelled" || (state.outcome === "failed" && spec.onFailure !== "isolate")) return undefined;
  const explained: boolean[] = [];
  for (const [item, { status }] of state.items.entries()) {
    const held =
      (spec.unclaimed ?? []).includes(item) || spec.needs[item]!.some((need) => isRoot(state, explained, need));
    explained.push(status !== "todo" || held);
  }
  return explained.every(Boolean) ? undefined : EXPLAINED;
}

function isRoot({ items }: RunSpecState, explained: readonly boolean[], need: number): boolean {
  const { status } = items[need]!;
  return status === "failed" || status === "cancelled" || (status === "todo" && explained[need] === true);
}
