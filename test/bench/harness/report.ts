import { machineLine } from "./machine.ts";
import { ratio } from "./stats.ts";

/** What a bench found, ready to print. */
export interface Report {
  readonly name: string;
  /** One sentence: what is raced and what one item is. */
  readonly question: string;
  readonly tables: readonly Table[];
  readonly limits: readonly LimitCheck[];
  /** What a reader must know to judge the table: what was left out, what is not alike. */
  readonly notes: readonly string[];
  /** Variants that broke; the run's exit code is 1 when there are any. */
  readonly failures: readonly string[];
}

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A limit of the design beside what was measured. Never decides an exit code: these are measurements of a noisy machine. */
export interface LimitCheck {
  readonly what: string;
  readonly limit: string;
  readonly got: string;
  readonly met: boolean | undefined;
}

/** A limit, by default on a ratio of two measurements; a figure that could not be formed counts as not measured. */
export function atLeast(
  what: string,
  got: number,
  least: number,
  format: (value: number) => string = ratio,
): LimitCheck {
  return { what, limit: `>= ${format(least)}`, got: format(got), met: Number.isFinite(got) ? got >= least : undefined };
}

export function atMost(what: string, got: number, most: number, format: (value: number) => string = ratio): LimitCheck {
  return { what, limit: `<= ${format(most)}`, got: format(got), met: Number.isFinite(got) ? got <= most : undefined };
}

export function printReport(report: Report, write: (line: string) => void): void {
  write(`\n== ${report.name}: ${report.question}`);
  write(`   ${machineLine()}`);
  for (const table of report.tables) printTable(table, write);
  if (report.limits.length > 0) printTable(limitsTable(report.limits), write);
  for (const note of report.notes) write(`   - ${note}`);
  for (const failure of report.failures) write(`   BROKEN: ${failure}`);
}

function limitsTable(limits: readonly LimitCheck[]): Table {
  const rows = limits.map((check) => [check.what, check.limit, check.got, verdict(check.met)]);
  return { title: "limits", columns: ["limit", "must", "got", ""], rows };
}

function verdict(met: boolean | undefined): string {
  if (met === undefined) return "not measured";
  return met ? "met" : "MISSED";
}

export function printTable(table: Table, write: (line: string) => void): void {
  if (table.rows.length === 0) return;
  const all = [table.columns, ...table.rows];
  const widths = table.columns.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  write(`\n   ${table.title}`);
  for (const [index, row] of all.entries()) {
    const cells = widths.map((width, column) => pad(row[column] ?? "", width, column > 0));
    write(`   ${cells.join("  ")}`.trimEnd());
    if (index === 0) write(`   ${widths.map((width) => "-".repeat(width)).join("  ")}`);
  }
}

function pad(text: string, width: number, right: boolean): string {
  return right ? text.padStart(width) : text.padEnd(width);
}
