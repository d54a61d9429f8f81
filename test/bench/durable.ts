/** No-op items with every transition durable: against SQLite's own limit and against BullMQ's flows on Redis. */
import { inTurn, measureInChild, type RoundsResult } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { npmPeer, peerVersion, program, requirementNotes } from "./harness/peers.ts";
import { atLeast, atMost, type LimitCheck, type Report, type Table } from "./harness/report.ts";
import { compact, digits, median, ratio, spread } from "./harness/stats.ts";
import type { Measure, Variant } from "./harness/variant.ts";

const CAP = 64;
const OURS = "signalbox, journal on";
const LIMIT = "SQLite, the same rows";
const BULLMQ = "BullMQ flow";

const dagVariants: readonly Variant[] = [
  { name: OURS, file: "durable-signalbox", export: "signalbox" },
  { name: LIMIT, file: "durable-limit", export: "sqliteLimit" },
];
const ourTree: Variant = { name: OURS, file: "durable-signalbox", export: "signalbox" };
const bullmq: Variant = { name: BULLMQ, file: "durable-bullmq", export: "bullmqFlow" };
const redis = program("redis-server", "redis-server");

interface Shape {
  readonly title: string;
  readonly depth: number;
  readonly fan: number;
}

/** The first has about as many needs for each item as the DAG; it is the one the limit speaks of. */
const shapes: readonly Shape[] = [
  { title: "tree, 13 levels of 2 children", depth: 13, fan: 2 },
  { title: "tree, 4 levels of 10 children", depth: 4, fan: 10 },
  { title: "chain of 1,000", depth: 999, fan: 1 },
];
const smokeShapes: readonly Shape[] = [{ title: "tree, 6 levels of 2 children", depth: 6, fan: 2 }];

export async function durable(options: BenchOptions): Promise<Report> {
  const rounds = options.smoke ? 1 : (options.rounds ?? 5);
  const size = options.smoke ? 1_000 : 100_000;
  const dag = await inTurn(dagVariants, {
    rounds,
    label: "durable, DAG",
    measure: (one) => measureInChild(one, { size, cap: CAP }),
  });
  const trees = new Map<Shape, RoundsResult>();
  for (const shape of options.smoke ? smokeShapes : shapes) trees.set(shape, await raceTree(shape, rounds));
  return {
    name: "durable",
    question: `no-op functions, ${CAP} live at once, every transition on the disk before anything follows from it`,
    tables: [
      rateTable(`layered random DAG of ${compact(size)}`, dag),
      ...[...trees].map(([shape, result]) => rateTable(shape.title, result)),
      memoryTable(dag),
    ],
    limits: options.smoke ? [] : limits(dag, trees.get(shapes[0]!)!),
    notes: [
      "wall time decides here, because the disk does; CPU time of the Redis server is counted with BullMQ",
      "SQLite's row: the rows of one of our runs, in the same appends, same tables and statements, in one thread, with nothing around it",
      "BullMQ's flows are trees, so it is compared on trees; our run stores its plan durably within its time, so the last columns add the time in which BullMQ stores the flow",
      "Redis runs with appendonly and appendfsync always, on a socket file; worker and producer are one Node process",
      "not raced: pg-boss, graphile-worker and DBOS, which need a PostgreSQL server",
      ...requirementNotes([npmPeer("bullmq"), npmPeer("ioredis"), redis]),
    ],
    failures: [dag, ...trees.values()].flatMap((result) => result.failures),
  };
}

function raceTree({ title, depth, fan }: Shape, rounds: number): Promise<RoundsResult> {
  const present =
    peerVersion("bullmq") !== undefined && peerVersion("ioredis") !== undefined && redis.version() !== undefined;
  return inTurn(present ? [ourTree, bullmq] : [ourTree], {
    rounds,
    label: `durable, ${title}`,
    measure: (one) => measureInChild(one, { depth, fan, cap: CAP }),
  });
}

const perSecond = (measure: Measure): number => Number(measure.extra["items"]) / (measure.wallMs / 1_000);
/** Our run stores its plan durably before it begins; whoever stores the work in a step of its own is charged with it here. */
const perSecondStored = (measure: Measure): number =>
  Number(measure.extra["items"]) / ((measure.wallMs + measure.setupWallMs) / 1_000);
const cpuMs = (measure: Measure): number => measure.cpuMs + Number(measure.extra["redisCpuMs"] ?? 0);
const rate = (result: RoundsResult, name: string, of = perSecond): number =>
  median((result.measures.get(name) ?? []).map(of));

function rateTable(title: string, result: RoundsResult): Table {
  const rows = [...result.measures].map(([name, measures]) => {
    const items = Number(measures[0]?.extra["items"]);
    const commits = Number(measures[0]?.extra["commits"]);
    return [
      name,
      spread(measures.map(perSecond), compact),
      spread(measures.map(perSecondStored), compact),
      digits((median(measures.map(cpuMs)) * 1_000) / items),
      ratio(rate(result, OURS) / rate(result, name)),
      ratio(rate(result, OURS) / rate(result, name, perSecondStored)),
      digits(Number(measures[0]?.extra["transitions"]) / commits),
    ];
  });
  const columns = [
    "contender",
    "items/s wall (min..max)",
    "with storing the work",
    "us CPU/item",
    "ours / this",
    "with storing",
    "rows a commit",
  ];
  return { title, columns, rows };
}

const marks = (measure: Measure): readonly number[] => {
  const values = measure.extra["rssMb"];
  return Array.isArray(values) ? values : [];
};

function memoryTable(dag: RoundsResult): Table {
  const measures = dag.measures.get(OURS) ?? [];
  const row = [0, 1, 2, 3].map((quarter) => spread(measures.map((measure) => marks(measure)[quarter] ?? Number.NaN)));
  return {
    title: "resident memory of our process while it runs, MB",
    columns: ["", "25 %", "50 %", "75 %", "100 %"],
    rows: [[OURS, ...row]],
  };
}

function limits(dag: RoundsResult, tree: RoundsResult): LimitCheck[] {
  const growth = (dag.measures.get(OURS) ?? []).map(
    (measure) => (marks(measure)[3] ?? Number.NaN) / (marks(measure)[1] ?? Number.NaN),
  );
  return [
    atLeast("items/s / SQLite's limit", rate(dag, OURS) / rate(dag, LIMIT), 0.3),
    atLeast("items/s / BullMQ flow already added, tree of 2", rate(tree, OURS) / rate(tree, BULLMQ), 3),
    atLeast(
      "items/s / BullMQ flow with adding it, tree of 2",
      rate(tree, OURS) / rate(tree, BULLMQ, perSecondStored),
      3,
    ),
    atMost("resident memory at 100 % / at 50 %", median(growth), 1.2),
  ];
}
