/**
 * Goal: no answer tells what is not durable, be it a refusal or the repetition of a report (I7, law L2).
 * Method: a journal whose acknowledgements the test gives; the answer that once came too soon is asked for while one is missing.
 */
import { expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import { gatedJournal } from "../support/gated-journal.ts";
import { virtualEnv } from "../support/virtual-env.ts";

async function setUp() {
  const env = virtualEnv();
  const journal = gatedJournal();
  const run = createRun({ tasks: { a: {}, b: {} } }, { env, journal, awaitClaims: true });
  run.start().catch(() => {});
  const settle = async (): Promise<void> => {
    await env.settle();
    while (journal.waiting.length > 0) {
      journal.acknowledge();
      await env.settle();
    }
  };
  await settle();
  /** What it has come to: `pending` until the disk has answered. */
  const now = (promise: Promise<unknown>): Promise<unknown> => {
    const told = promise.then(
      () => "granted",
      (error: { readonly code: string }) => error.code,
    );
    return Promise.race([told, env.settle().then(() => "pending")]);
  };
  return { env, journal, run, settle, now };
}

test("a claim is refused for another one only when that one is durable: it is lost otherwise, and nobody held the item", async () => {
  const { env, journal, run, settle, now } = await setUp();
  const first = run.claims.claim("a", { agent: "ada" });
  await env.settle();
  expect(journal.waiting).toHaveLength(1);
  const second = run.claims.claim("a", { agent: "bob" });
  expect(await now(second)).toBe("pending");
  expect(run.snapshot().items.get("a")?.status).toBe("todo");
  await settle();
  expect([await now(first), await now(second)]).toEqual(["granted", "already_claimed"]);
});

test("a report that comes twice is answered the second time when the first is durable", async () => {
  const { env, journal, run, settle, now } = await setUp();
  const asked = run.claims.claim("a", { agent: "ada" });
  await settle();
  const claim = await asked;
  const first = run.claims.complete(claim);
  await env.settle();
  const second = run.claims.complete(claim);
  expect(await now(second)).toBe("pending");
  journal.refuse();
  expect([await now(first), await now(second)]).toEqual(["journal_unavailable", "journal_unavailable"]);
});
