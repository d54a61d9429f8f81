import type { Dag } from "../harness/dag.ts";

/** First ready, first started, at most `cap` at once: what one writes oneself. */
export function runReadyQueue(
  dag: Dag,
  dependents: readonly (readonly number[])[],
  cap: number,
  work: (item: number) => Promise<unknown>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { missing, ready } = initialQueue(dag);
    let next = 0;
    let live = 0;
    const start = (): void => {
      while (live < cap && next < ready.length) {
        const item = ready[next++]!;
        live += 1;
        work(item).then(() => settle(item), reject);
      }
      if (live === 0) resolve();
    };
    const settle = (item: number): void => {
      live -= 1;
      for (const dependent of dependents[item]!) if (--missing[dependent]! === 0) ready.push(dependent);
      start();
    };
    start();
  });
}

/** How many needs each item waits for, and the items that wait for none. */
export function initialQueue(dag: Dag): { missing: Int32Array; ready: number[] } {
  const missing = Int32Array.from(dag.needs, (needs) => needs.length);
  const ready: number[] = [];
  for (let item = 0; item < dag.size; item += 1) if (missing[item] === 0) ready.push(item);
  return { missing, ready };
}
