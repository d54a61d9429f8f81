/**
 * `node test/bench/renew-page.ts FILE…`: puts new figures into docs/internals/benchmarks.md. Each file holds what
 * `npm run -s bench -- NAME --json` printed: one report a line. The section of each bench gets its tables anew, and the
 * rows of its limits in the first table are replaced; what people wrote around them stays, and the date is theirs to change.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { LimitCheck, Report, Table } from "./harness/report.ts";

const page = fileURLToPath(new URL("../../docs/internals/benchmarks.md", import.meta.url));

let text = readFileSync(page, "utf8");
for (const report of process.argv.slice(2).flatMap(reportsIn)) text = renewed(text, report);
writeFileSync(page, text);

function reportsIn(file: string): Report[] {
  const lines = readFileSync(file, "utf8").split("\n");
  // `run.ts` wrote them.
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Report);
}

function renewed(before: string, report: Report): string {
  if (report.failures.length > 0) throw new Error(`${report.name} broke: ${report.failures.join("; ")}`);
  return report.limits.reduce((text, limit) => withLimit(text, report.name, limit), withTables(before, report));
}

function withTables(text: string, { name, question, tables }: Report): string {
  const heading = `\n### ${name}\n`;
  const start = text.indexOf(heading);
  if (start < 0) throw new Error(`expected a section "### ${name}" in ${page}, found none; write its heading`);
  const next = text.indexOf("\n### ", start + heading.length);
  const parts = [
    `${heading}\n${sentence(question)}.\n`,
    ...tables.map((table) => `${sentence(table.title)}\n\n${rowsOf(table)}`),
  ];
  return text.slice(0, start) + parts.join("\n") + (next < 0 ? "" : text.slice(next));
}

function rowsOf({ columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell || " ").join(" | ")} |\n`;
  return `${line(columns)}| --- |${" ---: |".repeat(columns.length - 1)}\n${rows.map(line).join("")}`;
}

function withLimit(text: string, name: string, { what, limit, got, met }: LimitCheck): string {
  const start = `| \`${name}\`: ${what} | `;
  const at = text.indexOf(`\n${start}`);
  if (at < 0) throw new Error(`expected a row "${start}" in ${page}, found none; write it among the limits`);
  const verdict = met === undefined ? "not measured" : met ? "met" : "**missed**";
  return `${text.slice(0, at + 1)}${start}${limit} | ${got} | ${verdict} |${text.slice(text.indexOf("\n", at + 1))}`;
}

function sentence(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
