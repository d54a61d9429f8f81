/**
 * Goal: `signalbox check --against DIR` says before a deployment which live runs this version and this plan would break.
 * Method: the command on state directories that hold the journals kept of released versions, whole and with one fault.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { checkAgainstCommand, type CheckAgainstOptions } from "../../src/cli/commands/check-against.ts";
import { definePlan, sqliteJournal } from "../../src/index.ts";
import { planText } from "../../src/plan/write-text.ts";
import type { GoldenRun } from "../support/golden-runs.ts";
import { stateFolder } from "../support/state-folder.ts";

const env = nodeEnv();
const golden = JSON.parse(
  readFileSync(new URL("../engine/fixtures/runs-0.1.0.json", import.meta.url), "utf8"),
) as GoldenRun[];
const interrupted = golden.find(({ about }) => about.startsWith("interrupted"))!;

async function stored(runs: readonly GoldenRun[]): Promise<string> {
  const directory = stateFolder();
  const journal = await sqliteJournal({ directory, env });
  for (const { record, entries } of runs) {
    await journal.createRun(record);
    await journal.append(record.id, entries);
  }
  await journal.close();
  return directory;
}

async function told(options: CheckAgainstOptions): Promise<{ readonly code: number; readonly text: string }> {
  let text = "";
  const stdout = { write: (more: string) => void (text += more), color: false };
  const code = await checkAgainstCommand({ stdout, env, cwd: dirname(options.against) } as never, options);
  return { code, text };
}

test("runs that can all be gone on with end with 0 and one line", async () => {
  const { code, text } = await told({ against: await stored(golden) });
  expect([code, text]).toEqual([
    0,
    expect.stringMatching(/^6 runs replayed, \d+ transitions, 3 live: every live run can be gone on with\.\n$/),
  ]);
});

test("a live run that would break is named with what breaks, and the exit code is 1; one that has ended is only told of", async () => {
  const spoiled = golden.map((run) => ({
    ...run,
    entries: run.entries.map((entry) => (entry.event === "complete" ? { ...entry, refunded: 0, attempt: 9 } : entry)),
  }));
  const { code, text } = await told({ against: await stored(spoiled), json: true });
  const { ok, runs } = JSON.parse(text) as {
    ok: boolean;
    runs: { name: string; live: boolean; breaks: { kind: string; item: string }[] }[];
  };
  expect([code, ok]).toEqual([1, false]);
  expect(runs.find(({ name }) => name === "cut")).toMatchObject({
    live: true,
    breaks: [{ kind: "machine", item: "done" }],
  });
  const words = await told({ against: await stored(spoiled.filter(({ record }) => record.name === "diamond")) });
  expect([words.code, words.text]).toEqual([
    0,
    expect.stringContaining("Runs that have ended and cannot be read as they were"),
  ]);
});

test("a plan with functions that has changed breaks its live runs; one of commands is only told of, with what is new and gone", async () => {
  const directory = await stored([]);
  const file = join(dirname(directory), "plan.mjs");
  const withFunctions = definePlan({
    name: "cut",
    tasks: { done: { run: () => 1 }, live: { run: () => 1, needs: ["done"] } },
  });
  const run = (id: string, plan: typeof withFunctions): GoldenRun => ({
    ...interrupted,
    record: {
      ...interrupted.record,
      id,
      planText: planText(plan),
      planHash: plan.hash(),
      planFile: file,
      size: plan.tasks.length,
    },
    entries: interrupted.entries.filter(({ item }) => item < plan.tasks.length),
  });
  const commands = definePlan({ name: "cut", tasks: { done: { run: "a" }, live: { run: "b", needs: ["done"] } } });
  const id = interrupted.record.id;
  const journal = await sqliteJournal({ directory, env });
  for (const { record, entries } of [run(id, withFunctions), run(id.replace("019", "01b"), commands)]) {
    await journal.createRun(record);
    await journal.append(record.id, entries);
  }
  await journal.close();
  writeFileSync(
    file,
    'export default { name: "cut", tasks: { done: { run: "a" }, other: { run: "b", needs: ["done"] } } };\n',
  );
  const { code, text } = await told({ against: directory, plan: file });
  expect(code).toBe(1);
  expect(text).toContain("1 live run would break");
  expect(text).toMatch(/resume: expected the plan module .* got another plan/);
  expect(text).toContain("new: other; gone: live");
});
