// A symbol: it survives a copy of the definition, and no file can hold it.
const MARK = Symbol("condition");

/** Marks the definition of a task as the condition of a `when`: what it answers has to be true or false. */
export function markCondition<Definition extends object>(definition: Definition): Definition {
  return Object.assign(definition, { [MARK]: true });
}

export function isConditionMarked(definition: unknown): boolean {
  if (typeof definition !== "object" || definition === null) return false;
  return (definition as { readonly [MARK]?: true })[MARK] === true;
}
