import { problemOf, type Finding, type Findings, type Step } from "../check/findings.ts";
import { printable } from "../check/names.ts";
import type { PlanProblems, Problem } from "../problems.ts";

/** Something whose position in a text is asked for. */
export interface Place {
  readonly steps: readonly Step[];
  readonly target: "key" | "value";
}

/** Finds places in the text that was read; where there is none, the nearest thing around it. Answers offsets. */
export type FindPlaces = (places: readonly Place[]) => readonly number[];

/** The findings as problems with file, line, column and source line, in the order of the text. */
export function locate(findings: Findings, text: string, file: string, find: FindPlaces): PlanProblems {
  const asked = findings.kept.filter((finding) => finding.offset === undefined);
  const answers = asked.length === 0 ? [] : find(asked);
  const offsets = new Map<Finding, number>();
  asked.forEach((finding, i) => offsets.set(finding, answers[i]!));
  const placed = findings.kept.map((finding) => ({ finding, offset: finding.offset ?? offsets.get(finding)! }));
  placed.sort((a, b) => a.offset - b.offset);
  const lines = new Lines(text);
  const problems = placed.map(({ finding, offset }): Problem => problemOf(finding, { file, ...lines.at(offset) }));
  return { problems, total: findings.total };
}

/** Lines of a text, for offsets that only grow. */
class Lines {
  readonly #text: string;
  #line = 1;
  #start = 0;

  constructor(text: string) {
    this.#text = text;
  }

  at(offset: number): { line: number; column: number; source: string } {
    const text = this.#text;
    for (let end = text.indexOf("\n", this.#start); end !== -1 && end < offset; end = text.indexOf("\n", this.#start)) {
      this.#line++;
      this.#start = end + 1;
    }
    const end = text.indexOf("\n", this.#start);
    const source = text.slice(this.#start, end === -1 ? undefined : end).replace(/\r$/, "");
    return {
      line: this.#line,
      column: Math.min(offset - this.#start, source.length) + 1,
      source: printable(source.replaceAll("\t", " ")),
    };
  }
}
