/**
 * Goal: an application may extend the work item machine and is told which guarantee it breaks.
 * Method: extensions that keep the rules pass; machines with one planted fault each are found, with the shortest way to it.
 */
import { assign, createActor, createMachine, type AnyStateMachine } from "xstate";
import { describe, expect, test } from "vitest";
import {
  checkWorkItemMachine,
  extendWorkItem,
  runMachine,
  workItemMachine,
  WORK_ITEM_GUARANTEES,
  type WorkItemGuarantee,
} from "../../machines/index.ts";
import { reviewedItem, reviewEvents } from "../../docs/examples/reviewed-items/reviewed-item.ts";

test.each([{ attemptsMax: 1 }, { attemptsMax: 1, releaseSpendsAttempt: true, expireSpendsAttempt: false }])(
  "the machine itself keeps its guarantees, however attempts are counted: %o",
  (input) => {
    expect(checkWorkItemMachine(workItemMachine, { input, claimsMax: 2 })).toMatchObject({
      ok: true,
      broken: [],
      complete: true,
    });
  },
);

test("states below the five, with events and context of their own, keep them, and are all visited", () => {
  const check = checkWorkItemMachine(reviewedItem, { events: reviewEvents, claimsMax: 1 });
  expect(check).toMatchObject({ ok: true, complete: true });
  const item = createActor(reviewedItem, { input: { attemptsMax: 1 } }).start();
  item.send({ type: "claim", holder: "ada", token: 1 });
  item.send({ type: "complete", token: 1 });
  expect(item.getSnapshot().value).toEqual({ claimed: "drafting" });
  item.send({ type: "submit", text: "hello" });
  item.send({ type: "approve", by: "grace" });
  item.send({ type: "complete", token: 1 });
  expect(item.getSnapshot()).toMatchObject({
    value: "done",
    status: "done",
    context: { approvedBy: "grace", holder: undefined },
  });
});

/** The machine's configuration, to plant faults in. */
const config = workItemMachine.config as unknown as {
  readonly states: Readonly<Record<string, { readonly on: Readonly<Record<string, object>> }>>;
};
const changed = (changes: object): AnyStateMachine =>
  createMachine({ ...config, ...changes } as never).provide(workItemMachine.implementations as never);
const inClaimed = (on: object): object => ({
  states: {
    ...config.states,
    claimed: { ...config.states["claimed"], on: { ...config.states["claimed"]!.on, ...on } },
  },
});

const faults: readonly (readonly [string, WorkItemGuarantee, AnyStateMachine, readonly string[]])[] = [
  [
    "every claim is granted",
    "exclusive_claim",
    workItemMachine.provide({ guards: { mayClaim: () => true } }),
    ["claim"],
  ],
  [
    "old tokens count",
    "stale_token",
    workItemMachine.provide({ guards: { fromHolder: () => true } }),
    ["claim", "complete"],
  ],
  [
    "what comes too late moves what is inside",
    "stale_token",
    extendWorkItem({
      states: { claimed: { initial: "fresh", states: { fresh: { on: { heartbeat: "old" } }, old: {} } } },
    }),
    ["claim", "heartbeat"],
  ],
  [
    "a state refuses the end of a lease",
    "always_ends",
    extendWorkItem({ states: { claimed: { initial: "busy", states: { busy: { on: { expire: {} } } } } } }),
    ["claim", "expire"],
  ],
  [
    "an own event ends the item",
    "edges",
    extendWorkItem<{ type: "approve" }>({ id: "item", states: { claimed: { on: { approve: "#item.done" } } } }),
    ["claim", "approve"],
  ],
  [
    "an own event takes the claim away",
    "edges",
    extendWorkItem<{ type: "seize" }>({ states: { claimed: { on: { seize: { actions: assign({ token: 99 }) } } } } }),
    ["claim", "seize"],
  ],
  [
    "a sixth state at the top",
    "edges",
    changed({
      states: { ...config.states, todo: { on: { ...config.states["todo"]!.on, claim: "elsewhere" } }, elsewhere: {} },
    }),
    ["claim"],
  ],
  [
    "a lease goes on after the end",
    "effects",
    changed(
      inClaimed({
        complete: {
          guard: "fromHolder",
          target: "done",
          actions: [assign({ token: 0, holder: undefined, leaseMs: undefined })],
        },
      }),
    ),
    ["claim", "complete"],
  ],
  [
    "the holder stays after the end",
    "bookkeeping",
    changed(inClaimed({ complete: { guard: "fromHolder", target: "done", actions: ["disarmLease"] } })),
    ["claim", "complete"],
  ],
  [
    "a guard throws",
    "pure",
    workItemMachine.provide({
      guards: {
        forgives: () => {
          throw new Error("no");
        },
      },
    }),
    ["claim", "fail", "requeue"],
  ],
  [
    "time passes inside",
    "pure",
    changed({ states: { ...config.states, claimed: { ...config.states["claimed"], after: { 1000: "todo" } } } }),
    [],
  ],
];

describe.each(faults)("%s", (_name, guarantee, machine, path) => {
  test(`breaks ${guarantee}, and the shortest way is shown`, () => {
    const { ok, broken } = checkWorkItemMachine(machine, { claimsMax: 1 });
    expect(ok).toBe(false);
    const found = broken.find((each) => each.guarantee === guarantee);
    expect(found?.path.map(({ type }) => type)).toEqual(path);
    expect(found?.message).toMatch(/expected .*got /);
    // One of each guarantee and event is enough to mend it.
    const told = broken.flatMap(({ guarantee, path }) =>
      path.length > 0 ? [`${guarantee} ${path.at(-1)!.type}`] : [],
    );
    expect(told).toEqual([...new Set(told)]);
    expect(found?.message).not.toContain("undefined");
  });
});

test("an application may keep whatever it likes, large numbers too", () => {
  const machine = extendWorkItem({ context: { size: 2n ** 70n }, states: {} });
  expect(checkWorkItemMachine(machine, { claimsMax: 1 })).toMatchObject({ ok: true, complete: true });
});

test("a report of whoever held the item before is found to count", () => {
  const machine = workItemMachine.provide({
    guards: {
      fromHolder: ({ context, event }) =>
        "token" in event && event.token > 0 && [context.token, context.token - 1].includes(event.token),
    },
  });
  expect(checkWorkItemMachine(machine, { claimsMax: 1 })).toMatchObject({ ok: true });
  const [first] = checkWorkItemMachine(machine, { claimsMax: 2 }).broken;
  expect(first).toMatchObject({ guarantee: "stale_token" });
  expect(first!.path.map(({ type }) => type)).toEqual(["claim", "release", "claim", "complete"]);
});

test("what an item keeps wrongly is told by name", () => {
  const machine = changed(inClaimed({ complete: { guard: "fromHolder", target: "done", actions: ["disarmLease"] } }));
  const { broken } = checkWorkItemMachine(machine, { claimsMax: 1 });
  expect(broken.map(({ message }) => message)).toContain(
    "complete in claimed: expected token, holder as the rules leave them, got others",
  );
});

test("a failure for good that is taken for one that may pass is found", () => {
  const forget = assign(({ event }) => ({ token: 0, holder: undefined, leaseMs: undefined, reason: event.reason }));
  const actions = ["disarmLease", forget, assign({ retryable: true })];
  const machine = changed(inClaimed({ fail: { guard: "fromHolder", target: "failed", actions } }));
  expect(checkWorkItemMachine(machine, { claimsMax: 1 }).broken).toMatchObject([
    { guarantee: "bookkeeping", path: [{ type: "claim" }, { type: "fail", retryable: false }] },
  ]);
});

test("every guarantee has a fault that breaks it", () => {
  expect(new Set(faults.map(([, guarantee]) => guarantee))).toEqual(new Set(Object.keys(WORK_ITEM_GUARANTEES)));
});

test("a machine that is no work item at all breaks them, and nothing is thrown", () => {
  expect(checkWorkItemMachine(runMachine, { claimsMax: 1 }).ok).toBe(false);
});

test("a context without bounds ends the exploration at its limit, and says so", () => {
  const counting = extendWorkItem<{ type: "tick" }, { readonly ticks: number }>({
    context: { ticks: 0 },
    states: { todo: { on: { tick: { actions: assign({ ticks: ({ context }) => context.ticks + 1 }) } } } },
  });
  expect(checkWorkItemMachine(counting, { statesMax: 50 })).toMatchObject({ ok: true, complete: false, states: 50 });
});

test.each([
  ["a field of the context", () => extendWorkItem({ context: { token: 7 }, states: {} })],
  ["an event of claimed", () => extendWorkItem({ states: { claimed: { on: { complete: {} } } } })],
])("%s that the rules have cannot be replaced", (what, extend) => {
  expect(extend).toThrow(what);
});
