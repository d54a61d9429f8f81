/** How many mutants were noticed, and which were not. */
import type { Area } from "./areas.ts";
import type { Mutant } from "./mutants.ts";

export interface Judged extends Mutant {
  readonly area: Area;
  /**
   * `timeout`: a test did not come to an end, which is noticed too. `uncovered`: no test runs it, so that it survives.
   * `undecided`: counts for nothing.
   */
  readonly verdict: "killed" | "timeout" | "survived" | "uncovered" | "undecided";
  /** Who noticed: the file and the test. */
  readonly test?: string;
  readonly by?: string;
  /** Nothing was changed: who notices this is not to be trusted. */
  readonly isControl?: boolean;
}

const SURVIVED: ReadonlySet<string> = new Set(["survived", "uncovered"]);

/** From 0 to 1; 1 where nothing was tried. */
export function scoreOf(judged: readonly Judged[]): number {
  const decided = judged.filter(({ verdict, isControl }) => verdict !== "undecided" && isControl !== true);
  const noticed = decided.filter(({ verdict }) => !SURVIVED.has(verdict)).length;
  return decided.length === 0 ? 1 : noticed / decided.length;
}

export function reportText(all: readonly Judged[]): string {
  const judged = all.filter(({ isControl }) => isControl !== true);
  const controls = all.filter(({ isControl }) => isControl === true);
  const areas = [...Map.groupBy(judged, ({ area }) => area)].sort(([a], [b]) => a.localeCompare(b));
  const kinds = [...Map.groupBy(judged, ({ kind }) => kind)].sort(([a], [b]) => a.localeCompare(b));
  return [
    "",
    ...areas.map(([area, of]) => line(area, of)),
    line("all", judged),
    "",
    ...kinds.map(([kind, of]) => `  ${kind.padEnd(18)} ${of.filter(isLeft).length} of ${of.length} survived`),
    "",
    `${controls.length} controls without a change: ${controls.filter((each) => !isLeft(each)).length} noticed`,
  ].join("\n");
}

export function isLeft({ verdict }: Judged): boolean {
  return SURVIVED.has(verdict);
}

function line(name: string, of: readonly Judged[]): string {
  const count = (verdict: Judged["verdict"]): number => of.filter((each) => each.verdict === verdict).length;
  const score = (scoreOf(of) * 100).toFixed(1).padStart(5);
  const counts = [
    `${count("killed")} killed`,
    `${count("timeout")} without end`,
    `${count("survived")} survived`,
    `${count("uncovered")} not covered`,
    `${count("undecided")} undecided`,
  ];
  return `${name.padEnd(14)} ${score} %  ${of.length} mutants: ${counts.join(", ")}`;
}
