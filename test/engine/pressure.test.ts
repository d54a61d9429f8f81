/**
 * Goal: while the machine is short of something no new item starts but one at a time goes on, everybody can see why, and nothing
 * waits for ever. Method: real runs on virtual time whose probe is the test's.
 */
import { describe, expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import type { Progress, RunOptions } from "../../src/engine/run.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { checkPlan } from "../../src/plan/check-plan.ts";
import type { PressureReading } from "../../src/resources/reading.ts";
import { inWords } from "../../src/scheduler/why-in-words.ts";
import { crashingJournal } from "../support/crashing-journal.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";
import { watchedRun } from "../support/watched-run.ts";

const four = { tasks: { a: { run: "x" }, b: { run: "x" }, c: { run: "x" }, d: { run: "x" } } };

function pressed(readings: PressureReading[] = [], more: RunOptions = {}) {
  const machine = { readings, looks: 0 };
  const probe = (): readonly PressureReading[] => {
    machine.looks++;
    return machine.readings;
  };
  const watched = watchedRun(four, { pressure: { probe }, ...more });
  const memory = (value: number): void => void (machine.readings = [{ name: "memory", value, words: `${value}` }]);
  return { ...watched, machine, memory };
}

test("S2-11: under pressure waits before starting new items; live ones go on; one always runs", async () => {
  const { env, executor, run, memory, names, events } = pressed();
  const end = run.start();
  await env.settle();
  memory(0.95);
  expect(executor.running).toEqual(["a", "b", "c", "d"]);
  await env.advance(1_000);
  executor.finish("a");
  await env.settle();
  expect([executor.running, run.snapshot().status]).toEqual([["b", "c", "d"], "running"]);
  for (const key of ["b", "c", "d"]) executor.finish(key);
  expect((await end).outcome).toBe("done");
  expect(names().filter((name) => name.startsWith("pressure"))).toEqual(["pressure.raised"]);
  expect(events.find(({ name }) => name === "pressure.raised")).toMatchObject({
    item: -1,
    from: "running",
    to: "running",
    reason: { code: "pressure", message: "0.95" },
    data: { resources: ["memory"], values: { memory: 0.95 } },
  });
});

test("a run that starts under pressure starts with one item, and with the rest when it is over", async () => {
  const { env, executor, run, memory, names } = pressed([{ name: "memory", value: 0.9 }]);
  const progress: Progress[] = [];
  run.progress$.subscribe((each) => progress.push(each));
  const end = run.start();
  await env.settle();
  expect([executor.running, names().slice(0, 3)]).toEqual([
    ["a"],
    ["run.started", "pressure.raised", "item.claimed a"],
  ]);
  expect(run.why("b")).toEqual({ state: "waiting", item: "b", for: [{ kind: "pressure", reason: "memory" }] });
  expect(progress.at(-1)!.pressure).toBe("memory");
  executor.finish("a");
  await env.settle();
  expect(executor.running, "W3: one at a time").toEqual(["b"]);
  // Between the two limits nothing changes.
  memory(0.86);
  await env.advance(5_000);
  expect(executor.running).toEqual(["b"]);
  memory(0.8);
  await env.advance(1_000);
  expect([executor.running, progress.at(-1)!.pressure]).toEqual([["b", "c", "d"], undefined]);
  for (const key of ["b", "c", "d"]) executor.finish(key);
  expect(await end).toMatchObject({ outcome: "done", pressureMs: 6_000 });
  expect(env.armed, "W2: nothing is measured any more").toBe(0);
});

test("why says in words what the machine is short of", async () => {
  const { env, run, memory } = pressed();
  memory(1);
  void run.start();
  await env.settle();
  expect(inWords(run.why("b"))).toBe("b waits:\n  for the machine to have room again: 1; one item at a time goes on");
});

test("what joins or leaves while something presses is told; calm is when nothing does", async () => {
  const { env, run, machine, events } = pressed();
  void run.start();
  await env.settle();
  const say = async (...readings: PressureReading[]): Promise<void> => {
    machine.readings = readings;
    await env.advance(1_000);
  };
  await say({ name: "memory", value: 0.95 }, { name: "handles", value: 0.1 });
  await say({ name: "memory", value: 0.96 }, { name: "handles", value: 0.9, words: "many handles" });
  await say({ name: "handles", value: 0.85, words: "many handles" });
  await say({ name: "handles", value: 0.1, words: "few handles" });
  const told = events.filter(({ name }) => name.startsWith("pressure"));
  expect(told.map(({ name, reason }) => `${name}: ${reason!.message}`)).toEqual([
    "pressure.raised: memory",
    "pressure.raised: memory; many handles",
    // W1: memory could not be measured any more.
    "pressure.raised: many handles",
    "pressure.lowered: few handles",
  ]);
  expect(told.at(-1)!.data).toEqual({ held_ms: 3_000 });
});

describe("nothing waits for pressure to end", () => {
  test.each(["cancel", "stop"] as const)("%s is answered at once", async (how) => {
    const { env, run, executor } = pressed([{ name: "heap", value: 1 }]);
    const ended = run.start().then(
      ({ outcome }) => outcome,
      ({ code }: { code: string }) => code,
    );
    await env.settle();
    void run[how]();
    await env.settle();
    expect([executor.running, env.armed]).toEqual([[], 0]);
    expect(await ended).toBe(how === "cancel" ? "cancelled" : "interrupted");
  });
});

test("a probe that throws is told of once and does not press", async () => {
  const problems: Error[] = [];
  const probe = (): never => {
    throw new Error("no such file");
  };
  const { env, executor, run } = watchedRun(four, { pressure: { probe }, onProblem: (each) => problems.push(each) });
  void run.start();
  await env.advance(5_000);
  expect([executor.running.length, problems.map(({ cause }) => String(cause))]).toEqual([4, ["Error: no such file"]]);
});

test("what a probe says that is no reading changes nothing, and is told as it is", async () => {
  const problems: Error[] = [];
  const full = { name: "memory", value: "0.99" };
  for (const readings of [[full, undefined], [{ name: "moon", value: 9 }], [null], null, 7]) {
    const { env, executor, run } = watchedRun(four, {
      pressure: { probe: () => readings as never },
      onProblem: (each) => problems.push(each),
    });
    void run.start();
    await env.advance(2_000);
    expect(executor.running.length).toBe(4);
  }
  const gots = ["{ name: 'memory', value: '0.99' }", "{ name: 'moon', value: 9 }", "null", "null", "7"];
  expect(problems.map(({ message }) => /got (.*), which does not count$/.exec(message)?.[1])).toEqual(gots);
  expect(problems.map(({ message }) => message).join()).not.toContain("threw");
});

describe("who says that the machine is watched", () => {
  const looks = async (options: RunOptions, plan: object = four): Promise<number> => {
    const env = virtualEnv();
    const run = createRun({ ...four, ...plan }, { ...options, env, executors: [manualExecutor()] });
    void run.start();
    await env.settle();
    return env.armed;
  };
  const pressure = { memory: 0.5 };
  test.each<[string, RunOptions, object, number]>([
    ["nobody: it is off", {}, {}, 0],
    ["the option", { pressure: true }, {}, 1],
    ["the plan", {}, { pressure }, 1],
    ["the option, against the plan", { pressure: false }, { pressure }, 0],
    [
      "the option, with nothing to watch",
      { pressure: { memory: false, handles: false, eventLoopDelayMs: false } },
      {},
      0,
    ],
  ])("%s", async (_, options, plan, timers) => {
    expect(await looks(options, plan)).toBe(timers);
  });

  test.each([7, null, { probe: 7 }, { memory: 7 }])("pressure: %j is refused", (option) => {
    expect(() => createRun(four, { pressure: option as never })).toThrow("expected pressure");
  });
});

test("the option adds to the plan's limits", async () => {
  const probe = (): PressureReading[] => [{ name: "memory", value: 0.6 }, { name: "handles", value: 0.6 }]; // oxfmt-ignore
  const { env, executor, run } = watchedRun({ ...four, pressure: { memory: 0.5 } }, { pressure: { probe } });
  void run.start();
  await env.settle();
  expect(executor.running).toEqual(["a"]);
  expect(run.why("b")).toMatchObject({ for: [{ kind: "pressure", reason: "memory" }] });
});

test("a run that goes on measures anew, with the limits it was started with", async () => {
  const journal = memoryJournal();
  const readings: PressureReading[] = [{ name: "memory", value: 0.5 }];
  const start = { env: virtualEnv(), executors: [manualExecutor()], liveItemsMax: 4 };
  const pressure = { memory: 0.4, probe: () => readings };
  const first = createRun(four, { ...start, journal: crashingJournal(journal, 2, true), pressure });
  first.start().catch(() => {});
  await start.env.settle();
  const executor = manualExecutor();
  const env = virtualEnv(2);
  const recovered = await journal.recover(first.id);
  expect(recovered.record.options).toMatchObject({ pressure: { memory: 0.4 } });
  const run = resumeRun(recovered, checkPlan(four), {
    journal,
    env,
    executors: [executor],
    pressure: { probe: () => [] },
  });
  void run.start();
  await env.settle();
  expect(executor.running.length).toBe(4);
});
