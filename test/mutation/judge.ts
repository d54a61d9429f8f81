/**
 * Whether some test notices a mutant.
 *
 * M3 What can come from a busy machine is asked again, and counts when it is so each time and the file passes without the mutant.
 * M4 What cannot be decided counts for nothing.
 */
import { areaOf, testsOf } from "./areas.ts";
import type { Coverage } from "./coverage.ts";
import type { Mutant } from "./mutants.ts";
import type { Judged } from "./report.ts";
import type { Ran, TestRunner } from "./test-runner.ts";

const MUTANT_MS_MIN = 3_000;
const MUTANT_TIMES = 6;
/** What a mutant that survives may cost in test files of its area that are not near. */
const OTHERS_MS_MAX = 6_000;
/** Failures that a slow machine could cause: of a wait on the wall, or of a process that is gone. */
const OF_TIME = /time[ds]?[ -]?out|took too long|did not (end|come|settle)|within \d|deadline/i;

interface Timed {
  readonly test: string;
  readonly ms: number;
}

export class Judge {
  readonly #runner: Pick<TestRunner, "run">;
  readonly #coverage: Pick<Coverage, "testsOf">;
  /** How many mutants of a source a test file has noticed: it is asked sooner. */
  readonly #noticed: Map<string, number>;

  constructor(
    runner: Pick<TestRunner, "run">,
    coverage: Pick<Coverage, "testsOf">,
    noticed = new Map<string, number>(),
  ) {
    this.#runner = runner;
    this.#coverage = coverage;
    this.#noticed = noticed;
  }

  /** `undefined`: told to stop. */
  async judge(mutant: Mutant): Promise<Judged | undefined> {
    const judgement = { ...mutant, area: areaOf(mutant.path) };
    const tests = this.#inOrder(mutant);
    if (tests.length === 0) return { ...judgement, verdict: "uncovered" };
    for (const { test, ms } of tests) {
      const ran = await this.#ask(test, ms, mutant);
      if (ran.ran === "stopped") return undefined;
      if (ran.ran === "passed") continue;
      if (ran.ran === "gone") return { ...judgement, verdict: "undecided", test };
      this.#noticed.set(`${mutant.path} ${test}`, (this.#noticed.get(`${mutant.path} ${test}`) ?? 0) + 1);
      if (ran.ran === "failed") return { ...judgement, verdict: "killed", test, by: ran.by };
      return { ...judgement, verdict: "timeout", test };
    }
    return { ...judgement, verdict: "survived" };
  }

  /** Who is quick, and who has noticed other mutants of this source; of those that are not near, for a while. */
  #inOrder(mutant: Mutant): readonly Timed[] {
    const { near, others } = testsOf(mutant.path);
    let msLeft = OTHERS_MS_MAX;
    const quick = this.#coverage.testsOf(mutant, others).toSorted((a, b) => a.ms - b.ms);
    const asked = quick.filter(({ ms }) => (msLeft -= ms) >= 0);
    const rank = ({ test, ms }: Timed): number => (ms + 100) / (1 + (this.#noticed.get(`${mutant.path} ${test}`) ?? 0));
    return [...this.#coverage.testsOf(mutant, near), ...asked].toSorted((a, b) => rank(a) - rank(b));
  }

  async #ask(test: string, usualMs: number, mutant: Mutant): Promise<Ran> {
    const msMax = MUTANT_MS_MIN + usualMs * MUTANT_TIMES;
    const first = await this.#runner.run(test, msMax, { mutant });
    if (!isDoubtful(first)) return first;
    const second = await this.#runner.run(test, msMax, { mutant });
    if (second.ran === "stopped") return second;
    const without = await this.#runner.run(test, msMax);
    if (without.ran === "stopped") return without;
    return second.ran === first.ran && without.ran === "passed" ? second : { ran: "gone", ms: second.ms };
  }
}

function isDoubtful(ran: Ran): boolean {
  if (ran.ran === "failed") return ran.isCrash || OF_TIME.test(ran.message);
  return ran.ran === "waits" || ran.ran === "gone";
}
