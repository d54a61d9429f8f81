/** How many mutants were noticed, and which were not. */
import type { Area } from "./areas.ts";
import type { Mutant } from "./mutants.ts";

export interface Judged extends Mutant {
  readonly area: Area;
  /** `timeout`: the tests did not come to an end, which is noticed too. */
  readonly verdict: "killed" | "timeout" | "survived";
}

/** From 0 to 1; 1 where nothing was tried. */
export function scoreOf(judged: readonly Judged[]): number {
  const noticed = judged.filter(({ verdict }) => verdict !== "survived").length;
  return judged.length === 0 ? 1 : noticed / judged.length;
}

export function reportText(judged: readonly Judged[]): string {
  const areas = Map.groupBy(judged, ({ area }) => area);
  const line = (name: string, of: readonly Judged[]): string => {
    const count = (verdict: Judged["verdict"]): number => of.filter((each) => each.verdict === verdict).length;
    const score = (scoreOf(of) * 100).toFixed(1).padStart(5);
    return `${name.padEnd(14)} ${score} %  ${of.length} mutants: ${count("killed")} killed, ${count("timeout")} without end, ${count("survived")} survived`;
  };
  const kinds = [...Map.groupBy(judged, ({ kind }) => kind)].sort(([a], [b]) => a.localeCompare(b));
  return [
    "",
    ...[...areas].map(([area, of]) => line(area, of)),
    line("all", judged),
    "",
    ...kinds.map(
      ([kind, of]) =>
        `  ${kind.padEnd(18)} ${of.filter((each) => each.verdict === "survived").length} of ${of.length} survived`,
    ),
  ].join("\n");
}
