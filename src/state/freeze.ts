/** Freezes a JSON value with everything in it. Without recursion: a value of a user may be nested as deep as its size allows. */
export function deepFreeze<T>(value: T): T {
  if (!isObject(value)) return value;
  const open: object[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    Object.freeze(next);
    // Most members are words and numbers: no list is made of them first.
    if (Array.isArray(next)) {
      for (const inner of next as readonly unknown[]) if (isObject(inner)) open.push(inner);
    } else
      for (const name in next) {
        const inner: unknown = next[name as keyof typeof next];
        if (isObject(inner)) open.push(inner);
      }
  }
  return value;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
