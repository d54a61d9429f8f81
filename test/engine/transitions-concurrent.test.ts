/**
 * Goal: S0-12, S0-17, S0-18 through a whole run: updaters that are released at one moment, in threads or as tasks of one thread,
 * report about different items and about the same one, and nothing is lost, doubled or half done.
 * Method: real worker threads behind a barrier in shared memory; real task functions behind a barrier of a promise; fast-check's
 * scheduler for the order of reports. A bug would look like: counts that do not add up, an item that ended twice, a picture
 * with half an update in it.
 */
import { Worker } from "node:worker_threads";
import { fc } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/base/json.ts";
import { createRun } from "../../src/engine/create-run.ts";
import type { Run } from "../../src/engine/run.ts";
import type { AttemptOutcome, Executor, ReportOutcome } from "../../src/executors/executor.ts";
import { foldAudit } from "../../src/journal/fold.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import type { TaskFunction } from "../../src/items/task-function.ts";
import { snapshotProblems } from "../../src/state/invariants.ts";
import type { RunSnapshot } from "../../src/items/snapshot.ts";
import { replayLog } from "../support/replayed-log.ts";
import { virtualEnv } from "../support/virtual-env.ts";

const UPDATERS = 10;

/** Checks every picture as it is published, and that no earlier one has moved at the end. */
function watch(run: Run): { readonly problems: string[]; readonly pictures: number } {
  const problems: string[] = [];
  const kept: { readonly snapshot: RunSnapshot; readonly text: string }[] = [];
  let pictures = 0;
  let previous: RunSnapshot | undefined;
  run.changes$.subscribe({
    next: (snapshot) => {
      pictures++;
      problems.push(...snapshotProblems(snapshot, { graph: run.plan.graph, ...(previous && { previous }) }));
      previous = snapshot;
      if (kept.length < 50) kept.push({ snapshot, text: JSON.stringify(snapshot) });
    },
    complete: () => {
      for (const { snapshot, text } of kept)
        if (JSON.stringify(snapshot) !== text) problems.push(`the picture of version ${snapshot.seq} moved`);
    },
  });
  return {
    problems,
    get pictures() {
      return pictures;
    },
  };
}

/** Each thread waits for the others with its first item in hand, then works through its own items as fast as it can. */
const worker = `
  const { workerData, parentPort } = require("node:worker_threads");
  const gate = new Int32Array(workerData.gate);
  let waited = false;
  parentPort.on("message", (name) => {
    if (!waited) {
      waited = true;
      if (Atomics.add(gate, 0, 1) === workerData.threads - 1) Atomics.notify(gate, 0);
      for (let seen = Atomics.load(gate, 0); seen < workerData.threads; seen = Atomics.load(gate, 0)) Atomics.wait(gate, 0, seen);
    }
    parentPort.postMessage({ name, output: name + " done" });
    // A report that is sent twice counts once.
    parentPort.postMessage({ name, output: name + " again" });
  });
`;

function threadExecutor(threads: readonly Worker[]): Executor {
  const reports = new Map<string, ReportOutcome>();
  for (const thread of threads) {
    thread.on("message", ({ name, output }: { name: string; output: Json }) =>
      reports.get(name)!({ kind: "done", output }),
    );
  }
  return {
    accepts: (task) => task.run !== undefined,
    start({ item }, report) {
      reports.set(item, report);
      threads[Number(item.split("-")[0]!.slice(1))]!.postMessage(item, []);
      return () => {};
    },
    stop: async () => {},
  };
}

test("test_concurrent_state_thread_safety: ten threads released together, each reporting about its own items twice, 0 races", async () => {
  const each = 100;
  const gate = new SharedArrayBuffer(4);
  const threads = Array.from(
    { length: UPDATERS },
    () => new Worker(worker, { eval: true, workerData: { gate, threads: UPDATERS } }),
  );
  const journal = memoryJournal();
  const names = Array.from({ length: each }, (_, i) =>
    Array.from({ length: UPDATERS }, (__, t) => `w${t}-${i}`),
  ).flat();
  // One item of each thread at a time: the next needs the one before.
  const tasks = Object.fromEntries(
    names.map((name, i) => [name, { run: "x", needs: i < UPDATERS ? [] : [names[i - UPDATERS]!] }]),
  );
  const run = createRun({ tasks }, { journal, executors: [threadExecutor(threads)], liveItemsMax: UPDATERS });
  const seen = watch(run);
  const result = await run.start();
  await Promise.all(threads.map((thread) => thread.terminate()));
  expect(result).toMatchObject({ outcome: "done", counts: { done: UPDATERS * each }, liveItemsPeak: UPDATERS });
  for (const { key, output, attempt } of result.snapshot.items) expect([output, attempt]).toEqual([`${key} done`, 1]);
  expect(seen.problems).toEqual([]);
  expect(seen.pictures).toBeGreaterThan(3);
  const audit = await journal.audit(run.id, { limit: 100_000 });
  expect(audit).toHaveLength(names.length * 2 + 2);
  replayLog(audit, () => 1);
});

describe("test_parallel_state_updates", () => {
  /** Task functions that wait for each other, then yield as often as it takes them to end in a mixed order. */
  async function together(size: number, yields: (item: number) => number) {
    const gate = Promise.withResolvers<void>();
    let waiting = 0;
    const update =
      (item: number): TaskFunction =>
      async ({ attempt }) => {
        if (++waiting === size) gate.resolve();
        await gate.promise;
        for (let turn = 0; turn < yields(item); turn++) await Promise.resolve();
        if (attempt === 1 && item % 3 === 0) throw new Error("first attempt");
        return { item, attempt };
      };
    const tasks = Object.fromEntries(
      Array.from({ length: size }, (_, item) => [`t${item}`, { run: update(item), attemptsMax: 2 }]),
    );
    const journal = memoryJournal();
    const run = createRun({ tasks }, { journal, liveItemsMax: size });
    const seen = watch(run);
    const result = await run.start();
    const audit = await journal.audit(run.id, { limit: 100_000 });
    return { run, seen, result, audit };
  }

  test.each([{ size: UPDATERS }, { size: 1_000 }])(
    "$size tasks released together update different items: every update is there once",
    async ({ size }) => {
      const { seen, result, audit } = await together(size, (item) => (item * 7) % 5);
      expect(result).toMatchObject({ outcome: "done", counts: { done: size }, liveItemsPeak: size });
      for (const { number, key, output } of result.snapshot.items) {
        const item = Number(key.slice(1));
        expect(output).toEqual({ item, attempt: item % 3 === 0 ? 2 : 1 });
        const own = audit.filter((entry) => entry.item === number).map(({ event }) => event);
        expect(own).toEqual(item % 3 === 0 ? ["claim", "fail", "requeue", "claim", "complete"] : ["claim", "complete"]);
      }
      expect(seen.problems).toEqual([]);
      replayLog(audit, () => 2);
      expect(foldAudit(audit)).toMatchObject({ seq: result.snapshot.seq, status: "done" });
    },
  );

  test("S0-12: of all reports about one attempt the first counts, whatever comes in whatever order, also after the end", async () => {
    const outcomes: readonly AttemptOutcome[] = [
      { kind: "done", output: "done" },
      { kind: "failed", reason: { code: "exit" }, retryable: true },
      { kind: "failed", reason: { code: "exit" }, retryable: false },
      { kind: "aborted" },
    ];
    const reports = fc.record({ item: fc.nat(2), which: fc.nat(outcomes.length - 1) });
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.array(reports, { minLength: 1, maxLength: 12 }),
      async (scheduler, chosen) => {
        const env = virtualEnv();
        const journal = memoryJournal();
        const open = new Map<string, ReportOutcome>();
        const first = new Map<string, AttemptOutcome["kind"]>();
        const executor: Executor = {
          accepts: () => true,
          start: ({ item }, report) => {
            open.set(item, report);
            return () => {};
          },
          stop: async () => {},
        };
        const tasks = Object.fromEntries(["t0", "t1", "t2"].map((key) => [key, { run: "x" }]));
        const run = createRun({ tasks }, { env, journal, executors: [executor], liveItemsMax: 3 });
        const ended = run.start();
        await env.settle();
        const send = async (item: string, outcome: AttemptOutcome): Promise<void> => {
          await scheduler.schedule(Promise.resolve(), `${item} ${outcome.kind}`);
          if (!first.has(item)) first.set(item, outcome.kind);
          open.get(item)!(outcome);
        };
        const sent = chosen.map(({ item, which }) => send(`t${item}`, outcomes[which]!));
        await scheduler.waitFor(Promise.all(sent));
        await env.settle();
        const untouched = ["t0", "t1", "t2"].filter((key) => !first.has(key));
        for (const key of untouched) open.get(key)!({ kind: "done" });
        const { snapshot } = await ended;
        for (const [key, kind] of first)
          expect(snapshot.items.get(key)!.status).toBe(kind === "done" ? "done" : "failed");
        const audit = await journal.audit(run.id);
        for (const number of [0, 1, 2])
          expect(audit.filter(({ item, from, to }) => item === number && from !== to)).toHaveLength(2);
        replayLog(audit, () => 1);
      },
    );
    await fc.assert(property, { numRuns: 500 });
  });
});
