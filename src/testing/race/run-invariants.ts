/**
 * What is true of every run, whatever happens to it, judged by its log alone:
 * V1 never more live items than the cap. V2 nothing starts before its needs allow it. V3 every item and the run end once. V4 the log
 * adds up to the snapshot. V5 one holder at a time, each with a greater token, and nobody settles an item with a token that is not its.
 */
import { needsAllow, type ItemSpecState } from "../../../machines/run-spec-edges.ts";
import { isSkipped } from "../../items/skip.ts";
import { foldAudit, isEndedRun, isGrowth, isRunStatus } from "../../journal/fold.ts";
import type { JournalEntry } from "../../journal/journal.ts";
import type { Plan } from "../../plan/plan.ts";
import type { RunSnapshot } from "../../items/snapshot.ts";
import { specOfPlan } from "../../verify/spec-of-plan.ts";

/** A run that is over, or that rests. */
export interface RunFacts {
  readonly plan: Plan;
  /** Its whole log, in order. */
  readonly audit: readonly JournalEntry[];
  readonly snapshot: RunSnapshot;
  /** The cap with which it began. */
  readonly liveItemsMax: number;
}

/** Says what is wrong, in words; nothing when all is well. */
export type RunInvariant = (facts: RunFacts) => readonly string[];

/** V1: a cap that is lowered stops nobody: then no further item starts until there is room. */
export const capNeverExceeded: RunInvariant = ({ plan, audit, liveItemsMax }) => {
  let cap = liveItemsMax;
  const live = new Set<number>();
  const problems: string[] = [];
  for (const { item, event, from, to, data, seq } of audit) {
    if (item < 0 && event === "setCap") cap = (data as { readonly live_items_max: number }).live_items_max;
    if (item < 0 || from === to) continue;
    if (to !== "claimed") live.delete(item);
    else if (plan.tasks[item]?.join === undefined) {
      live.add(item);
      if (live.size > cap) problems.push(`entry ${seq} makes ${live.size} items live, ${cap} may be`);
    }
  }
  return problems;
};

/** V2: each claim was allowed by what its needs had come to. A plan that grew while it ran is not judged. */
export const nothingBeforeItsNeeds: RunInvariant = ({ plan, audit, liveItemsMax }) => {
  if (audit.some(isGrowth)) return [];
  const spec = specOfPlan(plan, { liveItemsMax, onFailure: "isolate", claimed: true });
  let items: readonly ItemSpecState[] = plan.tasks.map((): ItemSpecState => ({
    status: "todo",
    spent: 0,
    ending: false,
  }));
  const problems: string[] = [];
  for (const entry of audit) {
    const { item, from, to, seq } = entry;
    if (item < 0 || from === to) continue;
    if (to === "claimed" && !needsAllow(spec, items, item))
      problems.push(`entry ${seq} starts ${plan.tasks[item]!.key} before its needs allow it`);
    items = items.with(item, { ...specStateAfter(entry), holds: true });
  }
  return problems;
};

/** An item behind this transition, as the specification of a run speaks of it. */
export function specStateAfter({ to, reason, attempt, refunded, event, actor }: JournalEntry): ItemSpecState {
  const status = to as ItemSpecState["status"];
  const skipped = isSkipped(status, reason);
  const byPerson = event === "cancel" && !skipped && actor !== "engine";
  return {
    status,
    spent: attempt - refunded,
    ending: false,
    ...(skipped && { skipped: true }),
    ...(byPerson && { byPerson: true }),
  };
}

/** V3: what is done or cancelled stays so, and nothing moves after the end of the run. */
export const exactlyOneEnd: RunInvariant = ({ plan, audit, snapshot }) => {
  const ended = new Map<number, string>();
  const problems: string[] = [];
  let runEnd: number | undefined;
  for (const { item, from, to, seq } of audit) {
    if (from === to) continue;
    if (runEnd !== undefined) problems.push(`entry ${seq} moves something after entry ${runEnd}, the end of the run`);
    if (item < 0 && isRunStatus(to) && isEndedRun(to)) runEnd ??= seq;
    if (item < 0) continue;
    const before = ended.get(item);
    if (before !== undefined) problems.push(`entry ${seq} moves ${plan.tasks[item]?.key ?? item}, which was ${before}`);
    if (to === "done" || to === "cancelled") ended.set(item, to);
  }
  if (runEnd === undefined && isEndedRun(snapshot.status))
    problems.push(`the run is ${snapshot.status}, and its log has no end`);
  return problems;
};

/** V4 */
export const auditReplaysToSnapshot: RunInvariant = ({ audit, snapshot }) => {
  const folded = foldAudit(audit);
  const rows = new Map(folded.items.map((row) => [row.item, row]));
  const problems =
    folded.status === snapshot.status ? [] : [`the log says ${folded.status}, the snapshot ${snapshot.status}`];
  for (const { number, key, status, attempt } of snapshot.items) {
    const row = rows.get(number) ?? { status: "todo", attempt: 0 };
    if (row.status !== status || row.attempt !== attempt)
      problems.push(`${key} is ${status} after ${attempt} attempts, by the log ${row.status} after ${row.attempt}`);
  }
  return problems;
};

/** V5 */
export const leaseExclusive: RunInvariant = ({ plan, audit }) => {
  const holders = new Map<number, number>();
  const last = new Map<number, number>();
  const problems: string[] = [];
  for (const { item, from, to, token, seq } of audit) {
    if (item < 0 || from === to) continue;
    const key = plan.tasks[item]?.key ?? String(item);
    if (to !== "claimed") {
      holders.delete(item);
      continue;
    }
    if (holders.has(item)) problems.push(`entry ${seq} claims ${key}, which is claimed`);
    if (token <= (last.get(item) ?? 0))
      problems.push(`entry ${seq} claims ${key} with token ${token} after ${last.get(item)}`);
    holders.set(item, token);
    last.set(item, token);
  }
  return problems;
};

/** All of them by name. */
export const runInvariants = {
  capNeverExceeded,
  nothingBeforeItsNeeds,
  exactlyOneEnd,
  auditReplaysToSnapshot,
  leaseExclusive,
} as const;

/** What is wrong with a run, by these invariants; nothing when all hold. Default: all of ours. */
export function runProblems(
  facts: RunFacts,
  invariants: Readonly<Record<string, RunInvariant>> = runInvariants,
): readonly string[] {
  return Object.entries(invariants).flatMap(([name, invariant]) =>
    invariant(facts).map((problem) => `${name}: ${problem}`),
  );
}
