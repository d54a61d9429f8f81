/**
 * Goal: no two worktrees in which somebody works share a port, and nobody is without ports because of one that only rests.
 * Method: a range for one worktree, or two; real git.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { git } from "../../support/git-repository.ts";
import { worktreeBench, write } from "../../support/worktree-bench.ts";
import { worktreeRuns } from "../../support/worktree-runs.ts";

const forOne = { ports: { first: 20_000, last: 20_009, count: 10 }, portsTimeoutMs: 0 };

test("a kept worktree holds no ports, and gets others when it is used again", async () => {
  const bench = await worktreeBench({ ports: { first: 20_000, last: 20_019, count: 10 }, portsTimeoutMs: 0 });
  const one = await bench.manager.create({ item: "one" });
  write(join(one.path, "notes.txt"), "mine");
  expect(await bench.manager.remove(one.name)).toMatchObject({ outcome: "kept" });
  const two = await bench.manager.create({ item: "two" });
  expect(two.ports).toEqual(one.ports);
  expect((await bench.manager.reuse(one.name)).ports).toEqual({ first: 20_010, count: 10 });
  await expect(bench.manager.create({ item: "three" })).rejects.toMatchObject({ code: "worktree_failed" });
  // Those that it has are not given away by another look at it.
  expect((await bench.manager.reuse(one.name)).ports).toEqual({ first: 20_010, count: 10 });
});

test("one that is kept, and in which something still runs, holds them until that has ended", async () => {
  const bench = await worktreeBench(forOne);
  const one = await bench.manager.create({ item: "one" });
  const server = spawn("sleep", ["60"], { cwd: one.path });
  onTestFinished(() => void server.kill("SIGKILL"));
  expect(await bench.manager.remove(one.name)).toMatchObject({ outcome: "kept", findings: [{ kind: "busy" }] });
  await expect(bench.manager.create({ item: "two" })).rejects.toThrow("free ports");
  server.kill("SIGKILL");
  await new Promise((resolve) => void server.once("close", resolve));
  expect(await bench.manager.remove(one.name)).toMatchObject({ outcome: "removed" });
  expect((await bench.manager.create({ item: "two" })).ports).toEqual(one.ports);
});

test("the worktree of a dead process holds none", async () => {
  const bench = await worktreeBench(forOne);
  const one = await bench.manager.create({ item: "one" });
  const owner = { ...one.owner, bootId: "an earlier start" };
  await bench.registry.record(one.name, { type: "take", token: 2 }, { owner });
  const { readMarker, writeMarker } = await import("../../../src/git/worktrees/marker.ts");
  writeMarker(one.repository, { ...readMarker(one.repository, one.name)!, owner });
  expect((await bench.manager.create({ item: "two" })).ports).toEqual(one.ports);
});

test("who finds none waits for them, says so, and an abort ends that", async () => {
  const bench = await worktreeBench({ ...forOne, portsTimeoutMs: 60_000 });
  const one = await bench.manager.create({ item: "one" });
  const two = bench.manager.create({ item: "two" });
  const abort = new AbortController();
  const three = bench.manager.create({ item: "three", signal: abort.signal });
  const waiting = (): string[] =>
    bench.notices.filter(({ type }) => type === "worktree.waiting").map(({ item }) => item);
  await expect.poll(() => waiting().toSorted(), { timeout: 10_000 }).toEqual(["three", "two"]);
  abort.abort(new Error("enough"));
  await expect(three).rejects.toThrow("enough");
  await bench.manager.remove(one.name);
  expect((await two).ports).toEqual(one.ports);
  expect(git(bench.repository, "branch", "--format=%(refname:short)").split("\n")).toEqual([
    "main",
    "signalbox/run-1/two",
  ]);
});

test("a run with fewer ports than live items, whose worktrees all stay, comes to its end", async () => {
  const { run, problems } = worktreeRuns();
  const { outcome, worktrees } = await run({
    liveItemsMax: 3,
    worktrees: { ports: { first: 20_000, last: 20_000, count: 1 }, keep: "always" },
    tasks: { serve: { worktree: true, matrix: { n: [1, 2, 3] }, run: 'test "$SIGNALBOX_PORT_FIRST" = 20000' } },
  }).start();
  expect(outcome).toBe("done");
  expect(worktrees).toHaveLength(3);
  expect(problems.join("\n")).toContain("it waits for them");
});
