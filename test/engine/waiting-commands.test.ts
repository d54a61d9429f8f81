/**
 * Goal: what is asked of a run in one moment shares a step, a lone asker does not wait for others, and a crowd is not made one batch.
 * Method: the queue by itself with the real turn of the event loop; batches of a real run are counted in its log.
 */
import { describe, expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { createRun } from "../../src/engine/create-run.ts";
import { AskedCommand, WaitingCommands, type WaitingCommand } from "../../src/engine/waiting-commands.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { gatedJournal } from "../support/gated-journal.ts";
import { virtualEnv } from "../support/virtual-env.ts";

const { timers } = nodeEnv();
const command = (): WaitingCommand => new AskedCommand(() => {});

function queue() {
  let wakes = 0;
  return { waiting: new WaitingCommands(timers, () => wakes++), wakes: () => wakes };
}

describe("commands that wait for a turn", () => {
  test("Q1: they are taken in the order in which they were asked, once", () => {
    const { waiting } = queue();
    const asked = [command(), command(), command()];
    waiting.add(asked[0]!, "together");
    waiting.add(asked[1]!, "now");
    waiting.add(asked[2]!, "together");
    expect(waiting.size).toBe(3);
    expect(waiting.take()).toEqual(asked);
    expect(waiting.take()).toEqual([]);
  });

  test("Q1: taken one at a time, those behind are still there to be refused", () => {
    const { waiting } = queue();
    const asked = [command(), command(), command()];
    for (const each of asked) waiting.add(each, "now");
    expect([waiting.next(), waiting.size]).toEqual([asked[0], 2]);
    waiting.add(asked[0]!, "now");
    expect(waiting.next()).toBe(asked[1]);
    expect(waiting.take()).toEqual([asked[2], asked[0]]);
    expect([waiting.next(), waiting.size]).toEqual([undefined, 0]);
    waiting.add(asked[2]!, "now");
    expect([waiting.next(), waiting.next()]).toEqual([asked[2], undefined]);
  });

  test("a command that is refused, or answers with a promise, is answered so", async () => {
    const refused = new AskedCommand(() => {
      throw new Error("no room");
    });
    expect(refused.run()).toBe(false);
    refused.resolve();
    await expect(refused.answered).rejects.toThrow("no room");
    const later = new AskedCommand(() => Promise.resolve(7));
    expect(later.run()).toBe(true);
    later.resolve();
    expect(await later.answered).toBe(7);
  });

  test("what is to be done now asks for a turn at once", () => {
    const { waiting, wakes } = queue();
    waiting.add(command(), "now");
    expect(wakes()).toBe(1);
  });

  test("Q2: what may be done together asks for one turn, in the next turn of the event loop", async () => {
    const { waiting, wakes } = queue();
    for (let n = 1; n < LIMITS.commandsTogetherMax; n++) waiting.add(command(), "together");
    await Promise.resolve();
    expect(wakes()).toBe(0);
    await timers.nextTurn();
    expect(wakes()).toBe(1);
  });

  test("Q2: when there is enough for a batch, the event loop is not waited for, and nothing is asked for afterwards", async () => {
    const { waiting, wakes } = queue();
    for (let n = 0; n < LIMITS.commandsTogetherMax; n++) waiting.add(command(), "together");
    expect(wakes()).toBe(1);
    waiting.take();
    await timers.nextTurn();
    expect(wakes()).toBe(1);
  });

  test("Q2: while something is being stored no turn is asked for, until there is enough for a batch", async () => {
    let [wakes, isStoring] = [0, true];
    const waiting = new WaitingCommands(
      timers,
      () => wakes++,
      () => isStoring,
    );
    waiting.add(command(), "together");
    await timers.nextTurn();
    expect(wakes).toBe(0);
    for (let n = 1; n < LIMITS.commandsTogetherMax; n++) waiting.add(command(), "together");
    expect(wakes).toBe(1);
    waiting.take();
    isStoring = false;
    waiting.add(command(), "together");
    await timers.nextTurn();
    expect(wakes).toBe(2);
  });

  test("a turn that something else has asked for takes what waits, and no second one is asked for", async () => {
    const { waiting, wakes } = queue();
    waiting.add(command(), "together");
    waiting.take();
    await timers.nextTurn();
    expect(wakes()).toBe(0);
  });
});

describe("a run that many ask at once", () => {
  test("Q2: who asks while a batch is being stored shares the next one, which comes by itself when that is stored", async () => {
    const journal = gatedJournal();
    const env = virtualEnv();
    const run = createRun({ tasks: { a: {}, b: {}, c: {} } }, { env, journal, awaitClaims: true, liveItemsMax: 3 });
    run.start().catch(() => {});
    await env.settle();
    const claim = (key: string): Promise<unknown> =>
      run.turns.turn((turn) => turn.claim(key, { agent: "a" }).fencingToken, undefined, "together");
    const batches = (): string[][] => journal.waiting.map((batch) => batch.map(({ event }) => event));
    const claims = [claim("a")];
    await env.settle();
    claims.push(claim("b"));
    await env.settle();
    expect(batches()).toEqual([["start"]]);
    claims.push(claim("c"));
    journal.acknowledge();
    await env.settle();
    expect(batches()).toEqual([["claim", "claim", "claim"]]);
    journal.acknowledge();
    expect(await Promise.all(claims)).toHaveLength(3);
    void run.stop();
    await env.settle();
    journal.acknowledge();
  });

  test("L3: the steps of one moment are one batch, and beyond the limit a second one", async () => {
    const journal = memoryJournal();
    const append = journal.append.bind(journal);
    let appends = 0;
    journal.append = (...given) => {
      appends++;
      return append(...given);
    };
    const many = LIMITS.commandsTogetherMax + 3;
    const tasks = Object.fromEntries(Array.from({ length: many }, (_, n) => [`t${n}`, {}]));
    const env = virtualEnv();
    const run = createRun({ tasks }, { env, journal, awaitClaims: true, liveItemsMax: many });
    run.start().catch(() => {});
    await env.settle();
    appends = 0;
    const claim = (n: number) =>
      run.turns.turn((turn) => turn.claim(`t${n}`, { agent: "a" }).fencingToken, undefined, "together");
    const claims: ReturnType<typeof claim>[] = [];
    for (let n = 0; n < many; n++) {
      claims.push(claim(n));
      // As requests come: each by itself, all before the event loop turns.
      await Promise.resolve();
    }
    const answers = await Promise.all(claims);
    expect(new Set(answers.map(({ answer }) => answer)).size).toBe(many);
    expect(appends).toBe(2);
    await run.stop();
  });
});
