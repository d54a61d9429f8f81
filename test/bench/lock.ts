/** What the lock of a repository costs who is alone, and how long many wait for it. */
import { inTurn, measureInChild, type RoundsResult } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { program, requirementNotes } from "./harness/peers.ts";
import { atMost, type LimitCheck, type Report, type Table } from "./harness/report.ts";
import { digits, median, ratio, spread } from "./harness/stats.ts";
import type { Variant } from "./harness/variant.ts";

const FLOOR = "git alone";
const OURS = "signalbox";
const FLOCK = "flock(1)";
const file = "repository-lock";
const flock = program("flock", "util-linux");
const alone: readonly Variant[] = [
  { name: FLOOR, file, export: "bare" },
  { name: OURS, file, export: "signalbox" },
  { name: FLOCK, file, export: "flock" },
];
const crowds: readonly Variant[] = [
  { name: OURS, file, export: "signalboxCrowd" },
  { name: FLOCK, file, export: "flockCrowd" },
];

interface Crowd {
  readonly processes: number;
  readonly lanes: number;
}

export async function lock(options: BenchOptions): Promise<Report> {
  const rounds = options.smoke ? 1 : (options.rounds ?? 5);
  const turns = options.smoke ? 5 : 200;
  const isThere = ({ name }: Variant): boolean => name !== FLOCK || flock.version() !== undefined;
  const single = await inTurn(alone.filter(isThere), {
    rounds,
    label: "lock",
    measure: (one) => measureInChild(one, { turns }),
  });
  const sizes: readonly Crowd[] = options.smoke
    ? [{ processes: 2, lanes: 2 }]
    : [
        { processes: 1, lanes: 40 },
        { processes: 10, lanes: 4 },
      ];
  const results = new Map<Crowd, RoundsResult>();
  for (const crowd of sizes) {
    const params = { ...crowd, rounds: options.smoke ? 2 : 10 };
    const label = `lock ${crowd.processes} x ${crowd.lanes}`;
    results.set(
      crowd,
      await inTurn(crowds.filter(isThere), { rounds, label, measure: (one) => measureInChild(one, params) }),
    );
  }
  return {
    name: "lock",
    question:
      "one git command (update-ref) after the other, each under the lock of the repository; then many that hold it for 5 ms",
    tables: [aloneTable(single), ...sizes.map((crowd) => crowdTable(crowd, results.get(crowd)!))],
    limits: options.smoke ? [] : limits(single),
    notes: [
      ...requirementNotes([flock]),
      "wall time; a turn is from asking to the end of the command, a wait from asking to having the lock",
      "flock(1) starts one process more for each turn, knows no order, and does not say who holds it; ours is fair and dies with its holder's git commands",
    ],
    failures: [single, ...results.values()].flatMap(({ failures }) => failures),
  };
}

/** Of each round. */
function values(result: RoundsResult, name: string, key: string, of: (list: readonly number[]) => number): number[] {
  return (result.measures.get(name) ?? []).map(({ extra }) => of(extra[key] as readonly number[]));
}

const percentile = (list: readonly number[], part: number): number =>
  list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))]!;
const p99 = (list: readonly number[]): number => percentile(list, 0.99);

function limits(result: RoundsResult): LimitCheck[] {
  const ms = (value: number): string => `${digits(value)} ms`;
  const over = (of: (list: readonly number[]) => number): number =>
    median(values(result, OURS, "turnMs", of)) - median(values(result, FLOOR, "turnMs", of));
  return [
    atMost("a free lock, median above git alone", over(median), 100, ms),
    atMost("a free lock, p99 above git alone", over(p99), 100, ms),
  ];
}

function aloneTable(result: RoundsResult): Table {
  const floor = median(values(result, FLOOR, "turnMs", median));
  const rows = [...result.measures.keys()].map((name) => {
    const medians = values(result, name, "turnMs", median);
    return [
      name,
      spread(medians),
      spread(values(result, name, "turnMs", p99)),
      digits(median(medians) - floor),
      ratio(median(medians) / floor),
    ];
  });
  const columns = ["lock", "turn, ms", "p99, ms", "above git alone, ms", "turn / git alone"];
  return { title: "nobody else wants it, median (min..max)", columns, rows };
}

function crowdTable({ processes, lanes }: Crowd, result: RoundsResult): Table {
  const rows = [...result.measures].map(([name, measures]) => [
    name,
    spread(values(result, name, "waitMs", median)),
    spread(values(result, name, "waitMs", p99)),
    spread(values(result, name, "waitMs", (list) => Math.max(...list))),
    processes === 1 ? "-" : spread(measures.map(({ extra }) => Number(extra["unevenness"]))),
  ]);
  const who = processes === 1 ? `${lanes} lanes of one process` : `${processes} processes of ${lanes} lanes`;
  const columns = ["lock", "wait, ms", "p99, ms", "longest, ms", "mean wait, unluckiest / luckiest process"];
  return { title: `${who}, each 10 times, median (min..max)`, columns, rows };
}
