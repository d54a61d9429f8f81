/** A finished run's log held against the machines, its plan, and what its attempts came to. */
import type { RunSpec } from "../../machines/run-spec.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { logProblems } from "../support/judged-log.ts";
import { replayLog } from "../support/replayed-log.ts";
import type { AttemptFacts } from "./attempts.ts";
import type { World } from "./world.ts";

export interface LogCheck {
  readonly world: World;
  readonly log: readonly JournalEntry[];
  readonly plan: Plan;
  readonly spec: RunSpec;
  readonly facts: AttemptFacts;
  readonly wasCancelled: boolean;
}

export function checkRunLog(check: LogCheck): void {
  const { world, log, plan, spec } = check;
  checkOrder(world, log);
  try {
    replayLog(log, (item) => plan.tasks[item]!.attemptsMax, spec.onFailure === "rollback");
  } catch (error) {
    world.violate("I3", (error as Error).message);
  }
  for (const problem of logProblems(spec, plan, log)) world.violate("I4", problem);
  checkCompleted(check);
  checkBudgets(check);
  checkPools(check);
}

/** I9, I11: no gap, and an order that no wall clock changes. */
export function checkOrder(world: World, log: readonly JournalEntry[]): void {
  let before: JournalEntry | undefined;
  for (const entry of log) {
    if (entry.seq !== (before?.seq ?? 0) + 1) world.violate("I9", `entry ${entry.seq} follows ${before?.seq}`);
    if (before !== undefined && entry.epoch < before.epoch)
      world.violate("I11", `epoch ${entry.epoch} follows ${before.epoch}`);
    if (before !== undefined && entry.epoch === before.epoch && entry.mono < before.mono)
      world.violate("I11", `entry ${entry.seq} is from before the one before it`);
    before = entry;
  }
}

/** I2: what is done was reported so by that very attempt. */
function checkCompleted({ world, log, plan, facts }: LogCheck): void {
  for (const { item, event, from, to, attempt } of log) {
    if (event !== "complete" || from === to) continue;
    const task = plan.tasks[item]!;
    if (task.join !== undefined) continue;
    const last = task.verify === undefined ? "run" : "verify";
    if (!facts.succeeded.has(`${task.key}#${attempt} ${last}`))
      world.violate("I2", `${task.key} is done by attempt ${attempt}, which did not say so`);
  }
}

/** I8: what failed with attempts left was put back in the same record. */
function checkBudgets({ world, log, plan, facts, wasCancelled, spec }: LogCheck): void {
  if (wasCancelled || spec.onFailure !== "isolate") return;
  const last = new Map<number, JournalEntry>();
  for (const entry of log) if (entry.item >= 0 && entry.from !== entry.to) last.set(entry.item, entry);
  for (const { item, to, attempt, refunded, event, reason } of last.values()) {
    const { key, attemptsMax, deadlineMs } = plan.tasks[item]!;
    if (to !== "failed" || deadlineMs !== undefined || event === "cancel") continue;
    const isHopeless = ["run", "verify", "prepare"].some((stage) => facts.hopeless.has(`${key}#${attempt} ${stage}`));
    if (attempt - refunded < attemptsMax && !isHopeless)
      world.violate(
        "I8",
        `${key} has failed (${reason?.code}) with ${attempt - refunded} of ${attemptsMax} attempts spent`,
      );
    if (attempt - refunded > attemptsMax)
      world.violate("I8", `${key} has had ${attempt - refunded} attempts of ${attemptsMax}`);
  }
}

/** I5: places of pools, by the log. A claim whose failure is in the same record is that of a preparation, which takes none. */
function checkPools({ world, log, plan }: LogCheck): void {
  let taken = 0;
  for (const [index, { item, from, to }] of log.entries()) {
    const places = item < 0 ? 0 : (plan.tasks[item]!.uses?.["net"] ?? 0);
    if (places === 0 || from === to) continue;
    const [before, after] = [log[index - 1], log[index + 1]];
    if (to === "claimed" && after?.item === item && after.to === "failed") continue;
    if (to === "failed" && before?.item === item && before.event === "claim") continue;
    if (to === "claimed") taken += places;
    if (from === "claimed") taken -= places;
    if (taken > 2) world.violate("I5", `${taken} places of a pool of 2 are taken`);
  }
}
