/**
 * Goal: a run can always end, ends once, and says truly whether anything new may start.
 * Method: xstate/graph sends every event to every reachable state, with and without rollback.
 */
import { createActor, transition } from "xstate";
import { describe, expect, test } from "vitest";
import {
  published,
  runMachine,
  runOutcomes,
  runSnapshotOf,
  runStates,
  type MachineRunOutcome,
  type RunMachineEvent,
  type RunMachineSnapshot,
} from "../../machines/run.ts";
import type { RunStatus } from "../../src/items/status.ts";
import { explore, isStill, statesWithoutWayOut } from "../support/explore.ts";

const reason = { code: "why" };
const counts = { todo: 0, claimed: 0, done: 3, failed: 0, cancelled: 0 };
const events: readonly RunMachineEvent[] = [
  { type: "start" },
  { type: "pause" },
  { type: "pause", reason: { code: "lunch" } },
  { type: "resume" },
  { type: "cancel", reason },
  { type: "abort", reason },
  ...runOutcomes.map((outcome): RunMachineEvent => ({ type: "drained", outcome })),
  { type: "rolledBack" },
  { type: "publish", seq: 7, counts },
  { type: "setCap", liveItemsMax: 9 },
  { type: "setCap", liveItemsMax: 0 },
  { type: "pressure", reason: { code: "memory" } },
  { type: "calm" },
];
const input = { runId: "r", name: "release", size: 3, liveItemsMax: 2 };
const explorations = [false, true].map((rollback) => explore(runMachine, { ...input, rollback }, events));
const states = explorations.flatMap((exploration) => exploration.states);
const edges = explorations.flatMap((exploration) => exploration.edges);
const moving = edges.filter((edge) => !isStill(edge));

const lifecycleOf = (state: RunMachineSnapshot): RunStatus => state.value.lifecycle;
const isOutcome = (status: RunStatus): status is MachineRunOutcome =>
  (runOutcomes as readonly RunStatus[]).includes(status);

test("the exploration reaches every state of both regions", () => {
  expect(new Set(states.map(lifecycleOf))).toEqual(new Set(runStates));
  expect(new Set(states.map(({ value }) => value.admission))).toEqual(new Set(["open", "closed", "ended"]));
  expect(edges).toHaveLength(states.length * events.length);
});

test("I3: these are all the edges of the life of a run", () => {
  const drawn = moving
    .filter(({ from, to }) => lifecycleOf(from) !== lifecycleOf(to))
    .map(({ from, event, to }) => `${lifecycleOf(from)} --${event.type}--> ${lifecycleOf(to)}`);
  expect([...new Set(drawn)].toSorted()).toEqual([
    "paused --abort--> settling",
    "paused --cancel--> settling",
    "paused --drained--> cancelled",
    "paused --drained--> done",
    "paused --drained--> failed",
    "paused --drained--> rollingBack",
    "paused --resume--> running",
    "planned --cancel--> cancelled",
    "planned --start--> running",
    "rollingBack --rolledBack--> cancelled",
    "rollingBack --rolledBack--> failed",
    "running --abort--> settling",
    "running --cancel--> settling",
    "running --drained--> cancelled",
    "running --drained--> done",
    "running --drained--> failed",
    "running --drained--> rollingBack",
    "running --drained--> stalled",
    "running --pause--> paused",
    "settling --drained--> cancelled",
    "settling --drained--> failed",
    "settling --drained--> rollingBack",
  ]);
});

test("R1: an outcome, once recorded, never changes, and its reason stays with it", () => {
  for (const { from, to } of moving.filter(({ from }) => from.context.outcome !== undefined)) {
    expect(to.context.outcome).toBe(from.context.outcome);
    expect(to.context.reason).toEqual(from.context.reason);
  }
});

test("R1: a run ends as what was recorded, and exactly then its machine is done and says so", () => {
  for (const state of states) {
    const status = lifecycleOf(state);
    expect(state.status).toBe(isOutcome(status) ? "done" : "active");
    if (!isOutcome(status)) continue;
    expect(state.context.outcome).toBe(status);
    expect(state.output).toEqual({ outcome: status, reason: state.context.reason });
  }
});

test("R1: a run that has ended takes no event any more", () => {
  for (const edge of edges.filter(({ from }) => isOutcome(lifecycleOf(from)))) {
    expect(lifecycleOf(edge.to)).toBe(lifecycleOf(edge.from));
    expect(edge.to.value.admission).toBe("ended");
  }
});

test("R2: admission is open exactly while the run is running without pressure", () => {
  for (const { value, context } of states) {
    const open = value.lifecycle === "running" && context.pressure === undefined;
    expect(value.admission === "open").toBe(open);
    expect(context.closedBy === undefined).toBe(open);
  }
});

test("R2: pressure that falls during a pause opens admission only with the resume, and the other way round", () => {
  expect(walk("start", "pressure", "pause", "calm").context.closedBy).toBe("paused");
  expect(walk("start", "pressure", "pause", "calm", "resume").value.admission).toBe("open");
  expect(walk("start", "pause", "pressure", "resume").context.closedBy).toBe("pressure");
  expect(walk("start", "pause", "pressure", "resume", "calm").value.admission).toBe("open");
});

test("R3: from every state the run can end", () => {
  for (const exploration of explorations) {
    expect(statesWithoutWayOut(exploration, ({ status }) => status === "done")).toEqual([]);
  }
});

test("R3: a run that is under way ends by what the host reports, without anybody asking", () => {
  for (const exploration of explorations) {
    const stuck = statesWithoutWayOut(
      exploration,
      ({ status }) => status === "done",
      ({ event }) => event.type === "drained" || event.type === "rolledBack",
    );
    expect(new Set(stuck.map(lifecycleOf))).toEqual(new Set(["planned"]));
  }
});

test("a run that fails or is cancelled undoes what was done when it was asked to, and only then", () => {
  for (const { from, event, to } of moving.filter(({ event }) => event.type === "drained")) {
    const outcome = from.context.outcome ?? (event.type === "drained" ? event.outcome : undefined);
    const undoes = from.context.rollback && (outcome === "failed" || outcome === "cancelled");
    if (from.status === "active" && lifecycleOf(from) !== "rollingBack") {
      expect(lifecycleOf(to)).toBe(undoes ? "rollingBack" : outcome);
    }
  }
});

test("a cap that is no positive whole number is refused", () => {
  const planned = createActor(runMachine, { input }).getSnapshot();
  for (const liveItemsMax of [0, -1, Number.NaN, 1.5, Infinity]) {
    expect(planned.can({ type: "setCap", liveItemsMax })).toBe(false);
  }
  expect(walk("start", "setCap").context.liveItemsMax).toBe(9);
});

test("a publication changes what is told and nothing else", () => {
  const before = walk("start");
  const after = walk("start", "publish");
  expect(after.value).toEqual(before.value);
  expect(after.context).toEqual({ ...before.context, seq: 7, counts });
});

test("a publication made without asking the machine is the one that the machine makes, in every state", () => {
  for (const state of states) {
    const asked = transition(runMachine, state, { type: "publish", seq: 8, counts })[0];
    const made = published(state, 8, counts);
    expect([made.toJSON(), made.matches(state.value)]).toEqual([asked.toJSON(), true]);
    expect(transition(runMachine, made, { type: "calm" })[0].toJSON()).toEqual(
      transition(runMachine, asked, { type: "calm" })[0].toJSON(),
    );
  }
});

test("a publication tells how many items there are now: those in every state", () => {
  const each = { todo: 1, claimed: 10, done: 100, failed: 1_000, cancelled: 10_000 };
  expect(walk("start", { type: "publish", seq: 8, counts: each }).context).toMatchObject({
    size: 11_111,
    counts: each,
  });
});

test("the reason of a pause does not become the reason of the end", () => {
  const paused = walk("start", { type: "pause", reason: { code: "lunch" } });
  expect(paused.context.reason).toEqual({ code: "lunch" });
  const ended = walk("start", { type: "pause", reason: { code: "lunch" } }, { type: "drained", outcome: "done" });
  expect(ended.output).toEqual({ outcome: "done", reason: undefined });
});

describe("a run known from its record", () => {
  test("is the snapshot that its history would have led to", () => {
    for (const state of states) {
      const rebuilt = runSnapshotOf({ status: lifecycleOf(state), context: state.context });
      expect(rebuilt.value).toEqual(state.value);
      expect(rebuilt.context).toEqual(state.context);
      expect(rebuilt.status).toBe(state.status);
      expect(rebuilt.output).toEqual(state.output);
      expect(events.filter((event) => rebuilt.can(event))).toEqual(events.filter((event) => state.can(event)));
    }
  });

  test("that was settling ends as failed if an item had failed, else as cancelled", () => {
    const ends = [0, 1].map((failed) => {
      const row = { status: "settling", context: { ...input, counts: { ...counts, failed } } } as const;
      const actor = createActor(runMachine, { snapshot: runSnapshotOf(row), input }).start();
      actor.send({ type: "drained", outcome: "done" });
      return actor.getSnapshot().output?.outcome;
    });
    expect(ends).toEqual(["cancelled", "failed"]);
  });

  test("is as before its start in everything that is not said", () => {
    const { context } = runSnapshotOf({ status: "planned", context: input });
    expect(context).toEqual(createActor(runMachine, { input }).getSnapshot().context);
    expect(context).toMatchObject({ seq: 0, rollback: false, counts: { todo: 3, claimed: 0 } });
  });

  test("goes on from there as an actor", () => {
    const snapshot = runSnapshotOf({ status: "running", context: { ...input, seq: 12 } });
    const actor = createActor(runMachine, { snapshot, input }).start();
    actor.send({ type: "drained", outcome: "done" });
    expect(actor.getSnapshot().output).toEqual({ outcome: "done", reason: undefined });
    expect(actor.getSnapshot().context.seq).toBe(12);
  });
});

test("the words for states and outcomes are the same everywhere", () => {
  const known: Record<RunStatus, true> = {
    planned: true,
    running: true,
    paused: true,
    settling: true,
    rollingBack: true,
    done: true,
    failed: true,
    cancelled: true,
    stalled: true,
  };
  expect(new Set(Object.keys(known))).toEqual(new Set(runStates));
});

function walk(...steps: readonly (RunMachineEvent | RunMachineEvent["type"])[]): RunMachineSnapshot {
  const actor = createActor(runMachine, { input }).start();
  for (const step of steps) {
    actor.send(typeof step === "string" ? events.find(({ type }) => type === step)! : step);
  }
  return actor.getSnapshot();
}
