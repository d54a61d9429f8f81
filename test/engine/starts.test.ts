/**
 * Goal: each attempt, and each check of one, is started once, and only when what it was taken for is durable (L2), however soon a slot
 * is given back and taken again.
 * Method: the real engine with claims from outside and attempts that the test ends; a journal that answers when the test says so. A bug
 * would look like: one attempt that runs twice, or one that runs while the journal does not know of it.
 */
import { describe, expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import type { Run } from "../../src/engine/run.ts";
import type { PlanDefinition } from "../../src/plan/plan.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { gatedJournal } from "../support/gated-journal.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv, type VirtualEnv } from "../support/virtual-env.ts";

const ada = { agent: "ada" };

/** The first item, in two steps, of which the journal has acknowledged none. */
async function claimAndComplete(key: string, run: Run, env: VirtualEnv): Promise<void> {
  let token = 0;
  void run.turns.turn((turn) => ((token = turn.claim(key, ada).fencingToken), null));
  await env.settle();
  void run.turns.turn((turn) => (turn.complete({ item: 0, fencingToken: token }), null));
  await env.settle();
}

async function begun(tasks: PlanDefinition["tasks"], journal = memoryJournal()) {
  const env = virtualEnv();
  const executor = manualExecutor();
  const run = createRun({ tasks }, { env, journal, executors: [executor], awaitClaims: true, liveItemsMax: 1 });
  void run.start().catch(() => {});
  await env.settle();
  return { run, env, executor };
}

async function gated(tasks: PlanDefinition["tasks"]) {
  const journal = gatedJournal();
  const parts = await begun(tasks, journal);
  while (journal.waiting.length > 0) {
    journal.acknowledge();
    await parts.env.settle();
  }
  return { ...parts, journal };
}

describe("a slot that was given back before its first start was carried out", () => {
  test("is started for what holds it last, once, when all happens in one step", async () => {
    const { run, env, executor } = await begun({ z: {}, y: {}, c: { needs: ["y"], run: "x" } });
    await run.turns.turn((turn) => {
      turn.release({ item: 0, fencingToken: turn.claim("z", ada).fencingToken });
      turn.complete({ item: 1, fencingToken: turn.claim("y", ada).fencingToken });
      return null;
    });
    await env.settle();
    expect(executor.started).toEqual(["c#1"]);
  });

  test("starts nothing before the claim that took it again is durable", async () => {
    const { run, env, executor, journal } = await gated({ y: {}, c: { needs: ["y"], run: "x" } });
    await claimAndComplete("y", run, env);
    expect(journal.waiting.flat().map(({ item, event }) => `${event}:${item}`)).toEqual([
      "claim:0",
      "complete:0",
      "claim:1",
    ]);
    journal.acknowledge();
    await env.settle();
    expect(executor.started).toEqual([]);
    journal.acknowledge();
    await env.settle();
    expect(executor.started).toEqual(["c#1"]);
  });
});

describe("work from outside that is to be verified", () => {
  test("is verified once when it is claimed and completed in one step", async () => {
    const { run, env, executor } = await begun({ z: { verify: "y" } });
    await run.turns.turn((turn) => (turn.complete({ item: 0, fencingToken: turn.claim("z", ada).fencingToken }), null));
    await env.settle();
    expect(executor.started).toEqual(["z#1 verify"]);
  });

  test("V2: is verified when that is durable, not when its claim is", async () => {
    const { run, env, executor, journal } = await gated({ z: { verify: "y" } });
    await claimAndComplete("z", run, env);
    journal.acknowledge();
    await env.settle();
    expect(executor.started).toEqual([]);
    journal.acknowledge();
    await env.settle();
    expect(executor.started).toEqual(["z#1 verify"]);
  });
});
