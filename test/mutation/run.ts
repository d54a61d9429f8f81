/**
 * `npm run mutation -- [area…] [--sample N | --all] [--seed N] [--path TEXT] [--again FILE] [--minutes N] [--workers N] [--fresh]
 * [--json FILE] [--least PERCENT]`: changes the sources a little, one mutant at a time, and counts those that some test notices. What was
 * not reached in the time, or before a signal, is not counted; what was is told all the same, and the file is written as it goes.
 * `--again` judges what survived in an earlier file. Exit code 1 when fewer are noticed than asked, 2 on wrong usage.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { seededRandom } from "../../src/base/seeded-random.ts";
import { readPath, textFiles } from "../support/tidy/repository.ts";
import { AREAS, sourcesOf, testsOf } from "./areas.ts";
import { Coverage } from "./coverage.ts";
import { equivalents } from "./equivalents.ts";
import { Judge } from "./judge.ts";
import { mutantsOf, type Mutant } from "./mutants.ts";
import { isLeft, reportText, scoreOf, type Judged } from "./report.ts";
import { TestRunner } from "./test-runner.ts";

const SAMPLE_DEFAULT = 400;
const LEAST_DEFAULT = 85;
/** Of the processor. A test file that takes longer as it is is left out: each mutant would take as long. */
const BASELINE_MS_MAX = 10_000;
/** One of so many is no change at all: whether tests fail without a reason is seen by these. */
const CONTROL_EVERY = 40;

const USAGE = `usage: mutation [${AREAS.join("|")}]… [--sample N | --all] [--seed N] [--path TEXT] [--again FILE] [--minutes N]
  [--workers N] [--fresh] [--json FILE] [--least PERCENT]
`;

const OPTIONS = {
  sample: { type: "string", default: String(SAMPLE_DEFAULT) },
  all: { type: "boolean", default: false },
  seed: { type: "string", default: "1" },
  path: { type: "string", default: "" },
  again: { type: "string" },
  json: { type: "string" },
  minutes: { type: "string", default: "600" },
  workers: { type: "string", default: "1" },
  fresh: { type: "boolean", default: false },
  least: { type: "string", default: String(LEAST_DEFAULT) },
} as const;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
  const areas = AREAS.filter((area) => positionals.length === 0 || positionals.includes(area));
  const numbers = [values.sample, values.seed, values.least, values.workers, values.minutes].map(Number);
  const [sample, seed, least, workers, minutes] = numbers as [number, number, number, number, number];
  const isKnown = positionals.every((word) => (AREAS as readonly string[]).includes(word));
  if (!isKnown || !(sample >= 1) || !(seed >= 0) || !(workers >= 1) || !(minutes > 0) || !(least >= 0)) {
    process.stderr.write(USAGE);
    return 2;
  }
  const of = { path: values.path, perArea: values.all ? Infinity : Math.ceil(sample / areas.length), seed };
  const again = values.again === undefined ? undefined : survivorsIn(values.again);
  // What there is time for should be of all areas alike.
  const mutants = shuffled(
    areas.flatMap((area) => chosenOf(area, of, again)),
    seed,
  );
  const judged: Judged[] = [];
  const stop = stopOf(minutes);
  await judgeAll(mutants, { judged, stop, workers, seed, isFresh: values.fresh, json: values.json });
  say(reportText(judged));
  for (const each of judged.filter(isLeft)) if (each.isControl !== true) say(`${each.verdict} ${wordsOf(each)}`);
  if (judged.length < mutants.length) say(`stopped: ${mutants.length - judged.length} were not reached`);
  return scoreOf(judged) * 100 >= least ? 0 : 1;
}

/** Told by a signal, or when the time is over. */
function stopOf(minutes: number): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => controller.abort());
  setTimeout(() => controller.abort(), Math.min(minutes * 60_000, 2 ** 31 - 1)).unref();
  return controller.signal;
}

interface Chosen {
  readonly path: string;
  readonly perArea: number;
  readonly seed: number;
}

function chosenOf(
  area: (typeof AREAS)[number],
  { path, perArea, seed }: Chosen,
  again?: ReadonlySet<string>,
): readonly Mutant[] {
  const mutants = sourcesOf(area)
    .filter((each) => each.includes(path))
    .flatMap((each) => mutantsOf(textFiles([each])[0]!));
  const wanted = mutants.filter((mutant) => !isEquivalent(mutant) && again?.has(keyOf(mutant)) !== false);
  const drawn = shuffled(wanted, seed).slice(0, perArea);
  const same = mutants.filter(isEquivalent).length;
  say(`${area}: ${drawn.length} of ${mutants.length} mutants, ${same} known to be the same`);
  return drawn;
}

function isEquivalent({ path, line, original, replacement }: Mutant): boolean {
  const text = lineOf({ path, line });
  return equivalents.some(
    (each) =>
      each.path === path &&
      each.line === text &&
      (each.original ?? original) === original &&
      (each.replacement ?? replacement) === replacement,
  );
}

const lineOf = ({ path, line }: Pick<Mutant, "path" | "line">): string =>
  readPath(path).split("\n")[line - 1]?.trim() ?? "";

/** By what is written there, so that it is found again when the lines above have changed. */
const keyOf = (mutant: Mutant & { readonly text?: string }): string =>
  [mutant.path, mutant.text ?? lineOf(mutant), mutant.original, mutant.replacement].join("\n");

function survivorsIn(file: string): ReadonlySet<string> {
  const { judged } = JSON.parse(readFileSync(file, "utf8")) as {
    readonly judged: readonly (Judged & { readonly text: string })[];
  };
  return new Set(judged.filter(isLeft).map(keyOf));
}

function shuffled<T>(from: readonly T[], seed: number): readonly T[] {
  const random = seededRandom(seed);
  const ranked = from.map((each) => ({ each, rank: random() })).sort((a, b) => a.rank - b.rank);
  return ranked.map(({ each }) => each);
}

interface How {
  readonly judged: Judged[];
  readonly stop: AbortSignal;
  readonly workers: number;
  readonly seed: number;
  readonly isFresh: boolean;
  readonly json: string | undefined;
}

async function judgeAll(
  mutants: readonly Mutant[],
  { judged, stop, workers, seed, isFresh, json }: How,
): Promise<void> {
  const coverage = new Coverage(say, isFresh);
  const tests = new Set(
    [...new Set(mutants.map(({ path }) => path))].flatMap((path) => Object.values(testsOf(path)).flat()),
  );
  await coverage.collect([...tests].sort(), BASELINE_MS_MAX, stop);
  const noticed = new Map<string, number>();
  const queue = withControls(mutants).values();
  const done = (one: Judged): void => {
    judged.push(one);
    if (json !== undefined) writeFileSync(json, jsonOf(seed, judged));
    if (one.verdict !== "killed" && one.isControl !== true)
      say(`${judged.length}/${mutants.length} ${one.verdict} ${wordsOf(one)}`);
    if (one.isControl === true && !isLeft(one)) say(`noticed without a change: ${one.path} by ${one.test} ${one.by}`);
    if (judged.length % 50 === 0) say(`${judged.length}: ${(scoreOf(judged) * 100).toFixed(1)} % so far`);
  };
  const work = async (): Promise<void> => {
    const runner = new TestRunner(stop);
    const judge = new Judge(runner, coverage, noticed);
    try {
      for (const mutant of queue) {
        if (stop.aborted) return;
        const one = await judge.judge(mutant);
        if (one !== undefined) done(isControl(mutant) ? { ...one, isControl: true } : one);
      }
    } finally {
      runner.close();
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
}

function withControls(mutants: readonly Mutant[]): readonly Mutant[] {
  return mutants.flatMap((mutant, at) =>
    at % CONTROL_EVERY === 0 ? [{ ...mutant, replacement: mutant.original, kind: "control" }, mutant] : [mutant],
  );
}

const isControl = ({ original, replacement }: Mutant): boolean => original === replacement;

function jsonOf(seed: number, judged: readonly Judged[]): string {
  const lines = judged.map((each) => JSON.stringify({ ...each, text: lineOf(each) }));
  return `{"seed":${seed},"score":${scoreOf(judged)},"judged":[\n${lines.join(",\n")}\n]}\n`;
}

export function wordsOf({ path, line, original, replacement }: Mutant): string {
  const short = original.replaceAll(/\s+/g, " ").slice(0, 60);
  return `${path}:${line} ${short} → ${replacement.replaceAll(/\s+/g, " ").slice(0, 40)}`;
}

process.exitCode = await main();
