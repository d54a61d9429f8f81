// Goal: of what comes through a mailbox only what signalbox writes is taken, whole, and nothing is made up (B4). Method: a sound text,
// changed in one place at a time.
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../src/base/limits.ts";
import { answerOf, isMailId, MAIL_COMMANDS, requestOf } from "../../src/journal/mail.ts";

const ID = "01a1fd72-ebb9-7728-91f6-5bf200000000";
const REQUEST = {
  id: ID,
  to: { pid: 7, startedAt: 1_790_000_000_000 },
  runId: ID.replace("01a1", "01a2"),
  command: "cancel",
  item: "build",
  reason: "why",
  withDependents: true,
};
const long = "x".repeat(LIMITS.reasonCharsMax);

const read = (change: object): unknown => requestOf(JSON.stringify({ ...REQUEST, ...change }));

describe("a request", () => {
  test("is read as it was written, whatever it asks for", () => {
    for (const command of MAIL_COMMANDS) expect(read({ command })).toEqual({ ...REQUEST, command });
    expect(read({ withDependents: false })).toEqual({ ...REQUEST, withDependents: false });
    expect(read({ item: long, reason: long })).toEqual({ ...REQUEST, item: long, reason: long });
    const bare = { item: undefined, reason: undefined, withDependents: undefined };
    expect(read(bare)).toEqual({ ...REQUEST, ...bare });
    expect(read({ to: { ...REQUEST.to, host: "here" } }), "what else the process says of itself is not kept").toEqual(
      REQUEST,
    );
  });

  test.each<readonly [string, object]>([
    ["no id", { id: undefined }],
    ["an id of another form", { id: `${ID}/..` }],
    ["an id that is a number", { id: 7 }],
    ["no process", { to: undefined }],
    ["nobody as its process", { to: null }],
    ["a word as its process", { to: "7" }],
    ["a process without a number", { to: { startedAt: 1 } }],
    ["a process with half a number", { to: { pid: 0.5, startedAt: 1 } }],
    ["a process without a start", { to: { pid: 7 } }],
    ["a process whose start is a word", { to: { pid: 7, startedAt: "1" } }],
    ["no run", { runId: undefined }],
    ["a run of another form", { runId: "the last one" }],
    ["a run that is a list", { runId: [ID] }],
    ["no command", { command: undefined }],
    ["another command", { command: "format" }],
    ["an item that is no text", { item: 7 }],
    ["an item that is none", { item: null }],
    ["an item that is too long", { item: `${long}x` }],
    ["an item that is half a character", { item: "\ud800" }],
    ["a reason that is no text", { reason: {} }],
    ["a reason that is too long", { reason: `${long}x` }],
    ["dependents that are no yes or no", { withDependents: "yes" }],
    ["something more", { more: 1 }],
  ])("with %s is none", (_, change) => {
    expect(read({})).toEqual(REQUEST);
    expect(read(change)).toBeUndefined();
  });
});

describe("an answer", () => {
  test.each<object>([
    { ok: true },
    { ok: true, items: [] },
    { ok: true, items: ["a", "b"], outcome: "done" },
    { ok: true, outcome: "" },
    { ok: false, code: "item_not_found", message: "there is none" },
  ])("%j is read as it was written", (answer) => {
    expect(answerOf(JSON.stringify(answer))).toStrictEqual(answer);
  });

  test.each<readonly [string, object]>([
    ["items that are no list", { ok: true, items: "a" }],
    ["items that are no texts", { ok: true, items: ["a", 7] }],
    ["an outcome that is no text", { ok: true, outcome: 7 }],
  ])("with %s is one without them", (_, answer) => {
    expect(answerOf(JSON.stringify(answer))).toStrictEqual({ ok: true });
  });

  test.each<object>([
    {},
    { ok: "true" },
    { ok: false },
    { ok: false, code: "x" },
    { ok: false, message: "x" },
    { ok: false, code: 7, message: "x" },
    { ok: false, code: "x", message: null },
    { code: "x", message: "x" },
  ])("%j is none", (answer) => {
    expect(answerOf(JSON.stringify(answer))).toBeUndefined();
  });
});

test.each(["", "{", "7", '"x"', "null", "[]", "[1]"])("a text that is no map is neither: %s", (text) => {
  expect([requestOf(text), answerOf(text)]).toEqual([undefined, undefined]);
});

test.each(["", ID.slice(1), `${ID}0`, ` ${ID}`, `${ID}\n`, ID.toUpperCase()])("%j names no file", (text) => {
  expect([isMailId(ID), isMailId(text)]).toEqual([true, false]);
});
