/**
 * Goal: a tracer gets a span for the run and one for each attempt, with what became of it; it is told of nothing twice, and it can
 * neither slow nor break the run.
 * Method: a small tracer that keeps its spans; runs on virtual time, with a failure, a retry, a stop, and a tracer that throws.
 */
import { describe, expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import type { RunOptions } from "../../src/engine/run.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { definePlan } from "../../src/plan/define.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { RecordingTracer } from "../support/recording-tracer.ts";
import { virtualEnv } from "../support/virtual-env.ts";

const claimOnly = (count: number) =>
  definePlan({ tasks: Object.fromEntries(Array.from({ length: count }, (_, n) => [`i${n}`, { title: `Item ${n}` }])) });

describe("spans of a run", () => {
  test("one for the run, and one below it for each attempt with its status, its error and how long it took", async () => {
    const tracer = new RecordingTracer();
    let tries = 0;
    const plan = definePlan({
      name: "release",
      tasks: {
        good: { run: async () => "fine" },
        flaky: {
          attemptsMax: 2,
          run: async () => {
            if (++tries === 1) throw new Error("not yet");
          },
        },
        bad: { needs: ["good"], run: async () => Promise.reject(new Error("broken")) },
      },
    });
    const run = createRun(plan, { tracer });
    const { outcome } = await run.start();
    expect(outcome).toBe("failed");
    const [whole, ...more] = tracer.named("run");
    expect(more).toEqual([]);
    expect(whole).toMatchObject({
      parent: undefined,
      attributes: { "signalbox.run.id": run.id, "signalbox.run.name": "release", "signalbox.run.outcome": "failed" },
      status: { code: 2 },
    });
    const attempts = tracer.named("attempt");
    const shown = attempts.map(({ attributes, status }) => [
      `${attributes["signalbox.item.key"]} ${attributes["signalbox.item.attempt"]}`,
      attributes["signalbox.item.status"],
      status?.code,
      status?.message,
    ]);
    expect(shown.toSorted(([a], [b]) => String(a).localeCompare(String(b)))).toEqual([
      ["bad 1", "failed", 2, "broken"],
      ["flaky 1", "failed", 2, "not yet"],
      ["flaky 2", "done", 1, undefined],
      ["good 1", "done", 1, undefined],
    ]);
    expect(attempts.every(({ parent }) => parent === whole)).toBe(true);
    expect(tracer.spans.map(({ ends }) => ends.length)).toEqual(tracer.spans.map(() => 1));
    for (const { options, ends } of attempts) expect(ends[0]).toBeGreaterThanOrEqual(options.startTime!);
  });

  test("the run's span stands below the one that was active where the run was made", async () => {
    const tracer = new RecordingTracer();
    const run = tracer.startActiveSpan("request", {}, () =>
      createRun({ tasks: { a: { run: async () => 1 } } }, { tracer }),
    );
    await run.start();
    expect(tracer.named("run")[0]?.parent).toBe(tracer.named("request")[0]);
    expect(tracer.named("attempt")[0]?.parent).toBe(tracer.named("run")[0]);
  });

  test("a span is as long as the attempt took, also when the wall clock is set back meanwhile", async () => {
    const env = virtualEnv();
    const tracer = new RecordingTracer();
    const executor = manualExecutor("report");
    let shift = 0;
    const clock = { now: () => env.clock.now() + shift, monotonic: env.clock.monotonic };
    const run = createRun({ tasks: { a: { run: "true" } } }, { tracer, env: { ...env, clock }, executors: [executor] });
    const ended = run.start();
    await env.settle();
    shift = -86_400_000;
    await env.advance(250);
    executor.finish("a");
    await ended;
    const [{ options, ends } = tracer.startSpan("none")] = tracer.named("attempt");
    expect(ends[0]! - options.startTime!).toBe(250);
  });

  test("an open run has no span of its own; its attempts are told with their holder, and all of them end with it", async () => {
    const tracer = new RecordingTracer();
    const run = createRun(claimOnly(3), { tracer, awaitClaims: true, open: true });
    void run.start().catch(() => {});
    const [a, b] = [await run.claims.claim("i0", { agent: "ada" }), await run.claims.claim("i1", { agent: "bob" })];
    await run.claims.complete({ item: "i0", fencingToken: a.fencingToken }, { output: 1 });
    await run.claims.release({ item: "i1", fencingToken: b.fencingToken });
    await run.claims.claim("i2", { agent: "eve" });
    await run.stop({ reason: "over" });
    expect(tracer.named("run")).toEqual([]);
    expect(
      tracer.spans.map(({ attributes, ends }) => [
        attributes["signalbox.item.holder"],
        attributes["signalbox.item.status"],
        ends.length,
      ]),
    ).toEqual([
      ["ada", "done", 1],
      ["bob", "todo", 1],
      ["eve", "interrupted", 1],
    ]);
  });

  test("what is held over a restart has a span of the process that goes on, from when it was claimed", async () => {
    const journal = memoryJournal();
    const options: RunOptions = { awaitClaims: true, open: true };
    const first = createRun(claimOnly(1), { ...options, journal });
    void first.start().catch(() => {});
    const claim = await first.claims.claim("i0", { agent: "ada" });
    await first.stop({ reason: "over" });
    const tracer = new RecordingTracer();
    const second = resumeRun(await journal.recover(first.id), claimOnly(1), { ...options, journal, tracer });
    void second.start().catch(() => {});
    await second.claims.complete({ item: "i0", fencingToken: claim.fencingToken }, { output: 1 });
    await second.stop({ reason: "over" });
    expect(
      tracer.spans.map(({ attributes, ends, options: { startTime } }) => [
        attributes["signalbox.item.holder"],
        attributes["signalbox.item.status"],
        ends.length,
        startTime,
      ]),
    ).toEqual([["ada", "done", 1, second.snapshot().items.at(0)?.claimedAt]]);
  });
});

describe("tracers that do not work", () => {
  test.each(["startSpan", "startActiveSpan", "setAttribute", "end"])(
    "one whose %s throws is told of once, and the run goes on",
    async (broken) => {
      const problems: Error[] = [];
      const tracer = new RecordingTracer();
      const bad = new Proxy(tracer, {
        get: (target, name) => {
          if (name === broken)
            return () => {
              throw new Error("no collector");
            };
          const member: unknown = Reflect.get(target, name);
          if (name !== "startSpan") return typeof member === "function" ? (member.bind(target) as unknown) : member;
          return (...asked: Parameters<RecordingTracer["startSpan"]>) =>
            Object.assign(target.startSpan(...asked), {
              [broken]: () => {
                throw new Error("no collector");
              },
            });
        },
      });
      const plan = { tasks: { a: { run: async () => 1 }, b: { needs: ["a"], run: async () => 2 } } };
      const result = await createRun(plan, { tracer: bad, onProblem: (problem) => problems.push(problem) }).start();
      expect(result.outcome).toBe("done");
      expect(problems.map(({ message, cause }) => [message, (cause as Error).message])).toEqual([
        ["the tracer threw and is not called any more", "no collector"],
      ]);
    },
  );

  test("what is no tracer is refused with what is expected", () => {
    expect(() => createRun({ tasks: { a: { run: "true" } } }, { tracer: {} as never })).toThrow(
      "expected tracer to be a tracer of OpenTelemetry, with startSpan and startActiveSpan",
    );
  });
});
