/**
 * Goal: a forecast is what the engine would do, on a clock that jumps, and touches nothing.
 * Method: forecasts of plans and of stored runs with known durations, held against sums, critical paths and the rules of needs.
 */
import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import {
  createRun,
  definePlan,
  memoryJournal,
  whatIf,
  type Plan,
  type RecoveredRun,
  type WhatIfChanges,
  type WhatIfResult,
} from "../../src/index.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";

const SECONDS: Readonly<Record<string, number>> = { fetch: 10, left: 20, right: 5, join: 1, other: 30 };
const durationMs = (key: string): number | undefined => (SECONDS[key] === undefined ? undefined : SECONDS[key] * 1_000);
const run = "true";
const diamond = definePlan({
  name: "diamond",
  liveItemsMax: 2,
  tasks: {
    fetch: { run },
    left: { run, needs: ["fetch"] },
    right: { run, needs: ["fetch"] },
    join: { run, needs: ["left", "right"] },
    other: { run },
  },
});
const asked = (from: Plan | RecoveredRun, changes: WhatIfChanges): Promise<WhatIfResult> =>
  whatIf(from, changes, { durationMs });

test("as it is: the makespan is that of the longest chain while there is room, everything is done, and nothing is guessed", async () => {
  const { asIs, changed, guessed } = await asked(diamond, {});
  expect(asIs).toMatchObject({
    outcome: "done",
    makespanMs: 36_000,
    stuck: [],
    criticalPath: ["fetch", "left", "join"],
  });
  expect(changed).toEqual(asIs);
  expect(guessed).toEqual([]);
});

test("another cap: one at a time takes the sum, three at a time the longest chain", async () => {
  expect((await asked(diamond, { liveItemsMax: 1 })).changed.makespanMs).toBe(66_000);
  expect((await asked(diamond, { liveItemsMax: 3 })).changed.makespanMs).toBe(31_000);
});

test("an item that fails: what needs it is stuck behind it and not done, the rest goes on", async () => {
  const { changed, lost, unblocked } = await asked(diamond, { fail: ["right"] });
  expect(changed).toMatchObject({ outcome: "failed", failed: ["right"], stuck: [{ item: "join", by: ["right"] }] });
  expect([lost, unblocked]).toEqual([["right", "join"], []]);
});

test("a need that is dropped: what waited for it does not any more", async () => {
  const { changed, unblocked } = await asked(diamond, { drop: [{ item: "join", need: "left" }], liveItemsMax: 9 });
  expect([changed.makespanMs, unblocked]).toEqual([30_000, []]);
  const failed = await asked(diamond, { fail: ["left"], drop: [{ item: "join", need: "left" }] });
  expect(failed.changed).toMatchObject({ outcome: "failed", stuck: [], done: ["fetch", "right", "join", "other"] });
});

test("conditions, joins and values of when go as they would: a value that somebody waits for comes", async () => {
  const plan = definePlan({
    tasks: {
      probe: { run },
      yes: { run, needs: ["probe"], when: { probe: "go" } },
      rescue: { run, needs: { yes: "failed" } },
      either: { join: "any", needs: ["yes", "rescue"] },
    },
  });
  const { asIs, changed } = await asked(plan, { fail: ["yes"] });
  expect(asIs).toMatchObject({ outcome: "done", skipped: ["rescue"], done: ["probe", "yes", "either"] });
  expect(changed).toMatchObject({ outcome: "failed", done: ["probe", "rescue", "either"], failed: ["yes"], stuck: [] });
});

test("a stored run goes on from where it is, with what its items took; nothing of it is touched", async () => {
  const env = virtualEnv();
  const journal = memoryJournal();
  const executor = manualExecutor();
  const tasks = {
    step: { matrix: { n: [1, 2, 3, 4] }, run },
    bad: { run },
    behind: { run, needs: ["bad"] },
    end: { run, needs: ["step"] },
  };
  const live = createRun({ name: "stored", liveItemsMax: 2, tasks }, { journal, env, executors: [executor] });
  const ended = live.start().catch(() => {});
  await env.settle();
  for (const ms of [4_000, 8_000]) {
    await env.advance(ms);
    const [first] = executor.running;
    executor.finish(
      first!,
      first === "bad" ? { kind: "failed", reason: { code: "exit" }, retryable: false } : { kind: "done" },
    );
    await env.settle();
  }
  const before = JSON.stringify([await journal.read(live.id), await journal.audit(live.id)]);
  const stored = await journal.read(live.id);
  const { asIs, changed, guessed } = await whatIf(
    stored,
    { drop: [{ item: "end", need: "step" }], fail: ["step[n=3]"] },
    { env: nodeEnv() },
  );
  expect(JSON.stringify([await journal.read(live.id), await journal.audit(live.id)])).toBe(before);
  expect(asIs.done).toEqual(expect.arrayContaining(["step[n=1]", "step[n=4]", "end"]));
  expect(changed.done).toContain("end");
  expect(changed.failed).toContain("step[n=3]");
  expect(guessed.every((key) => !key.startsWith("step"))).toBe(true);
  await live.stop();
  await ended;
});

test("a run that has ended is forecast from its beginning", async () => {
  const journal = memoryJournal();
  const run = createRun({ tasks: { a: { run: () => 1 }, b: { needs: ["a"], run: () => 1 } } }, { journal });
  await run.start();
  const { asIs } = await whatIf(await journal.read(run.id), {}, { durationMs: () => 5_000 });
  expect(asIs).toMatchObject({ outcome: "done", makespanMs: 10_000 });
});

test("attempts, timeouts, pools and a rollback take the time that they take", async () => {
  const plan = definePlan({
    liveItemsMax: 4,
    pools: { gpu: 1 },
    tasks: {
      a: { run, uses: { gpu: 1 } },
      b: { run, uses: { gpu: 1 } },
      slow: { run, timeout: "2s" },
    },
  });
  const { asIs } = await whatIf(plan, {}, { durationMs: (key) => (key === "slow" ? 60_000 : 10_000) });
  expect(asIs).toMatchObject({ outcome: "failed", failed: ["slow"], makespanMs: 20_000 });
});

test.each([
  [{ fail: ["nobody"] }, "item_not_found"],
  [{ drop: [{ item: "join", need: "other" }] }, "invalid_usage"],
])("%j names what there is not", async (changes, code) => {
  await expect(asked(diamond, changes)).rejects.toThrow(expect.objectContaining({ code }));
});

const dags = fc
  .array(fc.record({ ms: fc.integer({ min: 1, max: 50 }), needs: fc.array(fc.nat(), { maxLength: 3 }) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((items) =>
    items.map(({ ms, needs }, i) => ({ ms, needs: i === 0 ? [] : [...new Set(needs.map((need) => need % i))] })),
  );

property.prop([dags, fc.integer({ min: 1, max: 4 })], { numRuns: 40 })(
  "with room for all it takes the longest chain; with a cap at least that and the work by the places, at most the sum",
  async (items, cap) => {
    const tasks = Object.fromEntries(
      items.map(({ needs }, i) => [`t${i}`, { run, needs: needs.map((need) => `t${need}`) }]),
    );
    const ends: number[] = [];
    items.forEach(({ ms, needs }) => ends.push(ms + Math.max(0, ...needs.map((need) => ends[need]!))));
    const chain = Math.max(...ends);
    const sum = items.reduce((all, { ms }) => all + ms, 0);
    const { asIs, changed } = await whatIf(
      definePlan({ tasks, liveItemsMax: 100 }),
      { liveItemsMax: cap },
      { durationMs: (key) => items[Number(key.slice(1))]!.ms },
    );
    expect(asIs.makespanMs).toBe(chain);
    expect(changed.makespanMs).toBeGreaterThanOrEqual(Math.max(chain, sum / cap));
    expect(changed.makespanMs).toBeLessThanOrEqual(sum);
  },
);
