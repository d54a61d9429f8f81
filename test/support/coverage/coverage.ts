// `npm run coverage [-- test/folder]`: runs the tests and shows, for each folder, how much of it they ran: in their own
// processes (vitest counts) and in the worker threads and processes that they start (Node counts). Lines of core folders
// are held at 90 % (S2-27) when all tests run.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { root } from "../tidy/repository.ts";
import { addProcesses, missedLines, tallyOf, type FileCoverage, type Tally } from "./file-coverage.ts";
import { nativeCoverage } from "./native-coverage.ts";

const core = ["machines", ..."graph items scheduler plan state journal engine".split(" ").map((name) => `src/${name}`)];
const linesPercentMin = 90;
const chosen = process.argv.slice(2);

const raw = mkdtempSync(join(tmpdir(), "signalbox-coverage-"));
const testsCode = runTests();
const files = readFiles();
rmSync(raw, { recursive: true, force: true });
const low = report(files);
process.exitCode = testsCode !== 0 || (chosen.length === 0 && low) ? 1 : 0;

function runTests(): number {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const config = ["--config", join(root, "test/support/vitest.config.ts")];
  const coverage = ["--coverage", "--coverage.reportOnFailure", "--coverage.reporter=json"];
  const env = { ...process.env, NODE_V8_COVERAGE: raw };
  return (
    spawnSync(process.execPath, [vitest, "run", ...config, ...coverage, ...chosen], {
      cwd: root,
      env,
      stdio: "inherit",
    }).status ?? 1
  );
}

function readFiles(): FileCoverage[] {
  const file = join(root, "coverage/coverage-final.json");
  // vitest wrote it, in istanbul's format.
  const all = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, FileCoverage>>;
  const processes = nativeCoverage(raw, root);
  for (const each of Object.values(all))
    addProcesses(each, readFileSync(each.path, "utf8"), processes.get(each.path) ?? []);
  mkdirSync(join(root, "coverage"), { recursive: true });
  writeFileSync(file, JSON.stringify(all));
  return Object.values(all);
}

/** Prints the table; answers whether a core folder is below its bound. */
function report(all: readonly FileCoverage[]): boolean {
  const folders = new Map<string, FileCoverage[]>();
  for (const file of all) {
    const parts = relative(root, file.path).split(/[\\/]/);
    const folder = parts.slice(0, parts[0] === "src" && parts.length > 2 ? 2 : 1).join("/");
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  let low = false;
  process.stdout.write(`\n${"folder".padEnd(18)} ${"lines".padStart(8)} ${"branches".padStart(9)}\n`);
  for (const [folder, members] of [...folders].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const tally = sum(members.map(tallyOf));
    const below = core.includes(folder) && percent(tally.linesRan, tally.lines) < linesPercentMin;
    low ||= below;
    const numbers = `${show(tally.linesRan, tally.lines).padStart(8)} ${show(tally.branchesRan, tally.branches).padStart(9)}`;
    process.stdout.write(`${folder.padEnd(18)} ${numbers}${below ? `  below ${linesPercentMin} %` : ""}\n`);
  }
  for (const file of all) printMissed(file);
  return low;
}

function printMissed(file: FileCoverage): void {
  const tally = tallyOf(file);
  if (percent(tally.linesRan, tally.lines) >= linesPercentMin) return;
  process.stdout.write(
    `${relative(root, file.path)}: ${show(tally.linesRan, tally.lines)}; not run: lines ${spans(missedLines(file))}\n`,
  );
}

function sum(tallies: readonly Tally[]): Tally {
  const total = { lines: 0, linesRan: 0, branches: 0, branchesRan: 0 };
  for (const tally of tallies) {
    total.lines += tally.lines;
    total.linesRan += tally.linesRan;
    total.branches += tally.branches;
    total.branchesRan += tally.branchesRan;
  }
  return total;
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 100 : (100 * part) / whole;
}

function show(part: number, whole: number): string {
  return `${percent(part, whole).toFixed(1)} %`;
}

/** `3-5, 9`: at most ten of them. */
function spans(lines: readonly number[]): string {
  const found: [number, number][] = [];
  for (const line of [...lines].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && line <= last[1] + 2) last[1] = line;
    else found.push([line, line]);
  }
  const shown = found.slice(0, 10).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  return shown.join(", ") + (found.length > shown.length ? ", …" : "");
}
