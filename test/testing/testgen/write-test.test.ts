/** Goal: a written test runs as it is, and names everything that its user has to fill in. Method: machines with one thing each. */
import { expect, test } from "vitest";
import { assign, createMachine, fromPromise, setup } from "xstate";
import { writeTest } from "../../../src/testing/testgen/write-test.ts";
import { checkoutMachine } from "../../support/machines/checkout.ts";
import { fetchMachine } from "../../support/machines/fetch-with-retry.ts";

test("of a machine with time and an actor", () => {
  const { text, states } = writeTest(fetchMachine, {
    exported: "fetchMachine",
    module: "./fetch.ts",
    runner: "vitest",
    typed: true,
  });
  expect(states).toBeGreaterThan(5);
  expect(text.replace(/\d+ states/, "N states")).toMatchInlineSnapshot(`
    "// Tests of the machine fetch: N states, time included, and 9 transitions.
    // Written by \`signalbox testgen\`, and yours from now on. As long as there is no \`sut\`, the machine itself is run,
    // with time and invoked actors that the test moves.
    import { afterAll, test } from "vitest";
    import { assertCoverage, coverage, propertyTest, testPaths, type Suite } from "signalbox/testing";
    import { fetchMachine as machine } from "./fetch.ts";

    const suite = {
      // Payloads of each event: a list of examples, or fields with arbitraries of fast-check. \`false\` leaves it out.
      // What the compiler misses in one is what it needs.
      events: {
        FETCH: [{}], // in idle, loaded, failed
        CANCEL: [{}], // in loading, waiting
      },
      // How what it invokes may end: examples of outputs and errors.
      outcomes: {
        load: { done: [undefined], error: [new Error("load failed")] },
      },

      // What is tested: made anew for each path, moved as the machine is, and looked at in each of its states.
      // sut: () => new YourSystem(),
      // do: {
      //   FETCH: (sut, event) => sut.…,
      //   CANCEL: (sut, event) => sut.…,
      // },
      // wait: (sut, ms) => sut.…,
      // settle: (sut, child, outcome) => sut.…,
      // check: {
      //   idle: (sut) => …,
      //   loading: (sut) => …,
      //   waiting: (sut) => …,
      //   loaded: (sut) => …,
      //   failed: (sut) => …,
      // },
    } satisfies Suite<typeof machine, unknown>;

    testPaths(machine, { test, ...suite });
    propertyTest(machine, { test, ...suite });
    afterAll(() => assertCoverage(coverage(machine), { states: 1, transitions: 1, unreachable: [] }));
    "
  `);
});

test("what throws without a payload is left out and named; a context without an end is abstracted", () => {
  const machine = setup({
    types: { context: {} as { sum: number }, events: {} as { type: "ADD"; amounts: number[] } | { type: "COUNT" } },
  }).createMachine({
    id: "sum",
    context: { sum: 0 },
    on: {
      ADD: { actions: assign({ sum: ({ context, event }) => context.sum + event.amounts.length }) },
      COUNT: { actions: assign({ sum: ({ context }) => context.sum + 1 }) },
    },
  });
  const options = { exported: "machine", module: "./sum.mjs", runner: "node", typed: false } as const;
  const { text, needPayload, abstracted } = writeTest(machine, options);
  expect([...needPayload.keys()]).toEqual(["ADD"]);
  expect(abstracted).toBe("bounded");
  expect(text).toContain("ADD: false, // needs a payload: ");
  expect(text).toContain("abstract: ({ value, context }) => [value, bounded(context)],");
  expect(text).toContain("import { assertCoverage, bounded, coverage,");
  expect(text).toContain('import { machine } from "./sum.mjs";');
  expect(text).not.toContain("satisfies");
});

test("a cart that may hold anything is cut, so that what needs something in it can be reached", () => {
  const options = { exported: "checkoutMachine", module: "./checkout.ts", runner: "vitest", typed: true } as const;
  const { states } = writeTest(checkoutMachine, options);
  expect(states).toBeGreaterThan(5);
});

test("a context that grows however it is cut is left out", () => {
  const machine = setup({
    types: { context: {} as { text: Record<string, 1> }, events: {} as { type: "ADD" } },
  }).createMachine({
    id: "names",
    context: { text: {} },
    on: {
      ADD: {
        actions: assign({
          text: ({ context }) => ({ ...context.text, [Object.keys(context.text).length]: 1 as const }),
        }),
      },
    },
  });
  const options = { exported: "machine", module: "./names.mjs", runner: "node", typed: false } as const;
  expect(writeTest(machine, options)).toMatchObject({ abstracted: "value", states: 1 });
});

test("an end that throws without an output is left out and named, with all that it keeps out of reach", () => {
  const machine = setup({
    actors: { load: fromPromise<{ items: number[] }>(() => Promise.resolve({ items: [] })) },
  }).createMachine({
    id: "list",
    initial: "loading",
    states: {
      loading: {
        invoke: {
          src: "load",
          onDone: { guard: ({ event }) => event.output.items.length > 0, target: "shown" },
          onError: "failed",
        },
      },
      shown: {},
      failed: {},
    },
  });
  const written = writeTest(machine, { exported: "machine", module: "./list.mjs", runner: "node", typed: false });
  expect([...written.needPayload.keys()]).toEqual(["load is done"]);
  expect(written.unreachable).toEqual(["shown", "loading: load is done [a condition] → shown"]);
  expect(written.text).toContain(
    'load: { done: [], error: [new Error("load failed")] }, // done needs a value: Cannot read',
  );
  expect(written.text).toContain('  "loading: load is done [a condition] → shown",\n];');
  expect(written.text).toContain("{ states: 1, transitions: 1, unreachable }");
});

test("an event that only a wildcard takes is made up, and can be left out by the name of the wildcard", () => {
  const machine = createMachine({ id: "keys", initial: "up", states: { up: { on: { "key.*": "down" } }, down: {} } });
  const { text, unreachable } = writeTest(machine, {
    exported: "default",
    module: "./keys.ts",
    runner: "vitest",
    typed: true,
  });
  expect(text).toContain('"key.*": [{}], // as key.anything, in up');
  expect(unreachable).toEqual([]);
});

test("a machine with more steps than there may be tests gets one that takes each transition", () => {
  const ends = Array.from({ length: 1_100 }, (_, at) => `end${at}`);
  const machine = createMachine({
    id: "star",
    initial: "middle",
    states: {
      middle: { on: Object.fromEntries(ends.map((end) => [`TO.${end}`, end])) },
      ...Object.fromEntries(ends.map((end) => [end, { type: "final" as const }])),
    },
  });
  const { text } = writeTest(machine, { exported: "star", module: "./star.ts", runner: "node", typed: true });
  expect(text).toContain('testPaths(machine, { test, ...suite, paths: "transitions" });');
});
