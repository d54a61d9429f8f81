/**
 * Many patterns as one machine that reads another pattern segment by segment: a state is how far which of them are matched. So
 * a place of a tree is looked at once for all of them. States are numbers, made when they are met first.
 *
 * A1 a state holds with a place before a `**` also the one behind it.
 * A2 what leads nowhere is `NOWHERE`, and what takes everything below is `EVERYTHING`; neither is ever left.
 */
import { ANY_DEPTH, type FilePattern } from "./file-pattern.ts";
import { SegmentMatcher } from "./segment-matcher.ts";

export const NOWHERE = 0;
export const EVERYTHING = 1;

/** A place of a pattern: which, and how many of its segments are matched. */
interface Place {
  readonly segments: readonly string[];
  readonly depth: number;
  /** Of all places. */
  readonly number: number;
}

interface State {
  readonly places: readonly Place[];
  readonly accepts: boolean;
  /** Those that a segment can lead on from; the others are before a `**`, and stay. */
  readonly steps: readonly Place[];
  readonly matcher: SegmentMatcher;
  /** Where a name leads that none of `steps` meets, and where one leads that only this one meets. */
  readonly stay: number;
  readonly after: number[];
  /** Where one leads that several meet, by which, and a set of names. */
  readonly afterMany: Map<string, number>;
  readonly afterWild: Map<string, number>;
  afterAnyDepth: number | undefined;
}

export class AskedPatterns {
  /** Places of each pattern, one after the other: the next place is the next number. */
  readonly #places: Place[] = [];
  readonly #states: (State | undefined)[] = [undefined, undefined];
  readonly #accepts: boolean[] = [false, true];
  readonly #numbers = new Map<string, number>();
  readonly start: number;
  /** Places that the segment at hand leads on from; kept, so that nothing is made for those that none does. */
  readonly #met: number[] = [];
  readonly #note = (index: number): void => void this.#met.push(index);

  constructor(patterns: readonly FilePattern[]) {
    const starts = patterns.map(({ segments }) => {
      const first = this.#places.length;
      for (let depth = 0; depth <= segments.length; depth++)
        this.#places.push({ segments, depth, number: this.#places.length });
      return first;
    });
    this.start = this.#stateOf(new Set(starts.map((each) => this.#places[each]!)));
  }

  /** Whether a pattern that ends here overlaps with one of these. */
  accepts(state: number): boolean {
    return this.#accepts[state]!;
  }

  /** The same state, which accepts. */
  accepting(state: number): number {
    if (this.#accepts[state]!) return state;
    const { places } = this.#states[state] ?? { places: [] };
    return this.#intern(places, true);
  }

  /** Where a name leads, or a set of names, or a `**`. */
  next(state: number, segment: string, isName: boolean): number {
    const from = this.#states[state];
    if (from === undefined) return state;
    if (isName) return this.#afterName(from, segment);
    if (segment === ANY_DEPTH) return (from.afterAnyDepth ??= this.#stateOf(this.#allLater(from)));
    let after = from.afterWild.get(segment);
    if (after === undefined) {
      this.#met.length = 0;
      from.matcher.forWild(segment, this.#note);
      after = this.#afterMet(from);
      from.afterWild.set(segment, after);
    }
    return after;
  }

  #afterName(from: State, name: string): number {
    const met = this.#met;
    met.length = 0;
    from.matcher.forName(name, this.#note);
    if (met.length === 0) return from.stay;
    if (met.length === 1) return (from.after[met[0]!] ??= this.#afterMet(from));
    const key = met.join();
    const known = from.afterMany.get(key);
    if (known !== undefined) return known;
    const after = this.#afterMet(from);
    from.afterMany.set(key, after);
    return after;
  }

  #afterMet({ places, steps }: State): number {
    const next = new Set(places.filter(isBeforeAny));
    for (const index of this.#met) next.add(this.#places[steps[index]!.number + 1]!);
    return this.#stateOf(next);
  }

  /** A `**` takes any number of segments, so every later place can be reached. */
  #allLater({ places }: State): Set<Place> {
    const later = new Set<Place>();
    for (const { segments, depth, number } of places) {
      for (let to = depth; to <= segments.length; to++) later.add(this.#places[number + to - depth]!);
    }
    return later;
  }

  #stateOf(places: Set<Place>): number {
    // What is added while it is gone through is gone through too.
    for (const place of places) {
      if (!isBeforeAny(place)) continue;
      if (place.depth === place.segments.length - 1) return EVERYTHING;
      places.add(this.#places[place.number + 1]!);
    }
    if (places.size === 0) return NOWHERE;
    const inOrder = [...places].toSorted((one, other) => one.number - other.number);
    return this.#intern(inOrder, inOrder.some(isAtEnd));
  }

  #intern(places: readonly Place[], accepts: boolean): number {
    const key = `${accepts}${places.map(({ number }) => number).join()}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#states.length;
    this.#numbers.set(key, number);
    this.#states.push(undefined);
    this.#accepts.push(accepts);
    const steps = places.filter((place) => !isBeforeAny(place) && !isAtEnd(place));
    this.#states[number] = {
      places,
      accepts,
      steps,
      matcher: new SegmentMatcher(steps.map(({ segments, depth }) => segments[depth]!)),
      stay: this.#stateOf(new Set(places.filter(isBeforeAny))),
      after: [],
      afterMany: new Map(),
      afterWild: new Map(),
      afterAnyDepth: undefined,
    };
    return number;
  }
}

const isBeforeAny = ({ segments, depth }: Place): boolean => segments[depth] === ANY_DEPTH;
const isAtEnd = ({ segments, depth }: Place): boolean => depth === segments.length;
