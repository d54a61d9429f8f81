/** No-op DAG in memory: what the engine itself costs, against what people use for this and against the floors. */
import { inTurn, measureInChild, type RoundsResult } from "./harness/measure.ts";
import { npmPeer, peerVersion, requirementNotes } from "./harness/peers.ts";
import { atLeast, atMost, type LimitCheck, type Report, type Table } from "./harness/report.ts";
import { compact, digits, median, ratio, spread } from "./harness/stats.ts";
import type { Measure, Variant } from "./harness/variant.ts";
import type { BenchOptions } from "./harness/options.ts";

const CAP = 64;
const OURS = "signalbox, journal off";
const WARM = "signalbox, journal off, warmed";
const FLOOR = "XState floor";

const own: readonly Variant[] = [
  { name: OURS, file: "engine-signalbox", export: "signalbox" },
  { name: WARM, file: "engine-signalbox", export: "signalbox", params: { warmUp: 50_000 } },
  { name: "signalbox, sync functions", file: "engine-signalbox", export: "signalbox", params: { sync: true } },
  {
    name: "signalbox, interpreted items",
    file: "engine-signalbox",
    export: "signalbox",
    params: { itemLogic: "interpreted" },
  },
];

const floors: readonly Variant[] = [
  { name: FLOOR, file: "engine-floors", export: "xstateFloor" },
  { name: "ready queue, promises", file: "engine-floors", export: "readyQueue" },
  { name: "ready queue, sync", file: "engine-floors", export: "readyQueueSync" },
];

const peers: readonly (Variant & { readonly peer: string })[] = [
  { name: "p-graph", peer: "p-graph", file: "engine-peers", export: "pGraph" },
  { name: "p-queue DAG", peer: "p-queue", file: "engine-peers", export: "pQueue" },
  { name: "p-limit DAG", peer: "p-limit", file: "engine-peers", export: "pLimit" },
  { name: "Effect", peer: "effect", file: "engine-peers", export: "effect", sizeMax: 100_000, roundsMax: 3 },
  { name: "async.auto", peer: "async", file: "engine-peers", export: "asyncAuto", sizeMax: 10_000, roundsMax: 1 },
];

export async function engine(options: BenchOptions): Promise<Report> {
  const sizes = options.smoke ? [2_000] : [10_000, 100_000, 1_000_000];
  const results = new Map<number, RoundsResult>();
  for (const size of sizes) results.set(size, await measureSize(size, options));
  return {
    name: "engine",
    question: `a layered random DAG of no-op functions, ${CAP} live at once; one item = one function called`,
    tables: sizes.map((size) => sizeTable(size, results.get(size)!)),
    limits: options.smoke ? [] : limits(results),
    notes: [
      "CPU time of the whole process (GC and JIT threads included), each measurement in a fresh process, variants in turn; `warmed` ran 50,000 items before",
      "set-up is `definePlan` here (all checks) and the constructor of p-graph (graph, priorities, cycles); the others have none and check nothing",
      "XState floor: createActor, start, claim, complete; no scheduling, no function called. async.auto is quadratic: 10,000 items, one round",
      ...requirementNotes(["p-graph", "p-queue", "p-limit", "effect", "async"].map(npmPeer)),
    ],
    failures: [...results.values()].flatMap((result) => result.failures),
  };
}

function measureSize(size: number, options: BenchOptions): Promise<RoundsResult> {
  const present = peers.filter((peer) => peerVersion(peer.peer) !== undefined);
  const fitting = [...own, ...floors, ...present].filter((variant) => size <= (variant.sizeMax ?? size));
  const rounds = options.smoke ? 1 : (options.rounds ?? (size > 100_000 ? 3 : 5));
  const measure = (variant: Variant): Promise<Measure> => measureInChild(variant, { size, cap: CAP });
  return inTurn(fitting, { rounds, label: `engine ${compact(size)}`, measure });
}

function sizeTable(size: number, result: RoundsResult): Table {
  const ours = wholeCpu(result, OURS);
  const rows = [...result.measures].map(([name, measures]) => {
    if (measures.length === 0) return [name, "broken"];
    const perSecond = measures.map((measure) => size / (measure.cpuMs / 1_000));
    return [
      name,
      spread(perSecond, compact),
      compact(size / (median(measures.map((measure) => measure.wallMs)) / 1_000)),
      digits((runCpu(result, name) * 1_000) / size),
      digits((wholeCpu(result, name) * 1_000) / size),
      ratio(runCpu(result, name) / runCpu(result, OURS)),
      ratio(wholeCpu(result, name) / ours),
      `${Math.round(median(measures.map((measure) => measure.peakRssMb)))} MB`,
    ];
  });
  const columns = [
    "variant",
    "items/CPU-s (min..max)",
    "items/s wall",
    "us/item",
    "us/item with set-up",
    "CPU / ours",
    "with set-up / ours",
    "peak RSS",
  ];
  return { title: `${compact(size)} items`, columns, rows };
}

function runCpu(result: RoundsResult | undefined, name: string): number {
  return median((result?.measures.get(name) ?? []).map((measure) => measure.cpuMs));
}

function wholeCpu(result: RoundsResult | undefined, name: string): number {
  return median((result?.measures.get(name) ?? []).map((measure) => measure.cpuMs + measure.setupCpuMs));
}

function limits(results: ReadonlyMap<number, RoundsResult>): LimitCheck[] {
  const at100k = results.get(100_000);
  const growth = (name: string): number =>
    runCpu(results.get(1_000_000), name) / 1_000_000 / (runCpu(results.get(10_000), name) / 10_000);
  const growthCheck = (what: string, name: string): LimitCheck =>
    atMost(`cost per item at 1M / at 10k, ${what}`, growth(name), 1.3);
  return [
    atLeast(
      "p-graph with its constructor / ours on a checked plan, 100k",
      wholeCpu(at100k, "p-graph") / runCpu(at100k, OURS),
      1.25,
    ),
    atLeast("p-graph / ours at 100k, both with set-up", wholeCpu(at100k, "p-graph") / wholeCpu(at100k, OURS), 1.25),
    atLeast("p-queue DAG / ours at 100k", runCpu(at100k, "p-queue DAG") / runCpu(at100k, OURS), 1),
    atLeast("XState floor / ours at 100k", runCpu(at100k, FLOOR) / runCpu(at100k, OURS), 1.8),
    growthCheck("cold", OURS),
    growthCheck("warmed (stricter)", WARM),
  ];
}
