/** What items cost while nothing happens to them, and what a whole process needs for a large plan. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { idOf, layeredDag } from "./harness/dag.ts";
import { inTurn, measureInChild, type RoundsResult } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { npmPeer, peerVersion, requirementNotes } from "./harness/peers.ts";
import { atMost, type LimitCheck, type Report, type Table } from "./harness/report.ts";
import { compact, digits, median, spread } from "./harness/stats.ts";
import type { Measure, Variant } from "./harness/variant.ts";

const OURS = "signalbox, journal off";
const WHOLE = "JSON plan, journal off";
const WHOLE_DURABLE = "JSON plan, journal on";

const items: readonly Variant[] = [{ name: OURS, file: "memory-items", export: "signalboxItems" }];
const peer: Variant = { name: "p-graph", file: "memory-items", export: "pGraphItems" };
const whole: readonly Variant[] = [
  { name: WHOLE, file: "memory-whole", export: "wholeProcess" },
  { name: WHOLE_DURABLE, file: "memory-whole", export: "wholeProcess", params: { durable: true } },
];

export async function memory(options: BenchOptions): Promise<Report> {
  const size = options.smoke ? 2_000 : 100_000;
  const rounds = options.smoke ? 1 : (options.rounds ?? 3);
  const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-"));
  try {
    const file = writePlan(folder, size);
    const contenders = peerVersion("p-graph") === undefined ? items : [...items, peer];
    const held = await inTurn(contenders, {
      rounds,
      label: "memory, items",
      measure: (one) => measureInChild(one, { size }),
    });
    const processes = await inTurn(whole, {
      rounds,
      label: "memory, process",
      measure: (one) => measureInChild(one, { size, file }),
    });
    return {
      name: "memory",
      question: `${compact(size)} items: bytes per item above the plan, and a whole process`,
      tables: [itemsTable(held), wholeTable(processes)],
      limits: options.smoke ? [] : limits(held, processes),
      notes: [
        "heap and typed arrays after a full garbage collection, less what was held before the run was made; one item is live, all others wait for it",
        "`done` holds the finished run with its snapshot and, in memory, its journal; p-graph keeps no outcome of an item",
        "stalls are those of the event loop from making the run to its end, sampled every millisecond; loading the plan is one piece of work before it",
        ...requirementNotes([npmPeer("p-graph")]),
      ],
      failures: [...held.failures, ...processes.failures],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writePlan(folder: string, size: number): string {
  const tasks = Object.fromEntries(
    layeredDag(size).needs.map((needs, item) => [idOf(item), { needs: needs.map(idOf), run: "true" }]),
  );
  const file = join(folder, "plan.json");
  writeFileSync(file, JSON.stringify({ version: 1, name: "bench", tasks }));
  return file;
}

function values(result: RoundsResult, name: string, of: (measure: Measure) => number): number[] {
  return (result.measures.get(name) ?? []).map(of);
}

const extra =
  (key: string) =>
  (measure: Measure): number =>
    Number(measure.extra[key]);

function itemsTable(result: RoundsResult): Table {
  const rows = [...result.measures.keys()].map((name) => [
    name,
    spread(values(result, name, extra("restingBytes"))),
    spread(values(result, name, extra("doneBytes"))),
  ]);
  return {
    title: "bytes per item above the input",
    columns: ["contender", "resting (min..max)", "done (min..max)"],
    rows,
  };
}

function wholeTable(result: RoundsResult): Table {
  const rows = [...result.measures.keys()].map((name) => [
    name,
    spread(values(result, name, extra("loadMs"))),
    spread(values(result, name, (measure) => measure.wallMs)),
    spread(values(result, name, extra("rssMb"))),
    spread(values(result, name, (measure) => measure.peakRssMb)),
    spread(values(result, name, extra("stallP999Ms"))),
    spread(values(result, name, extra("stallMaxMs"))),
  ]);
  const columns = [
    "process",
    "load ms",
    "load and run ms",
    "RSS at end MB",
    "peak RSS MB",
    "stall p99.9 ms",
    "stall max ms",
  ];
  return { title: "load, run no-op attempts, end", columns, rows };
}

function limits(held: RoundsResult, processes: RoundsResult): LimitCheck[] {
  const worst = (of: (measure: Measure) => number): number =>
    Math.max(...[WHOLE, WHOLE_DURABLE].map((name) => median(values(processes, name, of))));
  const unit = (name: string) => (value: number) => `${digits(value)} ${name}`;
  return [
    atMost("a resting item above the plan", median(values(held, OURS, extra("restingBytes"))), 200, unit("B")),
    atMost(
      "peak RSS of a process",
      worst((measure) => measure.peakRssMb),
      1_024,
      unit("MB"),
    ),
    atMost("event loop stall, p99.9", worst(extra("stallP999Ms")), 50, unit("ms")),
  ];
}
