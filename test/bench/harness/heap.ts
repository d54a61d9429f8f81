/** Bytes that the program holds now: the heap and typed arrays, after garbage is gone. Needs `--expose-gc`. */
export function heldBytes(): number {
  if (globalThis.gc === undefined) throw new Error("expected to run with --expose-gc");
  // The second time takes what finalizers of the first one let go.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
