/**
 * Goal: reports from real threads that are released at one moment all arrive, once each, without a lock (S0-17, S0-19).
 * Method: ten worker threads wait at a barrier in shared memory, then report on items of their own as fast as they can; the
 * one writer publishes what it is sent. A bug would look like: a lost report, counts that do not add up.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { snapshotProblems } from "../../src/state/invariants.ts";
import type { RunSnapshot } from "../../src/items/snapshot.ts";
import { itemAs, stateOf } from "../support/item-snapshots.ts";

const WORKERS = 10;
const ITEMS_EACH = 200;

const reporter = `
  const { workerData, parentPort } = require("node:worker_threads");
  const gate = new Int32Array(workerData.gate);
  Atomics.add(gate, 1, 1);
  Atomics.notify(gate, 1);
  Atomics.wait(gate, 0, 0);
  for (let i = 0; i < workerData.each; i++) {
    const number = workerData.first + i;
    parentPort.postMessage({ number, status: "claimed" });
    parentPort.postMessage({ number, status: "done" });
  }
`;

test("S0-17, S0-18: ten threads released together, each updating its own part: 0 races", async () => {
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const state = stateOf(WORKERS * ITEMS_EACH);
  const kept: RunSnapshot[] = [];
  let seq = 0;
  const workers = Array.from({ length: WORKERS }, (_, index) => {
    const workerData = { gate: gate.buffer, first: index * ITEMS_EACH, each: ITEMS_EACH };
    const worker = new Worker(reporter, { eval: true, workerData });
    worker.on("message", ({ number, status }: { number: number; status: "claimed" | "done" }) => {
      const own = ++seq;
      const snapshot = state.publish({
        seq: own,
        status: "running",
        outcome: undefined,
        changes: [itemAs(number, status, own)],
      });
      if (own % 500 === 0) kept.push(snapshot);
    });
    return worker;
  });
  const ended = Promise.all(workers.map((worker) => once(worker, "exit")));
  for (let waiting = 0; waiting < WORKERS; waiting = Atomics.load(gate, 1)) {
    await Atomics.waitAsync(gate, 1, waiting).value;
  }
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  await ended;

  const last = state.snapshot();
  expect([last.seq, last.counts.done]).toEqual([WORKERS * ITEMS_EACH * 2, WORKERS * ITEMS_EACH]);
  expect([...kept, last].flatMap((snapshot) => snapshotProblems(snapshot))).toEqual([]);
  expect(kept.map((snapshot) => snapshot.seq)).toEqual(Array.from({ length: 8 }, (_, i) => (i + 1) * 500));
});
