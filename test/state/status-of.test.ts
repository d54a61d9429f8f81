/**
 * Goal: the status of an item is one call away, and a wrong key is an error with a code, not `undefined` (S0-05).
 * Method: a known and unknown keys, those that JavaScript objects would know among them.
 */
import { expect, test } from "vitest";
import { SignalboxError } from "../../src/base/errors.ts";
import { statusOf } from "../../src/state/status-of.ts";
import { itemAs, stateOf } from "../support/item-snapshots.ts";

const changes = [itemAs(1, "failed", 1)];
const snapshot = stateOf(2).publish({ seq: 1, status: "running", outcome: undefined, changes });

test("S0-05: a known item has a status, touched or not", () => {
  expect([statusOf(snapshot, "task-0"), statusOf(snapshot, "task-1")]).toEqual(["todo", "failed"]);
});

test.each(["task-2", "", "constructor", "__proto__"])("S0-05: %j is no item and says so by its code", (key) => {
  expect(() => statusOf(snapshot, key)).toThrow(SignalboxError);
  expect(() => statusOf(snapshot, key)).toThrow(expect.objectContaining({ code: "item_not_found" }));
});
