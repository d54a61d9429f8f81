/** Reading, publishing and comparing the immutable picture of a run. */
import { inTurn, measureInChild } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { atMost, type LimitCheck, type Report } from "./harness/report.ts";
import { compact, digits, median, spread } from "./harness/stats.ts";
import type { Measure, Variant } from "./harness/variant.ts";

interface Sized extends Variant {
  readonly size: number;
}

const figures: readonly (readonly [key: string, title: string])[] = [
  ["readNs", "read the snapshot, ns"],
  ["itemNs", "read one item of it, ns"],
  ["publishMeanUs", "publish, us/change"],
  ["publishP99Us", "p99, us/change"],
  ["makingUs", "making the changes, us/change"],
  ["diffUs", "diff of 128 changes, us"],
  ["iterateMs", "iterate all, ms"],
];

export async function snapshot(options: BenchOptions): Promise<Report> {
  const sizes = options.smoke ? [5_000] : [10_000, 100_000, 1_000_000];
  const variants = sizes.map((size): Sized => ({
    name: compact(size),
    size,
    file: "snapshot-state",
    export: "snapshotState",
  }));
  const measure = (variant: Sized): Promise<Measure> => measureInChild(variant, { size: variant.size });
  const result = await inTurn(variants, {
    rounds: options.smoke ? 1 : (options.rounds ?? 3),
    label: "snapshot",
    measure,
  });
  const values = (name: string, key: string): number[] =>
    (result.measures.get(name) ?? []).map((one) => Number(one.extra[key]));
  const rows = variants.map(({ name }) => [name, ...figures.map(([key]) => spread(values(name, key)))]);
  const unit = (name: string) => (value: number) => `${digits(value)} ${name}`;
  const largest = variants.at(-1)!.name;
  const limits: LimitCheck[] = [
    atMost("read at 1M items", median(values(largest, "readNs")), 1_000, unit("ns")),
    atMost("publish at 1M items, mean", median(values(largest, "publishMeanUs")), 0.3, unit("us a change")),
  ];
  return {
    name: "snapshot",
    question: "the state of a run by itself: all items change once, in publications of 128 changes, in order of number",
    tables: [
      {
        title: "by items in the run, median (min..max)",
        columns: ["items", ...figures.map(([, title]) => title)],
        rows,
      },
    ],
    limits: options.smoke ? [] : limits,
    notes: [
      "no peer: the libraries of the engine bench give no picture of a run",
      "wall time within one process; each round is a fresh one",
    ],
    failures: result.failures,
  };
}
