/**
 * Goal: a work item obeys its invariants in every situation it can get into.
 * Method: xstate/graph sends every event, with current, older and future tokens, to every reachable state. A bug looks
 * like an edge that breaks one of the sentences below.
 */
import { createActor } from "xstate";
import { describe, expect, test } from "vitest";
import {
  workItemContext,
  workItemMachine,
  workItemSnapshotOf,
  workItemStates,
  type WorkItemEvent,
} from "../../machines/work-item.ts";
import type { ItemStatus } from "../../src/items/status.ts";
import { explore, isStill, statesWithoutWayOut } from "../support/explore.ts";
import { workItemEvents, workItemInputs } from "../support/work-item-events.ts";

const explorations = workItemInputs.map((input) => explore(workItemMachine, input, workItemEvents));
const edges = explorations.flatMap((exploration) => exploration.edges);
const states = explorations.flatMap((exploration) => exploration.states);
const moving = edges.filter((edge) => !isStill(edge));

test("the exploration reaches every state of the machine, and meets every event in each", () => {
  expect(new Set(states.map(({ value }) => value))).toEqual(new Set(workItemStates));
  expect(edges).toHaveLength(states.length * workItemEvents.length);
  expect(states.length).toBeGreaterThan(500);
});

test("I3: these are all the edges there are", () => {
  const drawn = moving.map(({ from, event, to }) => `${from.value} --${event.type}--> ${to.value}`);
  expect([...new Set(drawn)].toSorted()).toEqual([
    "claimed --cancel--> cancelled",
    "claimed --complete--> done",
    "claimed --expire--> failed",
    "claimed --expire--> todo",
    "claimed --fail--> failed",
    "claimed --heartbeat--> claimed",
    "claimed --release--> failed",
    "claimed --release--> todo",
    "claimed --timeout--> failed",
    "failed --cancel--> cancelled",
    "failed --requeue--> todo",
    "todo --cancel--> cancelled",
    "todo --claim--> claimed",
  ]);
});

test("I1: only an item that nobody holds can be claimed, and only with a token greater than every one before", () => {
  const claims = edges.filter(({ event }) => event.type === "claim");
  for (const { from, event, to } of claims) {
    const mayClaim =
      from.value === "todo" && tokenOf(event) > from.context.lastToken && spent(from) < from.context.attemptsMax;
    expect(from === to).toBe(!mayClaim);
    if (mayClaim) {
      expect(to.context).toMatchObject({
        token: tokenOf(event),
        lastToken: tokenOf(event),
        attempt: from.context.attempt + 1,
      });
    }
  }
});

test("I1: the greatest token never goes back", () => {
  for (const { from, to } of moving) expect(to.context.lastToken).toBeGreaterThanOrEqual(from.context.lastToken);
});

test("I2: a report with a stale, future or missing token changes nothing at all", () => {
  const reports = edges.filter(({ event }) => "token" in event && event.type !== "claim");
  const stale = reports.filter(({ from, event }) => from.value !== "claimed" || tokenOf(event) !== from.context.token);
  expect(stale.length).toBeGreaterThan(1_000);
  for (const edge of stale) expect(edge.to).toBe(edge.from);
});

test("I2: an event that the machine refuses cannot be sent to it by `can` either", () => {
  for (const edge of edges) {
    const nothing = isStill(edge) && !(edge.event.type === "heartbeat" && edge.from.value === "claimed");
    if (nothing) expect(edge.from.can(edge.event)).toBe(false);
  }
});

test("an item has a holder, a token and perhaps a lease exactly while it is claimed", () => {
  for (const { value, context } of states) {
    expect(context.token > 0).toBe(value === "claimed");
    expect(context.holder !== undefined).toBe(value === "claimed");
    if (value !== "claimed") expect(context.leaseMs).toBeUndefined();
  }
});

test("an item that waits can be claimed: the attempts it has had never use up its budget", () => {
  for (const state of states) {
    expect(spent(state)).toBeLessThanOrEqual(state.context.attemptsMax);
    if (state.value === "todo") expect(spent(state)).toBeLessThan(state.context.attemptsMax);
  }
});

test("a release and an expiry spend the attempt only where the item is set up so", () => {
  for (const { from, event, to } of moving) {
    if (event.type === "release") expect(spent(to)).toBe(spent(from) - (from.context.releaseSpendsAttempt ? 0 : 1));
    if (event.type === "expire") expect(spent(to)).toBe(spent(from) - (from.context.expireSpendsAttempt ? 0 : 1));
  }
});

test("an item that is given back says why: the holder's reason, that it was released, or that its lease ended", () => {
  const claim: WorkItemEvent = { type: "claim", token: 1, holder: "ada", leaseMs: 100 };
  const reasonAfter = (event: WorkItemEvent): unknown => {
    const actor = createActor(workItemMachine, { input: { attemptsMax: 2 } }).start();
    actor.send(claim);
    actor.send(event);
    return actor.getSnapshot().context.reason;
  };
  const lunch = { code: "lunch" };
  expect(reasonAfter({ type: "release", token: 1, reason: lunch })).toEqual(lunch);
  expect(reasonAfter({ type: "release", token: 1 })).toEqual({ code: "released" });
  expect(reasonAfter({ type: "expire", token: 1 })).toEqual({ code: "lease_expired" });
});

test("an expiry that uses up the budget fails the item for its lease", () => {
  const last = moving.filter(({ event, to }) => event.type === "expire" && to.value === "failed");
  expect(last.length).toBeGreaterThan(0);
  for (const { to } of last) expect(to.context.reason).toEqual({ code: "lease_expired" });
});

test("a requeue takes what may be retried, or forgives everything when it is asked to", () => {
  for (const { from, event, to } of edges.filter(({ event }) => event.type === "requeue")) {
    if (event.type !== "requeue" || from.value !== "failed") continue;
    const may = event.reset === true || (from.context.retryable && spent(from) < from.context.attemptsMax);
    expect(to.value).toBe(may ? "todo" : "failed");
    if (event.reset === true) expect(spent(to)).toBe(0);
  }
});

test("no state is a dead end: whatever has happened, the item can still end", () => {
  for (const exploration of explorations) {
    expect(statesWithoutWayOut(exploration, ({ status }) => status === "done")).toEqual([]);
  }
});

test("the words for states are the same everywhere", () => {
  const known: Record<ItemStatus, true> = { todo: true, claimed: true, done: true, failed: true, cancelled: true };
  expect(new Set(Object.keys(known))).toEqual(new Set(workItemStates));
  expect(new Set(Object.keys(workItemMachine.states))).toEqual(new Set(workItemStates));
});

describe("effects", () => {
  const claim = { type: "claim", holder: "worker", token: 1 } as const;
  const leased = { ...claim, leaseMs: 100 } as const;

  test.each<[string, readonly WorkItemEvent[], readonly string[]]>([
    ["a claim starts the attempt", [claim], ["startAttempt"]],
    ["a claim with a lease arms it first", [leased], ["armLease", "startAttempt"]],
    ["a heartbeat with a lease arms it again", [leased, { type: "heartbeat", token: 1, leaseMs: 9 }], ["armLease"]],
    ["a heartbeat without a lease does nothing", [leased, { type: "heartbeat", token: 1 }], []],
    ["completing disarms the lease and aborts nothing", [leased, { type: "complete", token: 1 }], ["disarmLease"]],
    [
      "failing disarms the lease and aborts nothing",
      [leased, { type: "fail", token: 1, reason: { code: "x" }, retryable: true }],
      ["disarmLease"],
    ],
    ["a release aborts", [leased, { type: "release", token: 1 }], ["abortAttempt", "disarmLease"]],
    ["an expiry aborts", [leased, { type: "expire", token: 1 }], ["abortAttempt", "disarmLease"]],
    ["a timeout aborts", [leased, { type: "timeout", token: 1 }], ["abortAttempt", "disarmLease"]],
    [
      "cancelling a claimed item aborts",
      [leased, { type: "cancel", reason: { code: "x" } }],
      ["abortAttempt", "disarmLease"],
    ],
    ["cancelling an item that waits aborts nothing", [{ type: "cancel", reason: { code: "x" } }], []],
    ["a stale report has no effect", [leased, { type: "complete", token: 2 }], []],
  ])("%s", (_title, events, expected) => {
    expect(effectsOfLast(events)).toEqual(expected);
  });

  test("an attempt is aborted with the token and holder that it had", () => {
    let seen: unknown;
    const machine = workItemMachine.provide({ actions: { abortAttempt: ({ context }) => (seen = context) } });
    const actor = createActor(machine, { input: { attemptsMax: 1 } }).start();
    actor.send(leased);
    actor.send({ type: "timeout", token: 1 });
    expect(seen).toMatchObject({ token: 1, holder: "worker", leaseMs: 100 });
  });
});

describe("an item known from a row", () => {
  test("is the same snapshot that its history would have led to", () => {
    for (const { value, context } of states.slice(0, 200)) {
      const rebuilt = workItemSnapshotOf({ status: value, context });
      expect({ value: rebuilt.value, context: rebuilt.context }).toEqual({ value, context });
      for (const event of workItemEvents) {
        const original = states.find((state) => state.context === context)!;
        expect(rebuilt.can(event)).toBe(original.can(event));
      }
    }
  });

  test("has the defaults of a new one for everything that is not said", () => {
    expect(workItemSnapshotOf({ status: "todo", context: { attemptsMax: 3 } }).context).toEqual(
      createActor(workItemMachine, { input: { attemptsMax: 3 } }).getSnapshot().context,
    );
    expect(workItemContext({ attemptsMax: 1, token: 7 }).lastToken).toBe(7);
    // Told apart from what is not there at all: a snapshot goes through JSON.
    expect(workItemContext({ attemptsMax: 1 })).toMatchObject({ token: 0, lastToken: 0, retryable: false });
  });

  test("is done when its status is final", () => {
    expect(workItemSnapshotOf({ status: "cancelled", context: { attemptsMax: 1 } }).status).toBe("done");
    expect(workItemSnapshotOf({ status: "failed", context: { attemptsMax: 1 } }).status).toBe("active");
  });
});

function spent({ context }: { readonly context: { readonly attempt: number; readonly refunded: number } }): number {
  return context.attempt - context.refunded;
}

function tokenOf(event: WorkItemEvent): number {
  return "token" in event ? event.token : 0;
}

function effectsOfLast(events: readonly WorkItemEvent[]): string[] {
  const log: string[] = [];
  const names = ["startAttempt", "abortAttempt", "armLease", "disarmLease"] as const;
  const actions = Object.fromEntries(names.map((name) => [name, () => void log.push(name)]));
  const actor = createActor(workItemMachine.provide({ actions }), { input: { attemptsMax: 1 } }).start();
  for (const event of events.slice(0, -1)) actor.send(event);
  log.length = 0;
  actor.send(events.at(-1)!);
  return log;
}
