/**
 * Goal: the specification of a run is right and complete, since it judges the engine: its invariants hold in every state
 * of every small run, and it never gets stuck.
 * Method: all states of all graphs of four items, by xstate/graph and by a plain walk, which must agree; random larger runs.
 */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { getShortestPaths } from "xstate/graph";
import { runSpecMachine } from "../../machines/run-spec-machine.ts";
import {
  acceptedEvents,
  eventsOf,
  initialRunSpecState,
  isTerminal,
  readyItems,
  runSpecInvariants,
  stepRunSpec,
  type RunSpec,
  type RunSpecState,
} from "../../machines/run-spec.ts";

const diamond: RunSpec["needs"] = [[], [0], [0], [1, 2]];
const specs: Readonly<Record<string, RunSpec>> = {
  "a diamond, cap 2": { needs: diamond, liveItemsMax: 2, attemptsMax: 1, onFailure: "isolate" },
  "a diamond, two attempts": { needs: diamond, liveItemsMax: 2, attemptsMax: 2, onFailure: "isolate" },
  "a diamond, fail-fast": { needs: diamond, liveItemsMax: 2, attemptsMax: 1, onFailure: "fail-fast" },
  "a chain": { needs: [[], [0], [1], [2]], liveItemsMax: 4, attemptsMax: 2, onFailure: "isolate" },
  "independent items, cap 3": { needs: [[], [], [], []], liveItemsMax: 3, attemptsMax: 1, onFailure: "isolate" },
  "independent items, fail-fast": { needs: [[], [], [], []], liveItemsMax: 4, attemptsMax: 1, onFailure: "fail-fast" },
  "a pool of three places": {
    needs: [[], [], [], [0]],
    liveItemsMax: 4,
    attemptsMax: 1,
    onFailure: "isolate",
    pools: [3],
    uses: [[1], [2], [3], [0]],
  },
  "conditions, a join, a skip": {
    needs: [[], [0], [0], [1, 2]],
    liveItemsMax: 2,
    attemptsMax: 1,
    onFailure: "isolate",
    edges: {
      conditions: [[], ["failed"], ["settled"], ["passed", "done"]],
      when: [undefined, undefined, "either", undefined],
      joins: [undefined, undefined, undefined, "all"],
    },
  },
  "a race in a group, and what may fail": {
    needs: [[], [], [0, 1], [2]],
    liveItemsMax: 3,
    attemptsMax: 1,
    onFailure: "isolate",
    edges: {
      joins: [undefined, undefined, "any", undefined],
      allowFailure: [true, false, false, true],
      groups: [{ onError: "failFast" }, { onError: "settleAll", race: 2, group: 0 }],
      groupOf: [1, 1, undefined, 0],
    },
  },
  "a rollback": {
    needs: diamond,
    liveItemsMax: 2,
    attemptsMax: 1,
    onFailure: "rollback",
    undo: [true, true, true, true],
  },
  "one item that nobody claims": {
    needs: diamond,
    liveItemsMax: 2,
    attemptsMax: 1,
    onFailure: "isolate",
    unclaimed: [2],
  },
};

describe.each(Object.entries(specs))("%s", (_name, spec) => {
  const states = reachable(spec);

  test.each(Object.entries(runSpecInvariants))("%s", (_sentence, holds) => {
    expect(states.filter((state) => !holds(spec, state))).toEqual([]);
  });

  test("from every state the run can end", () => {
    const saved = new Set<string>();
    let before = -1;
    while (saved.size > before) {
      before = saved.size;
      for (const state of states) {
        const ends =
          isTerminal(state) ||
          acceptedEvents(spec, state).some((event) => saved.has(keyOf(stepRunSpec(spec, state, event)!)));
        if (ends) saved.add(keyOf(state));
      }
    }
    expect(saved.size).toBe(states.length);
  });

  test("the machine walks exactly the states of the rules", () => {
    const paths = getShortestPaths(runSpecMachine, {
      input: spec,
      events: eventsOf(spec),
      filterEvents: (state, event) => state.can(event),
      serializeState: (state) => keyOf(state.context.state),
    });
    expect(paths).toHaveLength(states.length);
    expect(new Set(paths.map(({ state }) => keyOf(state.context.state)))).toEqual(new Set(states.map(keyOf)));
    for (const { state } of paths) expect(state.value).toBe(state.context.state.run);
  });
});

test("the outcomes that a run may come to are all reached", () => {
  const ends = (name: string): Set<string> =>
    new Set(
      reachable(specs[name]!)
        .filter(isTerminal)
        .map(({ run }) => run),
    );
  expect(ends("a diamond, cap 2")).toEqual(new Set(["done", "failed", "cancelled"]));
  expect(ends("one item that nobody claims")).toEqual(new Set(["failed", "cancelled", "stalled"]));
});

test("the number of states is that of the rules: a change of them shows here", () => {
  expect(Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, reachable(spec).length])))
    .toMatchInlineSnapshot(`
      {
        "a chain": 591,
        "a diamond, cap 2": 141,
        "a diamond, fail-fast": 91,
        "a diamond, two attempts": 1195,
        "a pool of three places": 739,
        "a race in a group, and what may fail": 212,
        "a rollback": 525,
        "conditions, a join, a skip": 198,
        "independent items, cap 3": 2705,
        "independent items, fail-fast": 1121,
        "one item that nobody claims": 40,
      }
    `);
});

test("I8: under fail-fast a failure settles the run and stops everything that is live in the same step", () => {
  const spec = specs["independent items, fail-fast"]!;
  const state = follow(spec, [
    { type: "start" },
    { type: "claim", item: 0 },
    { type: "claim", item: 1 },
    { type: "fail", item: 0, retryable: false },
  ]);
  expect(state).toMatchObject({ run: "settling", outcome: "failed" });
  expect(state.items.map(({ status }) => status)).toEqual(["failed", "cancelled", "todo", "todo"]);
});

test("I5: an attempt that was told to stop keeps its place until it has stopped", () => {
  const spec: RunSpec = { needs: [[], []], liveItemsMax: 1, attemptsMax: 2, onFailure: "isolate" };
  const timedOut = follow(spec, [{ type: "start" }, { type: "claim", item: 0 }, { type: "timeout", item: 0 }]);
  expect(stepRunSpec(spec, timedOut, { type: "claim", item: 1 })).toBeUndefined();
  const stopped = stepRunSpec(spec, timedOut, { type: "ended", item: 0 })!;
  expect(stepRunSpec(spec, stopped, { type: "claim", item: 0 })).toBeDefined();
});

test("an item of which no places are said takes none", () => {
  const spec: RunSpec = { ...specs["a pool of three places"]!, needs: [[], []], uses: [[3]], pools: [3, 1] };
  const both = follow(spec, [{ type: "start" }, { type: "claim", item: 0 }, { type: "claim", item: 1 }]);
  expect(both.items.map(({ status }) => status)).toEqual(["claimed", "claimed"]);
});

test("I3: an item with attempts of its own has those, whatever the others have", () => {
  const spec: RunSpec = { needs: [[], []], liveItemsMax: 2, attemptsMax: 1, attemptsOf: [2, 1], onFailure: "isolate" };
  const state = follow(spec, [
    { type: "start" },
    { type: "claim", item: 0 },
    { type: "claim", item: 1 },
    { type: "fail", item: 0, retryable: true },
    { type: "fail", item: 1, retryable: true },
  ]);
  expect(state.items.map(({ status }) => status)).toEqual(["todo", "failed"]);
});

test("a person cancels and retries items of a run that runs or is paused, and of no other", () => {
  const spec: RunSpec = { needs: [[], [], []], liveItemsMax: 3, attemptsMax: 1, onFailure: "isolate" };
  const running = follow(spec, [
    { type: "start" },
    { type: "claim", item: 0 },
    { type: "fail", item: 0, retryable: false },
    { type: "claim", item: 1 },
  ]);
  const paused = stepRunSpec(spec, running, { type: "pause" })!;
  const asked = (state: RunSpecState): unknown[] => [
    stepRunSpec(spec, state, { type: "retryItem", item: 0 })?.items[0]?.status,
    stepRunSpec(spec, state, { type: "cancelItem", item: 2 })?.items[2],
  ];
  const cancelled = expect.objectContaining({ status: "cancelled", byPerson: true });
  expect(asked(running)).toEqual(["todo", cancelled]);
  expect(asked(paused)).toEqual(["todo", cancelled]);
  expect(asked(initialRunSpecState(spec))).toEqual([undefined, undefined]);
  const settling = stepRunSpec(spec, running, { type: "cancel" })!;
  expect([settling.run, ...asked(settling)]).toEqual(["settling", undefined, undefined]);
  const stopped = stepRunSpec(spec, settling, { type: "ended", item: 1 })!;
  expect(asked(stepRunSpec(spec, stopped, { type: "drained" })!)).toEqual([undefined, undefined]);
});

test("a run in which only what is behind cancelled items is left has failed; beside one that nobody claims it is stalled", () => {
  const end = (unclaimed: readonly number[]): unknown => {
    const spec: RunSpec = { needs: [[], [0], []], liveItemsMax: 3, attemptsMax: 1, onFailure: "isolate", unclaimed };
    const begun = follow(spec, [{ type: "start" }, { type: "cancelItem", item: 0 }]);
    const done =
      unclaimed.length > 0
        ? begun
        : (
            [
              { type: "claim", item: 2 },
              { type: "complete", item: 2 },
            ] as const
          ).reduce((state, event) => stepRunSpec(spec, state, event)!, begun);
    return stepRunSpec(spec, done, { type: "drained" })?.run;
  };
  expect([end([]), end([2])]).toEqual(["failed", "stalled"]);
});

test("a run with conditions in which something that nobody claims is left is stalled, not failed", () => {
  const spec: RunSpec = {
    needs: [[], [0], []],
    liveItemsMax: 1,
    attemptsMax: 1,
    onFailure: "isolate",
    unclaimed: [2],
    edges: { conditions: [[], ["done"], []] },
  };
  const cancelled = follow(spec, [{ type: "start" }, { type: "cancelItem", item: 0 }]);
  expect(stepRunSpec(spec, cancelled, { type: "drained" })?.run).toBe("stalled");
  const nothingElse = follow({ ...spec, needs: [[], [0]], unclaimed: [] }, [
    { type: "start" },
    { type: "cancelItem", item: 0 },
  ]);
  expect(stepRunSpec({ ...spec, needs: [[], [0]], unclaimed: [] }, nothingElse, { type: "drained" })?.run).toBe(
    "failed",
  );
});

test("stalled is said of a run that is meant to go on, not of one that a person has paused", () => {
  const spec: RunSpec = { needs: [[]], liveItemsMax: 1, attemptsMax: 1, onFailure: "isolate", unclaimed: [0] };
  const paused = follow(spec, [{ type: "start" }, { type: "pause" }]);
  expect(stepRunSpec(spec, paused, { type: "drained" })).toBeUndefined();
  expect(stepRunSpec(spec, stepRunSpec(spec, paused, { type: "resume" })!, { type: "drained" })?.run).toBe("stalled");
  // Anything else it may come to while it is paused.
  const one: RunSpec = { needs: [[]], liveItemsMax: 1, attemptsMax: 1, onFailure: "isolate" };
  const ended = follow(one, [
    { type: "start" },
    { type: "claim", item: 0 },
    { type: "pause" },
    { type: "complete", item: 0 },
  ]);
  expect(stepRunSpec(one, ended, { type: "drained" })?.run).toBe("done");
});

test("conditions need neither joins nor groups beside them", () => {
  const spec: RunSpec = {
    needs: [[], [0]],
    liveItemsMax: 1,
    attemptsMax: 1,
    onFailure: "isolate",
    edges: { conditions: [[], ["settled"]] },
  };
  const failed = follow(spec, [
    { type: "start" },
    { type: "claim", item: 0 },
    { type: "fail", item: 0, retryable: false },
  ]);
  expect(readyItems(spec, failed)).toEqual([1]);
});

test("U1, U2: what was done last is undone first, and an undo that was cut short is next again", () => {
  const spec: RunSpec = {
    needs: [[], [], []],
    liveItemsMax: 3,
    attemptsMax: 1,
    onFailure: "rollback",
    undo: [true, true, true],
  };
  const rolling = follow(spec, [
    { type: "start" },
    ...[0, 1, 2].map((item) => ({ type: "claim", item }) as const),
    { type: "complete", item: 1 },
    { type: "complete", item: 0 },
    { type: "fail", item: 2, retryable: false },
    { type: "drained" },
  ]);
  expect(rolling.run).toBe("rollingBack");
  expect(acceptedEvents(spec, rolling)).toEqual([{ type: "undoStart", item: 0 }]);
  const cut = [{ type: "undoStart", item: 0 } as const, { type: "undoCut", item: 0 } as const].reduce(
    (state, event) => stepRunSpec(spec, state, event)!,
    rolling,
  );
  expect(acceptedEvents(spec, cut)).toEqual([{ type: "undoStart", item: 0 }]);
});

const anySpec = fc.integer({ min: 1, max: 7 }).chain((size) =>
  fc.record({
    needs: fc.tuple(
      ...Array.from({ length: size }, (_, item) => fc.uniqueArray(fc.nat(Math.max(0, item - 1)), { maxLength: item })),
    ),
    liveItemsMax: fc.integer({ min: 1, max: 4 }),
    attemptsMax: fc.integer({ min: 1, max: 3 }),
    onFailure: fc.constantFrom("isolate" as const, "fail-fast" as const, "rollback" as const),
    undo: fc.array(fc.boolean(), { minLength: size, maxLength: size }),
    unclaimed: fc.uniqueArray(fc.nat(size - 1), { maxLength: 2 }),
    pools: fc.constant([2, 3]),
    uses: fc.array(fc.tuple(fc.nat(2), fc.nat(3)), { minLength: size, maxLength: size }),
  }),
);

test.prop([anySpec, fc.array(fc.nat(), { minLength: 20, maxLength: 120 })])(
  "every invariant holds on random walks of random runs, and what is ready never has an unmet need",
  (spec, choices) => {
    let state = initialRunSpecState(spec);
    for (const choice of choices) {
      const accepted = acceptedEvents(spec, state);
      if (accepted.length === 0) break;
      state = stepRunSpec(spec, state, accepted[choice % accepted.length]!)!;
      const broken = Object.entries(runSpecInvariants).filter(([, holds]) => !holds(spec, state));
      expect({ state, broken: broken.map(([sentence]) => sentence) }).toEqual({ state, broken: [] });
      for (const item of readyItems(spec, state)) {
        for (const need of spec.needs[item]!) expect(state.items[need]!.status).toBe("done");
      }
    }
  },
);

function keyOf(state: RunSpecState): string {
  return JSON.stringify(state);
}

function reachable(spec: RunSpec): RunSpecState[] {
  const found = new Map<string, RunSpecState>();
  const open = [initialRunSpecState(spec)];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (found.has(keyOf(state))) continue;
    found.set(keyOf(state), state);
    for (const event of acceptedEvents(spec, state)) open.push(stepRunSpec(spec, state, event)!);
  }
  return [...found.values()];
}

function follow(spec: RunSpec, events: readonly Parameters<typeof stepRunSpec>[2][]): RunSpecState {
  return events.reduce((state, event) => stepRunSpec(spec, state, event)!, initialRunSpecState(spec));
}
