// Goal: an error that the journal's thread met is the same one on this side, of the same class, with all that it knows.
import { expect, test } from "vitest";
import {
  InternalError,
  JournalCorruptError,
  JournalUnavailableError,
  SignalboxError,
  StateInUseError,
  UsageError,
} from "../../../src/base/errors.ts";
import { received, sent } from "../../../src/journal/sqlite/sent-error.ts";

const holder = { pid: 7, host: "here", bootId: "b", startedAt: 1 };

test.each<SignalboxError>([
  new StateInUseError("in use", holder),
  new StateInUseError("in use", undefined),
  new JournalUnavailableError("not just now"),
  new JournalCorruptError("spoiled"),
  new UsageError("not like this"),
  new SignalboxError("journal_too_new", "newer"),
  new SignalboxError("state_unwritable", "not there"),
])("$name ($code) arrives as it was", (error) => {
  const arrived = received(structuredClone(sent(error)));
  expect(arrived).toBeInstanceOf(error.constructor);
  expect([arrived.code, arrived.message]).toEqual([error.code, error.message]);
  if (error instanceof StateInUseError) expect((arrived as StateInUseError).holder).toEqual(error.holder);
  expect(sent(error)).toStrictEqual({
    code: error.code,
    message: error.message,
    ...(error instanceof StateInUseError && error.holder !== undefined && { holder }),
  });
});

test("what is no error of ours is one inside signalbox, in its own words", () => {
  for (const [thrown, words] of [
    [new RangeError("too far"), "too far"],
    ["a word", "a word"],
    [new InternalError("mine"), "mine"],
  ] as const) {
    expect(sent(thrown).code).toBe("internal");
    expect(received(sent(thrown))).toMatchObject({ code: "internal", message: expect.stringContaining(words) });
  }
});
