/** JSON as it leaves the program: the same data, with nothing in it that does something to a terminal. */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { jsonDocument, jsonLine } from "../../src/cli/wire.ts";
import { eventOnWire } from "../../src/engine/event-on-wire.ts";
import { itemEvent } from "../support/run-events.ts";

test.prop([fc.jsonValue()])("I1: any value comes back the same, and its text holds no control character", (value) => {
  for (const text of [jsonLine(value), jsonDocument(value)]) {
    // Negative zero is the one number that JSON does not keep.
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/);
  }
  expect(jsonLine(value).indexOf("\n")).toBe(jsonLine(value).length - 1);
});

test("I1: characters that JSON leaves alone and terminals do not", () => {
  expect(jsonLine("\u007f\u009b31m\u202e\u200b\u2028")).toBe('"\\u007f\\u009b31m\\u202e\\u200b\\u2028"\n');
});

test("an event has the names of the contract, an item's only when it is about one", () => {
  const event = itemEvent("build", "todo", "claimed", {
    seq: 7,
    at: Date.UTC(2026, 0, 2),
    name: "item.claimed",
    itemId: "id",
  });
  expect(eventOnWire(event)).toEqual({
    seq: 7,
    at: "2026-01-02T00:00:00.000Z",
    run_id: "run",
    event: "item.claimed",
    item: "build",
    item_id: "id",
    attempt: 1,
    from: "todo",
    to: "claimed",
    actor: "engine",
  });
  const { key: _, itemId: __, ...aboutRun } = event;
  expect(Object.keys(eventOnWire(aboutRun))).toEqual(["seq", "at", "run_id", "event", "from", "to", "actor"]);
});
