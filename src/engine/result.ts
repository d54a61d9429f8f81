/** The account of a run that has ended: what came out, what it took, what held the rest. */
import { orderOf } from "../graph/order.ts";
import type { Reason } from "../items/reason.ts";
import type { ItemStatus, RunOutcome } from "../items/status.ts";
import { isSkipped } from "../items/skip.ts";
import { explainStall } from "../scheduler/stall.ts";
import { blockedItems } from "./blocked-items.ts";
import { edgeFactsOf } from "./conditions.ts";
import type { RunCore } from "./run-core.ts";
import type { BlockedItem, RunResult } from "./run.ts";

const SLOWEST_MAX = 10;

/** What the engine has not at hand itself. */
interface Told extends Pick<RunResult, "durationMs" | "pressureMs" | "snapshot"> {
  readonly rollback: RunResult["rollback"] | undefined;
}

export function resultOf(core: RunCore, outcome: RunOutcome, told: Told): RunResult {
  const { table, plan, runId } = core.parts;
  const path = slowestChain(core);
  const worktrees = core.worktreeReports();
  const { reason } = core.parts.orchestrator.decided.context;
  return Object.freeze<RunResult>({
    runId,
    name: plan.name,
    outcome,
    ...(reason !== undefined && { reason }),
    seq: core.seq,
    counts: { ...table.counts },
    durationMs: told.durationMs,
    sequentialMs: sum(table.liveMs),
    liveItemsPeak: core.slots.peak,
    pressureMs: told.pressureMs,
    failures: Object.freeze(failuresOf(core)),
    blocked: Object.freeze(blockedOf(core)),
    skipped: Object.freeze(skippedOf(core)),
    ...(told.rollback !== undefined && { rollback: told.rollback }),
    criticalPath: Object.freeze(path),
    criticalPathMs: path.reduce((total, { ms }) => total + ms, 0),
    slowest: Object.freeze(slowestOf(core)),
    ...(worktrees !== undefined && { worktrees }),
    snapshot: told.snapshot,
  });
}

/** Failed items by the time at which they failed: the first is the one that a person should look at first. */
function failuresOf(core: RunCore): RunResult["failures"] {
  const { table, plan } = core.parts;
  if (table.counts.failed === 0) return [];
  const failed: number[] = [];
  for (let item = 0; item < table.size; item++) if (table.statusOf(item) === "failed") failed.push(item);
  return failed
    .sort((a, b) => table.settledSeq(a) - table.settledSeq(b))
    .map((item) => ({ item: plan.taskOf(item)!.key, reason: table.reasons.get(item) ?? { code: "unknown" } }));
}

/** Items that were not to be done, in the plan's order. */
function skippedOf(core: RunCore): RunResult["skipped"] {
  const { table, plan } = core.parts;
  if (table.counts.cancelled === 0) return [];
  return plan.tasks.flatMap(({ key }, item) => {
    const reason = table.reasons.get(item);
    return reason !== undefined && isSkipped(table.statusOf(item), reason) ? [{ item: key, reason }] : [];
  });
}

/** Items that are neither done nor settled otherwise, in the plan's order. */
function blockedOf(core: RunCore): readonly BlockedItem[] {
  const { table, plan } = core.parts;
  const { todo, claimed } = table.counts;
  if (todo + claimed === 0) return [];
  const statusOf = (item: number): ItemStatus => table.statusOf(item);
  const reasonOf = (item: number): Reason | undefined => table.reasons.get(item);
  const stalled = explainStall({
    graph: plan.graph,
    statusOf,
    edges: edgeFactsOf(plan, reasonOf),
    needsClaim: (item) => plan.taskOf(item)!.join === undefined && core.executorOf(item) === undefined,
  });
  return blockedItems(stalled, {
    keyOf: (item) => plan.taskOf(item)!.key,
    statusOf,
    attemptOf: (item) => table.attempt[item]!,
    reasonOf,
    endedEarly: core.parts.orchestrator.decided.context.reason !== undefined,
  });
}

/** The chain of needs with the greatest sum of live times; what bounds the run however many slots there are. */
function slowestChain(core: RunCore): RunResult["criticalPath"] {
  const { table, plan } = core.parts;
  const { size, liveMs } = table;
  const { needs, needsStart } = plan.graph;
  const until = new Float64Array(size);
  const before = new Int32Array(size).fill(-1);
  let last = -1;
  for (const item of orderOf(plan.graph)) {
    const end = needsStart[item + 1]!;
    let latest = 0;
    for (let i = needsStart[item]!; i < end; i++) {
      const need = needs[i]!;
      if (until[need]! <= latest) continue;
      latest = until[need]!;
      before[item] = need;
    }
    until[item] = latest + liveMs[item]!;
    if (last < 0 || until[item] > until[last]!) last = item;
  }
  const chain: { item: string; ms: number }[] = [];
  for (let item = last; item >= 0; item = before[item]!) {
    if (liveMs[item]! > 0 || before[item]! >= 0) chain.push({ item: plan.taskOf(item)!.key, ms: liveMs[item]! });
  }
  return chain.reverse();
}

function slowestOf(core: RunCore): RunResult["slowest"] {
  const { table, plan } = core.parts;
  const top: number[] = [];
  for (let item = 0; item < table.size; item++) {
    const ms = table.liveMs[item]!;
    if (ms === 0 || (top.length === SLOWEST_MAX && ms <= table.liveMs[top[SLOWEST_MAX - 1]!]!)) continue;
    top.push(item);
    top.sort((a, b) => table.liveMs[b]! - table.liveMs[a]!);
    if (top.length > SLOWEST_MAX) top.pop();
  }
  return top.map((item) => ({ item: plan.taskOf(item)!.key, ms: table.liveMs[item]! }));
}

function sum(values: Float32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
