/** The coordinator's interface under load, beside Node's server alone. */
import { inTurn, measureInChild } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { atLeast, atMost, type LimitCheck, type Report } from "./harness/report.ts";
import { compact, digits, median, ratio, spread } from "./harness/stats.ts";
import type { Measure, Variant } from "./harness/variant.ts";

const AGENTS = 64;
/** Before the measuring: less, and compiling the server's code is a part of what is measured, in both rows (docs/internals/benchmarks.md). */
const WARM_ITEMS = 40_000;
const ITEMS = 60_000;
const variants: readonly Variant[] = [
  { name: "node:http alone", file: "http-load", export: "raw" },
  { name: "signalbox serve", file: "http-load", export: "signalbox" },
];
const figures: readonly (readonly [key: string, title: string, format?: (value: number) => string])[] = [
  ["requestsPerS", "requests/s", compact],
  ["cpuUs", "processor time of the server, us/request"],
  ["p50Ms", "claim p50, ms"],
  ["claimP99Ms", "claim p99, ms"],
  ["completeP99Ms", "complete p99, ms"],
  ["rssMb", "server RSS, MB"],
];

export async function http(options: BenchOptions): Promise<Report> {
  const params = options.smoke
    ? { agents: 8, items: 100, warm: 50 }
    : { agents: AGENTS, items: ITEMS, warm: WARM_ITEMS };
  const result = await inTurn(variants, {
    // Of what a request costs, a tenth changes from one start of a server to the next.
    rounds: options.smoke ? 1 : (options.rounds ?? 5),
    label: "http",
    measure: (variant: Variant): Promise<Measure> => measureInChild(variant, params),
  });
  const values = ({ name }: Variant, key: string): number[] =>
    (result.measures.get(name) ?? []).map((one) => Number(one.extra[key]));
  const [floor, ours] = [variants[0]!, variants[1]!];
  const both = (key: string): number => median(values(ours, key)) / median(values(floor, key));
  const ms = (value: number): string => `${digits(value)} ms`;
  const limits: LimitCheck[] = [
    atLeast("requests/s / node:http alone", both("requestsPerS"), 0.4),
    atMost("claim p99", median(values(ours, "claimP99Ms")), 25, ms),
    atMost("complete p99", median(values(ours, "completeP99Ms")), 25, ms),
  ];
  return {
    name: "http",
    question: `${params.agents} agents on this machine claim the next item and complete it, each answer durable`,
    tables: [
      {
        title: "two requests an item, median (min..max)",
        columns: ["server", ...figures.map(([, title]) => title)],
        rows: variants.map((variant) => [
          variant.name,
          ...figures.map(([key, , format]) => spread(values(variant, key), format)),
        ]),
      },
    ],
    limits: options.smoke ? [] : limits,
    notes: [
      "the floor reads and parses the body and answers as many bytes: no token, no schema, no state, no disk",
      `${params.warm} items before the measuring, in both rows: compiled code is what is measured, not compiling it`,
      `processor time of a request against the floor's: ${ratio(both("cpuUs"))}`,
      "clients run in another process on the same processors and take their part of them in both rows",
    ],
    failures: result.failures,
  };
}
