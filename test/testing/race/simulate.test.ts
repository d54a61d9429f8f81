/**
 * Goal: whoever has a plan can see what becomes of it when workers are lost, hang or are slow, and when the process is killed again and
 * again (I1, I2, I5, I9, I16). Method: simulated runs of generated and of written plans, and plans that lack something.
 */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { PlanDefinition } from "../../../src/plan/plan.ts";
import { planArbitrary, simulate, type SimulationPolicy } from "../../../src/testing/index.ts";

const release: PlanDefinition = {
  tasks: {
    build: { run: "make", timeout: "1m", attemptsMax: 5 },
    unit: { run: "make unit", needs: ["build"], timeout: "1m", attemptsMax: 5 },
    lint: { run: "make lint", needs: ["build"], timeout: "1m", attemptsMax: 5 },
    publish: { run: "make publish", needs: ["unit", "lint"], timeout: "1m", attemptsMax: 5 },
  },
};

test("the same seed gives the same run, entry by entry; another one another", async () => {
  const policy: SimulationPolicy = { fail: 0.3, crash: 0.1, hang: 0.1, restart: 0.1 };
  const [first, again, other] = [
    await simulate(release, policy, 5),
    await simulate(release, policy, 5),
    await simulate(release, policy, 6),
  ];
  expect(again.audit).toEqual(first.audit);
  expect(other.audit).not.toEqual(first.audit);
  expect([first.outcome, first.problems]).toEqual(["done", []]);
});

test("hours pass at once", async () => {
  const { outcome, makespanMs, attempts } = await simulate(
    { tasks: { a: { run: "a" }, b: { run: "b", needs: ["a"] }, c: { run: "c" } } },
    { taskMs: 3_600_000, run: { liveItemsMax: 1 } },
  );
  expect({ outcome, makespanMs, attempts }).toEqual({ outcome: "done", makespanMs: 3 * 3_600_000, attempts: 3 });
});

test("nothing is wrong with any plan, whatever happens to it", async () => {
  const faults = fc.record({
    fail: fc.constantFrom(0, 0.3),
    failForGood: fc.constantFrom(0, 0.1),
    crash: fc.constantFrom(0, 0.2),
    hang: fc.constantFrom(0, 0.2),
    slow: fc.constantFrom(0, 0.3),
    restart: fc.constantFrom(0, 0.2),
  });
  const seen = { crash: 0, hang: 0, slow: 0, restart: 0 };
  await fc.assert(
    fc.asyncProperty(planArbitrary({ conditions: true }), faults, fc.nat(), async (plan, policy, seed) => {
      const { outcome, problems, faults: met } = await simulate(plan, policy, seed);
      expect(problems).toEqual([]);
      expect(outcome).not.toBe("unfinished");
      for (const name of Object.keys(seen) as (keyof typeof seen)[]) seen[name] += met[name];
    }),
    { numRuns: 60 },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
});

test("a task that hangs and has no timeout is told", async () => {
  const { outcome, problems } = await simulate({ tasks: { a: { run: "a" }, b: { run: "b" } } }, { hang: 1 });
  expect(outcome).toBe("unfinished");
  expect(problems).toEqual(["the run did not end: a, b hang and nothing ends it: give it a timeout"]);
});

test("agents that are lost are replaced when their lease ends", async () => {
  const plan: PlanDefinition = {
    tasks: { a: { attemptsMax: 20 }, b: { needs: ["a"], attemptsMax: 20 }, c: { attemptsMax: 20 } },
  };
  const { outcome, problems, faults, audit } = await simulate(plan, { agents: 2, lost: 0.5, leaseMs: 30_000 }, 3);
  expect([outcome, problems]).toEqual(["done", []]);
  expect(faults.crash).toBeGreaterThan(0);
  expect(audit.filter(({ event }) => event === "expire")).toHaveLength(faults.crash);
});

test("who works longer than a lease keeps it by signs of life", async () => {
  const { outcome, audit } = await simulate({ tasks: { a: {} } }, { agents: 1, leaseMs: 30_000, taskMs: 100_000 });
  expect(outcome).toBe("done");
  expect(audit.filter(({ event }) => event === "claim")).toHaveLength(1);
});

test("executors and rules of one's own take part", async () => {
  const starts: string[] = [];
  const { problems } = await simulate(
    { tasks: { a: { run: "a" } } },
    {
      executors: () => [
        {
          accepts: () => true,
          start: ({ item }, report) => {
            starts.push(item);
            report({ kind: "done" });
            return () => {};
          },
          stop: async () => {},
        },
      ],
      invariants: {
        "nobody starts a": ({ audit }) => audit.flatMap(({ event }) => (event === "claim" ? ["it was started"] : [])),
      },
    },
  );
  expect(starts).toEqual(["a"]);
  expect(problems).toEqual(["nobody starts a: it was started"]);
});
