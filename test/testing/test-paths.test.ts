/**
 * Goal: a generated test fails whenever it has not really looked, says so in words that help, and never eats the memory.
 * Method: small machines, each with one thing that older kits get wrong.
 */
import { describe, expect, test } from "vitest";
import { createTestModel as olderTestModel } from "@xstate/graph";
import { assign, createMachine, fromPromise, sendTo, setup } from "xstate";
import { createTestModel, getShortestPaths } from "xstate/graph";
import {
  actorSut,
  assertCoverage,
  checkPaths,
  checkProperty,
  coverage,
  eventually,
  generatePaths,
  ModelTestFailure,
  never,
  testPaths,
  until,
} from "../../src/testing/index.ts";
import { Door, door, doorMachine, failureOf } from "../support/machines/door.ts";

describe("paths", () => {
  test("are tests with sentences as titles", async () => {
    const titles: string[] = [];
    const runs: (() => Promise<void>)[] = [];
    testPaths(doorMachine, {
      ...door,
      events: { LOCK: [{ code: "42" }] },
      paths: "shortest",
      test: (title, run) => {
        titles.push(title);
        runs.push(run);
      },
    });
    expect(titles).toEqual(["door is open after OPEN", 'door is locked after LOCK (code "42")']);
    for (const run of runs) await run();
  });

  test.each([
    ["shortest", 2],
    ["simple", 2],
    ["transitions", 2],
    ["edges", 1],
  ] as const)("%s: %d of them", (paths, count) => {
    expect(generatePaths(doorMachine, { paths })).toHaveLength(count);
  });

  test("come to an end however many there are", () => {
    expect(() => generatePaths(doorMachine, { paths: "shortest", pathsMax: 1 })).toThrow(
      /at most 1 paths.*paths: "transitions"/,
    );
  });

  test("take events that the machine ignores too, where that is asked for", async () => {
    const failure = await failureOf(checkPaths(doorMachine, { ...door, refused: true }));
    expect(failure.message).toMatch(/1\. OPEN +closed → open\n +2\. LOCK +open\n/);
    await checkPaths(doorMachine, door);
  });
});

describe("a test that has not looked fails", () => {
  test("when nothing is sent, or something is said of an actor that there is not", async () => {
    const none = await failureOf(checkPaths(doorMachine, { events: { OPEN: [] } }));
    expect(none.message).toContain("expected payloads of OPEN in `events`, got an empty list");
    const strange = await failureOf(checkPaths(doorMachine, { outcomes: { pai: { done: [1] } } }));
    expect(strange.message).toContain("actors that the machine invokes or spawns (none), got pai");
  });

  test("when what a wildcard takes is not made to happen", async () => {
    const machine = createMachine({ id: "any", initial: "a", states: { a: { on: { "*": "b" } }, b: {} } });
    const suite = { sut: () => ({}), check: { "*": () => true } };
    const failure = await failureOf(checkPaths(machine, { ...suite, do: {} }));
    expect(failure.message).toContain(
      "`do.anything: (sut, event) => …`, which makes it happen in the system, got none;",
    );
    expect(failure.message).toContain('leave it out with `"*": false`');
    await checkPaths(machine, { ...suite, do: {}, events: { "*": false } });
    await checkPaths(machine, { ...suite, do: { KEY: () => undefined }, events: { KEY: {} } });
  });

  test("when nothing makes an event happen", async () => {
    const failure = await failureOf(checkPaths(doorMachine, { ...door, do: { OPEN: door.do["*"] } }));
    expect(failure).toBeInstanceOf(ModelTestFailure);
    expect(failure.message).toMatch(/expected `do\.(CLOSE|LOCK): \(sut, event\) => …`/);
  });

  test("when time passes, or something ends, and nobody says how", async () => {
    const machine = createMachine({
      id: "bell",
      initial: "quiet",
      states: { quiet: { after: { 10: "ringing" } }, ringing: {} },
    });
    const suite = { sut: () => ({}), check: { "*": () => true } };
    expect((await failureOf(checkPaths(machine, suite))).message).toContain("expected `wait: (sut, ms) => …`");
    const calling = createMachine({
      id: "call",
      initial: "calling",
      states: { calling: { invoke: { id: "call", src: fromPromise(async () => 1), onDone: "over" } }, over: {} },
    });
    expect((await failureOf(checkPaths(calling, suite))).message).toContain(
      "expected `settle: (sut, child, outcome) => …`",
    );
  });

  test("when the machine cannot even begin", () => {
    const machine = createMachine({ id: "m", context: ({ input }) => ({ left: (input as { left: number }).left }) });
    expect(() => generatePaths(machine)).toThrow(/expected machine m to begin, but it threw: .*give an `input`/);
  });

  test.each([
    [{ sut: () => new Door() }, "expected `check` beside `sut`"],
    [{ check: door.check }, "expected `sut` beside `check`"],
    [{ ...door, check: { opened: () => true } }, "expected `check` to name states of the machine"],
    [{ ...door, do: { OPNE: () => {} } }, "expected `do` to name events of the machine"],
    [{ ...door, events: { LOKC: [{}] } }, "expected `events` to name events of the machine"],
  ])("when the system is given in part or by wrong names: %#", (suite, message) => {
    expect(() => generatePaths(doorMachine, suite as object)).toThrow(message);
  });

  test("when a check says no, whether by `false` or by an error", async () => {
    const broken = { ...door, do: { "*": () => {} } };
    const failure = await failureOf(checkPaths(doorMachine, { ...broken, events: { LOCK: false } }));
    expect(failure.message.split("\n")).toEqual([
      "door: expected the system to be in open, but check of any state says no",
      "  1. OPEN  closed → open",
      "  shrunk from 2 steps",
    ]);
  });
});

describe("states without an end", () => {
  const counter = setup({
    types: { context: {} as { count: number; name: string }, events: {} as { type: "ADD" } },
  }).createMachine({
    id: "counter",
    context: { count: 0, name: "a" },
    on: { ADD: { actions: assign({ count: ({ context }) => context.count + 1 }) } },
  });

  test("are an error that says what to abstract, at once", () => {
    expect(() => generatePaths(counter, { limit: 500 })).toThrow(
      "expected machine counter to have at most 500 states, and there are more (context.count took 500 values); " +
        "say which of them count as one, such as `abstract: (s) => [s.value, Math.min(s.context.count, 3)]`, send fewer payloads, or raise `limit`",
    );
    expect(() => generatePaths(counter)).toThrow("at most 10000 states");
  });

  test("are found before a list that grows has filled the memory", () => {
    const collector = setup({
      types: { context: {} as { all: number[] }, events: {} as { type: "ADD" } },
    }).createMachine({
      id: "collector",
      context: { all: [] },
      on: { ADD: { actions: assign({ all: ({ context }) => [...context.all, 1_000_000] }) } },
    });
    expect(() => generatePaths(collector)).toThrow(
      /states that stay small, and 1\d{3} of them take 100\d{5} characters \(context\.all took 1\d{3} values\)/,
    );
  });

  test("are few when they are abstracted, or not gone beyond", async () => {
    const abstracted = await checkPaths(counter, { abstract: ({ context }) => Math.min(context.count, 3) });
    expect(abstracted.paths).toBe(1);
    const stopped = generatePaths(counter, { stopWhen: ({ context }) => context.count >= 5, paths: "shortest" });
    expect(stopped.map(({ title }) => title)).toEqual(["counter is its only state after ADD, ADD, ADD, ADD, then ADD"]);
  });
});

describe("time and invoked actors", () => {
  const sent: string[] = [];
  const machine = setup({
    types: { context: {} as { said: string[] }, events: {} as { type: "GO" } | { type: "NOTE" } },
    actors: { work: fromPromise<number>(() => Promise.reject(new Error("runs in no test"))) },
    actions: { tell: () => void sent.push("told") },
  }).createMachine({
    id: "worker",
    context: { said: [] },
    initial: "idle",
    states: {
      idle: { on: { GO: "working" }, entry: sendTo(({ self }) => self, { type: "NOTE" }, { delay: 50 }) },
      working: {
        invoke: [
          {
            id: "named",
            src: "work",
            onDone: { target: "done", guard: ({ event }) => event.output > 1 },
            onError: "failed",
          },
          { id: "inline", src: fromPromise(async () => "never") as never, onDone: "failed" },
        ],
        after: { 100: "slow" },
      },
      slow: { after: { 100: "failed" } },
      done: { type: "final", entry: "tell" },
      failed: {},
    },
  });

  test("are steps of their own, and the machine really runs with them", async () => {
    const { paths } = await checkPaths(machine, { outcomes: { named: { done: [1, 2], error: [new Error("no")] } } });
    expect(paths).toBeGreaterThan(1);
    expect(sent).toContain("told");
    assertCoverage(coverage(machine), { states: 1, transitions: 1, guards: 1 });
    expect(coverage(machine).transitions.total).toBe(6);
  });

  test("an action that throws is a failure, and does not end the process", async () => {
    const broken = machine.provide({
      actions: {
        tell: () => {
          throw new Error("no paper");
        },
      },
    });
    const outcomes = { named: { done: [2] } };
    const failure = await failureOf(checkPaths(machine, { outcomes, ...actorSut(broken) }));
    expect(failure.message).toMatch(/expected the system to be in done, but no paper/);
  });

  test("a machine that another one should replace is tested against it", async () => {
    const slower = createMachine({
      ...doorMachine.config,
      states: { ...doorMachine.config.states, locked: {} },
    } as never);
    const failure = await failureOf(checkPaths(doorMachine, actorSut(slower)));
    expect(failure.message).toMatch(/1\. LOCK +closed → locked\n +2\. OPEN +locked → closed/);
  });
});

describe("what has to be true", () => {
  const maze = createMachine({
    id: "maze",
    initial: "hall",
    states: { hall: { on: { LEFT: "trap", RIGHT: "exit" } }, trap: { on: { TURN: "trap" } }, exit: { type: "final" } },
  });

  test("in every state is an invariant", async () => {
    const failure = await failureOf(checkPaths(maze, { invariant: { "no trap": ({ value }) => value !== "trap" } }));
    expect(failure.message).toMatch(/^maze: expected no trap to hold\n  1\. LEFT  hall → trap/);
  });

  test.each([
    [
      "a way out",
      eventually(({ value }) => value === "exit"),
      "a way out to be so sooner or later\n  1. LEFT  hall → trap",
    ],
    ["no trap", never(({ value }) => value === "trap"), "no trap to be so never\n  1. LEFT  hall → trap"],
    [
      "in the hall",
      until(
        ({ value }) => value === "hall",
        ({ value }) => value === "exit",
      ),
      "in the hall to be so until the other is\n  1. LEFT  hall → trap",
    ],
  ])("of all ways is decided on all of them: %s", (name, oracle, message) => {
    expect(() => generatePaths(maze, { temporal: { [name]: oracle } })).toThrow(message);
  });

  test("of a walk at random is not yet broken while it may go on", async () => {
    const temporal = { "a way out": eventually(({ value }: { readonly value: unknown }) => value === "exit") };
    const failure = await failureOf(
      checkProperty(createMachine({ ...maze.config, states: { ...maze.config.states, trap: {} } } as never), {
        temporal,
      }),
    );
    expect(failure.message).toMatch(/LEFT +hall → trap/);
    await checkProperty(maze, { temporal });
  });
});

describe("paths and models of others", () => {
  const options = { ...door, events: { LOCK: [{ code: "42" }] } };

  test("xstate/graph: a test model and its paths run through this kit", async () => {
    const model = createTestModel(doorMachine);
    expect(await checkPaths(model as never, options)).toEqual({ paths: 2 });
    expect(await checkPaths(getShortestPaths(doorMachine), options)).toEqual({ paths: 3 });
    expect((await failureOf(checkPaths(model as never, { ...options, do: {} }))).message).toContain("expected `do.");
  });

  test("@xstate/graph: the same", async () => {
    const model = olderTestModel(doorMachine as never);
    expect(await checkPaths(model as never, options)).toEqual({ paths: 2 });
    expect(await checkPaths(model.getSimplePaths() as never, options)).toEqual({ paths: 2 });
  });

  test("the delays and actors that they send as events are time and ends here", async () => {
    const timed = createMachine({
      id: "timed",
      initial: "a",
      states: {
        a: { after: { 5: "b" } },
        b: { invoke: { id: "job", src: fromPromise(async () => 1), onDone: "c" } },
        c: {},
      },
    });
    const paths = getShortestPaths(timed);
    expect(generatePaths(paths).map(({ title }) => title)).toContain("timed is c after 5 ms pass, then job is done");
    await checkPaths(paths, {});
  });
});
