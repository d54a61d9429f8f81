/**
 * Goal: plans grow while their run goes on: durable, all or nothing, and as if what was added had been there.
 * Method: a worker and a clock that are the test's; the journal is read afterwards, and another process goes on.
 */
import { describe, expect, test } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import { planOfRun } from "../../src/engine/grown-plan.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import { retryRun } from "../../src/engine/retry-run.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { Hierarchy } from "../../src/state/hierarchy.ts";
import { checkSnapshotInvariants } from "../../src/state/invariants.ts";
import { gatedJournal } from "../support/gated-journal.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";
import { watchedRun } from "../support/watched-run.ts";

const FAILED = { kind: "failed", reason: { code: "exit", message: "exit 1" }, retryable: false } as const;

test("added items run when their needs are done, beside what is live, and count in the result", async () => {
  const { run, executor, env, names, events } = watchedRun({ tasks: { a: { run: "a" } } });
  run.changes$.subscribe((snapshot) => checkSnapshotInvariants(snapshot));
  const ended = run.start();
  await env.settle();
  const added = run.add({ b: { run: "b", needs: ["a"] }, c: { run: "c" }, d: { run: "d", needs: ["b", "c"] } });
  await env.settle();
  expect(await added).toEqual(["b", "c", "d"]);
  expect(executor.running).toEqual(["a", "c"]);
  expect(run.plan.tasks.map(({ key }) => key)).toEqual(["a", "b", "c", "d"]);
  expect(run.snapshot().counts).toMatchObject({ todo: 2, claimed: 2 });
  expect(run.snapshot().items.get("b")).toMatchObject({ number: 1, status: "todo" });
  expect(run.why("b")).toMatchObject({ for: [{ kind: "needs", items: [{ item: "a", status: "claimed" }] }] });
  for (const key of ["a", "c", "b", "d"]) {
    executor.finish(key);
    await env.settle();
  }
  const result = await ended;
  expect(result).toMatchObject({ outcome: "done", counts: { done: 4 } });
  expect(names()).toEqual(expect.arrayContaining(["item.added b", "item.added c", "item.added d"]));
  expect(events.find(({ name }) => name === "item.added")).toMatchObject({
    event: "add",
    from: "new",
    to: "todo",
    actor: "user",
  });
  expect((run.actor.getSnapshot().context as { size: number }).size).toBe(4);
  await expect(run.add({ e: { run: "e" } })).rejects.toMatchObject({ code: "already_settled" });
});

test("L2, U2: added items are there when they are durable, all of them at once", async () => {
  const journal = gatedJournal();
  const release = async (): Promise<void> => {
    await env.settle();
    while (journal.waiting.length > 0) journal.acknowledge();
    await env.settle();
  };
  const { run, executor, env } = watchedRun({ tasks: { a: { run: "a" } } }, { journal });
  run.start().catch(() => {});
  await release();
  let keys: readonly string[] | undefined;
  void run.add({ b: { run: "b" }, c: { run: "c" } }).then((added) => (keys = added));
  await env.settle();
  expect([keys, run.plan.tasks.length, run.snapshot().items.size, run.snapshot().items.get("b")]).toEqual([
    undefined,
    1,
    1,
    undefined,
  ]);
  expect(executor.running).toEqual(["a"]);
  await release();
  expect([keys, run.plan.tasks.length, run.snapshot().items.size]).toEqual([["b", "c"], 3, 3]);
  expect(executor.running).toEqual(["a", "b", "c"]);
  const stopped = run.stop();
  for (let i = 0; i < 4; i++) await release();
  await stopped;
});

test("U1: what is refused has changed nothing", async () => {
  const journal = memoryJournal();
  const { run, executor, env } = watchedRun({ tasks: { a: { run: "a" } } }, { journal });
  const ended = run.start();
  await env.settle();
  const { seq } = run.snapshot();
  const refused = [
    run.add({ a: { run: "x" } }),
    run.add({ b: { run: "x", needs: ["nobody"] } }),
    run.add({ b: { run: "x", needs: ["c"] }, c: { run: "x", needs: ["b"] } }),
    run.add({ b: { run: "x" }, c: { run: "x", verify: () => {}, bogus: 1 } as never }),
    run.add(null as never),
  ];
  const codes = (await Promise.allSettled(refused)).map((each) => each.status === "rejected" && each.reason.code);
  expect(codes).toEqual(["invalid_plan", "invalid_plan", "plan_cycle", "invalid_plan", "invalid_plan"]);
  expect(run.snapshot().seq).toBe(seq);
  // The same ids are free still.
  expect(await run.add({ b: { run: "b" } })).toEqual(["b"]);
  await env.settle();
  executor.finish("a");
  executor.finish("b");
  expect(await ended).toMatchObject({ outcome: "done", counts: { done: 2 } });
});

test("what was asked of a run just before it is stopped hears that it is, and may be asked of whoever goes on", async () => {
  const { run, env } = watchedRun({ tasks: { a: { run: "a" } } });
  run.start().catch(() => {});
  await env.settle();
  const asked = [run.add({ b: { run: "b" } }), run.edit("a", { title: "other" })].map((each) =>
    each.catch((error: unknown) => error),
  );
  await Promise.all([run.stop(), env.settle()]);
  for (const each of asked) expect(await each).toMatchObject({ code: "interrupted" });
});

test("a run that is ending takes nothing any more", async () => {
  const { run, executor, env } = watchedRun(
    { onFailure: "fail-fast", tasks: { a: { run: "a" }, b: { run: "b" } } },
    {},
    "ignore",
  );
  const ended = run.start();
  await env.settle();
  executor.finish("a", FAILED);
  await env.settle();
  await expect(run.add({ c: { run: "c" } })).rejects.toMatchObject({ code: "not_ready" });
  executor.finish("b", { kind: "aborted" });
  expect(await ended).toMatchObject({ outcome: "failed" });
});

test("what is added behind a failure is blocked by it, behind what is done it starts, before the start it waits", async () => {
  const { run, executor, env } = watchedRun({ tasks: { a: { run: "a" }, b: { run: "b" }, z: { run: "z" } } });
  await run.add({ early: { run: "early" } });
  expect(executor.running).toEqual([]);
  const ended = run.start();
  await env.settle();
  expect(executor.running).toEqual(["a", "b", "z", "early"]);
  executor.finish("early");
  executor.finish("a", FAILED);
  executor.finish("b");
  await env.settle();
  await run.add({ c: { run: "c", needs: ["a"] }, d: { run: "d", needs: ["b"] }, e: { run: "e", needs: ["c"] } });
  await env.settle();
  expect(executor.running).toEqual(["z", "d"]);
  expect(run.why("e")).toMatchObject({ for: [{ kind: "blocked_by_failure", items: ["a"] }] });
  expect(await run.retry("a")).toEqual(["a"]);
  await env.settle();
  executor.finish("a");
  await env.settle();
  executor.finish("c");
  await env.settle();
  for (const key of ["e", "d", "z"]) executor.finish(key);
  expect(await ended).toMatchObject({ outcome: "done", counts: { done: 7 } });
});

test("a long chain behind a waiting item puts it first", async () => {
  const { run, executor, env } = watchedRun(
    { tasks: { live: { run: "x" }, a: { run: "a" }, b: { run: "b" } } },
    { liveItemsMax: 1 },
  );
  run.start().catch(() => {});
  await env.settle();
  await run.add({ c: { run: "c", needs: ["b"] }, d: { run: "d", needs: ["c"] } });
  executor.finish("live");
  await env.settle();
  expect(executor.running).toEqual(["b"]);
  await run.stop();
});

describe("what a plan asks beyond plain needs", () => {
  test("conditions, when, joins and groups of added tasks, in a plan that had none of it", async () => {
    const { run, executor, env } = watchedRun({ groups: { g: {} }, tasks: { a: { run: "a" }, b: { run: "b" } } });
    const ended = run.start();
    await env.settle();
    executor.finish("a", { kind: "done", output: "yes" });
    await env.settle();
    await run.add({
      yes: { run: "yes", needs: ["a"], when: { a: "yes" } },
      no: { run: "no", needs: ["a"], when: { a: "no" } },
      mend: { run: "mend", needs: { b: "failed" } },
      all: { join: "all", needs: { yes: "done", no: "passed" } },
      m: { run: "m", group: "g" },
      n: { run: "n", group: "g" },
    });
    await env.settle();
    expect(executor.running).toEqual(["b", "yes", "m", "n"]);
    expect(run.snapshot().items.get("no")).toMatchObject({ status: "cancelled", reason: { code: "skipped" } });
    executor.finish("yes");
    executor.finish("m", FAILED);
    executor.finish("b", FAILED);
    await env.settle();
    expect(run.snapshot().items.get("all")?.status).toBe("done");
    expect(executor.aborted).toEqual([{ item: "n", reason: "fail_fast" }]);
    executor.finish("mend");
    expect(await ended).toMatchObject({ outcome: "failed", counts: { done: 4, failed: 2, cancelled: 2 } });
  });

  test("a member that is added to a group that has failed is cancelled like the others", async () => {
    const { run, executor, env } = watchedRun({
      groups: { g: {} },
      tasks: { m: { run: "m", group: "g" }, z: { run: "z" } },
    });
    const ended = run.start();
    await env.settle();
    executor.finish("m", FAILED);
    await env.settle();
    await run.add({ n: { run: "n", group: "g" } });
    executor.finish("z");
    const { snapshot } = await ended;
    expect(snapshot.items.get("n")).toMatchObject({ status: "cancelled", reason: { code: "fail_fast" } });
  });

  test("pools are kept from the first item on that uses one", async () => {
    const { run, executor, env } = watchedRun({ pools: { p: 1 }, tasks: { a: { run: "a" } } });
    const ended = run.start();
    await env.settle();
    await run.add({ b: { run: "b", uses: { p: 1 } }, c: { run: "c", uses: { p: 1 } } });
    await env.settle();
    expect(executor.running).toEqual(["a", "b"]);
    expect(run.why("c")).toMatchObject({ for: [{ kind: "pool", pool: "p", by: ["b"] }] });
    executor.finish("b");
    await env.settle();
    expect(executor.running).toEqual(["a", "c"]);
    executor.finish("a");
    executor.finish("c");
    expect((await ended).outcome).toBe("done");
  });

  test("items for somebody outside are offered", async () => {
    const { run, executor, env } = watchedRun({ tasks: { a: { run: "a" } } }, { awaitClaims: true });
    const ended = run.start();
    await env.settle();
    const waiting = run.claims.claimNext({ agent: "ann", waitMs: 60_000 });
    await run.add({ look: { needs: [] } });
    await env.settle();
    const claim = await waiting;
    expect(claim?.item).toBe("look");
    await run.claims.complete(claim!);
    executor.finish("a");
    expect((await ended).outcome).toBe("done");
  });
});

test("C2, G2b: in layers what is added starts no earlier than the open layer, and a layer that has ended stays so", async () => {
  const { run, executor, env, events } = watchedRun({
    schedule: "layers",
    tasks: { a: { run: "a" }, b: { run: "b", needs: ["a"] }, c: { run: "c", needs: ["b"] } },
  });
  const ended = run.start();
  await env.settle();
  executor.finish("a");
  await env.settle();
  await run.add({ x: { run: "x" }, y: { run: "y", needs: ["x"] } });
  await env.settle();
  expect(executor.running).toEqual(["b", "x"]);
  executor.finish("b");
  await env.settle();
  expect(executor.running).toEqual(["x"]);
  executor.finish("x");
  await env.settle();
  expect(executor.running.toSorted()).toEqual(["c", "y"]);
  executor.finish("c");
  executor.finish("y");
  expect((await ended).outcome).toBe("done");
  const layers = events.filter(({ name }) => name.startsWith("layer.")).map(({ name, data }) => [name, data]);
  expect(layers).toEqual([
    ["layer.started", { index: 0, count: 1 }],
    ["layer.finished", { index: 0, count: 1 }],
    ["layer.started", { index: 1, count: 1 }],
    ["layer.finished", { index: 1, count: 2 }],
    ["layer.started", { index: 2, count: 2 }],
    ["layer.finished", { index: 2, count: 2 }],
  ]);
});

test("one at a time: what is added comes when what is before it has ended", async () => {
  const { run, executor, env } = watchedRun({ schedule: "sequential", tasks: { a: { run: "a" }, b: { run: "b" } } });
  const ended = run.start();
  await env.settle();
  await run.add({ c: { run: "c", priority: 0 } });
  for (const key of ["a", "b", "c"]) {
    await env.settle();
    expect(executor.running).toEqual([key]);
    executor.finish(key);
  }
  expect((await ended).outcome).toBe("done");
});

test("S2-15: a tree of items grows with the run", async () => {
  const { run, executor, env } = watchedRun({ tasks: { "P1.T1": { run: "x" } } });
  run.start().catch(() => {});
  await env.settle();
  const tree = new Hierarchy().follow(run.snapshot());
  await run.add({ "P1.T2": { run: "y" }, "P2.T1": { needs: ["P1.T2"], run: "z" } });
  await env.settle();
  executor.finish("P1.T1");
  await env.settle();
  tree.follow(run.snapshot());
  expect(tree.get("P1")).toMatchObject({ items: ["P1.T1", "P1.T2"], progress: { total: 2, done: 1 } });
  expect(tree.roots().map(({ id }) => id)).toEqual(["P1", "P2"]);
  await run.stop();
});

describe("another process", () => {
  const PLAN = { name: "p", schedule: "layers", tasks: { a: { run: "a" }, b: { run: "b", needs: ["a"] } } } as const;

  async function left() {
    const journal = memoryJournal();
    const { run, executor, env } = watchedRun(PLAN, { journal });
    run.start().catch(() => {});
    await env.settle();
    executor.finish("a");
    await env.settle();
    await run.add({ c: { run: "c", timeout: "1m" }, d: { run: "d", needs: ["c"] } });
    await env.settle();
    executor.finish("c", { kind: "done", output: 7 });
    await run.stop();
    return { journal, id: run.id, plan: createRun(PLAN).plan, grown: run.plan };
  }

  test("goes on with the added items, whether it brings the plan as it was or as it is", async () => {
    for (const which of ["plan", "grown"] as const) {
      const { journal, id, ...plans } = await left();
      const executor = manualExecutor();
      const recovered = await journal.recover(id);
      const env = virtualEnv(2);
      const run = resumeRun(recovered, plans[which], { journal, env, executors: [executor] });
      expect(run.plan.hash()).toBe(plans.grown.hash());
      expect(run.snapshot().items.get("c")).toMatchObject({ status: "done", output: 7 });
      const ended = run.start();
      await env.settle();
      // Its layer is stored with it: it did not become part of one that had ended.
      expect(executor.running).toEqual(["b"]);
      await run.add({ e: { run: "e", needs: ["d"] } });
      for (const key of ["b", "d", "e"]) {
        executor.finish(key);
        await env.settle();
      }
      expect(await ended).toMatchObject({ outcome: "done", counts: { done: 5 } });
    }
  });

  test("the plan of a stored run has them; another plan is refused", async () => {
    const { journal, id, grown } = await left();
    const stored = await journal.read(id);
    expect(planOfRun(stored).toText()).toBe(grown.toText());
    expect((await journal.runs())[0]).toMatchObject({ size: 4 });
    const other = createRun({ tasks: { a: { run: "other" } } }).plan;
    expect(() => resumeRun(stored, other, { journal })).toThrow(expect.objectContaining({ code: "plan_changed" }));
  });

  test("a retry of the ended run has them as its plan from the start", async () => {
    const { journal, id, plan } = await left();
    const env = virtualEnv(2);
    const executor = manualExecutor();
    const first = resumeRun(await journal.recover(id), plan, { journal, env, executors: [executor] });
    const ended = first.start();
    await env.settle();
    executor.finish("b", FAILED);
    await env.settle();
    executor.finish("d");
    expect((await ended).outcome).toBe("failed");
    const again = retryRun(await journal.read(id), plan, { journal, env: virtualEnv(3), executors: [executor] });
    const result = again.start();
    await env.settle();
    expect(executor.running).toEqual(["b"]);
    executor.finish("b");
    expect(await result).toMatchObject({ outcome: "done", counts: { done: 4 } });
    expect((await journal.read(again.id)).record).toMatchObject({ size: 4, planHash: first.plan.hash() });
  });
});
