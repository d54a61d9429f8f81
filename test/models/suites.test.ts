/**
 * Goal: the kit that users get tests us: the engine with each store, the coordinator by its requests, and the compiled item logic pass the
 * suites that `signalbox/testing` makes of our machines (I2, I3, I6, I9, S4-13).
 * Method: one machine, one suite, one call for each. `paths.test.ts` and `http.test.ts` look closer; here is shown that a suite of a
 * user's finds what they find, and that an engine with another rule fails it.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createActor, type ActorRefFrom } from "xstate";
import { afterAll, describe, expect, test } from "vitest";
import { runSpecMachine } from "../../machines/run-spec-machine.ts";
import { eventsOf, personEvents, type RunSpec, type RunSpecEvent } from "../../machines/run-spec.ts";
import { workItemMachine } from "../../machines/work-item.ts";
import { compileItemLogic } from "../../src/engine/compiled-item.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { checkPaths, coverage, ModelTestFailure, type Suite } from "../../src/testing/index.ts";
import { ClaimedRun, claimedSpec, toldBy } from "../support/claimed-run.ts";
import { inThreadJournal } from "../support/in-thread-journal.ts";
import { ServedRun, type ServedEvent } from "../support/served-run.ts";
import { engineStep, restOf } from "../support/spec-paths.ts";
import { workItemEvents } from "../support/work-item-events.ts";

const spec = claimedSpec({ needs: [[], [0], [0], [1, 2]], liveItemsMax: 2, attemptsMax: 1, onFailure: "isolate" });
const SERVED: ReadonlySet<string> = new Set(["claim", "complete", "fail", "release", "cancelItem", "retryItem"]);
/** Nobody is told to stop who is outside, and nothing is undone. */
const ELSEWHERE: ReadonlySet<string> = new Set(["timeout", "undoCut", "pause", "resume", "cancel"]);

/** The specification of a run as a model: what is sent to it, and when. Nothing is tested yet. */
function modelOf(given: RunSpec, isAsked: (event: RunSpecEvent) => boolean): Suite<typeof runSpecMachine, unknown> {
  const all = [...eventsOf(given), ...personEvents(given.needs.length)].filter(isAsked);
  const payloads: Record<string, object[]> = {};
  for (const { type, ...payload } of all) (payloads[type] ??= []).push(payload);
  const unsent = runSpecMachine.events.filter((type) => payloads[type] === undefined);
  return {
    input: given,
    events: { ...Object.fromEntries(unsent.map((type) => [type, false])), ...payloads },
    // What an engine does by itself it does at once.
    filterEvents: ({ value, context }, event) => {
      if (value === "planned") return event.type === "start";
      const own = engineStep(given, context.state);
      return own === undefined || JSON.stringify(own) === JSON.stringify(event);
    },
    abstract: ({ context }) => context.state,
  };
}

let runs = 0;
const engine = (journal: Journal, real: RunSpec = spec): Suite<typeof runSpecMachine, ClaimedRun> => ({
  ...modelOf(spec, ({ type }) => !ELSEWHERE.has(type)),
  sut: () => new ClaimedRun(real, { journal, seed: ++runs }),
  do: { "*": (run, event) => run.take(event, "report") },
  check: { "*": (run, { context }) => expect(run.told()).toEqual(toldBy(restOf(spec, context.state))) },
});

describe("the engine", () => {
  let folder: string | undefined;
  const store = async (name: "memory" | "SQLite"): Promise<Journal> => {
    if (name === "memory") return memoryJournal();
    folder = await mkdtemp(join(tmpdir(), "signalbox-suites-"));
    return inThreadJournal(folder);
  };
  afterAll(() => (folder === undefined ? undefined : rm(folder, { recursive: true })));

  test.each(["memory", "SQLite"] as const)("passes its suite with the store %s", async (name) => {
    const journal = await store(name);
    const { paths } = await checkPaths(runSpecMachine, {
      ...engine(journal),
      paths: name === "memory" ? "edges" : "transitions",
    });
    expect(paths).toBeGreaterThan(3);
    expect(coverage(runSpecMachine).transitions).toMatchObject({ missing: [] });
    await journal.close();
  });

  test("fails it with a rule of its own, in as few steps as it takes to see it", async () => {
    const wrong = engine(memoryJournal(), { ...spec, needs: [[], [], [0], [1, 2]] });
    const failure = await checkPaths(runSpecMachine, wrong).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ModelTestFailure);
    expect((failure as ModelTestFailure).trace.length).toBeLessThanOrEqual(3);
  });
});

test("the coordinator passes it by its requests", async () => {
  const suite: Suite<typeof runSpecMachine, ServedRun> = {
    ...modelOf(spec, ({ type }) => SERVED.has(type) || type === "start" || type === "drained"),
    sut: async () => {
      const run = new ServedRun(spec);
      await run.start();
      return run;
    },
    // A project begins when it is made, and does not end.
    do: { start: () => {}, drained: () => {}, "*": (run, event) => run.take(event as ServedEvent, "report") },
    check: {
      "*": async (run, { context }) => {
        expect(await run.told()).toEqual(context.state.items.map(({ status }) => status));
      },
    },
    dispose: async (run) => {
      await run.close();
      expect(run.problems).toEqual([]);
    },
  };
  const { paths } = await checkPaths(runSpecMachine, { ...suite, paths: "transitions" });
  expect(paths).toBeGreaterThan(3);
});

test("the compiled item logic passes that of the item's machine", async () => {
  const logic = compileItemLogic(workItemMachine);
  const payloads: Record<string, object[]> = {};
  for (const { type, ...payload } of workItemEvents) (payloads[type] ??= []).push(payload);
  const suite: Suite<typeof workItemMachine, ActorRefFrom<typeof logic>> = {
    input: { attemptsMax: 2 },
    events: payloads,
    refused: true,
    sut: () => createActor(logic, { input: { attemptsMax: 2 } }).start(),
    do: { "*": (item, event) => item.send(event) },
    check: {
      "*": (item, { value, context }) => {
        const actual = item.getSnapshot();
        expect([actual.value, actual.context]).toEqual([value, context]);
      },
    },
    dispose: (item) => item.stop(),
  };
  const { paths } = await checkPaths(workItemMachine, suite);
  expect(paths).toBeGreaterThan(50);
  expect(coverage(workItemMachine).states.missing).toEqual([]);
});
