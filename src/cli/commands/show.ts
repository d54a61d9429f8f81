import { durationText } from "../../base/duration-text.ts";
import type { ItemRow, RecoveredRun, RunSummary } from "../../journal/journal.ts";
import { stateReadError } from "../../journal/state-directory.ts";
import { itemIdOf } from "../../base/item-ids.ts";
import { harmless } from "../../base/harmless.ts";
import type { Plan } from "../../plan/plan.ts";
import { progressOf } from "../../state/progress.ts";
import type { Counts } from "../../items/snapshot.ts";
import type { WorktreeReport } from "../../git/worktrees/report.ts";
import type { Command, Io } from "../io.ts";
import { nextCommand, showPath } from "../next-command.ts";
import { planOfRun } from "../../engine/grown-plan.ts";
import { ScopeProgress } from "../scope-progress.ts";
import { itemTree, treeOnWire } from "../stored-tree.ts";
import { openStore, worktreesFolderOf } from "../store.ts";
import { findRun, isInterrupted } from "../stored-run.ts";
import { triedOf } from "../tried-before.ts";
import { paintFor } from "../terminal/style.ts";
import { failureDetails } from "../view/failure.ts";
import { countOf, formatCount, formatTime } from "../view/format.ts";
import { statusInWords } from "../view/stage.ts";
import { renderTable, toneOf, type TableCell } from "../view/table.ts";
import { reasonOnWire, worktreeOnWire } from "../../engine/event-on-wire.ts";
import { jsonDocument, summaryOnWire } from "../wire.ts";

export interface ShowOptions {
  readonly run: string;
  readonly all?: boolean;
  /** Items below their parents. */
  readonly tree?: boolean;
  readonly scope?: readonly string[];
  readonly json?: boolean;
  readonly stateDir?: string;
}

interface Shown {
  readonly summary: RunSummary;
  readonly stored: RecoveredRun;
  readonly plan: Plan;
  readonly stateDir: string;
  readonly interrupted: boolean;
  readonly rows: ReadonlyMap<number, ItemRow>;
  /** How long the last attempts of items took that were cancelled after them; `undefined` where nobody knows. */
  readonly tried: ReadonlyMap<number, number | undefined>;
  /** What came out of items' worktrees. */
  readonly worktrees: readonly WorktreeReport[];
  /** The part that was asked for. */
  readonly scope: ScopeProgress | undefined;
}

/** Items listed without `--all`; the others are counted. */
const ITEMS_SHOWN = 50;
const FAILURES_DETAILED = 5;

/** Shows one stored run: its state, its failures, its items. */
export const showCommand: Command<ShowOptions> = async (io, options) => {
  const store = openStore(io, options.stateDir);
  try {
    const summary = await findRun(store.reader, options.run);
    const stored = await store.reader.read(summary.id);
    const plan = planOfRun(stored);
    const rows = new Map(stored.items.map((row) => [row.item, row]));
    const { scope: ids } = options;
    const isTable = options.json !== true && options.tree !== true;
    const shown = {
      summary,
      stored,
      plan,
      stateDir: store.stateDir,
      interrupted: isInterrupted(store.reader, summary.status),
      rows,
      tried: isTable ? await triedOf(store.reader, summary.id, stored.items) : new Map<number, never>(),
      worktrees: await reportsOfRun(plan, store.stateDir, summary.id),
      scope: ids && new ScopeProgress(plan, ids, (item) => rows.get(item)?.status ?? "todo"),
    };
    io.stdout.write(options.json === true ? jsonDocument(onWire(shown, options)) : inWords(io, shown, options));
    return 0;
  } finally {
    await store.reader.close();
  }
};

/** Git's part of the program is not needed for a plan without worktrees. */
async function reportsOfRun(plan: Plan, stateDir: string, runId: string): Promise<readonly WorktreeReport[]> {
  if (!plan.tasks.some(({ worktree }) => worktree)) return [];
  const { storedReports } = await import("../../git/state-worktrees.ts");
  const home = worktreesFolderOf(stateDir);
  try {
    return await storedReports(home, runId);
  } catch (error) {
    throw stateReadError(home, error);
  }
}

function onWire(
  { summary, plan, interrupted, rows, scope, worktrees }: Shown,
  { tree, scope: ids }: ShowOptions,
): object {
  const items = numbersOf(plan, scope).map((number) =>
    itemOnWire(summary.id, plan.taskOf(number)!.key, number, rows.get(number)),
  );
  return {
    ...summaryOnWire(summary),
    interrupted,
    ...(scope !== undefined && { scope: { ids, ...progressOf(scope.counts) } }),
    items,
    ...(worktrees.length > 0 && { worktrees: worktrees.map(worktreeOnWire) }),
    ...(tree === true && { tree: treeOnWire({ plan, rows, scope }) }),
  };
}

/** The items that were asked for, in the plan's order. */
function numbersOf(plan: Plan, scope: ScopeProgress | undefined): number[] {
  const numbers = [...plan.tasks.keys()];
  return scope === undefined ? numbers : numbers.filter((number) => scope.has(number));
}

function itemOnWire(runId: string, key: string, number: number, row: ItemRow | undefined): object {
  const times = { claimed_at: timeOf(row?.claimedAt), completed_at: timeOf(row?.settledAt) };
  return {
    item: key,
    item_id: itemIdOf(runId, number),
    status: row?.status ?? "todo",
    attempt: row?.attempt ?? 0,
    seq: row?.seq ?? 0,
    ...times,
    stage: row?.stage ?? null,
    stage_reason: row?.stageReason === undefined ? null : reasonOnWire(row.stageReason),
    reason: row?.reason === undefined ? null : reasonOnWire(row.reason),
    output: row?.output ?? null,
  };
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : formatTime(ms);
}

function inWords(io: Io, shown: Shown, { all = false, tree = false }: ShowOptions): string {
  const items = tree ? itemTree(io.stdout, shown, all) : itemTable(io, shown, all);
  const parts = [head(io, shown), items, failures(io, shown), next(io, shown)];
  return parts.filter((part) => part !== "").join("\n");
}

function head(io: Io, { summary, stored, interrupted, scope }: Shown): string {
  const paint = paintFor(io.stdout.color);
  const { counts, size } = summary;
  const started = summary.startedAt ?? summary.createdAt;
  const took = summary.finishedAt === undefined ? "" : `, took ${durationText(summary.finishedAt - started)}`;
  return [
    `${paint("strong", harmless(summary.name))}  ${interrupted ? paint("warn", "interrupted") : paint(toneOf(summary.status), summary.status)}`,
    `  run      ${summary.id}`,
    `  started  ${formatTime(started)}${took}`,
    `  items    ${countsInWords(counts, size)}`,
    ...(scope === undefined ? [] : [`  scope    ${harmless(scope.words)}: ${countsInWords(scope.counts)}`]),
    `  journal  ${countOf(stored.seq, "transition")}, ${countOf(summary.epoch, "process")}`,
    "",
  ].join("\n");
}

function countsInWords(counts: Counts, total = progressOf(counts).total): string {
  const counted = (["claimed", "failed", "cancelled", "todo"] as const)
    .filter((status) => counts[status] > 0)
    .map((status) => `, ${formatCount(counts[status])} ${status}`);
  return `${formatCount(counts.done)} of ${formatCount(total)} done${counted.join("")}`;
}

function itemTable(io: Io, { plan, rows, scope, interrupted, tried }: Shown, all: boolean): string {
  const numbers = numbersOf(plan, scope);
  const listed = all || numbers.length <= ITEMS_SHOWN ? numbers : interesting(numbers, rows).slice(0, ITEMS_SHOWN);
  const cells = listed.map((number) => itemCells(plan.taskOf(number)!.key, rows.get(number), { interrupted, tried }));
  const more = numbers.length - listed.length;
  const rest = more > 0 ? `… and ${formatCount(more)} more; --all lists them\n` : "";
  return renderTable(["ITEM", "STATUS", "ATTEMPT", "TOOK", "REASON"], cells, paintFor(io.stdout.color)) + rest;
}

const RANKS: Readonly<Record<string, number>> = { failed: 0, claimed: 1, cancelled: 2 };

/** What went wrong first, then what is going on, then the rest in the plan's order. */
function interesting(numbers: readonly number[], rows: ReadonlyMap<number, ItemRow>): number[] {
  const rankOf = (number: number): number => RANKS[rows.get(number)?.status ?? "todo"] ?? 3;
  return numbers.toSorted((a, b) => rankOf(a) - rankOf(b) || a - b);
}

function itemCells(
  key: string,
  row: ItemRow | undefined,
  { interrupted, tried }: Pick<Shown, "interrupted" | "tried">,
): TableCell[] {
  const status = row?.status ?? "todo";
  const took = row && tookMs(row, tried);
  const why = row?.reason ?? row?.stageReason;
  const reason = why === undefined ? "" : (why.message ?? why.code);
  return [
    { text: key },
    { text: statusInWords(row, interrupted), tone: toneOf(status) },
    { text: row === undefined ? "" : String(row.attempt) },
    { text: took === undefined ? "" : durationText(took) },
    { text: reason, tone: "dim" },
  ];
}

/** How long the last attempt took. */
function tookMs({ item, claimedAt, settledAt }: ItemRow, tried: Shown["tried"]): number | undefined {
  if (tried.has(item)) return tried.get(item);
  return settledAt === undefined || claimedAt === undefined ? undefined : settledAt - claimedAt;
}

function failures(io: Io, { stored, plan, scope }: Shown): string {
  const paint = paintFor(io.stdout.color);
  const failed = stored.items
    .filter(({ status, item }) => status === "failed" && scope?.has(item) !== false)
    .slice(0, FAILURES_DETAILED);
  const lines = failed.flatMap((row) =>
    failureDetails(plan.taskOf(row.item)!.key, row.reason, { paint, showPath: (path) => showPath(io, path) }),
  );
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function next(io: Io, { summary, stateDir, interrupted }: Shown): string {
  const words = interrupted ? ["resume", summary.id] : ["log", summary.id];
  return `Next:\n  ${nextCommand(io, stateDir, ...words)}\n`;
}
