import type { Step } from "../check/findings.ts";
import type { Place } from "./places.ts";

/** One step of the asked ways, with what is asked for here and below. */
export interface Wanted {
  readonly below: Map<Step, Wanted>;
  /** Indices of the places that ask for this very value. */
  readonly values: number[];
  /** Indices of all places here and below: they take what is found here until something nearer is. */
  readonly all: number[];
}

/** The asked places as a tree, so that one walk over a text answers all of them. */
export class WantedPlaces {
  readonly root: Wanted = newWanted();
  readonly offsets: number[];

  constructor(places: readonly Place[]) {
    this.offsets = places.map(() => 0);
    places.forEach(({ steps, target }, i) => {
      let at = this.root;
      at.all.push(i);
      for (const step of steps) {
        let next = at.below.get(step);
        if (next === undefined) at.below.set(step, (next = newWanted()));
        next.all.push(i);
        at = next;
      }
      if (target === "value") at.values.push(i);
    });
  }

  below(wanted: Wanted | undefined, step: Step): Wanted | undefined {
    return wanted?.below.get(step);
  }

  /** The key of `wanted` starts at `offset`. */
  key(wanted: Wanted | undefined, offset: number): void {
    if (wanted !== undefined) for (const i of wanted.all) this.offsets[i] = offset;
  }

  /** The value of `wanted` starts at `offset`. */
  value(wanted: Wanted | undefined, offset: number): void {
    if (wanted !== undefined) for (const i of wanted.values) this.offsets[i] = offset;
  }
}

function newWanted(): Wanted {
  return { below: new Map(), values: [], all: [] };
}
