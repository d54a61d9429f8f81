/**
 * What a whole run may do, small enough to enumerate: the oracle for tests of engines, servers and stores. It is written
 * as rules over all items at once, unlike an engine, which keeps queues and counters; so a mistake in one is not a
 * mistake in the other. Which of several ready items starts is left open: any of them may.
 *
 * I4 an item starts only after everything that it needs is done.
 * I5 claimed items, and attempts that are still ending, never exceed the cap, nor their places those of a pool.
 * I6 the run drains only when nothing could start.
 * V1 an item with a check is done only when that has succeeded, in the attempt and the place of its work.
 * I8 a failure and what follows from it (retry, abort of the run) are one step.
 */
import type { MachineRunOutcome, RunState } from "./run.ts";
import {
  awaitsVerdict,
  blockedItems,
  followed,
  isForgiven,
  isInGroup,
  lingers,
  needsAllow,
  needsHaveCome,
  failuresLeft,
  SKIPPED,
  waitsForEnding,
  type ItemSpecState,
  type SpecEdges,
} from "./run-spec-edges.ts";
import { becomesDone, isTakenBack, undoEvents, undoInvariants, undoStep, type UndoEvent } from "./run-spec-rollback.ts";
import type { WorkItemState } from "./work-item.ts";

export interface RunSpec {
  /** For each item the numbers of the items that it needs. */
  readonly needs: readonly (readonly number[])[];
  readonly liveItemsMax: number;
  /** Attempts of each item. */
  readonly attemptsMax: number;
  /** Attempts by item, where they differ; wins over `attemptsMax`. */
  readonly attemptsOf?: readonly number[];
  readonly onFailure: "isolate" | "fail-fast" | "rollback";
  /** Items that can be undone, under `rollback`. */
  readonly undo?: readonly boolean[];
  /** Items whose work is checked before they are done. */
  readonly verify?: readonly boolean[];
  /** Leaves open which undo is next: fewer states, and everything but the order can be said. */
  readonly undoInAnyOrder?: true;
  /** Places of each pool beside the cap. */
  readonly pools?: readonly number[];
  /** For each item how many places of each pool it takes while it is live, by the numbers of the pools. */
  readonly uses?: readonly (readonly number[])[];
  /** Items that nobody claims: they wait for somebody from outside. */
  readonly unclaimed?: readonly number[];
  /** Items that somebody outside does: nobody waits for an attempt of these that was told to stop. */
  readonly outside?: readonly number[];
  /** What the plan asks beyond plain needs. */
  readonly edges?: SpecEdges;
}

export interface RunSpecState {
  readonly run: RunState;
  /** Recorded when the run begins to settle. */
  readonly outcome: MachineRunOutcome | undefined;
  readonly items: readonly ItemSpecState[];
}

export type RunSpecEvent =
  | { readonly type: "start" }
  | { readonly type: "pause" }
  | { readonly type: "resume" }
  | { readonly type: "cancel" }
  /** Nothing is live and nothing could start. */
  | { readonly type: "drained" }
  /** Nothing is left to take back. */
  | { readonly type: "rolledBack" }
  | UndoEvent
  | { readonly type: "claim"; readonly item: number }
  /** The work is done; of an item with a check that runs then. */
  | { readonly type: "complete"; readonly item: number }
  /** The check of an item has succeeded. One that does not is a `fail`. */
  | { readonly type: "verified"; readonly item: number }
  | { readonly type: "fail"; readonly item: number; readonly retryable: boolean }
  /** The item moves at once, its attempt goes on until `ended`. */
  | { readonly type: "timeout"; readonly item: number }
  /** The attempt ended without a verdict, as in a crash; not spent. */
  | { readonly type: "release"; readonly item: number }
  /** An attempt that was told to stop has stopped. */
  | { readonly type: "ended"; readonly item: number }
  /** What an item's `when` comes to, where the specification leaves that open. */
  | { readonly type: "when"; readonly item: number; readonly holds: boolean }
  /** A person asks it of one item: that it is not done, or that it is tried again after it failed for good. */
  | { readonly type: "cancelItem" | "retryItem"; readonly item: number };

const BEFORE: ItemSpecState = { status: "todo", spent: 0, ending: false };

export function initialRunSpecState(spec: RunSpec): RunSpecState {
  return { run: "planned", outcome: undefined, items: spec.needs.map(() => BEFORE) };
}

export const isTerminal = ({ run }: RunSpecState): boolean =>
  run === "done" || run === "failed" || run === "cancelled" || run === "stalled";

/** Places taken: claimed items, attempts that are still ending, and an undo. */
export const liveOf = ({ items }: RunSpecState): number =>
  items.filter(({ status, ending, undo }) => status === "claimed" || ending || undo === "running").length;

export const attemptsAllowed = (spec: RunSpec, item: number): number => spec.attemptsOf?.[item] ?? spec.attemptsMax;

/** Places of a pool that are taken: all of an item's or none, from its claim until its attempt has ended. */
export const placesTaken = (spec: RunSpec, { items }: RunSpecState, pool: number): number =>
  items.reduce(
    (sum, { status, ending }, item) => sum + (status === "claimed" || ending ? usesOf(spec, item, pool) : 0),
    0,
  );

const usesOf = (spec: RunSpec, item: number, pool: number): number => spec.uses?.[item]?.[pool] ?? 0;

const hasPlaces = (spec: RunSpec, state: RunSpecState, item: number): boolean =>
  (spec.pools ?? []).every((size, pool) => {
    const wanted = usesOf(spec, item, pool);
    return wanted === 0 || placesTaken(spec, state, pool) + wanted <= size;
  });

/** Items that could start if the run were running and there were room. */
export function readyItems(spec: RunSpec, { items }: RunSpecState): number[] {
  return items.flatMap(({ status, ending }, item) => {
    const claimable = status === "todo" && !ending && !(spec.unclaimed ?? []).includes(item);
    return claimable && mayStart(spec, items, item) ? [item] : [];
  });
}

function mayStart(spec: RunSpec, items: readonly ItemSpecState[], item: number): boolean {
  if (spec.edges === undefined) return spec.needs[item]!.every((need) => items[need]!.status === "done");
  if (spec.edges.joins?.[item] !== undefined || !needsAllow(spec, items, item)) return false;
  return !waitsForEnding(spec, items, item);
}

/** Every event that the run accepts now, in a fixed order. */
export function acceptedEvents(spec: RunSpec, state: RunSpecState): RunSpecEvent[] {
  return eventsOf(spec).filter((event) => stepRunSpec(spec, state, event) !== undefined);
}

/** What a person may ask of single items; not among the events that `allRunSpecEvents` lists. */
export function personEvents(size: number): RunSpecEvent[] {
  const items = Array.from({ length: size }, (_, item) => item);
  return items.flatMap((item) => (["cancelItem", "retryItem"] as const).map((type) => ({ type, item })));
}

/** Every event of this run but `personEvents`. */
export function eventsOf({ needs, onFailure, verify }: RunSpec): RunSpecEvent[] {
  const checks = (verify ?? []).flatMap((has, item): RunSpecEvent[] => (has ? [{ type: "verified", item }] : []));
  const all = [...allRunSpecEvents(needs.length), ...checks];
  return onFailure === "rollback" ? [...all, { type: "rolledBack" }, ...undoEvents(needs.length)] : all;
}

/** Every event of a run that takes nothing back and checks nothing, but `personEvents`. */
export function allRunSpecEvents(size: number): RunSpecEvent[] {
  const ofRun = (["start", "pause", "resume", "cancel", "drained"] as const).map((type) => ({ type }));
  const ofItem = (item: number): RunSpecEvent[] => [
    { type: "claim", item },
    { type: "complete", item },
    { type: "fail", item, retryable: true },
    { type: "fail", item, retryable: false },
    { type: "timeout", item },
    { type: "release", item },
    { type: "ended", item },
    { type: "when", item, holds: true },
    { type: "when", item, holds: false },
  ];
  return [...ofRun, ...Array.from({ length: size }, (_, item) => ofItem(item)).flat()];
}

/** The state after an event, or `undefined` when the run does not accept it now. */
export function stepRunSpec(spec: RunSpec, state: RunSpecState, event: RunSpecEvent): RunSpecState | undefined {
  if (isTerminal(state)) return undefined;
  const next = "item" in event ? stepItem(spec, state, event) : stepRun(spec, state, event.type);
  const goesOn = next?.run === "running" || next?.run === "paused";
  if (next === undefined || spec.edges === undefined || !goesOn) return next;
  const items = followed(spec, next.items);
  const after = items === next.items ? next : { ...next, items };
  return spec.onFailure !== "isolate" && failuresLeft(spec, items) ? settling(spec, after, "failed") : after;
}

function stepRun(
  spec: RunSpec,
  state: RunSpecState,
  event: "start" | "pause" | "resume" | "cancel" | "drained" | "rolledBack",
): RunSpecState | undefined {
  const { run } = state;
  switch (event) {
    case "start":
      return run === "planned" ? { ...state, run: "running" } : undefined;
    case "pause":
      return run === "running" ? { ...state, run: "paused" } : undefined;
    case "resume":
      return run === "paused" ? { ...state, run: "running" } : undefined;
    case "cancel":
      if (run === "planned") return { ...state, run: "cancelled", outcome: "cancelled" };
      return run === "settling" || run === "rollingBack" ? undefined : settling(spec, state, "cancelled");
    case "drained":
      return drained(spec, state);
    case "rolledBack":
      return run === "rollingBack" && isTakenBack(spec, state.items) ? { ...state, run: state.outcome! } : undefined;
  }
}

function drained(spec: RunSpec, state: RunSpecState): RunSpecState | undefined {
  if (state.run === "planned" || state.run === "rollingBack" || liveOf(state) > 0) return undefined;
  if (state.run !== "settling" && (readyItems(spec, state).length > 0 || awaits(spec, state))) return undefined;
  const outcome = state.outcome ?? outcomeOf(spec, state);
  // Whoever paused it is looking after it: stalled is said only of a run that is meant to go on.
  if (state.run === "paused" && outcome === "stalled") return undefined;
  const takesBack = spec.onFailure === "rollback" && (outcome === "failed" || outcome === "cancelled");
  return { ...state, run: takesBack ? "rollingBack" : outcome, outcome };
}

const awaits = (spec: RunSpec, { items }: RunSpecState): boolean =>
  spec.edges?.when !== undefined && items.some((_, item) => awaitsVerdict(spec, items, item));

/** The same where needs have conditions: what was skipped, or may fail, spoils nothing. */
function outcomeByEdges(spec: RunSpec, { items }: RunSpecState): MachineRunOutcome {
  const isHarm = ({ status, skipped, byPerson }: ItemSpecState, item: number): boolean =>
    (status === "failed" || (status === "cancelled" && skipped !== true && byPerson !== true)) &&
    !isForgiven(spec, items, item);
  if (items.some(isHarm)) return "failed";
  const left = items.flatMap(({ status }, item) => (status === "todo" ? [item] : []));
  const held = blockedItems(spec, items);
  if (left.length > 0) return left.every((item) => held[item]) ? "failed" : "stalled";
  const isHarmByPerson = ({ byPerson }: ItemSpecState, item: number): boolean =>
    byPerson === true && !isForgiven(spec, items, item);
  return items.some(isHarmByPerson) ? "cancelled" : "done";
}

/** What a run comes to in which nothing can start any more. */
function outcomeOf(spec: RunSpec, state: RunSpecState): MachineRunOutcome {
  if (spec.edges !== undefined) return outcomeByEdges(spec, state);
  const { items } = state;
  const has = (status: WorkItemState): boolean => items.some((item) => item.status === status);
  if (has("failed")) return "failed";
  if (!has("todo")) return has("cancelled") ? "cancelled" : "done";
  const behindCancelled = items.map(() => false);
  items.forEach(({ status }, item) => {
    behindCancelled[item] = status === "cancelled" || spec.needs[item]!.some((need) => behindCancelled[need]);
  });
  return items.every(({ status }, item) => status !== "todo" || behindCancelled[item]) ? "failed" : "stalled";
}

/** Nothing starts any more; what is live is told to stop and moves at once. */
function settling(spec: RunSpec, state: RunSpecState, outcome: MachineRunOutcome): RunSpecState {
  const items = state.items.map((state, item): ItemSpecState =>
    state.status === "claimed"
      ? { ...state, status: "cancelled", ending: lingers(spec, state, item), verifying: undefined }
      : state,
  );
  return { run: "settling", outcome, items };
}

function stepItem(
  spec: RunSpec,
  state: RunSpecState,
  event: Extract<RunSpecEvent, { item: number }>,
): RunSpecState | undefined {
  const item = state.items[event.item];
  if (item === undefined) return undefined;
  const become = (changes: Partial<ItemSpecState>): RunSpecState => ({
    ...state,
    items: state.items.with(event.item, { ...item, ...changes }),
  });
  if (event.type === "claim") {
    const mayStart = state.run === "running" && liveOf(state) < spec.liveItemsMax;
    return mayStart && hasPlaces(spec, state, event.item) && readyItems(spec, state).includes(event.item)
      ? become({ status: "claimed", spent: item.spent + 1 })
      : undefined;
  }
  if (event.type === "when") {
    const isOpen = (state.run === "running" || state.run === "paused") && awaitsVerdict(spec, state.items, event.item);
    return isOpen ? become(event.holds ? { holds: true } : SKIPPED) : undefined;
  }
  if (event.type === "cancelItem" || event.type === "retryItem") {
    if (state.run !== "running" && state.run !== "paused") return undefined;
    const changes = askedByPerson(spec, item, event);
    return changes && become(changes);
  }
  if (isUndoEvent(event)) {
    const changes = state.run === "rollingBack" ? undoStep(spec, state.items, event) : undefined;
    return changes && become(changes);
  }
  if (event.type === "ended") return item.ending ? become({ ending: false }) : undefined;
  if (item.status !== "claimed") return undefined;
  if (event.type === "complete" || event.type === "verified") {
    const changes = reported(spec, state.items, event);
    return changes && become(changes);
  }
  if (event.type === "release") return become({ status: "todo", spent: item.spent - 1, verifying: undefined });
  const ending = event.type === "timeout" && lingers(spec, item, event.item);
  const retryable = event.type === "timeout" || (event.type === "fail" && event.retryable);
  const left = { ending, verifying: undefined };
  if (retryable && item.spent < attemptsAllowed(spec, event.item)) return become({ status: "todo", ...left });
  const failed = become({ status: "failed", ...left });
  // What groups and races around it make of it is seen when they have ended.
  const isRuns = !isForgiven(spec, failed.items, event.item) && !isInGroup(spec, event.item);
  return spec.onFailure !== "isolate" && isRuns ? settling(spec, failed, "failed") : failed;
}

/** The work of a claimed item is done, or its check is. */
function reported(
  spec: RunSpec,
  items: readonly ItemSpecState[],
  { type, item }: Extract<RunSpecEvent, { type: "complete" | "verified" }>,
): Partial<ItemSpecState> | undefined {
  const isVerifying = items[item]!.verifying === true;
  if (isVerifying !== (type === "verified")) return undefined;
  if (type === "complete" && spec.verify?.[item] === true) return { verifying: true };
  return { ...becomesDone(spec, items, item), verifying: undefined };
}

function isUndoEvent(event: RunSpecEvent): event is UndoEvent {
  return event.type === "undoStart" || event.type === "undone" || event.type === "undoFail" || event.type === "undoCut";
}

function askedByPerson(
  spec: RunSpec,
  state: ItemSpecState,
  { type, item }: Extract<RunSpecEvent, { type: "cancelItem" | "retryItem" }>,
): Partial<ItemSpecState> | undefined {
  const { status, ending } = state;
  if (type === "retryItem") return status === "failed" ? { status: "todo", spent: 0 } : undefined;
  if (status === "done" || status === "cancelled") return undefined;
  const stillEnds = ending || (status === "claimed" && lingers(spec, state, item));
  return { status: "cancelled", byPerson: true, ending: stillEnds, verifying: undefined };
}

/** What holds in every state that can be reached, by name; each names the invariant that it shows. */
export const runSpecInvariants: Readonly<Record<string, (spec: RunSpec, state: RunSpecState) => boolean>> = {
  "I5: live items never exceed the cap": (spec, state) => liveOf(state) <= spec.liveItemsMax,
  "I5: what is live never takes more places of a pool than there are": (spec, state) =>
    (spec.pools ?? []).every((size, pool) => placesTaken(spec, state, pool) <= size),
  "I4: no item was ever started before all of its needs were done": (spec, { items }) =>
    items.every(
      ({ spent, status }, item) =>
        (spent === 0 && (status === "todo" || status === "cancelled")) || haveCome(spec, items, item),
    ),
  "I3: no item has more attempts than it may": (spec, { items }) =>
    items.every(
      ({ spent, status }, item) => spent <= attemptsAllowed(spec, item) && (status !== "claimed" || spent > 0),
    ),
  "V1: only a claimed item is being verified": (_spec, { items }) =>
    items.every(({ status, verifying }) => verifying !== true || status === "claimed"),
  "I16: a run that has ended has nothing live": (_spec, state) => !isTerminal(state) || liveOf(state) === 0,
  "I6: a run that ended as done has nothing left to do": (spec, { run, items }) =>
    run !== "done" || items.every((_, item) => isThrough(spec, items, item)),
  "I6: a run that was not stopped ends only when nothing could start": (spec, state) =>
    !isTerminal(state) ||
    state.outcome === "cancelled" ||
    spec.onFailure !== "isolate" ||
    readyItems(spec, state).length === 0,
  "I6: while the run is not waiting for a person, it can go on by itself": (spec, state) =>
    isTerminal(state) || state.run === "planned" || state.run === "paused" || goesOnByItself(spec, state),
  ...undoInvariants,
};

function haveCome(spec: RunSpec, items: readonly ItemSpecState[], item: number): boolean {
  return spec.edges === undefined
    ? spec.needs[item]!.every((need) => items[need]!.status === "done")
    : needsHaveCome(spec, items, item);
}

function isThrough(spec: RunSpec, items: readonly ItemSpecState[], item: number): boolean {
  const { status, skipped } = items[item]!;
  return status === "done" || skipped === true || isForgiven(spec, items, item);
}

function goesOnByItself(spec: RunSpec, state: RunSpecState): boolean {
  const byPerson = new Set<RunSpecEvent["type"]>(["pause", "resume", "cancel", "start", "release", "undoCut"]);
  // The first one will do, which matters in large runs.
  return eventsOf(spec).some((event) => !byPerson.has(event.type) && stepRunSpec(spec, state, event) !== undefined);
}
