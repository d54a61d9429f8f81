import type { ItemRow, RecoveredRun, RunSummary } from "../../journal/journal.ts";
import { itemIdOf } from "../../base/node-env.ts";
import { harmless } from "../../base/harmless.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Command, Io } from "../io.ts";
import { nextCommand, showPath } from "../next-command.ts";
import { storedPlan } from "../stored-plan.ts";
import { openStore } from "../store.ts";
import { findRun, isInterrupted } from "../stored-run.ts";
import { paintFor } from "../terminal/style.ts";
import { failureDetails } from "../view/failure.ts";
import { countOf, formatCount, formatDuration, formatTime } from "../view/format.ts";
import { stageInWords } from "../view/stage.ts";
import { renderTable, toneOf, type TableCell } from "../view/table.ts";
import { jsonDocument, summaryOnWire, reasonOnWire } from "../wire.ts";

export interface ShowOptions {
  readonly run: string;
  readonly all?: boolean;
  readonly json?: boolean;
  readonly stateDir?: string;
}

interface Shown {
  readonly summary: RunSummary;
  readonly stored: RecoveredRun;
  readonly plan: Plan;
  readonly stateDir: string;
  readonly interrupted: boolean;
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
    const shown = {
      summary,
      stored,
      plan: storedPlan(stored.record),
      stateDir: store.stateDir,
      interrupted: isInterrupted(store.reader, summary.status),
    };
    io.stdout.write(options.json === true ? jsonDocument(onWire(shown)) : inWords(io, shown, options.all === true));
    return 0;
  } finally {
    await store.reader.close();
  }
};

function onWire({ summary, stored, plan, interrupted }: Shown): object {
  const rows = new Map(stored.items.map((row) => [row.item, row]));
  const items = plan.tasks.map((task, number) => itemOnWire(summary.id, task.key, number, rows.get(number)));
  return { ...summaryOnWire(summary), interrupted, items };
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
    reason: row?.reason === undefined ? null : reasonOnWire(row.reason),
    output: row?.output ?? null,
  };
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : formatTime(ms);
}

function inWords(io: Io, shown: Shown, all: boolean): string {
  const parts = [head(io, shown), itemTable(io, shown, all), failures(io, shown), next(io, shown)];
  return parts.filter((part) => part !== "").join("\n");
}

function head(io: Io, { summary, stored, interrupted }: Shown): string {
  const paint = paintFor(io.stdout.color);
  const { counts, size } = summary;
  const started = summary.startedAt ?? summary.createdAt;
  const took = summary.finishedAt === undefined ? "" : `, took ${formatDuration(summary.finishedAt - started)}`;
  const counted = (["claimed", "failed", "cancelled", "todo"] as const)
    .filter((status) => counts[status] > 0)
    .map((status) => `, ${formatCount(counts[status])} ${status}`);
  return [
    `${paint("strong", harmless(summary.name))}  ${interrupted ? paint("warn", "interrupted") : paint(toneOf(summary.status), summary.status)}`,
    `  run      ${summary.id}`,
    `  started  ${formatTime(started)}${took}`,
    `  items    ${formatCount(counts.done)} of ${formatCount(size)} done${counted.join("")}`,
    `  journal  ${countOf(stored.seq, "transition")}, ${countOf(summary.epoch, "process")}`,
    "",
  ].join("\n");
}

function itemTable(io: Io, { stored, plan }: Shown, all: boolean): string {
  const rows = new Map(stored.items.map((row) => [row.item, row]));
  const numbers = [...plan.tasks.keys()];
  const listed = all || numbers.length <= ITEMS_SHOWN ? numbers : interesting(numbers, rows).slice(0, ITEMS_SHOWN);
  const cells = listed.map((number) => itemCells(plan.tasks[number]!.key, rows.get(number)));
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

function itemCells(key: string, row: ItemRow | undefined): TableCell[] {
  const status = row?.status ?? "todo";
  const took =
    row?.settledAt === undefined || row.claimedAt === undefined ? "" : formatDuration(row.settledAt - row.claimedAt);
  const why = row?.reason ?? row?.stageReason;
  const reason = why === undefined ? "" : (why.message ?? why.code);
  return [
    { text: key },
    { text: row?.stage === undefined ? status : `${status}, ${stageInWords(row.stage)}`, tone: toneOf(status) },
    { text: row === undefined ? "" : String(row.attempt) },
    { text: took },
    { text: reason, tone: "dim" },
  ];
}

function failures(io: Io, { stored, plan }: Shown): string {
  const paint = paintFor(io.stdout.color);
  const failed = stored.items.filter(({ status }) => status === "failed").slice(0, FAILURES_DETAILED);
  const lines = failed.flatMap((row) =>
    failureDetails(plan.tasks[row.item]!.key, row.reason, { paint, showPath: (path) => showPath(io, path) }),
  );
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function next(io: Io, { summary, stateDir, interrupted }: Shown): string {
  const words = interrupted ? ["resume", summary.id] : ["log", summary.id];
  return `Next:\n  ${nextCommand(io, stateDir, ...words)}\n`;
}
