/**
 * Goal: whoever does items from outside gets what a local attempt gets: one holder at a time, a place under the cap, a lease that
 * ends, reports that count once and only with the token in force.
 * Method: the real engine on virtual time; the test is the agent. The bugs would look like: two holders, a late report that counts,
 * an item that nobody gets back.
 */
import { describe, expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { checkPlan } from "../../src/plan/check-plan.ts";
import type { PlanDefinition } from "../../src/plan/plan.ts";
import { crashingJournal } from "../support/crashing-journal.ts";
import { gatedJournal } from "../support/gated-journal.ts";
import { virtualEnv } from "../support/virtual-env.ts";
import { watchedRun } from "../support/watched-run.ts";

const review: PlanDefinition = {
  tasks: {
    build: { run: "x" },
    review: { needs: ["build"], type: "review", attemptsMax: 2 },
    docs: { type: "docs", priority: 1 },
    ship: { needs: ["review", "docs"], run: "x" },
  },
};
const lone: PlanDefinition = { tasks: { work: { attemptsMax: 2 } } };
const ada = { agent: "ada" };

async function started(plan: PlanDefinition, options: Parameters<typeof watchedRun>[1] = {}) {
  const watched = watchedRun(plan, { awaitClaims: true, ...options });
  const ended = watched.run.start();
  await watched.env.settle();
  return { ...watched, ended, claims: watched.run.claims };
}

describe("claims from outside", () => {
  test("an item without `run` waits for a claim, gets its inputs, and its completion opens what needs it", async () => {
    const { env, executor, run, ended, claims, names } = await started(review);
    await expect(claims.claim("review", ada)).rejects.toMatchObject({ code: "not_ready", message: /build/ });
    executor.finish("build", { kind: "done", output: { artifact: 7 } });
    await env.settle();
    const claim = await claims.claim("review", ada);
    expect(claim).toMatchObject({ item: "review", attempt: 1, inputs: { build: { artifact: 7 } } });
    expect(run.snapshot().items.get("review")).toMatchObject({ status: "claimed", holder: "ada" });
    const docs = await claims.claimNext({ agent: "bob" });
    expect(docs?.item).toBe("docs");
    await claims.complete(claim, { output: "fine" });
    await claims.complete(docs!);
    await env.settle();
    expect(executor.running).toEqual(["ship"]);
    expect(executor.request("ship").inputs()).toEqual({ review: "fine", docs: null });
    executor.finish("ship");
    expect((await ended).outcome).toBe("done");
    expect(names()).toContain("item.done review");
    expect(run.snapshot().items.get("review")).not.toHaveProperty("holder");
  });

  test("I1: one holder at a time; the same agent asking twice is two askers", async () => {
    const { claims } = await started(lone);
    await claims.claim("work", ada);
    await expect(claims.claim("work", ada)).rejects.toMatchObject({ code: "already_claimed" });
    await expect(claims.claim("work", { agent: "bob" })).rejects.toMatchObject({ code: "already_claimed" });
    expect(await claims.claimNext(ada)).toBeUndefined();
  });

  test("complaint 7: a lease that nobody renews gives the item back; what the zombie reports is refused and stays in the log", async () => {
    const { env, claims, events, ended } = await started(lone);
    const first = await claims.claim("work", { agent: "ada", leaseMs: 10_000 });
    await env.advance(9_000);
    await claims.heartbeat(first, { leaseMs: 10_000, note: "half way" });
    await env.advance(9_000);
    await expect(claims.claim("work", { agent: "bob" })).rejects.toMatchObject({ code: "already_claimed" });
    await env.advance(1_000);
    const second = await claims.claim("work", { agent: "bob" });
    expect(second.attempt).toBe(2);
    expect(second.fencingToken).toBeGreaterThan(first.fencingToken);
    await expect(claims.complete(first)).rejects.toMatchObject({
      code: "stale_fencing_token",
      current: second.fencingToken,
    });
    await expect(claims.heartbeat(first)).rejects.toMatchObject({ code: "stale_fencing_token" });
    await claims.complete(second);
    // The answer was lost on its way: the same report again is no error and no second transition.
    await claims.complete(second).catch((error: unknown) => expect(error).toMatchObject({ code: "already_settled" }));
    expect((await ended).outcome).toBe("done");
    expect(events.filter(({ name }) => name === "item.done").map(({ actor }) => actor)).toEqual(["bob"]);
    expect(events.filter(({ reason }) => reason?.code === "stale_fencing_token")).toHaveLength(2);
    expect(events.find(({ event }) => event === "heartbeat")?.reason?.message).toBe("half way");
  });

  test("complaint 7: of a zombie that never stops the log tells a hundred times, and anew when the item was claimed again", async () => {
    const { claims, events } = await started(lone);
    const first = await claims.claim("work", ada);
    await claims.release(first);
    const late = async (times: number): Promise<number> => {
      const before = events.length;
      for (let time = 0; time < times; time++)
        await expect(claims.heartbeat(first)).rejects.toMatchObject({ code: "stale_fencing_token" });
      return events.length - before;
    };
    expect([await late(99), await late(3), await late(3)]).toEqual([99, 1, 0]);
    await claims.claim("work", { agent: "bob" });
    expect(await late(3)).toBe(3);
  });

  test("a lease that ends on the last attempt fails the item", async () => {
    const { env, claims, ended } = await started({ tasks: { work: {} } });
    await claims.claim("work", { agent: "ada", leaseMs: 1_000 });
    await env.advance(1_000);
    expect(await ended).toMatchObject({
      outcome: "failed",
      failures: [{ item: "work", reason: { code: "lease_expired" } }],
    });
  });

  test("a failure follows the attempts budget; giving back spends nothing", async () => {
    const { claims, ended } = await started(lone);
    await claims.release(await claims.claim("work", ada), { reason: "not my trade" });
    await claims.fail(await claims.claim("work", ada), { reason: "red" });
    await claims.fail(await claims.claim("work", ada), { reason: { code: "red", message: "still" } });
    expect(await ended).toMatchObject({ outcome: "failed", failures: [{ reason: { code: "red" } }] });
  });

  test("I6: a paused run with nothing live waits for its person and its claims, also when something has failed", async () => {
    const { env, claims, run } = await started({ tasks: { work: {}, other: {} } });
    const claim = await claims.claim("work", ada);
    await run.pause();
    await claims.fail(claim, { reason: "red", retryable: false });
    await env.settle();
    expect(run.snapshot().status).toBe("paused");
    await run.resume();
    expect((await claims.claim("other", ada)).attempt).toBe(1);
  });

  test("I5: claims and local attempts share the cap", async () => {
    const tasks = { here: { run: "x" }, there: {}, later: {} };
    const { env, executor, run, claims } = await started({ tasks }, { liveItemsMax: 2 });
    await claims.claim("there", ada);
    await expect(claims.claim("later", ada)).rejects.toMatchObject({
      code: "cap_reached",
      message: "expected a free place for later, got 2 live items of at most 2; try again when one has ended",
    });
    expect(run.snapshot().counts.claimed).toBe(2);
    executor.finish("here");
    await env.settle();
    expect((await claims.claim("later", ada)).item).toBe("later");
  });

  test("claims take places in pools, and only while they hold", async () => {
    const tasks = { here: { run: "x", uses: { net: 1 } }, there: { uses: { net: 1 }, priority: 0 } };
    const { env, executor, claims } = await started({ pools: { net: 1 }, tasks });
    expect(executor.running).toEqual(["here"]);
    await expect(claims.claim("there", ada)).rejects.toMatchObject({ code: "cap_reached", message: /net/ });
    expect(await claims.claimNext(ada)).toBeUndefined();
    executor.finish("here");
    await env.settle();
    await claims.complete(await claims.claim("there", ada));
  });

  test("claimNext takes priority first, only kinds that were asked for, and waits in order", async () => {
    const { env, executor, claims } = await started(review);
    expect(await claims.claimNext({ agent: "ada", types: ["review"] })).toBeUndefined();
    const waiting = claims.claimNext({ agent: "ada", types: ["review"], waitMs: 60_000 });
    const inVain = claims.claimNext({ agent: "bob", types: ["test"], waitMs: 5_000 });
    const gone = new AbortController();
    const aborted = claims.claimNext({ agent: "cy", types: ["review"], waitMs: 60_000, signal: gone.signal });
    expect((await claims.claimNext({ agent: "dee" }))?.item).toBe("docs");
    gone.abort();
    expect(await aborted).toBeUndefined();
    await env.advance(5_000);
    expect(await inVain).toBeUndefined();
    executor.finish("build");
    await env.settle();
    expect(await waiting).toMatchObject({ item: "review", attempt: 1 });
  });

  test("whoever waits when the run ends hears that there is nothing", async () => {
    const { env, run, claims } = await started(lone);
    await claims.claim("work", ada);
    const waiting = claims.claimNext({ agent: "bob", waitMs: 60_000 });
    await env.settle();
    await run.cancel("enough");
    expect(await waiting).toBeUndefined();
  });

  test("a cancelled run asks the holder to stop, without waiting for anybody", async () => {
    const { run, claims } = await started(lone);
    const claim = await claims.claim("work", ada);
    expect((await run.cancel("enough")).counts.cancelled).toBe(1);
    await expect(claims.complete(claim)).rejects.toMatchObject({ code: "already_settled" });
  });

  test("without awaitClaims a run that has only such items left ends as stalled", async () => {
    const { ended } = await started(lone, { awaitClaims: false });
    expect(await ended).toMatchObject({ outcome: "stalled", blocked: [{ item: "work", reason: "claim" }] });
  });

  test.each([
    [{ agent: "" }, /agent/],
    [{ agent: "local" }, /agent/],
    [{ agent: "a\u001b[2J" }, /agent/],
    [{ agent: "ada", leaseMs: 10 }, /leaseMs/],
    [{ agent: "ada", leaseMs: Number.NaN }, /leaseMs/],
  ])("%j is refused", async (request, message) => {
    const { claims } = await started(lone);
    await expect(claims.claim("work", request)).rejects.toMatchObject({ code: "invalid_usage", message });
    await expect(claims.claim("nobody", ada)).rejects.toMatchObject({ code: "item_not_found" });
  });
});

describe("claims over a restart", () => {
  async function left() {
    const env = virtualEnv();
    const journal = memoryJournal();
    const plan = checkPlan(lone);
    const run = createRun(plan, { env, journal, awaitClaims: true });
    const ended = run.start().catch((error: unknown) => error);
    await env.settle();
    const claim = await run.claims.claim("work", { agent: "ada", leaseMs: 10_000 });
    await run.stop();
    await ended;
    return { env, journal, plan, run, claim };
  }

  test("a claim outlives the process that granted it, with a whole new lease to say so", async () => {
    const { env, journal, plan, run, claim } = await left();
    await env.advance(60_000);
    const next = resumeRun(await journal.recover(run.id), plan, { env, journal, awaitClaims: true });
    const ended = next.start();
    await env.settle();
    expect(next.snapshot().items.get("work")).toMatchObject({ status: "claimed", holder: "ada" });
    await expect(next.claims.claim("work", { agent: "bob" })).rejects.toMatchObject({ code: "already_claimed" });
    await env.advance(200_000);
    await next.claims.heartbeat(claim);
    await env.advance(200_000);
    await next.claims.complete(claim, { output: 1 });
    expect((await ended).outcome).toBe("done");
  });

  test("a holder that never comes back loses the item after the grace", async () => {
    const { env, journal, plan, run } = await left();
    const next = resumeRun(await journal.recover(run.id), plan, { env, journal, awaitClaims: true });
    void next.start();
    await env.advance(300_000);
    expect((await next.claims.claim("work", { agent: "bob" })).attempt).toBe(2);
  });
});

describe("at the edges of a process's life", () => {
  test("a journal that fails at the very grant is told once: the waiting claim is refused, and nothing is left unheard", async () => {
    const env = virtualEnv();
    const journal = crashingJournal(memoryJournal(), 2, false);
    const run = createRun(lone, { env, journal, awaitClaims: true });
    const broken = run.start().catch((error: { code: string }) => error.code);
    await env.settle();
    // A rejection that nobody hears would fail this file.
    await expect(run.claims.claimNext(ada)).rejects.toMatchObject({ code: "journal_unavailable" });
    await env.settle();
    expect(await broken).toBe("journal_unavailable");
  });

  test("an item that is put back before the end of its lease is stored is claimed when its place is free, by one holder whose lease ends", async () => {
    const env = virtualEnv();
    const journal = gatedJournal();
    const run = createRun({ tasks: { work: {} } }, { env, journal, awaitClaims: true, open: true });
    run.start().catch(() => {});
    const store = async (): Promise<void> => {
      for (await env.settle(); journal.waiting.length > 0; await env.settle()) journal.acknowledge();
    };
    await store();
    const first = run.claims.claim("work", { ...ada, leaseMs: 1_000 });
    await store();
    await first;
    await env.advance(1_000);
    expect(journal.waiting.flat().map(({ event }) => event)).toEqual(["expire"]);
    const again = run.retry("work");
    const next = run.claims.claimNext({ agent: "bob", leaseMs: 1_000, waitMs: 10_000 });
    await store();
    await again;
    const claim = await next;
    const beat = run.claims.heartbeat(claim!);
    await store();
    expect(await beat).toMatchObject({ cancelRequested: false });
    await env.advance(400_000);
    await store();
    expect(run.snapshot().items.get("work")).toMatchObject({ status: "failed", attempt: 2 });
  });

  test("a command behind the stop of a process is refused: what that let go of is the next one's", async () => {
    const env = virtualEnv();
    const journal = memoryJournal();
    const run = createRun(lone, { env, journal, awaitClaims: true });
    run.start().catch(() => {});
    await env.settle();
    await run.claims.claim("work", ada);
    const stopped = run.stop();
    await expect(run.cancelItem("work")).rejects.toMatchObject({ code: "interrupted" });
    await stopped;
    const audit = await journal.audit(run.id);
    expect(audit.map(({ event }) => event)).toEqual(["start", "claim", "stop"]);
  });
});
