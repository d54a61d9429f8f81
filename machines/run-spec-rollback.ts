/**
 * What the specification of a run says of taking back what was done, after it failed or was cancelled under `rollback`.
 *
 * U1 Undone is what is done and has an undo, last first, one at a time, when nothing else is live.
 * U2 An undo that is over never runs again; one that a crash cut short does, before the others.
 * U3 One that fails is over too: the others go on.
 */
import type { ItemSpecState, SpecEdges } from "./run-spec-edges.ts";

interface Plan {
  readonly onFailure: "isolate" | "fail-fast" | "rollback";
  readonly undo?: readonly boolean[];
  readonly undoInAnyOrder?: true;
  readonly edges?: SpecEdges;
}

type Items = readonly ItemSpecState[];

export type UndoEvent = { readonly type: "undoStart" | "undone" | "undoFail" | "undoCut"; readonly item: number };

export function undoEvents(size: number): UndoEvent[] {
  const items = Array.from({ length: size }, (_, item) => item);
  return items.flatMap((item) =>
    (["undoStart", "undone", "undoFail", "undoCut"] as const).map((type) => ({ type, item })),
  );
}

/** A join does nothing, so there is nothing to take back. */
const hasUndo = ({ onFailure, undo, edges }: Plan, item: number): boolean =>
  onFailure === "rollback" && undo?.[item] === true && edges?.joins?.[item] === undefined;

/** What is noted of an item that becomes done: how many that can be undone were done before it. */
export function becomesDone(plan: Plan, items: Items, item: number): Partial<ItemSpecState> {
  if (!hasUndo(plan, item) || plan.undoInAnyOrder === true) return { status: "done" };
  return { status: "done", rank: items.filter(({ rank }) => rank !== undefined).length };
}

export const isUndoing = (items: Items): boolean => items.some(({ undo }) => undo === "running");

const isLeft = (plan: Plan, { status, undo }: ItemSpecState, item: number): boolean =>
  hasUndo(plan, item) && status === "done" && undo === undefined;

/** Nothing is left to take back, and no undo runs. */
export const isTakenBack = (plan: Plan, items: Items): boolean =>
  !isUndoing(items) && !items.some((state, item) => isLeft(plan, state, item));

/** What becomes of the item; `undefined` when the event is not accepted. The run is one that takes back. */
export function undoStep(plan: Plan, items: Items, { type, item }: UndoEvent): Partial<ItemSpecState> | undefined {
  const state = items[item]!;
  if (type === "undoStart") return mayUndo(plan, items, item) ? { undo: "running" } : undefined;
  if (state.undo !== "running") return undefined;
  return { undo: type === "undone" ? "undone" : type === "undoFail" ? "failed" : undefined };
}

function mayUndo(plan: Plan, items: Items, item: number): boolean {
  const isNext = items.every(
    (state, other) => !isLeft(plan, state, other) || (state.rank ?? 0) <= (items[item]!.rank ?? 0),
  );
  return isLeft(plan, items[item]!, item) && !isUndoing(items) && isNext;
}

interface State {
  readonly run: string;
  readonly items: Items;
}

/** What holds in every state, by name. */
export const undoInvariants: Readonly<Record<string, (plan: Plan, state: State) => boolean>> = {
  "U1: one undo at a time, and only when nothing else is live": (_plan, { run, items }) =>
    !isUndoing(items) ||
    (run === "rollingBack" &&
      items.filter(({ undo }) => undo === "running").length === 1 &&
      items.every(({ status, ending }) => status !== "claimed" && !ending)),
  "U1: nothing is undone before what was done after it, nor what was not done": (_plan, { items }) =>
    items.every(
      ({ status, undo, rank }) =>
        undo === undefined ||
        (status === "done" && items.every((other) => other.undo !== undefined || (other.rank ?? 0) <= (rank ?? 0))),
    ),
  "U2: a run that took back ends when nothing is left to take back": (plan, { run, items }) =>
    (run !== "failed" && run !== "cancelled") || isTakenBack(plan, items),
};
