import type { Axis } from "./check-collection.ts";

/** The values of one item of a matrix, by axis. */
export type Combination = Readonly<Record<string, string | number | boolean>>;

/** Every combination of the axes' values, the last axis changing fastest. */
export function combinations(axes: readonly Axis[]): Combination[] {
  let found: Combination[] = [Object.create(null)];
  for (const axis of axes) {
    found = found.flatMap((base) => axis.values.map((value) => extended(base, axis.name, value)));
  }
  return found;
}

/** Names of axes were checked: none of them means anything to an object. */
function extended(base: Combination, name: string, value: string | number | boolean): Combination {
  const combination: Record<string, string | number | boolean> = Object.create(null);
  for (const key of Object.keys(base)) combination[key] = base[key]!;
  combination[name] = value;
  return Object.freeze(combination);
}

/** `test[node=22,os=linux]` for each combination, in their order. */
export function combinationKeys(id: string, axes: readonly Axis[]): string[] {
  return combinations(axes).map((combination) => combinationKey(id, axes, combination));
}

export function combinationKey(id: string, axes: readonly Axis[], combination: Combination): string {
  return `${id}[${axes.map(({ name }) => `${name}=${combination[name]}`).join(",")}]`;
}

/** Which item of a matrix a task is whose combinations are written one by one, as the combinator `matrix` does. */
export interface CombinationMark {
  /** The id that all of them share; the key under `tasks` is the item's. */
  readonly id: string;
  readonly values: Combination;
}

// A symbol: it survives a copy of the definition, and no file can hold it.
const MARK = Symbol("combination");

export function markCombination<Definition extends object>(definition: Definition, mark: CombinationMark): Definition {
  return Object.assign(definition, { [MARK]: mark });
}

export function combinationMark(definition: unknown): CombinationMark | undefined {
  if (typeof definition !== "object" || definition === null) return undefined;
  return (definition as { readonly [MARK]?: CombinationMark })[MARK];
}
