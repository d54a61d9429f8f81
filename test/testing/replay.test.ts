/** Goal: what failed once stays found. Method: failing walks are written to a folder, read again, and walked again. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMachine, fromPromise } from "xstate";
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
