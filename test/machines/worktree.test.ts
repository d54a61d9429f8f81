/**
 * Goal: a worktree obeys its invariants whatever happens to its owners.
 * Method: xstate/graph sends every event, with tokens of older, current and later owners, to every reachable state. The
 * registry's entries, which are made of rows, are compared with the machine over the same edges.
 */
import { expect, test } from "vitest";
import { worktreeMachine, worktreeStates, type WorktreeEvent } from "../../machines/worktree.ts";
import { nextEntry, type WorktreeEntry } from "../../src/git/worktrees/entry.ts";
import { explore, isStill, statesWithoutWayOut } from "../support/explore.ts";
import { plannedEntry } from "../support/worktree-entries.ts";

const TOKENS = [1, 2, 3];
const events: readonly WorktreeEvent[] = TOKENS.flatMap((token): WorktreeEvent[] => [
  { type: "create", token },
  { type: "created", token },
  { type: "remove", token },
  { type: "removed", token },
  { type: "keep", token, findings: [] },
  { type: "keep", token, findings: ["untracked: notes.txt"] },
  { type: "fail", token, reason: { code: "git_failed" } },
  { type: "take", token },
  { type: "adopt", token },
]);
const exploration = explore(worktreeMachine, { token: 1 }, events);
const { states, edges } = exploration;
const moving = edges.filter((edge) => !isStill(edge));

test("the exploration reaches every state of the machine, and meets every event in each", () => {
  expect(new Set(states.map(({ value }) => value))).toEqual(new Set(worktreeStates));
  expect(new Set(Object.keys(worktreeMachine.states))).toEqual(new Set(worktreeStates));
  expect(edges).toHaveLength(states.length * events.length);
});

test("W1: these are all the edges there are, so git is touched only while it is creating or removing", () => {
  const drawn = moving.map(({ from, event, to }) => `${from.value} --${event.type}--> ${to.value}`);
  expect([...new Set(drawn)].toSorted()).toEqual([
    "creating --created--> ready",
    "creating --fail--> orphaned",
    "creating --remove--> removing",
    "creating --take--> orphaned",
    "kept --adopt--> ready",
    "kept --remove--> removing",
    "kept --take--> orphaned",
    "orphaned --adopt--> ready",
    "orphaned --remove--> removing",
    "orphaned --take--> orphaned",
    "planned --create--> creating",
    "planned --removed--> removed",
    "planned --take--> orphaned",
    "ready --remove--> removing",
    "ready --take--> orphaned",
    "removing --fail--> orphaned",
    "removing --keep--> kept",
    "removing --removed--> removed",
    "removing --take--> orphaned",
  ]);
});

test("W2: an event with another token than the owner's changes nothing at all", () => {
  const foreign = edges.filter(({ from, event }) => event.type !== "take" && event.token !== from.context.token);
  expect(foreign.length).toBeGreaterThan(100);
  for (const edge of foreign) expect(edge.to).toBe(edge.from);
});

test("W3: a worktree is taken with a greater token only, and the token never goes back", () => {
  for (const { from, event, to } of edges) {
    expect(to.context.token).toBeGreaterThanOrEqual(from.context.token);
    if (event.type !== "take" || from.value === "removed") continue;
    expect(to.context.token).toBe(Math.max(event.token, from.context.token));
    expect(from === to).toBe(event.token <= from.context.token);
  }
});

test("W4: half a worktree is never ready again", () => {
  const readied = moving.filter(({ to }) => to.value === "ready");
  for (const { from, event } of readied) expect(event.type === "created" || from.context.wasReady).toBe(true);
  expect(readied.some(({ event }) => event.type === "adopt")).toBe(true);
  for (const { from, to } of edges) if (from.context.wasReady) expect(to.context.wasReady).toBe(true);
});

test("W5: what would be lost is said exactly while it is kept", () => {
  for (const { value, context } of states) expect(context.findings.length > 0).toBe(value === "kept");
});

test("an orphan has a reason, and nothing else has", () => {
  for (const { value, context } of states) {
    if (value !== "removed") expect(context.reason !== undefined).toBe(value === "orphaned");
  }
});

test("W6: whatever has happened, it can still be removed, and stays so", () => {
  expect(statesWithoutWayOut(exploration, ({ value }) => value === "removed")).toEqual([]);
  for (const { from, to } of edges) if (from.value === "removed") expect(to).toBe(from);
});

test("W1-W6: the registry decides exactly as the machine does, in every state and for every event", () => {
  for (const { from, event, to } of edges) {
    const { value: status, context } = from;
    const entry: WorktreeEntry = { ...plannedEntry("a"), ...context, status };
    const next = nextEntry(entry, event);
    if (from === to) expect(next).toBe(entry);
    else expect(next).toEqual({ ...entry, ...to.context, status: to.value });
  }
});
