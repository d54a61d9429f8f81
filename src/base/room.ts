type Column = Uint8Array | Uint16Array | Int32Array | Float32Array | Float64Array;

/** The column itself when it holds `length` values, else one that holds at least twice as many as before, with the same values. */
export function withRoom<T extends Column>(column: T, length: number): T {
  if (column.length >= length) return column;
  // A typed array's constructor makes its own kind, which TypeScript cannot say.
  const Kind = column.constructor as new (size: number) => T;
  const longer = new Kind(Math.max(length, column.length * 2));
  longer.set(column);
  return longer;
}
