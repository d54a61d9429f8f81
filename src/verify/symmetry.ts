/**
 * Items that may change places: exchanging two of them gives the same rules again. Then two states that differ in such an exchange
 * only have the same future up to it, and one of them is enough to look at. That is sound because the rules know an item by what
 * the specification says of its number, never by the number itself.
 *
 * If (a b) and (b c) leave the rules as they are, so does (a c): so the classes are found by comparing with one member of each,
 * and within a class every order of the members may be taken for every other.
 */
import type { RunSpec } from "../../machines/run-spec.ts";

export type Classes = readonly (readonly number[])[];

type Exchange = (item: number) => number;

/** Each edge would have to be looked at for an exchange: plans that have more than plain needs are explored without. */
type Exchanged = Exclude<keyof RunSpec, "edges">;

/** How each field of a specification looks after items have changed places. A field that is not here forbids every exchange. */
const EXCHANGED: { readonly [K in Exchanged]-?: (value: NonNullable<RunSpec[K]>, to: Exchange) => unknown } = {
  needs: (needs, to) => needs.map((_, item) => needs[to(item)]!.map(to).sort(ascending)),
  liveItemsMax: (cap) => cap,
  attemptsMax: (attempts) => attempts,
  attemptsOf: (attempts, to) => attempts.map((_, item) => attempts[to(item)]),
  pools: (sizes) => sizes,
  uses: (uses, to) => uses.map((_, item) => uses[to(item)]),
  onFailure: (policy) => policy,
  undo: (undo, to) => undo.map((_, item) => undo[to(item)]),
  undoInAnyOrder: (any) => any,
  verify: (verify, to) => verify.map((_, item) => verify[to(item)]),
  unclaimed: (items, to) => items.map(to).sort(ascending),
  outside: (items, to) => items.map(to).sort(ascending),
};

const ascending = (a: number, b: number): number => a - b;

/** Classes of two or more items that may change places with each other. */
export function interchangeable(spec: RunSpec): Classes {
  if (Object.keys(spec).some((field) => !Object.hasOwn(EXCHANGED, field))) return [];
  const same = textOf(spec, (item) => item);
  const buckets = new Map<string, number[][]>();
  for (let item = 0; item < spec.needs.length; item++) {
    // Items that may change places have the same needs: that leaves few to compare.
    const bucket = JSON.stringify(spec.needs[item]!.toSorted(ascending));
    const classes = buckets.get(bucket) ?? [];
    const home = classes.find(([leader]) => textOf(spec, exchange(leader!, item)) === same);
    if (home === undefined) buckets.set(bucket, [...classes, [item]]);
    else home.push(item);
  }
  return [...buckets.values()].flat().filter(({ length }) => length > 1);
}

const exchange =
  (a: number, b: number): Exchange =>
  (item) =>
    item === a ? b : item === b ? a : item;

function textOf(spec: RunSpec, to: Exchange): string {
  const fields = Object.entries(spec).filter(([, value]) => value !== undefined);
  const exchanged = fields.map(([field, value]) => [field, EXCHANGED[field as Exchanged](value as never, to)]);
  return JSON.stringify(exchanged);
}

/** For each place of a state the place whose item stands there in the state that is taken for all that differ by exchanges. */
export function sortedPlaces(codes: string, classes: Classes): number[] {
  const places = Array.from({ length: codes.length - 1 }, (_, item) => item);
  for (const members of classes) {
    const sorted = members.toSorted((a, b) => codes.charCodeAt(a + 1) - codes.charCodeAt(b + 1));
    for (const [at, place] of members.entries()) places[place] = sorted[at]!;
  }
  return places;
}

/** The encoded state that is taken for all that differ from it by exchanges. */
export function canonical(codes: string, classes: Classes): string {
  if (classes.length === 0) return codes;
  const places = sortedPlaces(codes, classes);
  return codes[0]! + places.map((place) => codes[place + 1]!).join("");
}
