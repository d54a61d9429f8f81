/**
 * Goal: whatever XState can do, the kit walks it, to the last transition, and the machine that really runs agrees at each step.
 * Method: machines that are each hard in one way; what cannot be handled must say so. A bug would look like a machine of which half
 * counts as out of reach, or like a walk in which model and actor drift apart.
 */
import { describe, expect, test } from "vitest";
import {
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  fromCallback,
  fromObservable,
  fromPromise,
  fromTransition,
  raise,
  sendTo,
  setup,
  spawnChild,
  stopChild,
  type AnyActorRef,
  type AnyStateMachine,
} from "xstate";
import { of } from "rxjs";
import { checkPaths, checkProperty, coverage, type PathStrategy } from "../../src/testing/index.ts";

const editor = createMachine({
  id: "my.editor",
  type: "parallel",
  context: { typed: 0 },
  states: {
    "doc.ument": {
      initial: "clean",
      states: {
        clean: { on: { TYPE: "dirty state" } },
        "dirty state": {
          on: {
            SAVE: "écrit",
            TYPE: {
              reenter: true,
              target: "dirty state",
              actions: assign({ typed: ({ context }) => Math.min(2, context.typed + 1) }),
            },
          },
        },
        écrit: { on: { TYPE: "dirty state", "doc.close": "ø" } },
        ø: { type: "final" },
      },
    },
    panel: {
      initial: "hidden",
      states: {
        hidden: { on: { SHOW: "shown.last", "SHOW.deep": "shown.deep" } },
        shown: {
          initial: "a",
          on: { HIDE: "hidden" },
          states: {
            last: { type: "history", target: "b" },
            deep: { type: "history", history: "deep" },
            a: { initial: "one", on: { NEXT: "b" }, states: { one: { on: { IN: "two" } }, two: {} } },
            b: { initial: "p", states: { p: { on: { IN: "q" } }, q: { type: "final" } }, onDone: "a" },
          },
        },
      },
    },
    zoom: {
      initial: "small",
      states: {
        small: { on: { ZOOM: "large" } },
        large: {
          on: { ZOOM: "small" },
          always: { guard: ({ context }) => context.typed >= 2, target: "most" },
        },
        most: { type: "final" },
      },
    },
  },
});

const session = setup({
  types: {
    context: {} as { tries: number; max: number },
    input: {} as { max: number },
    events: {} as { type: "PING" | "LOGOUT" | "tick" | "tocked" } | { type: "LOGIN"; user: string; password: string },
    emitted: {} as { type: "warned" },
  },
  delays: { idle: ({ context }) => 1_000 * (context.tries + 1), "grace.time": 5_000 },
  guards: {
    known: (_, params: { password: string }) => params.password === "good",
    few: ({ context }) => context.tries < context.max,
  },
  actions: { warn: emit({ type: "warned" }) },
}).createMachine({
  id: "session",
  context: ({ input }) => ({ tries: 0, max: input.max }),
  initial: "out",
  states: {
    out: {
      on: {
        LOGIN: [
          { guard: { type: "known", params: ({ event }) => ({ password: event.password }) }, target: "in" },
          { guard: "few", actions: assign({ tries: ({ context }) => context.tries + 1 }) },
          { target: "locked" },
        ],
      },
    },
    locked: { after: { 60_000: { target: "out", actions: assign({ tries: 0 }) } } },
    in: {
      initial: "active",
      entry: raise({ type: "tick" }, { delay: 300, id: "ticker" }),
      exit: cancel("ticker"),
      on: { LOGOUT: "out" },
      states: {
        active: {
          after: { idle: "warned" },
          on: {
            PING: { target: "active", reenter: true },
            tick: {
              actions: enqueueActions(({ enqueue, check }) => {
                if (check("few")) enqueue.raise({ type: "tocked" });
                enqueue.cancel("ticker");
              }),
            },
            tocked: { actions: "warn" },
          },
        },
        warned: {
          entry: "warn",
          after: {
            100: { actions: sendTo(({ self }) => self, { type: "tick" }, { delay: 50 }) },
            "grace.time": "#session.out",
          },
          on: { PING: "active", tick: { actions: "warn" } },
        },
      },
    },
  },
});

const uploader = setup({
  types: {
    context: {} as { url: string; progress: number },
    input: {} as { url: string },
    events: {} as { type: "START" | "CANCEL" | "RETRY" | "SUB" } | { type: "CHUNK"; n: number },
  },
  actors: {
    check: fromPromise<{ ok: boolean }, { url: string }>(() => Promise.reject(new Error("nothing may run"))),
    upload: fromCallback(() => {
      throw new Error("nothing may run");
    }),
    progress: fromObservable(() => of(1, 2, 3)),
    counter: fromTransition((count: number) => count + 1, 0),
    child: createMachine({ id: "child", initial: "a", states: { a: { on: { GO: "z" } }, z: { type: "final" } } }),
  },
}).createMachine({
  id: "uploader",
  context: ({ input }) => ({ url: input.url, progress: 0 }),
  initial: "idle",
  states: {
    idle: { on: { START: "checking", SUB: "sub" } },
    checking: {
      invoke: {
        src: "check",
        input: ({ context }) => ({ url: context.url }),
        onDone: [{ guard: ({ event }) => event.output.ok, target: "uploading" }, { target: "failed" }],
        onError: "failed",
      },
    },
    uploading: {
      invoke: [
        { id: "up", src: "upload", onError: "failed" },
        {
          src: "progress",
          onSnapshot: { actions: assign({ progress: ({ event }) => event.snapshot.context ?? 0 }) },
          onDone: { guard: ({ context }) => context.progress === 3, target: "done" },
        },
      ],
      on: { CHUNK: { guard: ({ event }) => event.n > 0, actions: sendTo("up", { type: "ACK" }) }, CANCEL: "idle" },
    },
    sub: {
      invoke: [
        { id: "inner", src: "child", onDone: "done", onError: "failed" },
        { src: "counter", id: "counter" },
      ],
      on: { CHUNK: { actions: sendTo("counter", { type: "more" }) } },
    },
    failed: { on: { RETRY: "checking" }, after: { 1_000: "idle" } },
    done: { type: "final" },
  },
});

const pool = setup({
  types: { context: {} as { workers: AnyActorRef[] }, events: {} as { type: "ADD" | "DROP" } },
  actors: { worker: fromPromise(() => Promise.reject(new Error("nothing may run"))) },
}).createMachine({
  id: "pool",
  context: { workers: [] },
  on: {
    ADD: {
      guard: ({ context }) => context.workers.length < 3,
      actions: assign({ workers: ({ context, spawn }) => [...context.workers, spawn("worker")] }),
    },
    DROP: {
      guard: ({ context }) => context.workers.length > 0,
      actions: [
        stopChild(({ context }) => context.workers[0]!),
        assign({ workers: ({ context }) => context.workers.slice(1) }),
      ],
    },
  },
});

const inPlace = createMachine({
  id: "inPlace",
  context: { ref: undefined as unknown },
  initial: "a",
  states: {
    a: {
      on: {
        GO: {
          target: "b",
          actions: [
            assign({
              ref: ({ spawn }) =>
                spawn(
                  fromPromise(() => Promise.resolve(42)),
                  { id: "p" },
                ),
            }),
            spawnChild(
              fromPromise(() => Promise.resolve(42)),
              { id: "q" },
            ),
          ],
        },
      },
    },
    b: { on: { "xstate.done.actor.p": "c", "xstate.error.actor.p": "a" } },
    c: { on: { "xstate.done.actor.q": "d" } },
    d: { type: "final" },
  },
});

const keys = createMachine({
  id: "keys",
  initial: "up",
  context: { seen: "" },
  states: {
    up: {
      on: {
        "mouse.*": "over",
        "key.down": "down",
        "*": { target: "other", actions: assign({ seen: ({ event }) => event.type }) },
      },
    },
    over: { on: { "*": "up" } },
    down: { on: { BACK: "up" } },
    other: { on: { BACK: "up", "mouse.up": undefined } },
  },
});

const withoutLogic = createMachine({
  id: "withoutLogic",
  initial: "asking",
  states: { asking: { invoke: { src: "ask", onDone: "told", onError: "asking" } }, told: { type: "final" } },
});

interface Hard {
  readonly machine: AnyStateMachine;
  readonly options?: object;
  /** What really cannot happen. */
  readonly unreachable?: readonly string[];
}

const machines: readonly Hard[] = [
  { machine: editor },
  {
    machine: session,
    options: {
      input: { max: 2 },
      events: {
        LOGIN: [
          { user: "ada", password: "good" },
          { user: "ada", password: "bad" },
        ],
      },
    },
  },
  {
    machine: uploader,
    options: {
      input: { url: "x" },
      events: { CHUNK: [{ n: 0 }, { n: 1 }] },
      outcomes: {
        check: { done: [{ ok: true }, { ok: false }], error: [new Error("no")] },
        progress: { done: [undefined], snapshots: [{ context: 3 }] },
      },
    },
  },
  { machine: pool, options: { outcomes: { worker: { done: [1] } } } },
  { machine: inPlace },
  { machine: keys },
  { machine: withoutLogic },
];

describe.each(machines)("$machine.id", ({ machine, options = {}, unreachable = [] }) => {
  test.each(["transitions", "pairs"] as const)(
    "%s are all taken, and the actor agrees",
    async (paths: PathStrategy) => {
      await checkPaths(machine, { ...options, paths });
      const seen = coverage(machine);
      expect([...seen.states.unreachable, ...seen.transitions.unreachable]).toEqual(unreachable);
      expect([...seen.states.missing, ...seen.transitions.missing]).toEqual([]);
      expect(paths === "pairs" ? seen.pairs.missing : []).toEqual([]);
    },
  );

  test("walks at random agree", async () => {
    await checkProperty(machine, { ...options, numRuns: 20, seed: 7 });
  });
});

describe("what has no end says so", () => {
  test("an `always` that leads back, where XState itself would go on for ever", async () => {
    const machine = createMachine({
      id: "loop",
      initial: "a",
      context: { n: 0 },
      states: {
        a: { on: { GO: "b" } },
        b: { always: { target: "c", actions: assign({ n: ({ context }) => context.n + 1 }) } },
        c: { always: "b" },
      },
    });
    await expect(checkPaths(machine, {})).rejects.toThrow(/come to rest after GO, .*10000 transitions.*`always`/);
  });

  test("a list in the context is measured by its length", async () => {
    const machine = createMachine({
      id: "list",
      context: { list: [] as number[] },
      on: { ADD: { actions: assign({ list: ({ context }) => [...context.list, 1] }) } },
    });
    await expect(checkPaths(machine, { limit: 100 })).rejects.toThrow("Math.min(s.context.list.length, 3)");
  });
});

describe("contexts", () => {
  test("that hold themselves, and payloads that JSON has no words for, are walked like others", async () => {
    const ring: { name: string; self?: unknown } = { name: "ring" };
    ring.self = ring;
    const machine = createMachine({
      id: "ring",
      context: { ring, sum: 0n },
      initial: "a",
      states: {
        a: {
          on: { ADD: { target: "b", actions: assign({ sum: ({ context, event }) => context.sum + event["by"] }) } },
        },
        b: {},
      },
    });
    await expect(checkPaths(machine, { events: { ADD: [{ by: 1n }, { by: 2n }] } })).resolves.toEqual({ paths: 2 });
  });

  test("with what is another each time say why they are not the same, and `abstract` decides", async () => {
    let now = 0;
    const machine = createMachine({
      id: "stamped",
      context: () => ({ at: ++now, name: "x" }),
      initial: "a",
      states: { a: { on: { GO: "b" } }, b: {} },
    });
    await expect(checkPaths(machine, {})).rejects.toThrow(/its context is .*another each time.*`abstract`/);
    await checkPaths(machine, { abstract: ({ value, context }) => [value, context.name] });
  });
});

test("a chain of 2,000 states is one path, found in no time", async () => {
  const machine = createMachine({
    id: "chain",
    context: { n: 0 },
    on: { INC: { guard: ({ context }) => context.n < 2_000, actions: assign({ n: ({ context }) => context.n + 1 }) } },
  });
  for (const paths of ["edges", "shortest", "pairs"] as const)
    expect(await checkPaths(machine, { paths, mode: "pure", pathsMax: 5_000 })).toEqual({ paths: 1 });
});
