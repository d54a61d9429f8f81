/**
 * Whether a stored run can be gone on with by this version: its journal is read, its plan is read and checked, its log is replayed
 * through the machines and folded into rows, and the run is put together as `resumeRun` would, without being started. Nothing is written.
 */
import { SignalboxError } from "../base/errors.ts";
import type { Env } from "../base/env.ts";
import { messageOf } from "../base/error-message.ts";
import type { Executor } from "../executors/executor.ts";
import { auditPages } from "../journal/audit-pages.ts";
import { foldAudit, isEndedRun } from "../journal/fold.ts";
import type { ItemRow, JournalEntry, JournalReader, RecoveredRun, RunSummary } from "../journal/journal.ts";
import { memoryJournal } from "../journal/memory-journal.ts";
import { noJournal } from "../journal/no-journal.ts";
import type { Plan } from "../plan/plan.ts";
import { unsupportedProblems } from "../plan/unsupported.ts";
import { planOfRun } from "./grown-plan.ts";
import { LogReplay } from "./replay-log.ts";
import { resumeRun } from "./resume-run.ts";

/** What of a stored run would break. */
export interface StoredBreak {
  /** `journal`: it cannot be read · `plan`: its plan is none any more · `machine`: the machines do something else · `resume`: it cannot be gone on with. */
  readonly kind: "journal" | "plan" | "machine" | "resume";
  /** Expected, got, and where it stands, in words. */
  readonly message: string;
  /** The entry of the log where it breaks. */
  readonly seq?: number;
  /** Key of the item that it is about. */
  readonly item?: string;
}

/** What came of the check of one stored run. */
export interface StoredRunCheck {
  readonly run: RunSummary;
  /** It has not ended: somebody will want to go on with it. */
  readonly isLive: boolean;
  /** Entries of the log that were replayed. */
  readonly entries: number;
  /** Empty when everything is as it was. */
  readonly breaks: readonly StoredBreak[];
}

/** How `checkStoredRun` checks. */
export interface CheckStoredOptions {
  readonly env: Env;
  /**
   * Brings the plan that a live run would go on with, functions included. It may refuse, as `resumeRun` would. Default: the stored
   * plan, with functions that do nothing.
   */
  readonly planFor?: (run: RecoveredRun) => Promise<Plan | undefined>;
}

const PAGE = 10_000;

/** Says whether this version can go on with a stored run, and what would break. @throws SignalboxError `run_not_found` */
export async function checkStoredRun(
  reader: JournalReader,
  run: RunSummary,
  options: CheckStoredOptions,
): Promise<StoredRunCheck> {
  const isLive = !isEndedRun(run.status);
  const found = (entries: number, ...breaks: readonly StoredBreak[]): StoredRunCheck => ({
    run,
    isLive,
    entries,
    breaks,
  });
  let stored: RecoveredRun;
  const log: JournalEntry[] = [];
  try {
    stored = await reader.read(run.id);
    for await (const page of auditPages(reader, run.id, { limit: PAGE, withGaps: true })) log.push(...page);
  } catch (error) {
    if (error instanceof SignalboxError && error.code === "run_not_found") throw error;
    return found(log.length, { kind: "journal", message: messageOf(error) });
  }
  const plan = planIn(stored);
  if ("kind" in plan) return found(log.length, plan);
  const moved = replayed(stored, log, plan.plan) ?? folded(stored, log);
  if (moved !== undefined) return found(log.length, moved);
  const refused = isLive ? await resumed(stored, log, plan.plan, options) : undefined;
  return refused === undefined ? found(log.length) : found(log.length, refused);
}

function planIn(stored: RecoveredRun): { readonly plan: Plan } | StoredBreak {
  try {
    const plan = planOfRun(stored);
    const [problem] = unsupportedProblems(plan).problems;
    if (problem !== undefined) return { kind: "plan", message: `${problem.path}: ${problem.message}` };
    return { plan };
  } catch (error) {
    return { kind: "plan", message: messageOf(error) };
  }
}

function replayed(
  { record, baseSeq = 0 }: RecoveredRun,
  log: readonly JournalEntry[],
  plan: Plan,
): StoredBreak | undefined {
  const { onFailure = plan.onFailure } = (record.options ?? {}) as { readonly onFailure?: Plan["onFailure"] };
  const attemptsMaxOf = (item: number): number => plan.taskOf(item)?.attemptsMax ?? 1;
  const replay = new LogReplay({ attemptsMaxOf, rollback: onFailure === "rollback" });
  // What is left of a compacted part has gaps: the items begin as they are at its end, and what is about the run is all there.
  const behind = log.findIndex(({ seq }) => seq > baseSeq);
  const left = behind < 0 ? log : log.slice(0, behind);
  for (const row of foldAudit(left, baseSeq).items) replay.begin(row);
  for (const entry of log) {
    if (entry.seq <= baseSeq && entry.item >= 0) continue;
    const got = replay.take(entry);
    if (got === undefined) continue;
    const key = plan.taskOf(entry.item)?.key;
    const what = key === undefined ? "the run" : `item ${key}`;
    const message = `expected ${entry.event} to take ${what} from ${entry.from} to ${entry.to}, as entry ${entry.seq} of its log says; got that ${got}`;
    return { kind: "machine", message, seq: entry.seq, ...(key !== undefined && { item: key }) };
  }
  return undefined;
}

/** The store keeps rows beside the log; both have to tell the same. */
function folded(stored: RecoveredRun, log: readonly JournalEntry[]): StoredBreak | undefined {
  const fold = foldAudit(log, stored.baseSeq);
  if (fold.status !== stored.status)
    return {
      kind: "journal",
      message: `expected a run that is ${fold.status} by its log, got one that is ${stored.status}`,
    };
  const rows = new Map(fold.items.map((row) => [row.item, row]));
  const wrong = stored.items.find((row) => !isSameRow(rows.get(row.item), row));
  if (wrong === undefined) return undefined;
  const message = `expected item number ${wrong.item} to be ${rows.get(wrong.item)?.status ?? "todo"} by the log, got ${wrong.status}`;
  return { kind: "journal", message };
}

function isSameRow(a: ItemRow | undefined, b: ItemRow): boolean {
  return a?.status === b.status && a.attempt === b.attempt && a.token === b.token && a.refunded === b.refunded;
}

/** Takes every task and starts none: the run is only put together. */
const nothing: Executor = { accepts: () => true, start: () => () => {}, stop: async () => {} };

async function resumed(
  stored: RecoveredRun,
  log: readonly JournalEntry[],
  plan: Plan,
  { env, planFor }: CheckStoredOptions,
): Promise<StoredBreak | undefined> {
  const journal = stored.baseSeq === undefined ? memoryJournal() : noJournal();
  try {
    await journal.createRun(stored.record);
    for (let at = 0; at < log.length; at += PAGE) await journal.append(stored.record.id, log.slice(at, at + PAGE));
    const toGoOnWith = (await planFor?.(stored)) ?? plan;
    const worktrees = toGoOnWith.tasks.some(({ worktree }) => worktree) ? { worktrees: noWorktrees } : {};
    // A log with gaps cannot be written again; the run is put together from what was read.
    const recovered = stored.baseSeq === undefined ? await journal.recover(stored.record.id) : stored;
    resumeRun(recovered, toGoOnWith, {
      journal,
      env,
      executors: [nothing],
      ...worktrees,
    });
    return undefined;
  } catch (error) {
    return { kind: "resume", message: messageOf(error) };
  }
}

const noWorktrees = (): never => {
  throw new SignalboxError("worktree_failed", "expected a run that is not started, got one that is");
};
