/**
 * What the specification of a run says of needs with conditions, of joins, `when`, and groups: which items are skipped, done by
 * themselves, or cancelled because of what others came to. Rules over all items at once, as in `run-spec.ts`.
 *
 * I4 an item that has not been tried is what its edges make of it, at any time; one that was tried stays ready.
 */
import type { WorkItemState } from "./work-item.ts";

export interface ItemSpecState {
  readonly status: WorkItemState;
  /** Attempts that count against the budget, the present one included. */
  readonly spent: number;
  /** Its attempt was told to stop and has not reported yet: it still takes a place. */
  readonly ending: boolean;
  /** Its work is done, and its check runs: it is still claimed. */
  readonly verifying?: true | undefined;
  /** Cancelled because it was never to be done, or lost a race. */
  readonly skipped?: true;
  /** Under `rollback`, when it is done: how many that can be undone were done before it. */
  readonly rank?: number;
  /** What of its undo is known; absent before it, and when it was cut short. */
  readonly undo?: "running" | "undone" | "failed" | undefined;
  /** Cancelled by a person, it alone. */
  readonly byPerson?: true;
  /** Its `when`, of which the specification leaves open what it comes to, holds. */
  readonly holds?: true;
}

export type SpecCondition = "done" | "settled" | "failed" | "passed" | "missed";

/** What an item's `when` asks of a need: its own output, which it has when it is done and is no join, or one that it never has. */
export interface SpecWhen {
  readonly need: number;
  readonly wants: "output" | "another";
}

export interface SpecGroup {
  readonly onError: "failFast" | "settleAll";
  /** Number of the join that ends its race. */
  readonly race?: number;
  /** Number of the group around it. */
  readonly group?: number;
}

/** What a plan asks beyond plain needs. What is absent is as without it. */
export interface SpecEdges {
  /** Beside `needs`: the condition of each. */
  readonly conditions?: readonly (readonly SpecCondition[])[];
  /** `either`: it may hold or not, when the item's needs are met. */
  readonly when?: readonly (readonly SpecWhen[] | "either" | undefined)[];
  readonly joins?: readonly ("all" | "any" | undefined)[];
  readonly allowFailure?: readonly boolean[];
  readonly groups?: readonly SpecGroup[];
  /** Number of the group of each item. */
  readonly groupOf?: readonly (number | undefined)[];
}

interface Plan {
  readonly needs: readonly (readonly number[])[];
  readonly outside?: readonly number[];
  readonly edges?: SpecEdges;
}

type Items = readonly ItemSpecState[];
/** What an item has come to for those that need it. `held`: blocked, but it may yet be skipped, or be ready after all. */
type Came = "open" | "done" | "failed" | "cancelled" | "skipped" | "blocked" | "held";
type Verdict = "open" | "met" | "blocked" | "not needed";

function verdict(condition: SpecCondition, need: Came): Verdict {
  if (need === "open") return "open";
  if (condition === "settled") return "met";
  if (need === "held") return condition === "failed" || condition === "missed" ? "open" : "blocked";
  if (condition === "failed") return need === "failed" || need === "blocked" ? "met" : "not needed";
  if (condition === "missed") return need === "done" || need === "skipped" ? "not needed" : "met";
  if (need === "done") return "met";
  if (need === "skipped") return condition === "passed" ? "met" : "not needed";
  return "blocked";
}

const conditionOf = ({ edges }: Plan, item: number, i: number): SpecCondition =>
  edges?.conditions?.[item]?.[i] ?? "done";

const joinOf = ({ edges }: Plan, item: number): "all" | "any" | undefined => edges?.joins?.[item];

const whenOf = ({ edges }: Plan, item: number): readonly SpecWhen[] | "either" | undefined => edges?.when?.[item];

function verdicts(plan: Plan, came: readonly Came[], item: number): Verdict[] {
  return plan.needs[item]!.map((need, i) => verdict(conditionOf(plan, item, i), came[need]!));
}

/** What its edges make of an item that was not tried. */
function judged(plan: Plan, came: readonly Came[], item: number): "ready" | "waits" | "blocked" | "skipped" {
  const all = verdicts(plan, came, item);
  const has = (word: Verdict): boolean => all.includes(word);
  if (joinOf(plan, item) === "any") {
    if (has("met")) return "ready";
    return has("open") ? "waits" : has("blocked") ? "blocked" : "skipped";
  }
  if (has("not needed")) return "skipped";
  return has("blocked") ? "blocked" : has("open") ? "waits" : "ready";
}

/** What each item has come to. Needs have smaller numbers. */
function allCame(plan: Plan, items: Items): Came[] {
  const came: Came[] = [];
  let skippable: boolean[] | undefined;
  items.forEach((state, item) => {
    const { status, skipped } = state;
    if (status === "cancelled") came.push(skipped === true ? "skipped" : "cancelled");
    else if (status === "done" || status === "failed") came.push(status);
    else if (!isUntried(plan, state, item) || judged(plan, came, item) !== "blocked") came.push("open");
    else came.push(mayChange(plan, came, (skippable ??= skippableItems(plan)), item) ? "held" : "blocked");
  });
  return came;
}

/** Whether something that a blocked item needs may still have it skipped, or be met after all. */
function mayChange(plan: Plan, came: readonly Came[], skippable: readonly boolean[], item: number): boolean {
  return plan.needs[item]!.some((need, i) => {
    if (came[need] === "held") return conditionOf(plan, item, i) !== "settled";
    return came[need] === "open" && mayLapse(plan, skippable, item, i);
  });
}

/** Whether a need may come to be not needed, by the plan alone. */
function mayLapse(plan: Plan, skippable: readonly boolean[], item: number, i: number): boolean {
  const condition = conditionOf(plan, item, i);
  return (
    condition === "failed" || condition === "missed" || (condition === "done" && skippable[plan.needs[item]![i]!]!)
  );
}

/** Items that may be skipped, by the plan alone. That a race may be won does not count: what is behind an item in it must not wait for that. */
function skippableItems(plan: Plan): boolean[] {
  const skippable: boolean[] = [];
  for (const [item, needs] of plan.needs.entries()) {
    const lapses = needs.map((_, i) => mayLapse(plan, skippable, item, i));
    // A join that waits for one of several has needs.
    const byNeeds = joinOf(plan, item) === "any" ? lapses.every(Boolean) : lapses.some(Boolean);
    skippable.push(byNeeds || whenOf(plan, item) !== undefined);
  }
  return skippable;
}

function isUntried(plan: Plan, { status, spent }: ItemSpecState, item: number): boolean {
  return status === "todo" && (spent === 0 || joinOf(plan, item) !== undefined);
}

/** Items that a failure holds. */
export function blockedItems(plan: Plan, items: Items): boolean[] {
  return allCame(plan, items).map((word) => word === "blocked" || word === "held");
}

/** Whether an item's needs let it start: judged, or tried before. */
export function needsAllow(plan: Plan, items: Items, item: number): boolean {
  const state = items[item]!;
  if (!isUntried(plan, state, item)) return true;
  if (whenOf(plan, item) === "either" && state.holds !== true) return false;
  return judged(plan, allCame(plan, items), item) === "ready";
}

/**
 * Whether an attempt of something before the item is still ending: of a need, or of one behind needs that came to nothing
 * themselves, which are joins, items that were not tried, and cancelled ones.
 */
export function waitsForEnding(plan: Plan, items: Items, item: number): boolean {
  return plan.needs[item]!.some((need) => {
    if (items[need]!.ending) return true;
    const cameToNothing =
      joinOf(plan, need) !== undefined || items[need]!.status === "cancelled" || isUntried(plan, items[need]!, need);
    return cameToNothing && waitsForEnding(plan, items, need);
  });
}

/** Whether what `when` comes to is open now. */
export function awaitsVerdict(plan: Plan, items: Items, item: number): boolean {
  const state = items[item]!;
  const isOpen = whenOf(plan, item) === "either" && state.holds !== true && isUntried(plan, state, item);
  return isOpen && judged(plan, allCame(plan, items), item) === "ready";
}

/** No need of the item is open: what has begun has begun with reason. */
export function needsHaveCome(plan: Plan, items: Items, item: number): boolean {
  const came = allCame(plan, items);
  const some = joinOf(plan, item) === "any";
  const isCome = (need: number): boolean => came[need] !== "open";
  return some ? plan.needs[item]!.some(isCome) : plan.needs[item]!.every(isCome);
}

/** Whether an attempt that is told to stop goes on until it has stopped; nobody waits for one outside, but a check is our own. */
export const lingers = (
  { outside }: Pick<Plan, "outside">,
  { verifying }: Pick<ItemSpecState, "verifying">,
  item: number,
): boolean => verifying === true || outside?.includes(item) !== true;

export const SKIPPED = { status: "cancelled", skipped: true } as const;

/** Everything that follows, until nothing does. */
export function followed(plan: Plan, items: Items): Items {
  let now = items;
  for (let next = followedOnce(plan, now); next !== undefined; next = followedOnce(plan, now)) now = next;
  return now;
}

function followedOnce(plan: Plan, items: Items): Items | undefined {
  return (
    raceEnded(plan, items) ??
    failedTogether(plan, items, false) ??
    itemFollowed(plan, items) ??
    failedTogether(plan, items, true)
  );
}

function itemFollowed(plan: Plan, items: Items): Items | undefined {
  const came = allCame(plan, items);
  for (const [item, state] of items.entries()) {
    if (!isUntried(plan, state, item)) continue;
    const word = judged(plan, came, item);
    if (word === "skipped") return items.with(item, { ...state, ...SKIPPED });
    if (word !== "ready") continue;
    const when = whenOf(plan, item) ?? [];
    if (when === "either" && state.holds !== true) continue;
    const holds = when === "either" || when.every((wanted) => hasOutput(plan, items, wanted));
    if (!holds) return items.with(item, { ...state, ...SKIPPED });
    if (joinOf(plan, item) !== undefined) return items.with(item, { ...state, status: "done", spent: 1 });
  }
  return undefined;
}

function hasOutput(plan: Plan, items: Items, { need, wants }: SpecWhen): boolean {
  return wants === "output" && items[need]!.status === "done" && joinOf(plan, need) === undefined;
}

function raceEnded(plan: Plan, items: Items): Items | undefined {
  for (const group of (plan.edges?.groups ?? []).keys()) {
    if (!isWon(plan, items, group)) continue;
    const next = membersEnded(plan, items, group, { skipped: true });
    if (next !== undefined) return next;
  }
  return undefined;
}

/** The members of a group that fails fast and has a failure. `late`: failures that other groups hand on count too. */
function failedTogether(plan: Plan, items: Items, late: boolean): Items | undefined {
  for (const [group, { onError }] of (plan.edges?.groups ?? []).entries()) {
    if (onError === "settleAll" || !hasFailed(plan, items, group, late)) continue;
    const next = membersEnded(plan, items, group, {});
    if (next !== undefined) return next;
  }
  return undefined;
}

function hasFailed(plan: Plan, items: Items, group: number, late: boolean): boolean {
  const { groups = [], groupOf = [], allowFailure = [] } = plan.edges!;
  if (isWon(plan, items, group)) return false;
  const isFailure = ({ status }: ItemSpecState, item: number): boolean =>
    status === "failed" && groupOf[item] === group && allowFailure[item] !== true;
  if (items.some(isFailure)) return true;
  return groups.some((inner, number) => {
    if (inner.group !== group || !hasFailed(plan, items, number, late)) return false;
    return inner.onError === "failFast" || (late && isThrough(plan, items, number));
  });
}

/** Nothing of it is open. */
function isThrough(plan: Plan, items: Items, group: number): boolean {
  const came = allCame(plan, items);
  return items.every((_, item) => !isInside(plan, item, group) || (came[item] !== "open" && came[item] !== "held"));
}

function isWon({ edges }: Plan, items: Items, group: number): boolean {
  const { race } = edges!.groups![group]!;
  return race !== undefined && items[race]!.status === "done";
}

/** The groups that the item is in, the innermost first. */
function groupsAround({ edges }: Plan, item: number): number[] {
  const around: number[] = [];
  for (let at = edges?.groupOf?.[item]; at !== undefined; at = edges!.groups![at]!.group) around.push(at);
  return around;
}

const isInside = (plan: Plan, item: number, group: number): boolean => groupsAround(plan, item).includes(group);

/** A failure inside a group is the run's when no group around it keeps it any more. */
export const isInGroup = ({ edges }: Plan, item: number): boolean => edges?.groupOf?.[item] !== undefined;

const isInWonRace = (plan: Plan, items: Items, item: number): boolean =>
  groupsAround(plan, item).some((group) => isWon(plan, items, group));

/**
 * It failed or was cancelled, and does the run no harm: it may fail, or something else won a race that it was in.
 */
export function isForgiven(plan: Plan, items: Items, item: number): boolean {
  const { status, skipped } = items[item]!;
  if (status === "failed") return plan.edges?.allowFailure?.[item] === true || isInWonRace(plan, items, item);
  return status === "cancelled" && skipped !== true && isInWonRace(plan, items, item);
}

/** Whether there is a failure inside a group that no group keeps any more: it is the run's. */
export function failuresLeft(plan: Plan, items: Items): boolean {
  const handsOn = (group: number): boolean =>
    plan.edges!.groups![group]!.onError === "failFast" || isThrough(plan, items, group);
  return items.some(
    ({ status }, item) =>
      status === "failed" &&
      isInGroup(plan, item) &&
      !isForgiven(plan, items, item) &&
      groupsAround(plan, item).every(handsOn),
  );
}

function membersEnded(plan: Plan, items: Items, group: number, how: Pick<ItemSpecState, "skipped">): Items | undefined {
  let changed = false;
  const next = items.map((state, item): ItemSpecState => {
    const isOpen = state.status === "todo" || state.status === "claimed";
    if (!isOpen || !isInside(plan, item, group)) return state;
    changed = true;
    const ending = state.ending || (state.status === "claimed" && lingers(plan, state, item));
    return { ...state, status: "cancelled", ending, verifying: undefined, ...how };
  });
  return changed ? next : undefined;
}
