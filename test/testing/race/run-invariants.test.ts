/** Goal: each invariant can fail, and says what it saw. Method: the log of a run that went well, with one lie in it. */
import { expect, test } from "vitest";
import type { JournalEntry } from "../../../src/journal/journal.ts";
import { checkPlan } from "../../../src/plan/check-plan.ts";
import { runInvariants, runProblems, simulate } from "../../../src/testing/index.ts";

const definition = { tasks: { a: { run: "a" }, b: { run: "b", needs: ["a"] }, c: { run: "c" } } };
const plan = checkPlan(definition);
const { audit, snapshot } = await simulate(definition, { run: { liveItemsMax: 2 } });
const facts = { plan, audit, snapshot, liveItemsMax: 2 };
const numberOf = (key: string): number => plan.numberOf(key)!;

const withLie = (is: (entry: JournalEntry) => boolean, lie: (entry: JournalEntry) => readonly JournalEntry[]) =>
  audit.flatMap((entry) => (is(entry) ? lie(entry) : [entry])).map((entry, at) => ({ ...entry, seq: at + 1 }));
const claimOf = (key: string) => (entry: JournalEntry) => entry.item === numberOf(key) && entry.to === "claimed";
const doneOf = (key: string) => (entry: JournalEntry) => entry.item === numberOf(key) && entry.to === "done";

test("a run that went well has no problems", () => {
  expect(runProblems(facts)).toEqual([]);
});

test("V1: a cap that was smaller than what was live", () => {
  expect(runInvariants.capNeverExceeded({ ...facts, liveItemsMax: 1 })[0]).toMatch(/makes 2 items live, 1 may be/);
});

test("V2: an item that started before its need was done", () => {
  const early = withLie(claimOf("a"), (entry) => [{ ...entry, item: numberOf("b") }]);
  expect(runInvariants.nothingBeforeItsNeeds({ ...facts, audit: early })[0]).toMatch(
    /starts b before its needs allow it/,
  );
});

test("V3: what was done and moved again, and a move after the end", () => {
  const twice = withLie(doneOf("a"), (entry) => [entry, { ...entry, from: "done", to: "todo", event: "requeue" }]);
  expect(runInvariants.exactlyOneEnd({ ...facts, audit: twice })[0]).toMatch(/moves a, which was done/);
  const late = [...audit, { ...audit.find(doneOf("a"))!, seq: audit.length + 1 }];
  expect(runInvariants.exactlyOneEnd({ ...facts, audit: late })[0]).toMatch(/after entry \d+, the end of the run/);
});

test("V4: a log that lacks an end of an item", () => {
  const short = withLie(doneOf("c"), () => []);
  expect(runInvariants.auditReplaysToSnapshot({ ...facts, audit: short })).toEqual([
    "c is done after 1 attempts, by the log claimed after 1",
  ]);
});

test("V5: two holders at once, and a token that is not greater", () => {
  const both = withLie(claimOf("c"), (entry) => [entry, entry]);
  const problems = runInvariants.leaseExclusive({ ...facts, audit: both });
  expect(problems[0]).toMatch(/claims c, which is claimed/);
  expect(problems[1]).toMatch(/with token \d+ after \d+/);
});
