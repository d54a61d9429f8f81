/**
 * Goal: a run that never stands still is seen as it is: whoever follows it is told at every interval, whoever asks is told at once.
 * Method: items that do nothing, on a clock that moves with every look at it. A bug looks like a snapshot that stays behind what
 * has long been done, or like one for every few items.
 */
import { expect, test } from "vitest";
import type { Env } from "../../src/base/env.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { nodeEnv } from "../../src/base/node-env.ts";
import { createRun } from "../../src/engine/create-run.ts";
import type { Run } from "../../src/engine/run.ts";

const ITEMS = 3_000;

/** A world in which a look at the clock takes a millisecond; `onTurn` is called whenever the loop lets others run. */
function movingEnv(onTurn: () => void): Env & { readonly mono: () => number } {
  const real = nodeEnv();
  let mono = 0;
  return {
    ...real,
    clock: { now: real.clock.now, monotonic: () => ++mono },
    timers: {
      ...real.timers,
      nextTurn: async () => {
        await real.timers.nextTurn();
        onTurn();
      },
    },
    mono: () => mono,
  };
}

function busyRun(env: Env, work: () => void = () => {}): Run {
  const tasks = Object.fromEntries(Array.from({ length: ITEMS }, (_, item) => [`t${item}`, { run: work }]));
  return createRun({ tasks }, { env, liveItemsMax: 4 });
}

test("a busy run is published at every interval, and no more often", async () => {
  const env = movingEnv(() => {});
  const run = busyRun(env);
  const at: number[] = [];
  run.changes$.subscribe(() => at.push(env.mono()));
  const { counts } = await run.start();
  expect(counts.done).toBe(ITEMS);
  expect(at.length).toBeGreaterThan(20);
  const gaps = at.slice(1).map((moment, i) => moment - at[i]!);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(LIMITS.publishIntervalMsMax + LIMITS.turnMsMax);
  // But for the publications of the run's own start and end.
  expect(gaps.filter((gap) => gap < LIMITS.publishIntervalMsMax).length).toBeLessThanOrEqual(3);
});

test("I10: whoever asks while a busy run lets others run gets everything that is committed", async () => {
  let ran = 0;
  const behind: number[] = [];
  const env = movingEnv(() => {
    const { counts } = run.snapshot();
    behind.push(ran - counts.claimed - counts.done);
  });
  const run = busyRun(env, () => void ran++);
  await run.start();
  expect(behind.length).toBeGreaterThan(20);
  // What has begun to run was claimed before, and that is committed.
  expect(Math.max(...behind)).toBe(0);
});
