/**
 * Goal: the repository lock obeys its invariants in every situation it can get into.
 * Method: xstate/graph sends every event about four tickets of two owners to every state that can be reached. A bug looks
 * like an edge that breaks one of the sentences below.
 */
import { createActor } from "xstate";
import { describe, expect, test } from "vitest";
import {
  repositoryLockMachine,
  type LockTicket,
  type RepositoryLockEvent,
  type RepositoryLockSnapshot,
} from "../../machines/repository-lock.ts";
import { explore, isStill, statesWithoutWayOut } from "../support/explore.ts";

const tickets = [1, 2, 3, 4];
const owners = ["ada", "bo"];
const events: readonly RepositoryLockEvent[] = [
  ...tickets.flatMap((ticket): RepositoryLockEvent[] => [
    ...owners.map((owner) => ({ type: "request", ticket, owner }) as const),
    { type: "timeout", ticket },
    { type: "abort", ticket },
    { type: "release", ticket },
  ]),
  ...owners.map((owner) => ({ type: "die", owner }) as const),
  { type: "taken" },
  { type: "refuse" },
];
const exploration = explore(repositoryLockMachine, undefined as never, events);
const { states, edges } = exploration;
const moving = edges.filter((edge) => !isStill(edge));

test("the exploration reaches every state of the machine, and meets every event in each", () => {
  expect(new Set(states.map(({ value }) => value))).toEqual(new Set(["free", "taking", "held"]));
  expect(edges).toHaveLength(states.length * events.length);
  expect(states.length).toBeGreaterThan(200);
});

test("Q5: these are all the edges there are", () => {
  const drawn = moving.map(({ from, event, to }) => `${from.value} --${event.type}--> ${to.value}`);
  expect([...new Set(drawn)].toSorted()).toEqual([
    "free --request--> taking",
    "held --abort--> held",
    "held --die--> free",
    "held --die--> held",
    "held --die--> taking",
    "held --release--> free",
    "held --release--> taking",
    "held --request--> held",
    "held --timeout--> held",
    "taking --abort--> free",
    "taking --abort--> taking",
    "taking --die--> free",
    "taking --die--> taking",
    "taking --refuse--> free",
    "taking --refuse--> taking",
    "taking --request--> taking",
    "taking --taken--> held",
    "taking --timeout--> free",
    "taking --timeout--> taking",
  ]);
});

test("Q1: at most one ticket holds the lock, exactly while it is held, and none of those that wait", () => {
  for (const { value, context } of states) {
    expect(context.holder !== undefined).toBe(value === "held");
    expect(numbers(context.waiting)).not.toContain(context.holder?.ticket);
  }
});

test("Q2: those who wait stand in the order of asking, and the first of them gets the lock", () => {
  for (const { context } of states) {
    expect(numbers(context.waiting)).toEqual(numbers(context.waiting).toSorted((a, b) => a - b));
  }
  const grants = moving.filter(({ event }) => event.type === "taken");
  expect(grants.length).toBeGreaterThan(20);
  for (const { from, to } of grants) {
    expect(to.context.holder).toEqual(from.context.waiting[0]);
    expect(to.context.waiting).toEqual(from.context.waiting.slice(1));
  }
});

test("Q2: nobody who waits loses or changes a place by what happens to others", () => {
  for (const { from, event, to } of moving) {
    const stay = from.context.waiting.filter(({ ticket }) => numbers(everyone(to)).includes(ticket));
    const before = event.type === "taken" ? from.context.waiting : stay;
    const now = event.type === "taken" ? everyone(to) : to.context.waiting;
    expect(now.slice(0, before.length)).toEqual(before);
    const gone = numbers(from.context.waiting).filter((ticket) => !numbers(everyone(to)).includes(ticket));
    for (const ticket of gone) expect(sendsAway(event, from, ticket)).toBe(true);
  }
});

test("Q3: a ticket that is over, or was never there, changes nothing, and no number is given twice", () => {
  for (const edge of edges) {
    const { from, event } = edge;
    if (event.type === "request") expect(isStill(edge)).toBe(event.ticket <= from.context.lastTicket);
    else if ("ticket" in event && !numbers(everyone(from)).includes(event.ticket)) expect(isStill(edge)).toBe(true);
    else if (event.type === "die" && !everyone(from).some(({ owner }) => owner === event.owner))
      expect(isStill(edge)).toBe(true);
  }
  for (const { from, to } of moving) expect(to.context.lastTicket).toBeGreaterThanOrEqual(from.context.lastTicket);
});

test("Q3: a holder only ends by its release or its owner's death; waiting is over only for who waits", () => {
  for (const { from, event, to } of moving) {
    if (from.value !== "held" || to.context.holder === from.context.holder) continue;
    expect(["release", "die"]).toContain(event.type);
  }
});

test("Q3: with its owner goes everything that is the owner's, and nothing else", () => {
  for (const { from, event, to } of edges) {
    if (event.type !== "die") continue;
    expect(everyone(to)).toEqual(everyone(from).filter(({ owner }) => owner !== event.owner));
  }
});

test("Q4: it is free if and only if nobody waits or holds", () => {
  for (const state of states) expect(state.value === "free").toBe(everyone(state).length === 0);
});

test("from every state it can become free, and everyone who waits can get the lock, without anybody giving up", () => {
  expect(statesWithoutWayOut(exploration, ({ value }) => value === "free")).toEqual([]);
  for (const ticket of tickets) {
    const waits = states.filter(({ context }) => numbers(context.waiting).includes(ticket));
    const stuck = statesWithoutWayOut(
      exploration,
      ({ context }) => context.holder?.ticket === ticket,
      ({ event }) => event.type === "taken" || event.type === "release",
    );
    expect(stuck.filter((state) => waits.includes(state))).toEqual([]);
  }
});

describe("effects", () => {
  const ask = (ticket: number, owner = "ada"): RepositoryLockEvent => ({ type: "request", ticket, owner });
  const taken: RepositoryLockEvent = { type: "taken" };

  test.each<[string, readonly RepositoryLockEvent[], readonly string[]]>([
    ["the first request begins to take the lock", [ask(1)], ["take"]],
    ["a second one waits", [ask(1), ask(2)], []],
    ["the taken lock is granted", [ask(1), taken], ["grant"]],
    ["a release without anybody waiting lets it go", [ask(1), taken, { type: "release", ticket: 1 }], ["letGo"]],
    [
      "a release lets others have it before the next of ours takes it again",
      [ask(1), ask(2), taken, { type: "release", ticket: 1 }],
      ["letGo", "take"],
    ],
    ["when the last one gives up, taking stops", [ask(1), { type: "abort", ticket: 1 }], ["stopTaking"]],
    ["when another waits, taking goes on", [ask(1), ask(2), { type: "timeout", ticket: 1 }], []],
    ["when it is refused to the only one, taking stops", [ask(1), { type: "refuse" }], ["stopTaking"]],
    ["when it is refused to the first, taking goes on", [ask(1), ask(2), { type: "refuse" }], []],
    ["a holder's death frees it", [ask(1), taken, { type: "die", owner: "ada" }], ["letGo"]],
    [
      "a holder's death frees it for another owner",
      [ask(1), ask(2), ask(3, "bo"), taken, { type: "die", owner: "ada" }],
      ["letGo", "take"],
    ],
    ["a second release does nothing", [ask(1), ask(2), taken, { type: "release", ticket: 2 }], []],
  ])("%s", (_title, history, expected) => {
    const log: string[] = [];
    const names = ["take", "stopTaking", "grant", "letGo"] as const;
    const actions = Object.fromEntries(names.map((name) => [name, () => void log.push(name)]));
    const actor = createActor(repositoryLockMachine.provide({ actions })).start();
    for (const event of history.slice(0, -1)) actor.send(event);
    log.length = 0;
    actor.send(history.at(-1)!);
    expect(log).toEqual(expected);
  });

  test("everywhere: it is taken once for each time it is wanted, and let go once for each time it was held", () => {
    for (const { from, to } of moving) {
      const kinds = `${from.value} ${to.value}`;
      expect([
        "free taking",
        "taking taking",
        "taking free",
        "taking held",
        "held held",
        "held taking",
        "held free",
      ]).toContain(kinds);
    }
  });
});

function numbers(waiting: readonly LockTicket[]): number[] {
  return waiting.map(({ ticket }) => ticket);
}

function everyone({ context }: RepositoryLockSnapshot): LockTicket[] {
  return context.holder === undefined ? [...context.waiting] : [context.holder, ...context.waiting];
}

/** Whether the event is a reason for this ticket to stop waiting. */
function sendsAway(event: RepositoryLockEvent, from: RepositoryLockSnapshot, ticket: number): boolean {
  if (event.type === "refuse") return from.context.waiting[0]?.ticket === ticket;
  if (event.type === "die") return everyone(from).some((each) => each.ticket === ticket && each.owner === event.owner);
  return (event.type === "timeout" || event.type === "abort") && event.ticket === ticket;
}
