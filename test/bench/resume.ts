/** How long it takes to go on with a run that a process left in its middle. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inTurn, measureInChild, tell, type RoundsResult } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { atMost, type LimitCheck, type Report, type Table } from "./harness/report.ts";
import { compact, median, ratio, spread } from "./harness/stats.ts";
import type { Variant } from "./harness/variant.ts";

const OURS = "signalbox";
const SCAN = "SQLite scan of the rows";
const make: Variant = { name: "make the store", file: "resume-store", export: "makeStore" };
const variants: readonly Variant[] = [
  { name: OURS, file: "resume-store", export: "reopen" },
  { name: SCAN, file: "resume-store", export: "scan" },
];

export async function resume(options: BenchOptions): Promise<Report> {
  const sizes = options.smoke ? [2_000] : [100_000, 1_000_000];
  const results = new Map<number, RoundsResult>();
  for (const size of sizes) results.set(size, await measureSize(size, options));
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
  const limit = (size: number, most: number): LimitCheck =>
    atMost(`reopen ${compact(size)} items`, median(values(results.get(size)!, OURS, "allMs")), most, seconds);
  return {
    name: "resume",
    question:
      "a run that was stopped when half of its items were done: from opening the state directory to the first new attempt",
    tables: sizes.map((size) => table(size, results.get(size)!)),
    limits: options.smoke ? [] : [limit(100_000, 1_000), limit(1_000_000, 5_000)],
    notes: [
      "wall time in a fresh process with the store in the file cache; the store is made once for each size and copied for each round",
      "the scan reads the same rows and does nothing with them",
    ],
    failures: [...results.values()].flatMap((result) => result.failures),
  };
}

async function measureSize(size: number, options: BenchOptions): Promise<RoundsResult> {
  const parent = mkdtempSync(join(tmpdir(), "signalbox-bench-"));
  const params = { size, folder: join(parent, "state") };
  try {
    tell(`resume: making a store of ${compact(size)} items`);
    await measureInChild(make, params);
    const rounds = options.smoke ? 1 : (options.rounds ?? (size > 100_000 ? 3 : 5));
    return await inTurn(variants, {
      rounds,
      label: `resume ${compact(size)}`,
      measure: (one) => measureInChild(one, params),
    });
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

function values(result: RoundsResult, name: string, key: string): number[] {
  return (result.measures.get(name) ?? []).map((measure) => Number(measure.extra[key]));
}

function table(size: number, result: RoundsResult): Table {
  const keys = ["openMs", "readMs", "planMs", "firstItemMs"];
  const scan = median(values(result, SCAN, "allMs"));
  const rows = [...result.measures].map(([name, measures]) => [
    name,
    spread(values(result, name, "allMs")),
    ...keys.map((key) => (name === OURS ? spread(values(result, name, key)) : "-")),
    ratio(median(values(result, name, "allMs")) / scan),
    measures.length === 0 ? "-" : `${Math.round(median(measures.map((measure) => measure.peakRssMb)))} MB`,
  ]);
  const columns = [
    "reader",
    "all ms (min..max)",
    "open ms",
    "read ms",
    "plan ms",
    "to first item ms",
    "all / scan",
    "peak RSS",
  ];
  return { title: `${compact(size)} items`, columns, rows };
}
