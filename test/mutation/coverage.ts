/**
 * Which test files run which parts of the sources: each file is run once on sources that tell it, in threads and processes that it
 * starts too. Kept between runs for as long as the test is the same.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readPath, root, textFiles } from "../support/tidy/repository.ts";
import { AREAS, sourcesOf } from "./areas.ts";
import type { Mutant } from "./mutants.ts";
import { regionOf, regionsOf, withHits, type Region } from "./regions.ts";
import { TestRunner } from "./test-runner.ts";

/** Of a test file as it is. */
export interface Covered {
  /** `undefined`: it takes too long, or fails even so, and is not asked. */
  readonly ms?: number;
  /** Starts of the regions that it ran, by source; `undefined`: it cannot be told, and it is asked about everything. */
  readonly regions?: Readonly<Record<string, readonly number[]>>;
}

interface Kept extends Covered {
  readonly test: string;
  readonly sources: Readonly<Record<string, string>>;
}

const FILE = join(root, "node_modules/.cache/signalbox-mutation/coverage.json");
const HIT_MODULE = "test/mutation/hit.ts";

export class Coverage {
  readonly #say: (line: string) => void;
  readonly #kept: Record<string, Kept>;
  readonly #regions = new Map<string, readonly Region[]>();

  constructor(say: (line: string) => void, isFresh = false) {
    this.#say = say;
    this.#kept = isFresh ? {} : read();
  }

  /** `msMax`: of the processor; who takes longer is not asked. */
  async collect(tests: readonly string[], msMax: number, stop: AbortSignal): Promise<void> {
    const missing = tests.filter((test) => !isCurrent(test, this.#kept[test]));
    if (missing.length === 0) return;
    this.#say(`coverage: ${missing.length} of ${tests.length} test files`);
    const asTheyAre = new TestRunner(stop);
    const counting = new TestRunner(stop, sourcesWithHits());
    try {
      for (const test of missing) {
        const covered = await collectOne(test, counting, asTheyAre, msMax);
        if (stop.aborted) return;
        if (covered.ms === undefined)
          this.#say(`left out: ${test} takes more than ${msMax / 1000} s, or fails as it is`);
        this.#kept[test] = { ...covered, test: sumOf(test), sources: sumsOf(covered) };
        // Another run may have kept others meanwhile.
        write({ ...read(), [test]: this.#kept[test] });
      }
    } finally {
      asTheyAre.close();
      counting.close();
    }
  }

  /** Of those, the test files that run what the mutant changes, with the time that they take. */
  testsOf(mutant: Mutant, tests: readonly string[]): readonly { readonly test: string; readonly ms: number }[] {
    let regions = this.#regions.get(mutant.path);
    if (regions === undefined) this.#regions.set(mutant.path, (regions = regionsOf(textFiles([mutant.path])[0]!)));
    const region = regionOf(regions, mutant);
    const sum = sumOf(mutant.path);
    return tests.flatMap((test) => {
      const { ms, regions: ran, sources } = this.#kept[test] ?? {};
      const isKnown = ran !== undefined && (sources?.[mutant.path] ?? sum) === sum;
      if (ms === undefined || (isKnown && ran[mutant.path]?.includes(region) !== true)) return [];
      return [{ test, ms }];
    });
  }
}

async function collectOne(test: string, counting: TestRunner, asTheyAre: TestRunner, msMax: number): Promise<Covered> {
  const folder = join(counting.folder, ".hits");
  rmSync(folder, { recursive: true, force: true });
  // Counting takes its time too.
  const counted = await counting.run(test, msMax * 2, { isWhole: true });
  const regions = hitsIn(folder);
  if (counted.ran === "passed" && counted.ms <= msMax) return { ms: counted.ms, regions };
  const asItIs = await asTheyAre.run(test, msMax);
  if (asItIs.ran !== "passed") return {};
  return { ms: asItIs.ms, ...(counted.ran === "passed" && { regions }) };
}

function sourcesWithHits(): ReadonlyMap<string, string> {
  return new Map(
    AREAS.flatMap(sourcesOf).map((path) => {
      const up = "../".repeat(dirname(path).split("/").length);
      return [path, withHits(textFiles([path])[0]!, `${up}${HIT_MODULE}`)];
    }),
  );
}

function hitsIn(folder: string): Record<string, number[]> {
  const hits: Record<string, Set<number>> = Object.create(null);
  let files: readonly string[] = [];
  try {
    files = readdirSync(folder);
  } catch {
    // Nothing of it has run.
  }
  for (const file of files)
    for (const line of readFileSync(join(folder, file), "utf8").split("\n")) {
      const at = line.lastIndexOf(":");
      if (at > 0) (hits[line.slice(0, at)] ??= new Set()).add(Number(line.slice(at + 1)));
    }
  return Object.fromEntries(Object.entries(hits).map(([path, starts]) => [path, [...starts].sort((a, b) => a - b)]));
}

function sumOf(path: string): string {
  return createHash("sha256").update(readPath(path)).digest("hex").slice(0, 16);
}

function sumsOf({ regions }: Covered): Record<string, string> {
  const paths = regions === undefined ? AREAS.flatMap(sourcesOf) : Object.keys(regions);
  return Object.fromEntries(paths.map((path) => [path, sumOf(path)]));
}

/** Of a source that has changed since, each test that ran any of it is asked. */
function isCurrent(test: string, kept: Kept | undefined): boolean {
  return kept?.test === sumOf(test);
}

function read(): Record<string, Kept> {
  try {
    return JSON.parse(readFileSync(FILE, "utf8")) as Record<string, Kept>;
  } catch {
    return {};
  }
}

function write(kept: Record<string, Kept>): void {
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, JSON.stringify(kept));
}
