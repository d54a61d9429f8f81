import type { Step } from "../check/findings.ts";

/** Where a step stands in the outermost one. Kept as a chain, since most places are never said. */
export interface Place {
  readonly around: Place | undefined;
  readonly steps: readonly Step[];
}

const SHOWN_MAX = 40;

/** The way from the outermost step to this one; of a very long way its end. */
export function stepsTo(place: Place): Step[] {
  const parts: (readonly Step[])[] = [];
  let count = 0;
  for (let at: Place | undefined = place; at !== undefined && count < SHOWN_MAX; at = at.around) {
    parts.push(at.steps);
    count += at.steps.length;
  }
  return parts.reverse().flat();
}
