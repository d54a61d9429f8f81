/** The published state of a run by itself: what reading, publishing and comparing cost at any size. */
import type { ItemSnapshot } from "../../../src/items/snapshot.ts";
import { idOf } from "../harness/dag.ts";
import { numberParam, type Prepared, type VariantParams } from "../harness/variant.ts";

/** Changes in one publication: what a cap of 64 makes in one turn, a claim and a settlement each. */
const CHANGES = 128;

export async function snapshotState(params: VariantParams): Promise<Prepared> {
  const { createRunState } = await import("../../../src/state/run-state.ts");
  const { diff } = await import("../../../src/state/items-view.ts");
  const size = numberParam(params, "size");
  const keys = Array.from({ length: size }, (_, item) => idOf(item));
  const state = createRunState({
    runId: "bench",
    name: "bench",
    size,
    seq: 0,
    status: "running",
    keyOf: (item) => keys[item]!,
    numberOf: (key) => Number(key.slice(1)),
  });
  let seq = 0;
  const leafOf = (number: number): ItemSnapshot => ({
    key: keys[number]!,
    number,
    status: "done",
    attempt: 1,
    seq: ++seq,
  });
  return {
    run: () => {
      const publishUs: number[] = [];
      let makingMs = 0;
      for (let start = 0; start < size; start += CHANGES) {
        const began = performance.now();
        const changes = Array.from({ length: Math.min(CHANGES, size - start) }, (_, at) => leafOf(start + at));
        const made = performance.now();
        state.publish({ seq, status: "running", outcome: undefined, changes });
        publishUs.push(((performance.now() - made) * 1_000) / changes.length);
        makingMs += made - began;
      }
      const before = state.snapshot();
      state.publish({
        seq: seq + CHANGES,
        status: "running",
        outcome: undefined,
        changes: Array.from({ length: CHANGES }, (_, at) => leafOf(at * 7)),
      });
      const after = state.snapshot();
      publishUs.sort((a, b) => a - b);
      return {
        readNs: nsPer(1_000_000, () => (state.snapshot().seq > 0 ? 1 : 0)),
        itemNs: nsPer(1_000_000, (at) => (after.items.at((at * 7_919) % size) === undefined ? 0 : 1)),
        diffUs: nsPer(1_000, () => diff(before, after).length / CHANGES) / 1_000,
        publishMeanUs: publishUs.reduce((total, value) => total + value, 0) / publishUs.length,
        publishP99Us: publishUs[Math.floor(publishUs.length * 0.99)]!,
        makingUs: (makingMs * 1_000) / size,
        iterateMs: nsPer(1, () => [...after.items].length / size) / 1e6,
      };
    },
  };
}

/** Nanoseconds of one call; each has to answer 1, so that none can be left out. */
function nsPer(calls: number, call: (at: number) => number): number {
  const start = performance.now();
  let answers = 0;
  for (let at = 0; at < calls; at += 1) answers += call(at);
  const ns = ((performance.now() - start) * 1e6) / calls;
  if (answers !== calls) throw new Error(`expected ${calls} answers, got ${answers}`);
  return ns;
}
