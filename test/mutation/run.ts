/**
 * `npm run mutation -- [area…] [--sample N | --all] [--seed N] [--path TEXT] [--minutes N] [--json FILE] [--least PERCENT]`:
 * changes the sources a little, one mutant at a time, and counts those that some test notices. What was not reached in the time is not
 * counted. Exit code 1 when fewer are noticed than asked, 2 on wrong usage.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { seededRandom } from "../../src/base/seeded-random.ts";
import { readPath, textFiles } from "../support/tidy/repository.ts";
import { AREAS, areaOf, sourcesOf, testsOf } from "./areas.ts";
import { equivalents } from "./equivalent.ts";
import { mutantsOf, type Mutant } from "./mutants.ts";
import { reportText, scoreOf, type Judged } from "./report.ts";
import { TestRunner } from "./test-runner.ts";

const SAMPLE_DEFAULT = 400;
const LEAST_DEFAULT = 85;
// Milliseconds of the processor. A test file that takes longer as it is is left out: each mutant would take as long.
const BASELINE_MS_MAX = 10_000;
const MUTANT_MS_MIN = 10_000;
const MUTANT_TIMES = 5;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const options = {
    sample: { type: "string", default: String(SAMPLE_DEFAULT) },
    all: { type: "boolean", default: false },
    seed: { type: "string", default: "1" },
    path: { type: "string", default: "" },
    json: { type: "string" },
    minutes: { type: "string", default: "600" },
    least: { type: "string", default: String(LEAST_DEFAULT) },
  } as const;
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const areas = AREAS.filter((area) => positionals.length === 0 || positionals.includes(area));
  const [sample, seed, least] = [values.sample, values.seed, values.least].map(Number);
  if (!positionals.every((word) => (AREAS as readonly string[]).includes(word)) || !(sample! >= 1) || !(seed! >= 0)) {
    process.stderr.write(
      `usage: mutation [${AREAS.join("|")}]… [--sample N | --all] [--seed N] [--path TEXT] [--minutes N] [--json FILE]\n`,
    );
    return 2;
  }
  const chosen = areas.flatMap((area) => {
    const mutants = sourcesOf(area)
      .filter((path) => path.includes(values.path))
      .flatMap((path) => mutantsOf(textFiles([path])[0]!));
    const wanted = mutants.filter((mutant) => !isEquivalent(mutant));
    const drawn = values.all ? wanted : draw(wanted, Math.ceil(sample! / areas.length), seed!);
    say(
      `${area}: ${drawn.length} of ${mutants.length} mutants, ${mutants.length - wanted.length} known to be the same`,
    );
    return drawn;
  });
  // What there is time for should be of all areas alike.
  const shuffled = draw(chosen, chosen.length, seed!);
  const judged = await judgeAll(shuffled, performance.now() + Number(values.minutes) * 60_000);
  say(reportText(judged));
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ seed, score: scoreOf(judged), judged }, undefined, 1)}\n`);
  return scoreOf(judged) * 100 >= least! ? 0 : 1;
}

function isEquivalent({ path, line, original, replacement }: Mutant): boolean {
  const text = readPath(path).split("\n")[line - 1]!.trim();
  return equivalents.some(
    (each) =>
      each.path === path &&
      each.line === text &&
      (each.original ?? original) === original &&
      (each.replacement ?? replacement) === replacement,
  );
}

/** Without putting back. */
function draw<T>(from: readonly T[], count: number, seed: number): readonly T[] {
  const random = seededRandom(seed);
  const ranked = from.map((each) => ({ each, rank: random() })).sort((a, b) => a.rank - b.rank);
  return ranked.slice(0, count).map(({ each }) => each);
}

async function judgeAll(mutants: readonly Mutant[], endMs: number): Promise<readonly Judged[]> {
  const runner = new TestRunner();
  const times: Times = new Map();
  const judged: Judged[] = [];
  try {
    for (const mutant of mutants) {
      if (performance.now() > endMs) break;
      const one = await judge(runner, mutant, times);
      judged.push(one);
      if (judged.length % 25 === 0) say(`${judged.length}: ${(scoreOf(judged) * 100).toFixed(1)} % so far`);
      if (one.verdict !== "killed") say(`${judged.length}/${mutants.length} ${one.verdict} ${wordsOf(mutant)}`);
    }
  } finally {
    runner.close();
  }
  return judged;
}

/** How long each test file takes when nothing is wrong; `undefined`: too long, or it fails even so. */
type Times = Map<string, number | undefined>;

export function wordsOf({ path, line, original, replacement }: Mutant): string {
  const short = original.replaceAll(/\s+/g, " ").slice(0, 60);
  return `${path}:${line} ${short} → ${replacement.replaceAll(/\s+/g, " ").slice(0, 40)}`;
}

/** Nearest first; what is further away is asked only when nobody nearer has noticed. */
async function judge(runner: TestRunner, mutant: Mutant, times: Times): Promise<Judged> {
  const judgement = { ...mutant, area: areaOf(mutant.path) };
  for (const stage of testsOf(mutant.path)) {
    const tests = await usable(runner, stage, times);
    if (tests.length === 0) continue;
    const usual = tests.reduce((sum, test) => sum + times.get(test)!, 0);
    const { ran } = await runner.run(tests, Math.max(MUTANT_MS_MIN, usual * MUTANT_TIMES), mutant);
    if (ran === "failed") return { ...judgement, verdict: "killed" };
    if (ran === "timeout") return { ...judgement, verdict: "timeout" };
  }
  return { ...judgement, verdict: "survived" };
}

/** The tests that pass as they are, fastest first. */
async function usable(runner: TestRunner, tests: readonly string[], times: Times): Promise<readonly string[]> {
  for (const test of tests) {
    if (times.has(test)) continue;
    const { ran, ms } = await runner.run([test], BASELINE_MS_MAX);
    times.set(test, ran === "passed" ? ms : undefined);
    if (ran !== "passed") say(`left out: ${test} ${ran === "failed" ? "fails without a mutant" : "takes too long"}`);
  }
  const timeOf = (test: string): number => times.get(test) ?? Infinity;
  return tests.filter((test) => timeOf(test) < Infinity).sort((a, b) => timeOf(a) - timeOf(b));
}

process.exitCode = await main();
