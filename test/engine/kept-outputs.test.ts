/**
 * Goal: what the items of a run give is bounded as a whole, for all of it stays in memory: nobody can fill it with reports.
 * Method: the real engine with outputs that are large and share their text, so that the test itself takes little; and any outputs in
 * any order against the sum over what is kept.
 */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mostSize } from "../../src/base/rough-size.ts";
import type { Json } from "../../src/base/json.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { createRun } from "../../src/engine/create-run.ts";
import { KeptOutputs } from "../../src/engine/kept-outputs.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import type { TaskDefinition } from "../../src/plan/plan.ts";

const large = "x".repeat(10_000_000);
/** So many of them have room. */
const FIT = Math.floor(LIMITS.outputsBytesMax / mostSize(large));
const FAULT = `more than is left of the ${LIMITS.outputsBytesMax} bytes that all outputs of a run may take in memory; one of up to 4096 always has room`;

const named = (tasks: number, task: TaskDefinition): [string, TaskDefinition][] =>
  Array.from({ length: tasks }, (_, n) => [`t${n}`, task]);

test("O1: what is told is the sum over what is kept, whoever gives another output", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5), fc.jsonValue())), (given) => {
      const outputs = new KeptOutputs(6);
      const kept = new Map<number, Json>();
      for (const [item, output] of given as [number, Json][]) {
        outputs.set(item, output);
        kept.set(item, output);
      }
      expect(outputs.bytes).toBe([...kept.values()].reduce<number>((sum, output) => sum + mostSize(output), 0));
    }),
  );
});

test("O3: a small output has room when nothing else has", () => {
  const outputs = new KeptOutputs(1);
  outputs.set(
    0,
    Array.from({ length: FIT }, () => large),
  );
  outputs.set(0, [...(outputs.get(0) as Json[]), "x".repeat((LIMITS.outputsBytesMax - outputs.bytes) / 2 - 20)]);
  expect(LIMITS.outputsBytesMax - outputs.bytes).toBeLessThan(100);
  expect(outputs.roomFault({ result_summary: "done", files_modified: ["src/a.ts"] })).toBeUndefined();
  expect(outputs.roomFault("x".repeat(2_100))).toBe(FAULT);
});

describe("O2: an output for which there is no room", () => {
  test("fails the item that gives it, once; small ones still have room, and a join hands on nothing", async () => {
    const first = named(FIT, { run: () => large });
    const tasks: Record<string, TaskDefinition> = {
      ...Object.fromEntries(first),
      late: { run: () => large, needs: first.map(([key]) => key), attemptsMax: 3 },
      small: { run: () => 7, needs: { late: "settled" } },
      none: { join: "all", needs: ["t0", "small"] },
    };
    const notes: unknown[] = [];
    const run = createRun({ tasks });
    run.audit$.subscribe(({ name, key, reason }) => name === "item.note" && notes.push([key, reason?.message]));
    const { snapshot } = await run.start();
    expect(snapshot.items.get("late")).toMatchObject({
      status: "failed",
      attempt: 1,
      reason: { code: "output_not_json", message: `the output takes ${FAULT}` },
    });
    expect(snapshot.items.get("small")).toMatchObject({ status: "done", output: 7 });
    expect(snapshot.items.get("none")).toMatchObject({ status: "done" });
    expect(snapshot.items.get("none")).not.toHaveProperty("output");
    expect(notes).toEqual([["none", `it hands on nothing: the outputs of its needs are together ${FAULT}`]]);
  });

  test("is refused to who reports it, who still holds the item and can report less; so it is after a restart", async () => {
    const journal = memoryJournal();
    const plan = { tasks: Object.fromEntries(named(FIT + 2, {})) };
    const run = createRun(plan, { journal, awaitClaims: true });
    run.start().catch(() => {});
    for (let n = 0; n < FIT; n++) {
      const claim = await run.claims.claimNext({ agent: "ada" });
      await run.claims.complete(claim!, { output: large });
    }
    const claim = (await run.claims.claimNext({ agent: "ada" }))!;
    const refused = {
      code: "too_large",
      message: `expected an output that the run has room for, got one that takes ${FAULT}`,
    };
    await expect(run.claims.complete(claim, { output: large })).rejects.toMatchObject(refused);
    expect(run.snapshot().items.get(claim.item)).toMatchObject({ status: "claimed", holder: "ada" });
    await run.claims.complete(claim, { output: "short" });
    // The answer may have been lost on its way: the same report again is no further output.
    await run.claims.complete(claim, { output: large });
    expect(run.snapshot().items.get(claim.item)).toMatchObject({ status: "done", output: "short" });
    await run.stop();

    const again = resumeRun(await journal.recover(run.id), run.plan, { journal, awaitClaims: true });
    again.start().catch(() => {});
    const last = (await again.claims.claimNext({ agent: "bob" }))!;
    expect(again.snapshot().items.get("t0")!.output).toBe(large);
    await expect(again.claims.complete(last, { output: large })).rejects.toMatchObject(refused);
    await again.claims.complete(last);
    await again.stop();
  });
});
