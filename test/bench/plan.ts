/** Reading, checking and layering a plan of 100,000 tasks, against the parser alone. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { idOf, layeredDag } from "./harness/dag.ts";
import { inTurn, measureInChild, type RoundsResult } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { npmPeer, peerVersion, requirementNotes } from "./harness/peers.ts";
import { atMost, type LimitCheck, type Report, type Table } from "./harness/report.ts";
import { compact, digits, median, ratio, spread } from "./harness/stats.ts";
import type { Variant } from "./harness/variant.ts";

type Format = "json" | "yaml";
interface PlanVariant extends Variant {
  readonly format: Format;
}

const JSON_FLOOR = "JSON.parse + Kahn";
const YAML_FLOOR = "yaml.parse";
const OURS_JSON = "signalbox, JSON file";
const OURS_YAML = "signalbox, YAML file";

const variants: readonly PlanVariant[] = [
  { name: OURS_JSON, file: "plan-signalbox", export: "loadFile", format: "json" },
  { name: OURS_YAML, file: "plan-signalbox", export: "loadFile", format: "yaml" },
  { name: "signalbox, definePlan of an object", file: "plan-signalbox", export: "defineObject", format: "json" },
  { name: "JSON.parse", file: "plan-peers", export: "jsonParse", format: "json" },
  { name: JSON_FLOOR, file: "plan-peers", export: "jsonParseAndKahn", format: "json" },
  { name: YAML_FLOOR, file: "plan-peers", export: "yamlParse", format: "yaml" },
];
const graphology: PlanVariant = {
  name: "JSON.parse + graphology generations",
  file: "plan-peers",
  export: "graphology",
  format: "json",
};

export async function plan(options: BenchOptions): Promise<Report> {
  const size = options.smoke ? 2_000 : 100_000;
  const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-"));
  try {
    const files = writePlans(folder, size);
    const present = peerVersion("graphology") === undefined ? variants : [...variants, graphology];
    const result = await inTurn(present, {
      rounds: options.smoke ? 1 : (options.rounds ?? 5),
      label: "plan",
      measure: (variant) => measureInChild(variant, { size, file: files[variant.format] }),
    });
    return {
      name: "plan",
      question: `a plan of ${compact(size)} tasks with one to three needs each, read from a file, checked and put in layers`,
      tables: [table(result, size)],
      limits: options.smoke ? [] : limits(result),
      notes: [
        "each measurement in a fresh process; signalbox also keeps positions and checks everything, the others check nothing",
        "yaml is called with `uniqueKeys: false`: without it 60,000 flat keys take more than a minute",
        ...requirementNotes([npmPeer("graphology"), npmPeer("graphology-dag")]),
      ],
      failures: result.failures,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writePlans(folder: string, size: number): Readonly<Record<Format, string>> {
  const { needs } = layeredDag(size);
  const tasks = Object.fromEntries(needs.map((some, item) => [idOf(item), { needs: some.map(idOf), run: "true" }]));
  const lines = needs.map(
    (some, item) => `  ${idOf(item)}:\n    needs: [${some.map(idOf).join(", ")}]\n    run: "true"\n`,
  );
  const files = { json: join(folder, "plan.json"), yaml: join(folder, "plan.yaml") };
  writeFileSync(files.json, JSON.stringify({ version: 1, name: "bench", tasks }));
  writeFileSync(files.yaml, `version: 1\nname: bench\ntasks:\n${lines.join("")}`);
  return files;
}

const wall = (result: RoundsResult, name: string): number =>
  median((result.measures.get(name) ?? []).map((measure) => measure.wallMs));
const cpu = (result: RoundsResult, name: string): number =>
  median((result.measures.get(name) ?? []).map((measure) => measure.cpuMs));

function table(result: RoundsResult, size: number): Table {
  const rows = [...result.measures].map(([name, measures]) => [
    name,
    spread(measures.map((measure) => measure.wallMs)),
    digits(cpu(result, name)),
    digits((cpu(result, name) * 1_000) / size),
    ratio(cpu(result, name) / cpu(result, name.includes("YAML") || name === YAML_FLOOR ? YAML_FLOOR : JSON_FLOOR)),
    `${Math.round(median(measures.map((measure) => measure.peakRssMb)))} MB`,
  ]);
  return {
    title: `${compact(size)} tasks`,
    columns: ["reader", "wall ms (min..max)", "CPU ms", "us CPU/task", "CPU / floor of its format", "peak RSS"],
    rows,
  };
}

function limits(result: RoundsResult): LimitCheck[] {
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
  return [
    atMost("YAML / yaml.parse, CPU", cpu(result, OURS_YAML) / cpu(result, YAML_FLOOR), 2),
    atMost("JSON / JSON.parse + Kahn, CPU", cpu(result, OURS_JSON) / cpu(result, JSON_FLOOR), 2),
    atMost("YAML, wall", wall(result, OURS_YAML), 3_000, seconds),
    atMost("JSON, wall", wall(result, OURS_JSON), 500, seconds),
  ];
}
