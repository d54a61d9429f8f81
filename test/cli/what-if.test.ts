/** Goal: `signalbox what-if` says in words, and as JSON, what would become of a run. Method: the command on a plan and on a stored run. */
import { dirname, join } from "node:path";
import { mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { whatIfCommand, type WhatIfCommandOptions } from "../../src/cli/commands/what-if.ts";
import { createRun, sqliteJournal } from "../../src/index.ts";
import { stateFolder } from "../support/state-folder.ts";

const env = nodeEnv();

async function told(cwd: string, options: WhatIfCommandOptions): Promise<string> {
  let text = "";
  const stdout = { write: (more: string) => void (text += more), color: false };
  expect(await whatIfCommand({ stdout, env, cwd } as never, options)).toBe(0);
  return text;
}

function planFile(text: string): string {
  const file = join(dirname(stateFolder()), "plan.yaml");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const PLAN = `
liveItemsMax: 2
tasks:
  build: { run: make, estimatedHours: 0.2 }
  test: { needs: [build], run: make, estimatedHours: 0.5 }
  "docs": { needs: [build], run: make }
  publish: { needs: [test, docs], run: make, estimatedHours: 0.1 }
`;

test("a plan: what is stuck and behind what, what is not done then, what was guessed", async () => {
  const plan = planFile(PLAN);
  expect(await told("/", { plan, fail: ["docs"] })).toMatchInlineSnapshot(`
    "          outcome  to go    done    critical path
    as it is  done     48m 00s  4 of 4  build -> test -> publish
    changed   failed   42m 00s  2 of 4  build -> test
    Not done then: docs, publish
    Stuck then:
      publish  held by docs
    Nothing is known of how long these take, so it was guessed: docs
    "
  `);
  expect(await told("/", { plan, fail: ["docs"], drop: ["publish:docs"], cap: 1, duration: 60_000 })).toContain(
    "4 of 4",
  );
});

test("a stored run, as JSON", async () => {
  const directory = stateFolder();
  const journal = await sqliteJournal({ directory, env });
  const run = createRun({ tasks: { a: { run: () => 1 }, b: { needs: ["a"], run: () => 1 } } }, { journal });
  await run.start();
  await journal.close();
  const document = JSON.parse(await told("/", { stateDir: directory, run: "last", fail: ["a"], json: true }));
  expect(document).toMatchObject({
    as_is: { outcome: "done", done: 2 },
    changed: { outcome: "failed", failed: ["a"], stuck: [{ item: "b", by: ["a"] }] },
    lost: ["a", "b"],
  });
});

test.each([["publish"], ["publish:nothing"], ["nothing:docs"], [":"]])("--drop %s is no need", async (drop) => {
  await expect(told("/", { plan: planFile(PLAN), drop: [drop] })).rejects.toThrow("expected ITEM:NEED");
});
