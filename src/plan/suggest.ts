/** Candidates compared in one plan, over all problems: a plan with thousands of wrong names must not take minutes to refuse. */
const COMPARISONS_MAX = 3_000_000;

/** Finds the name that was probably meant. One `Suggester` serves one check, so that its budget covers all of it. */
export class Suggester {
  #comparisonsLeft = COMPARISONS_MAX;

  /** The nearest of the candidates, if one is near enough to be a slip of the hand. */
  nearest(name: string, candidates: Iterable<string>): string | undefined {
    const lower = name.toLowerCase();
    let best: string | undefined;
    let bestDistance = (name.length < 3 ? 0 : Math.min(3, Math.ceil(name.length / 4))) + 1;
    for (const candidate of candidates) {
      if (this.#comparisonsLeft-- <= 0) break;
      if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
      const distance = editDistance(lower, candidate.toLowerCase(), bestDistance);
      if (distance >= bestDistance) continue;
      best = candidate;
      bestDistance = distance;
      if (distance === 0) break;
    }
    return best;
  }
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`; `limit` when there are that many or more. */
export function editDistance(a: string, b: string, limit: number): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least >= limit) return limit;
    before = previous;
    previous = row;
  }
  return Math.min(limit, previous[b.length]!);
}
