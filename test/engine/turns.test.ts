/**
 * Goal: whoever serves others with a run can promise that a request that comes twice is done once, and that an answer is as durable
 * as what it tells.
 * Method: the real engine on virtual time, journals in memory and on disk. The bugs would look like: a second claim for a repeated
 * request, an answer that is lost with the process, another answer for the same key.
 */
import { describe, expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import type { Claim } from "../../src/engine/claim.ts";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import type { Run } from "../../src/engine/run.ts";
import type { ItemSnapshot } from "../../src/items/snapshot.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { checkPlan } from "../../src/plan/check-plan.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { virtualEnv } from "../support/virtual-env.ts";

const plan = checkPlan({ tasks: { a: { attemptsMax: 2 }, b: { needs: ["a"] }, c: {} } });
const ada = { agent: "ada" };
const request = (key: string, fingerprint = "same") => ({ key, fingerprint });

async function started() {
  const env = virtualEnv();
  const journal = memoryJournal();
  const run = createRun(plan, { env, journal, awaitClaims: true });
  const ended = run.start().catch(() => undefined);
  await env.settle();
  return { env, journal, run, ended };
}

const claimA = (run: Run, key = "k1", fingerprint?: string) =>
  run.turns.turn((turn) => ({ token: turn.claim("a", ada).fencingToken, seq: turn.seq }), request(key, fingerprint));

describe("steps with answers", () => {
  test("I8: what a step asked for and its answer are of one version, and stand in the audit log together", async () => {
    const { run, journal } = await started();
    const { answer, isRepeated } = await claimA(run);
    expect(isRepeated).toBe(false);
    const entries = await journal.audit(run.id, { after: answer.seq - 1 });
    expect(entries.map(({ event, seq }) => [event, seq])).toEqual([
      ["claim", answer.seq],
      ["answer", answer.seq + 1],
    ]);
    expect(entries[1]!.data).toEqual({ key: "k1", fingerprint: "same", answer });
  });

  test("I2b: what a step sees of an item is what is published after it, changes with each entry, and nobody can change it", async () => {
    const { run } = await started();
    const seen = await run.turns.turn((turn) => {
      const before = turn.itemAt(0);
      const { fencingToken } = turn.claim("a", ada);
      const claimed = turn.itemAt(0);
      expect(turn.itemAt(0)).toBe(claimed);
      expect(() => Object.assign(claimed, { status: "done" })).toThrow(TypeError);
      turn.note("a", "half of it", "ada");
      const noted = turn.itemAt(0);
      turn.complete({ item: 0, fencingToken }, { output: [1] });
      return [before, claimed, noted, turn.itemAt(0)] as never;
    });
    const pictures = seen.answer as unknown as ItemSnapshot[];
    expect(pictures.map(({ status, holder }) => [status, holder])).toEqual([
      ["todo", undefined],
      ["claimed", "ada"],
      ["claimed", "ada"],
      ["done", undefined],
    ]);
    expect(new Set(pictures.map(({ seq }) => seq)).size).toBe(4);
    expect(run.snapshot().items.at(0)).toBe(pictures[3]);
  });

  test("N2: the same request gets the same answer and is done once, one after the other or both at once", async () => {
    const { run, journal } = await started();
    const [first, second] = await Promise.all([claimA(run), claimA(run)]);
    const third = await claimA(run);
    expect([second.answer, third.answer]).toEqual([first.answer, first.answer]);
    expect([first.isRepeated, second.isRepeated, third.isRepeated]).toEqual([false, true, true]);
    const claims = (await journal.audit(run.id)).filter(({ event }) => event === "claim");
    expect(claims).toHaveLength(1);
  });

  test("N2: another request under a known key is refused and does nothing", async () => {
    const { run } = await started();
    await claimA(run);
    const seq = run.snapshot().seq;
    await expect(claimA(run, "k1", "other")).rejects.toMatchObject({ code: "request_key_reused" });
    expect(run.snapshot().seq).toBe(seq);
  });

  test("a step that is refused leaves no answer: the same key may try again", async () => {
    const { run } = await started();
    await claimA(run, "first");
    await expect(claimA(run)).rejects.toMatchObject({ code: "already_claimed" });
    const token = run.snapshot().items.get("a")!.seq;
    await run.claims.release({ item: "a", fencingToken: token });
    expect((await claimA(run)).isRepeated).toBe(false);
  });

  test("what is next comes with its answer; that there was nothing is not kept", async () => {
    const { run, env } = await started();
    const next = () => run.turns.turnNext(ada, (_, claim) => claim?.item ?? null, request("next"));
    await claimA(run, "a");
    await run.claims.claim("c", ada);
    expect(await next()).toEqual({ answer: null, isRepeated: false });
    const waiting = run.turns.turnNext({ ...ada, waitMs: 1_000 }, (_, claim) => claim?.item ?? null, request("wait"));
    const token = run.snapshot().items.get("a")!.seq;
    await env.settle();
    await run.claims.complete({ item: "a", fencingToken: token });
    expect(await waiting).toEqual({ answer: "b", isRepeated: false });
    expect(await run.turns.turnNext(ada, (_, claim) => claim?.item ?? null, request("wait"))).toEqual({
      answer: "b",
      isRepeated: true,
    });
  });

  test("an answer that cannot be made is told to who asked, and the run goes on", async () => {
    const { run } = await started();
    const broken = run.turns.turnNext(ada, () => {
      throw new Error("no answer");
    });
    await expect(broken).rejects.toThrow("no answer");
    await expect(run.claims.claimNext(ada)).resolves.toBeDefined();
  });

  test("within a step an item may be named by its number; a number that no item has is refused, as such a key is", async () => {
    const { run } = await started();
    const { number } = run.snapshot().items.get("a")!;
    const { fencingToken } = await run.claims.claim("a", ada);
    for (const item of [-1, 0.5, 3, Number.NaN]) {
      const late = run.turns.turn((turn) => (turn.complete({ item, fencingToken }), null));
      await expect(late).rejects.toMatchObject({ code: "item_not_found" });
    }
    await run.turns.turn((turn) => (turn.heartbeat({ item: number, fencingToken }), null));
    await run.turns.turn((turn) => (turn.complete({ item: number, fencingToken }), null));
    expect(run.snapshot().items.get("a")!.status).toBe("done");
  });

  test("whoever waits for an item, and throws when none has come, hears it: at the end of the wait and when he gives up", async () => {
    const { run, env } = await started();
    await run.turns.turn((turn) => (turn.claim("a", ada), turn.claim("c", ada), null));
    const gone = new AbortController();
    const work = (_turn: unknown, claim: Claim | undefined): string => {
      if (claim === undefined) throw new Error("none has come");
      return claim.item;
    };
    const waiting = [
      run.turns.turnNext({ ...ada, waitMs: 1_000 }, work),
      run.turns.turnNext({ ...ada, waitMs: 60_000, signal: gone.signal }, work),
    ].map((answer) => expect(answer).rejects.toThrow("none has come"));
    await env.settle();
    gone.abort();
    await env.advance(1_000);
    await Promise.all(waiting);
  });

  test("S4-16: a note stands in the log with who left it, and moves nothing", async () => {
    const { run, journal } = await started();
    const before = run.snapshot().items.get("a")!;
    await run.turns.turn((turn) => (turn.note("a", "try the other port", "bob"), null));
    expect(run.snapshot().items.get("a")).toEqual({ ...before, seq: before.seq + 2 });
    expect((await journal.audit(run.id)).at(-1)).toMatchObject({
      event: "note",
      actor: "bob",
      data: { note: "try the other port" },
    });
  });

  test("a sign of life may tell how far the work is and what it touched; the end of the lease is known", async () => {
    const { run, env, journal } = await started();
    expect(run.claims.leaseExpiresAtMs("a")).toBeUndefined();
    const claim = await run.claims.claim("a", { ...ada, leaseMs: 60_000 });
    expect(run.claims.leaseExpiresAtMs("a")).toBe(env.clock.now() + 60_000);
    await run.claims.heartbeat(claim, { leaseMs: 90_000, progress: 0.5, files: ["src/a.ts"] });
    expect(run.claims.leaseExpiresAtMs("a")).toBe(env.clock.now() + 90_000);
    expect((await journal.audit(run.id)).at(-1)).toMatchObject({
      event: "heartbeat",
      actor: "ada",
      data: { progress: 0.5, files: ["src/a.ts"] },
    });
  });
});

test("N2: after a restart the same request still gets its answer, and is not done again", async () => {
  const directory = mkdtempSync(join(tmpdir(), "signalbox-turns-"));
  const env = nodeEnv();
  let journal = await sqliteJournal({ directory, env });
  const run = createRun(plan, { env, journal, awaitClaims: true });
  const ended = run.start().catch(() => undefined);
  const first = await claimA(run);
  await run.stop();
  await ended;
  await journal.close();
  journal = await sqliteJournal({ directory, env });
  try {
    const recovered = await journal.recover(run.id);
    expect(recovered.answers).toHaveLength(1);
    expect(recovered.aboutRun.filter(({ event }) => event === "answer")).toEqual([]);
    const again = resumeRun(recovered, plan, { env, journal, awaitClaims: true });
    const over = again.start().catch(() => undefined);
    expect(await claimA(again)).toEqual({ answer: first.answer, isRepeated: true });
    await expect(claimA(again, "k1", "other")).rejects.toMatchObject({ code: "request_key_reused" });
    await again.stop();
    await over;
  } finally {
    await journal.close();
    rmSync(directory, { recursive: true });
  }
});
