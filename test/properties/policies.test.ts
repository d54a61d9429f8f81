/**
 * Goal: what every run keeps, whatever its plan, its policies and the order in which its attempts end, fail, vanish or run out of time.
 * Method: random plans on the real engine (`test/support/played-run.ts`), one property a promise. The seed is printed with a failure.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import type { ItemSnapshot } from "../../src/items/snapshot.ts";
import { itemOf, keyOf, play, playedRuns, type Played } from "../support/played-run.ts";

const RUNS = { numRuns: 1_000 };
const placesOf = ({ uses }: Played, live: readonly number[]): number =>
  live.reduce((sum, item) => sum + uses[item]!, 0);

test.prop([playedRuns(12)], RUNS)("I4: no dependent starts before its needs are done", async (played) => {
  await play(played, {
    onStart: (item, _live, run) => {
      const needs = played.needs[item]!.map((need) => run.snapshot().items.get(keyOf(need))!.status);
      expect(needs.every((status) => status === "done")).toBe(true);
    },
  });
});

test.prop([playedRuns(12)], RUNS)(
  "complaint 6, I5: what is live never exceeds the cap, nor its places those of a pool, at any instant",
  async (played) => {
    const cap = played.schedule === "sequential" ? 1 : played.cap;
    const { result } = await play(played, {
      onStart: (_item, live) => {
        expect(live.length).toBeLessThanOrEqual(cap);
        expect(placesOf(played, live)).toBeLessThanOrEqual(played.pool);
      },
    });
    expect(result.liveItemsPeak).toBeLessThanOrEqual(cap);
  },
);

test.prop([playedRuns(8, { schedule: "as-ready" })], RUNS)(
  "I6: work-conserving: while there is room, nothing waits that could start",
  async (played) => {
    await play(played, {
      onRest: (live, run) => {
        const { status, items } = run.snapshot();
        if (status !== "running" || live.length >= played.cap) return;
        const couldStart = [...items].filter((each) => {
          const item = itemOf(each.key);
          const isReady = played.needs[item]!.every((need) => items.get(keyOf(need))!.status === "done");
          const fits = placesOf(played, [...live, item]) <= played.pool;
          return each.status === "todo" && isReady && fits && !live.includes(item);
        });
        expect(couldStart.map(({ key }) => key)).toEqual([]);
      },
    });
  },
);

test.prop([playedRuns(10, { onFailure: "isolate" }), fc.integer({ min: 1, max: 6 })], RUNS)(
  "S1-14: parity: one at a time, in layers and as ready end with every item in the same state",
  async (chosen, cap) => {
    // Time passes for everything that is live at once, so only it depends on what runs beside an item.
    const fates = chosen.fates.map((list) => list.map((fate) => (fate === "takes too long" ? "fails" : fate)));
    const endOf = async (more: Partial<Played>): Promise<unknown> => {
      const { result, executor } = await play({ ...chosen, fates, ...more });
      return {
        outcome: result.outcome,
        items: [...result.snapshot.items].map(({ key, status }) => `${key} ${status}`),
        starts: executor.started.toSorted(),
      };
    };
    const sequential = await endOf({ schedule: "sequential", cap: 1 });
    expect(await endOf({ schedule: "as-ready", cap })).toEqual(sequential);
    expect(await endOf({ schedule: "layers", cap })).toEqual(sequential);
  },
);

test.prop([playedRuns(10), fc.nat(12)], RUNS)(
  "complaint 11, I16: cancel leaves nothing: no attempt, no timer, no start after it",
  async (played, cancelAt) => {
    let startedBefore: number | undefined;
    let started = 0;
    let atTheEnd: readonly number[] | undefined;
    const { result, executor, armed } = await play(played, {
      onStart: () => {
        started++;
        expect(startedBefore).toBeUndefined();
      },
      onRest: (_live, run, step, liveNow) => {
        if (step !== cancelAt) return;
        startedBefore = started;
        // A run that has settled meanwhile says so.
        run.cancel().then(
          () => (atTheEnd = liveNow()),
          () => {},
        );
      },
    });
    expect(executor.running).toEqual([]);
    expect(armed).toBe(0);
    expect(result.counts.claimed).toBe(0);
    if (startedBefore !== undefined) expect(["cancelled", "failed"]).toContain(result.outcome);
    expect(atTheEnd ?? []).toEqual([]);
  },
);

test.prop([playedRuns(10)], RUNS)("I3: retries never exceed the budget", async (played) => {
  const { executor } = await play(played);
  for (const [item, attempts] of played.attempts.entries()) {
    const starts = executor.started.filter((start) => start.startsWith(`${keyOf(item)}#`)).length;
    // What vanished is given back.
    const vanished = played.fates[item]!.filter((fate) => fate === "vanishes").length;
    expect(starts).toBeLessThanOrEqual(attempts + vanished);
  }
});

test.prop([playedRuns(12), fc.option(fc.nat(12), { nil: undefined })], RUNS)(
  "complaint 9: every settled run has every item in a final state, or names what holds it",
  async (played, cancelAt) => {
    const { result } = await play(played, {
      onRest: (_live, run, step) => void (step === cancelAt && run.cancel().catch(() => {})),
    });
    const { items } = result.snapshot;
    const isRoot = (key: string): boolean => ["failed", "cancelled"].includes(items.get(key)!.status);
    const held = new Map(result.blocked.map((each) => [each.item, each]));
    const isExplained = ({ key, status }: ItemSnapshot): boolean => {
      if (status !== "todo") return status !== "claimed";
      const { reason, by } = held.get(key)!;
      // Stopped as a whole before its turn came: the result says why the run ended.
      if (reason === "not_started" || reason === "not_tried_again") return result.reason !== undefined;
      return reason === "blocked_by_failure" && by.length > 0 && by.every(isRoot);
    };
    expect([...items].filter((item) => !isExplained(item))).toEqual([]);
    expect(result.outcome === "done").toBe([...items].every(({ status }) => status === "done"));
  },
);
