/**
 * Goal: a run that is open waits for more work and ends when it is closed, not before and not never; also over a restart.
 * Method: the real engine on virtual time.
 */
import { expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { planFromText } from "../../src/plan/read-text.ts";
import { virtualEnv } from "../support/virtual-env.ts";

test("an open run may begin with nothing, takes what is added, and ends when it is closed", async () => {
  const env = virtualEnv();
  const run = createRun({ tasks: {} }, { env, open: true, journal: memoryJournal() });
  let isOver = false;
  const ended = run.start().then((result) => ((isOver = true), result));
  await env.settle();
  expect(run.snapshot()).toMatchObject({ status: "running", counts: { todo: 0 } });
  await run.add({ a: { run: () => 1 }, b: { needs: ["a"], run: ({ inputs }) => Number(inputs["a"]) + 1 } });
  await env.settle();
  expect(run.snapshot().items.get("b")).toMatchObject({ status: "done", output: 2 });
  expect(isOver).toBe(false);
  await run.close();
  await run.close().catch(() => {});
  expect(await ended).toMatchObject({ outcome: "done", counts: { done: 2 } });
  await expect(run.add({ c: { run: () => 1 } })).rejects.toMatchObject({ code: "already_settled" });
});

test("without `open` a plan without tasks is refused as ever", () => {
  expect(() => createRun({ tasks: {} })).toThrow(expect.objectContaining({ code: "plan_empty" }));
});

test("a closed run with work left goes on to its end; a paused open run waits; a cancel ends it", async () => {
  const env = virtualEnv();
  const run = createRun({ tasks: { a: {} } }, { env, open: true, awaitClaims: true });
  const ended = run.start();
  await env.settle();
  await run.close();
  const claim = await run.claims.claim("a", { agent: "ada" });
  await run.claims.complete(claim);
  expect((await ended).outcome).toBe("done");
  const other = createRun({ tasks: {} }, { env, open: true });
  const over = other.start();
  await env.settle();
  await other.pause();
  await env.settle();
  expect(other.snapshot().status).toBe("paused");
  await other.cancel();
  expect((await over).outcome).toBe("cancelled");
});

test("after a restart it is as open as it was, with its label; one that was closed ends with its work", async () => {
  const env = virtualEnv();
  const journal = memoryJournal();
  const first = createRun({ tasks: {} }, { env, journal, open: true, awaitClaims: true, label: { kind: "project" } });
  first.start().catch(() => {});
  await env.settle();
  await first.add({ a: {} });
  await first.stop();
  expect((await journal.runs())[0]!.options).toMatchObject({ open: true, label: { kind: "project" } });
  const goOn = async () => {
    const recovered = await journal.recover(first.id);
    return resumeRun(recovered, planFromText(recovered.record.planText), { env, journal, awaitClaims: true });
  };
  const second = await goOn();
  second.start().catch(() => {});
  await env.settle();
  await second.claims.complete(await second.claims.claim("a", { agent: "ada" }));
  await env.settle();
  expect(second.snapshot()).toMatchObject({ status: "running", counts: { done: 1 } });
  await second.add({ b: {} });
  await second.close();
  await second.stop();
  const third = await goOn();
  const ended = third.start();
  await third.claims.complete(await third.claims.claim("b", { agent: "ada" }));
  expect(await ended).toMatchObject({ outcome: "done", counts: { done: 2 } });
});

test("a label that JSON cannot carry is refused", () => {
  const label = (() => 1) as unknown as null;
  expect(() => createRun({ tasks: {} }, { open: true, label })).toThrow(/label/);
});
