/**
 * Goal: what went wrong in a simulation can be looked at with the product's own commands. Method: the disk of a run's seed and of a
 * coordinator's, put into real state directories; which is also a check that the real store takes what the simulated one took.
 */
import { expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { openJournalReader } from "../../src/journal/sqlite-reader.ts";
import { cli } from "../e2e/support/cli.ts";
import { stateFolder } from "../support/state-folder.ts";
import { simulate } from "./simulate.ts";
import { storeTrace } from "./stored-trace.ts";

test.each([21, 20])(
  "seed %i: its journal opens in show and log, with every entry that became durable",
  async (seed) => {
    const { stored, entries } = await simulate(seed, { keepsTrace: true });
    const directory = stateFolder();
    expect(await storeTrace(directory, stored)).toEqual({ stored: stored.length, refusal: undefined });
    const reader = openJournalReader({ directory, env: nodeEnv() });
    const [run] = await reader.runs();
    await reader.close();
    expect(run!.seq).toBe(entries);
    const { code, stdout } = await cli(["log", run!.id, "--json", "--state-dir", directory], { cwd: "/" });
    expect([code, stdout.trim().split("\n").length]).toEqual([0, entries]);
    expect((await cli(["show", run!.id, "--state-dir", directory], { cwd: "/" })).code).toBe(0);
  },
);

test("a log that no product writes is stored as far as it is one, and the rest is told", async () => {
  const { stored } = await simulate(21, { keepsTrace: true });
  const at = stored.findLastIndex(({ kind }) => kind === "entries");
  const { stored: taken, refusal } = await storeTrace(stateFolder(), stored.toSpliced(at - 1, 1));
  expect(taken).toBe(at - 1);
  expect(refusal).toMatch(/seq/);
});
