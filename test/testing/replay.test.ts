/** Goal: what failed once stays found. Method: failing walks are written to a folder, read again, and walked again. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMachine, fromPromise, setup } from "xstate";
import { checkPaths, generatePaths, readFixture, replayFixture } from "../../src/testing/index.ts";
import { door, doorMachine, failureOf } from "../support/machines/door.ts";

describe("fixtures", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "signalbox-fixtures-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("a failing walk is written down, is a test from then on, and can be walked again", async () => {
    const broken = { ...door, do: { "*": () => {} }, fixtures: folder };
    const failure = await failureOf(checkPaths(doorMachine, broken));
    const [file] = readdirSync(folder);
    expect(failure.message).toContain(`signalbox testgen replay ${join(folder, file!)}`);
    const fixture = readFixture(join(folder, file!));
    expect(fixture.steps).toEqual([{ kind: "event", event: { type: "OPEN" } }]);
    await expect(replayFixture(fixture, doorMachine, broken)).rejects.toThrow("expected the system to be in open");
    expect(await replayFixture(fixture, doorMachine, door)).toMatchObject({ skipped: 0 });
    const titles = generatePaths(doorMachine, { ...door, fixtures: folder }).map(({ title }) => title);
    expect(titles[0]).toBe(`door does not fail any more as in ${file}`);
  });

  const taking = setup({ types: { events: {} as { type: "ADD"; amount: unknown } } }).createMachine({
    id: "taking",
    initial: "a",
    states: { a: { on: { ADD: "b" } }, b: {} },
  });

  test("a payload that is a large whole number is one again when it is read", async () => {
    const events = { ADD: [{ amount: 2n ** 70n }] };
    await failureOf(checkPaths(taking, { fixtures: folder, events, invariant: ({ value }) => value !== "b" }));
    const { steps } = readFixture(join(folder, readdirSync(folder)[0]!));
    expect(steps).toEqual([{ kind: "event", event: { type: "ADD", amount: 2n ** 70n } }]);
  });

  test("a payload that holds itself is no fixture, and the failure is told with that", async () => {
    const amount: Record<string, unknown> = {};
    amount["self"] = amount;
    const events = { ADD: [{ amount }] };
    const suite = { fixtures: folder, events, invariant: ({ value }: { value: unknown }) => value !== "b" };
    const failure = await failureOf(checkPaths(taking, suite));
    expect(failure.message).toContain("no fixture was written");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("errors of actors are errors again when they are read", async () => {
    const failing = createMachine({
      id: "failing",
      initial: "a",
      states: { a: { invoke: { id: "job", src: fromPromise(async () => 1), onError: "b" } }, b: {} },
    });
    await failureOf(checkPaths(failing, { fixtures: folder, invariant: ({ value }) => value !== "b" }));
    const { steps } = readFixture(join(folder, readdirSync(folder)[0]!));
    expect(steps).toEqual([
      { kind: "settle", child: "job", outcome: { kind: "error", error: new Error("job failed") } },
    ]);
  });
});
