/**
 * Goal: what every run with prepares keeps, whatever its plan, its schedule, its failures and its restarts; and what preparing ahead
 * is for: the time that it saves.
 * Method: random plans on the real engine and virtual time, run with their prepares, and again with each prepare inside its work.
 */
import { fc, test } from "@fast-check/vitest";
import { describe, expect, test as example } from "vitest";
import { preparedPlans, runPrepared, type PreparedPlan, type Seen } from "../support/prepared-run.ts";

const RUNS = { numRuns: 1_000 };

const endOf = ({ result }: Seen): unknown => ({
  outcome: result.outcome,
  items: [...result.snapshot.items].map(({ key, status, attempt, output }) => ({ key, status, attempt, output })),
});

/** What holds of every run: P1, P2, P3. */
function look(plan: PreparedPlan, seen: Seen): void {
  expect(seen.preparesPeak).toBeLessThanOrEqual(plan.limit);
  expect(seen.worksPeak).toBeLessThanOrEqual(plan.schedule === "sequential" ? 1 : plan.cap);
  expect(seen.early).toEqual([]);
  plan.items.forEach(({ prepare }, item) => {
    const { status } = seen.result.snapshot.items.get(`t${item}`)!;
    if (status === "done" && prepare !== undefined) expect(seen.prepared[item]).toBe(1);
    else expect(seen.prepared[item]).toBeLessThanOrEqual(1);
  });
}

/** The state in which each item ends, by its attempts alone. */
function expected({ items, attemptsMax }: PreparedPlan): string[] {
  const states: string[] = [];
  for (const { needs, prepare, prepareFails, workFails } of items) {
    const fails = workFails + (prepare === undefined ? 0 : prepareFails);
    if (needs.some((need) => states[need] !== "done")) states.push("todo");
    else states.push(fails < attemptsMax ? "done" : "failed");
  }
  return states;
}

test.prop([preparedPlans(5)], RUNS)(
  "P1, P2, P3 and parity: the limit holds, nothing starts before its prepare, which succeeds once, and every item ends as it does " +
    "when each attempt prepares inside its work",
  async (plan) => {
    const seen = await runPrepared(plan);
    look(plan, seen);
    expect(endOf(seen)).toEqual(endOf(await runPrepared(plan, { isAhead: false })));
  },
);

test.prop([preparedPlans(5), fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 2 })], RUNS)(
  "P3, I11: over restarts at any time, what was prepared is not prepared again, and the run ends as if nothing had stopped it",
  async (plan, stopsAt) => {
    const seen = await runPrepared(plan, { stopsAt });
    look(plan, seen);
    expect(plan.items.map((_, item) => seen.result.snapshot.items.get(`t${item}`)!.status)).toEqual(expected(plan));
  },
);

describe("S2-02: preparing ahead takes less time", () => {
  const planOf = (cap: number, limit: number, prepare: number, work: number, size = 12): PreparedPlan => ({
    items: Array.from({ length: size }, () => ({
      needs: [],
      prepare,
      work,
      prepareFails: 0,
      workFails: 0,
      priority: 5,
    })),
    cap,
    limit,
    attemptsMax: 1,
    schedule: "as-ready",
  });
  const times = async (plan: PreparedPlan): Promise<{ ahead: number; inside: number }> => {
    const [ahead, inside] = [await runPrepared(plan), await runPrepared(plan, { isAhead: false })];
    return { ahead: ahead.result.durationMs, inside: inside.result.durationMs };
  };

  example("12 items, 3 slots, 100 ms each to prepare and to do: 500 ms instead of 800", async () => {
    expect(await times(planOf(3, 3, 100, 100))).toEqual({ ahead: 500, inside: 800 });
  });

  example(
    "12 items, 1 slot, 300 ms to prepare, 100 ms to do, 3 prepared at once: 1500 ms instead of 4800",
    async () => {
      expect(await times(planOf(1, 3, 300, 100))).toEqual({ ahead: 1_500, inside: 4_800 });
    },
  );

  example("what takes longest is the bound: 12 items of 100 ms, prepared one at a time in 100 ms", async () => {
    expect(await times(planOf(3, 1, 100, 100))).toEqual({ ahead: 1_300, inside: 800 });
  });
});
