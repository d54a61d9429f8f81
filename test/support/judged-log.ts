/** A run's log held against the rules of needs, joins and groups: whatever order things came in, each start was allowed then. */
import { initialRunSpecState, stepRunSpec, type RunSpec } from "../../machines/run-spec.ts";
import { followed, needsAllow, type ItemSpecState, type SpecEdges } from "../../machines/run-spec-edges.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { specStateAfter } from "../../src/testing/race/run-invariants.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { numberedEdges } from "./spec-plan.ts";

/** What the log does that the rules do not allow. */
export function logProblems(spec: RunSpec, plan: Plan, audit: readonly JournalEntry[]): string[] {
  const problems: string[] = [];
  const edges = numberedEdges(spec, plan);
  const needs = plan.tasks.map(({ key }) =>
    spec.needs[Number(key.slice(1))]!.map((need) => plan.numberOf(`t${need}`)!),
  );
  let { items } = initialRunSpecState(spec);
  for (const entry of audit) {
    // A note changes nothing.
    if (entry.item < 0 || entry.from === entry.to) continue;
    const { item, event } = entry;
    const { key } = plan.tasks[item]!;
    if (event === "claim" && !needsAllow({ needs, edges }, items, item)) problems.push(`${key} started too early`);
    if (event === "cancel") problems.push(...cancelProblems(plan, edges, items, entry));
    items = items.with(item, specStateAfter(entry));
  }
  const last = audit.at(-1);
  if (last?.event === "rolledBack") problems.push(...undoProblems(spec, plan, audit));
  if (last?.event === "drained" && (last.from === "running" || last.from === "paused"))
    problems.push(...endProblems({ ...spec, needs, edges }, audit, items, last.to));
  return problems;
}

/** U1: everything with an undo that was done, the last one first, and each once. */
function undoProblems(spec: RunSpec, plan: Plan, audit: readonly JournalEntry[]): string[] {
  const hasUndo = (item: number): boolean => {
    const { key, join } = plan.tasks[item]!;
    return join === undefined && spec.undo?.[Number(key.slice(1))] === true;
  };
  const ofItems = audit.filter(({ item }) => item >= 0 && hasUndo(item));
  const done = ofItems.filter(({ from, to }) => from !== to && to === "done").map(({ item }) => item);
  const over = ofItems.filter(({ event }) => event === "undo" || event === "undo_failed").map(({ item }) => item);
  const isRight = over.join(" ") === done.toReversed().join(" ");
  return isRight ? [] : [`done in the order ${done.join(" ")}, taken back in the order ${over.join(" ")}`];
}

/** Whatever is cancelled says why: by what failed, which had failed for good then, or by what won. */
function cancelProblems(
  plan: Plan,
  { allowFailure }: SpecEdges,
  items: readonly ItemSpecState[],
  { item, reason }: JournalEntry,
): string[] {
  const { key } = plan.tasks[item]!;
  if (reason === undefined) return [`nobody says why ${key} was cancelled`];
  if (reason.code !== "fail_fast" && reason.code !== "race_lost") return [];
  const by = plan.numberOf((reason.data as { readonly item: string }).item);
  const came = by === undefined ? undefined : items[by]!.status;
  const expected = reason.code === "fail_fast" ? "failed" : "done";
  const isForgiven = reason.code === "fail_fast" && by !== undefined && allowFailure?.[by] === true;
  return came === expected && !isForgiven
    ? []
    : [`${key} was cancelled as ${reason.code} by something that is ${came}`];
}

/** A run that nobody ended early has done all that follows, and ends as the rules say. */
function endProblems(
  spec: RunSpec,
  audit: readonly JournalEntry[],
  items: readonly ItemSpecState[],
  outcome: string,
): string[] {
  // A group that has cancelled its members does not do so again when one of them is tried again by hand.
  const isRetried = audit.some(({ event, data }) => event === "requeue" && (data as { reset?: true }).reset === true);
  if (isRetried && spec.edges!.groups!.length > 0) return [];
  if (followed(spec, items) !== items) return ["something that follows has not been done"];
  const end = stepRunSpec(spec, { run: "running", outcome: undefined, items }, { type: "drained" });
  return end?.run === outcome ? [] : [`expected the run to be ${end?.run}, got ${outcome}`];
}
