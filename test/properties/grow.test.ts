/**
 * Goal: a run whose plan comes to be while it goes on ends like a run of that plan from the start; whatever is refused changes nothing.
 * Method: random plans in `test/support/growing-run.ts`: additions, edits, reports, cancels and restarts in random order, the end compared
 * item by item with the same plan played whole; and a process that ends at every batch of additions and edits.
 */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import { planOfRun } from "../../src/engine/grown-plan.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import type { Run, RunResult } from "../../src/engine/run.ts";
import { foldAudit } from "../../src/journal/fold.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import type { PlanDefinition, Schedule } from "../../src/plan/plan.ts";
import { crashingJournal } from "../support/crashing-journal.ts";
import { growingRuns, playGrowing, playWhole } from "../support/growing-run.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";

const endOf = ({ outcome, snapshot, blocked }: RunResult): unknown => ({
  outcome,
  items: [...snapshot.items].map(({ key, status, reason }) => `${key} ${status} ${reason?.code ?? ""}`).sort(),
  blocked: blocked.map(({ item, by, reason }) => `${item} ${by.toSorted().join(" ")} ${reason}`).sort(),
});

test("a plan that grew and was edited before its items started ends as the same plan from the start; cycles are refused (S2-13)", async () => {
  let cycles = 0;
  let restarts = 0;
  const property = fc.asyncProperty(growingRuns(7), async (growing) => {
    const grown = await playGrowing(growing);
    expect(endOf(grown.result)).toEqual(endOf(await playWhole(growing)));
    cycles += grown.cycles;
    restarts += grown.restarts;
  });
  await fc.assert(property, { numRuns: 1_000 });
  expect(cycles).toBeGreaterThan(1_000);
  expect(restarts).toBeGreaterThan(200);
}, 180_000);

interface Crash {
  readonly at: number;
  readonly kept: boolean;
}

const PLAN: PlanDefinition = {
  tasks: { a: { run: "a" }, b: { run: "b", needs: ["a"] }, z: { run: "z", needs: ["b"] } },
};
const ADDED = {
  c: { run: "c", needs: ["a"] },
  d: { run: "d", needs: ["c"] },
  e: { run: "e", needs: { d: "settled" } },
} as const;

/** What each process does, unless it is done already: adds, edits, and ends what runs. */
async function live(
  run: Run,
  env: ReturnType<typeof virtualEnv>,
  executor: ReturnType<typeof manualExecutor>,
): Promise<RunResult | undefined> {
  let ended: RunResult | "crashed" | undefined;
  run.start().then(
    (result) => (ended = result),
    () => (ended = "crashed"),
  );
  const ask = async (asked: Promise<unknown>): Promise<void> => {
    asked.catch(() => {});
    await env.settle();
  };
  await env.settle();
  if (run.plan.numberOf("c") === undefined) await ask(run.add(ADDED));
  if (run.plan.numberOf("d") !== undefined && run.plan.graph.needsStart[2] === 1)
    await ask(run.edit("b", { needs: ["d"] }));
  for (let step = 0; ended === undefined; step++) {
    if (step > 50) throw new Error(`does not end: ${JSON.stringify(run.snapshot())}`);
    const [first] = executor.running;
    if (first !== undefined) executor.finish(first);
    await env.settle();
  }
  return ended === "crashed" ? undefined : ended;
}

async function story(schedule: Schedule, crash: Crash | undefined): Promise<number> {
  const store = memoryJournal();
  const journal = crashingJournal(store, crash?.at ?? Infinity, crash?.kept ?? false);
  const env = virtualEnv(1);
  const executor = manualExecutor();
  const run = createRun(PLAN, { schedule, liveItemsMax: 2, env, journal, executors: [executor] });
  const result = await live(run, env, executor);
  const { growth } = await store.read(run.id);
  // U2: none or all of what was added; an edit whole.
  expect([0, 3, 4]).toContain(growth.length);
  expect(growth.map(({ event }) => event).slice(0, 3)).toEqual(growth.length === 0 ? [] : ["add", "add", "add"]);
  const stored = await store.read(run.id);
  if (result === undefined && stored.status !== "done") {
    const next = virtualEnv(2);
    const other = manualExecutor();
    const again = resumeRun(await store.recover(run.id), createRun(PLAN).plan, {
      env: next,
      journal: store,
      executors: [other],
    });
    expect(again.plan.tasks).toHaveLength(growth.length === 0 ? 3 : 6);
    expect(again.snapshot().items.size).toBe(again.plan.tasks.length);
    expect((await live(again, next, other))?.outcome).toBe("done");
  }
  const last = await store.read(run.id);
  const audit = await store.audit(run.id, { limit: 1_000 });
  expect(foldAudit(audit).items).toEqual(last.items);
  expect(last).toMatchObject({ status: "done" });
  expect(planOfRun(last).tasks.map(({ key }) => key)).toEqual(["a", "b", "z", "c", "d", "e"]);
  expect(last.items.every(({ status }) => status === "done")).toBe(true);
  const order = audit.filter(({ event }) => event === "claim").map(({ item }) => planOfRun(last).tasks[item]!.key);
  const wasEdited = last.growth.some(({ event }) => event === "edit");
  if (wasEdited) expect(order.lastIndexOf("b")).toBeGreaterThan(order.indexOf("d"));
  return journal.batches;
}

test.each(["as-ready", "layers", "sequential"] as const)(
  "a process that ends at any batch of additions and edits (%s) leaves none or all of each, and the next one ends the run",
  async (schedule) => {
    const batches = await story(schedule, undefined);
    expect(batches).toBeGreaterThan(6);
    for (let at = 1; at <= batches; at++) for (const kept of [false, true]) await story(schedule, { at, kept });
  },
);
