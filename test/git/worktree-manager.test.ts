/**
 * Goal: a worktree is made whole or not at all, from any base, and everything of it is gone when it is removed.
 * Method: real git on temporary repositories. What git shows before and after is compared; a leak is a difference.
 */
import { existsSync, lstatSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { git, gitFolder, gitRepository } from "../support/git-repository.ts";
import type { WorktreeEntry } from "../../src/git/worktrees/entry.ts";
import { readMarker, writeMarker } from "../../src/git/worktrees/marker.ts";
import { thisOwner } from "../../src/git/worktrees/owner.ts";
import type { WorktreeManager } from "../../src/git/worktree-manager.ts";
import {
  filledRepository,
  gitView,
  isGone,
  worktreeBench,
  write,
  type WorktreeBench,
} from "../support/worktree-bench.ts";

test("S3-06: a worktree is made on a branch of its own, checked out, and known to the registry and to git", async () => {
  const bench = await worktreeBench();
  const entry = await bench.manager.create({ item: "build" });
  expect(entry).toMatchObject({ status: "ready", item: "build", runId: "run-1", branch: "signalbox/run-1/build" });
  expect(readFileSync(join(entry.path, "src/main.c"), "utf8")).toBe("int main;\n");
  expect(git(entry.path, "status", "--porcelain", "--branch")).toBe("## signalbox/run-1/build");
  expect(gitView(bench.repository).worktrees).toContain(`worktree ${entry.path}`);
  expect(entry.path.startsWith(join(bench.home, "run-1"))).toBe(true);
});

test("S3-07: a removed worktree leaves nothing: no folder, no entry in git, no branch without commits, no marker", async () => {
  const bench = await worktreeBench();
  const before = gitView(bench.repository);
  const entry = await bench.manager.create({ item: "build" });
  expect(await bench.manager.remove(entry.name)).toMatchObject({ outcome: "removed", branch: undefined });
  expect(gitView(bench.repository)).toEqual(before);
  expect(isGone(entry, bench)).toBe(true);
  expect(readdirSync(join(bench.home, "run-1"))).toEqual([]);
  expect(readdirSync(join(bench.repository, ".git/signalbox/worktrees"))).toEqual([]);
  expect(readdirSync(join(bench.repository, ".git/signalbox/removed"))).toEqual([]);
  expect(git(bench.repository, "fsck")).toBe("");
});

test("a branch with commits stays when its worktree is removed, and its name is answered", async () => {
  const bench = await worktreeBench();
  const entry = await bench.manager.create({ item: "build" });
  git(entry.path, "commit", "-q", "--allow-empty", "-m", "work");
  expect(await bench.manager.remove(entry.name)).toMatchObject({ outcome: "removed", branch: "signalbox/run-1/build" });
  expect(git(bench.repository, "log", "-1", "--format=%s", "signalbox/run-1/build")).toBe("work");
});

describe("S3-06: where a worktree begins", () => {
  test.each(["HEAD", "main", "HEAD~1", "v1", "refs/heads/main", "@"])("at %s", async (base) => {
    const bench = await worktreeBench();
    git(bench.repository, "tag", "-a", "v1", "-m", "one", "HEAD~1");
    const entry = await bench.manager.create({ item: "build", base });
    expect(git(entry.path, "rev-parse", "HEAD")).toBe(git(bench.repository, "rev-parse", `${base}^{commit}`));
  });

  test("with no branch at all", async () => {
    const bench = await worktreeBench();
    const entry = await bench.manager.create({ item: "build", branch: "detached" });
    expect(git(entry.path, "branch", "--show-current")).toBe("");
    await bench.manager.remove(entry.name);
    expect(gitView(bench.repository).refs).toEqual(["refs/heads/main"]);
  });

  test("with a branch that is there, which stays", async () => {
    const bench = await worktreeBench();
    git(bench.repository, "branch", "topic", "HEAD~1");
    const entry = await bench.manager.create({ item: "build", branch: { use: "topic" } });
    expect(git(entry.path, "branch", "--show-current")).toBe("topic");
    expect(await bench.manager.remove(entry.name)).toMatchObject({ branch: "topic" });
    expect(gitView(bench.repository).branches).toEqual(["main", "topic"]);
  });

  test.each<[string, object]>([
    ["a branch that another worktree has checked out", { branch: { use: "main" } }],
    ["a branch that is not there", { branch: { use: "nowhere" } }],
    ["a new branch whose name is taken", { branch: { create: "topic" } }],
    ["a new branch below one that is there", { branch: { create: "topic/below" } }],
    ["a branch that would be an option", { branch: { create: "--detach" } }],
    ["a branch that would be an option of another command", { branch: { use: "-x" } }],
    ["a branch that git does not allow", { branch: { create: "a..b" } }],
    ["a base that would be an option", { base: "--detach" }],
    ["a base that is not there", { base: "nowhere" }],
    ["a base that is a file's content", { base: "HEAD:readme.md" }],
  ])("not with %s, and nothing is left or lost", async (_title, request) => {
    const bench = await worktreeBench();
    git(bench.repository, "branch", "topic");
    const before = gitView(bench.repository);
    await expect(bench.manager.create({ item: "build", ...request })).rejects.toMatchObject({
      code: expect.stringMatching(/^(worktree_failed|invalid_usage)$/) as string,
    });
    expect(gitView(bench.repository)).toEqual(before);
    expect(readdirSync(bench.home).filter((name) => name !== "run-1" && name !== "run-1.jsonl")).toEqual([]);
  });

  test("S3-05: not in a repository without a commit, and it says so", async () => {
    const repository = join(gitFolder(), "empty");
    git(gitRepository(), "init", "-q", repository);
    const bench = await worktreeBench({ repository });
    await expect(bench.manager.create({ item: "build" })).rejects.toThrow("the repository has no commit yet");
  });

  test("S3-05: in a bare repository too", async () => {
    const bare = join(gitFolder(), "bare.git");
    git(filledRepository(), "clone", "-q", "--bare", ".", bare);
    const bench = await worktreeBench({ repository: bare });
    const entry = await bench.manager.create({ item: "build" });
    expect(existsSync(join(entry.path, "readme.md"))).toBe(true);
    expect(await bench.manager.remove(entry.name)).toMatchObject({ outcome: "removed" });
  });
});

test("two items of any names get folders and branches of their own, inside the home", async () => {
  const bench = await worktreeBench();
  const items = ["a b", "a-b", "../../up", "A", "a", "test[node=20, os=linux]", "..", "-x", "ä", "\n", "x".repeat(300)];
  const entries = [];
  for (const item of items) entries.push(await bench.manager.create({ item }));
  expect(new Set(entries.map(({ path }) => path.toLowerCase())).size).toBe(items.length);
  expect(new Set(entries.map(({ branch }) => branch!.toLowerCase())).size).toBe(items.length);
  for (const { path } of entries) expect(path.startsWith(join(bench.home, "run-1/"))).toBe(true);
});

test("GIT_* of the caller does not lead elsewhere", async ({ onTestFinished }) => {
  const [bench, other] = [await worktreeBench(), filledRepository()];
  process.env["GIT_DIR"] = join(other, ".git");
  process.env["GIT_WORK_TREE"] = other;
  onTestFinished(() => {
    delete process.env["GIT_DIR"];
    delete process.env["GIT_WORK_TREE"];
  });
  const entry = await bench.manager.create({ item: "build" });
  delete process.env["GIT_DIR"];
  delete process.env["GIT_WORK_TREE"];
  expect(gitView(bench.repository).worktrees).toContain(`worktree ${entry.path}`);
  expect(gitView(other).worktrees).toHaveLength(1);
});

describe("hooks", () => {
  const withHook = async (hooks: boolean): Promise<{ ran: boolean; status: string }> => {
    const bench = await worktreeBench({ hooks });
    const mark = join(bench.home, "hook-ran");
    write(join(bench.repository, ".git/hooks/post-checkout"), `#!/bin/sh\ntouch "${mark}"\nexit 3\n`);
    git(bench.repository, "config", "core.fileMode", "true");
    (await import("node:fs")).chmodSync(join(bench.repository, ".git/hooks/post-checkout"), 0o755);
    const entry = await bench.manager.create({ item: "build" });
    return { ran: existsSync(mark), status: entry.status };
  };

  test("do not run for our own operations", async () => {
    expect(await withHook(false)).toEqual({ ran: false, status: "ready" });
  });

  test("run when asked for, and one that says no does not undo what git did", async () => {
    expect(await withHook(true)).toEqual({ ran: true, status: "ready" });
  });
});

test("a worktree is made while a git command holds the index of the user's own tree", async () => {
  const bench = await worktreeBench();
  const lock = join(bench.repository, ".git/index.lock");
  write(lock, "");
  const entry = await bench.manager.create({ item: "build" });
  expect(await bench.manager.remove(entry.name)).toMatchObject({ outcome: "removed" });
  expect(existsSync(lock)).toBe(true);
});

describe("S3-19: a worktree that was ready is taken up again", () => {
  const left = async (bench: WorktreeBench, item = "build"): Promise<WorktreeEntry> => {
    const entry = await bench.manager.create({ item });
    write(join(entry.path, "notes.txt"), "mine");
    // As a process that is gone has left it.
    const owner = { ...entry.owner, bootId: "an earlier start" };
    return await bench.registry.record(entry.name, { type: "take", token: entry.token + 1 }, { owner });
  };

  test("by the next process of the run, with what was done in it", async () => {
    const bench = await worktreeBench();
    const { name, path } = await left(bench);
    const next = await bench.again();
    expect(await next.reuse(name)).toMatchObject({ status: "ready", path });
    expect(git(path, "status", "--porcelain")).toBe("?? notes.txt");
    expect(await next.remove(name)).toMatchObject({ outcome: "kept" });
  });

  test("not while another process has it, when it is not where it was, or when there is none", async () => {
    const bench = await worktreeBench();
    const entry = await bench.manager.create({ item: "build" });
    const owner = { ...entry.owner, pid: 1, started: "" };
    await bench.registry.record(entry.name, { type: "take", token: 2 }, { owner });
    await expect(bench.manager.reuse(entry.name)).rejects.toThrow("process 1 has it");
    const moved = await left(bench, "moved");
    git(bench.repository, "worktree", "unlock", moved.path);
    git(bench.repository, "worktree", "move", moved.path, `${moved.path}-elsewhere`);
    await expect((await bench.again()).reuse(moved.name)).rejects.toThrow(`it is not at ${moved.path} any more`);
    await expect(bench.manager.reuse("another")).rejects.toMatchObject({ code: "worktree_failed" });
  });
});

test("a checkout that fails leaves nothing", async () => {
  const bench = await worktreeBench();
  bench.write(".gitattributes", "*.c filter=broken\n");
  git(bench.repository, "add", ".");
  git(bench.repository, "commit", "-q", "-m", "attributes");
  git(bench.repository, "config", "filter.broken.smudge", "exit 1");
  git(bench.repository, "config", "filter.broken.required", "true");
  const before = gitView(bench.repository);
  await expect(bench.manager.create({ item: "build" })).rejects.toMatchObject({ code: "worktree_failed" });
  expect(gitView(bench.repository)).toEqual(before);
  expect(readdirSync(join(bench.home, "run-1"))).toEqual([]);
});

describe("G4: two at once take over what a dead process had", () => {
  const dead = { ...thisOwner(), bootId: "an earlier start" };
  /** The process that started this one: it lives, and is somebody else. */
  const other = { ...thisOwner(), pid: process.ppid, started: "" };

  test.each<[string, (manager: WorktreeManager, name: string) => Promise<unknown>]>([
    ["to remove it", (manager, name) => manager.remove(name, { work: "save" })],
    ["to use it again", (manager, name) => manager.reuse(name).catch(() => undefined)],
  ])("%s: only the first has it", async (_what, act) => {
    const bench = await worktreeBench();
    const { name, path } = await bench.manager.create({ item: "build" });
    await bench.registry.record(name, { type: "take", token: 2 }, { owner: dead });
    const late = await bench.again();
    await bench.registry.record(name, { type: "take", token: 3 }, { owner: other });
    expect(await act(late, name)).toBeUndefined();
    expect(existsSync(join(path, "readme.md"))).toBe(true);
    expect(late.entries()).toMatchObject([{ token: 3, owner: other }]);
  });
});

test("an abort leaves nothing", async () => {
  const bench = await worktreeBench({ setup: "sleep 60" });
  const before = gitView(bench.repository);
  const abort = new AbortController();
  const creation = bench.manager.create({ item: "build", signal: abort.signal });
  await expect.poll(() => readdirSync(join(bench.home, "run-1")).length, { timeout: 10_000 }).toBe(1);
  abort.abort(new Error("enough"));
  await expect(creation).rejects.toThrow("enough");
  expect(gitView(bench.repository)).toEqual(before);
});

test("S3-18: every notice that there is carries run, item and path", async () => {
  const bench = await worktreeBench();
  const { name, path } = await bench.manager.create({ item: "build" });
  write(join(path, "notes.txt"), "mine");
  await bench.manager.remove(name);
  await bench.manager.remove(name, { work: "save" });
  // A removal that died when the folder had its last name already, and one that cannot be done.
  const half = await bench.manager.create({ item: "half" });
  const owner = { ...half.owner, bootId: "an earlier start" };
  await bench.registry.record(half.name, { type: "take", token: 2 }, { owner });
  await bench.registry.record(half.name, { type: "remove", token: 2 });
  writeMarker(half.repository, { ...readMarker(half.repository, half.name)!, owner });
  renameSync(half.path, `${half.path}.removing`);
  const next = await bench.manager.create({ item: "next" });
  rmSync(join(bench.repository, ".git/signalbox/removed"), { recursive: true });
  bench.write(".git/signalbox/removed", "in the way");
  expect(await bench.manager.remove(next.name)).toMatchObject({ outcome: "failed", path: next.path });
  const told = bench.notices.map(({ type, item }) => `${type} ${item}`);
  expect(told).toEqual([
    "worktree.created build",
    "worktree.kept build",
    "worktree.removed build",
    "worktree.created half",
    "worktree.repaired half",
    "worktree.created next",
    "worktree.orphaned next",
  ]);
  const paths = new Map([
    ["build", path],
    ["half", half.path],
    ["next", next.path],
  ]);
  for (const notice of bench.notices)
    expect(notice).toMatchObject({ runId: "run-1", path: paths.get(notice.item) as string });
});

describe("complaint 19: a fresh worktree can run", () => {
  test(".worktreeinclude brings ignored files, matched by git itself, and nothing else", async () => {
    const bench = await worktreeBench();
    bench.write(".worktreeinclude", "# secrets\n.env\n*.log\n!noisy.log\nunfinished.txt\nreadme.md\n");
    for (const name of [".env", "conf/.env", "build.log", "noisy.log", "unfinished.txt"]) bench.write(name, name);
    bench.write("readme.md", "changed, not committed\n");
    const { path } = await bench.manager.create({ item: "build" });
    expect(readFileSync(join(path, "conf/.env"), "utf8")).toBe("conf/.env");
    expect([".env", "build.log", "noisy.log", "unfinished.txt"].map((name) => existsSync(join(path, name)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(readFileSync(join(path, "readme.md"), "utf8")).toBe("read me\n");
  });

  test("what was brought and not touched is no work; what was changed is", async () => {
    const bench = await worktreeBench({
      setup: "mkdir -p node_modules/x && echo 1 > node_modules/x/y && echo s > setup.txt",
    });
    bench.write(".worktreeinclude", ".env\n");
    bench.write(".env", "secret");
    const [one, two] = [await bench.manager.create({ item: "one" }), await bench.manager.create({ item: "two" })];
    write(join(two.path, ".env"), "another secret");
    expect(await bench.manager.remove(one.name)).toMatchObject({ outcome: "removed" });
    expect(await bench.manager.remove(two.name)).toMatchObject({
      outcome: "kept",
      findings: [{ kind: "ignored", detail: ".env" }],
    });
  });

  test("folders are linked, and removing the worktree leaves what they lead to", async () => {
    const bench = await worktreeBench({ links: ["node_modules", "not-there"] });
    bench.write("node_modules/left-pad/index.js", "1");
    const entry = await bench.manager.create({ item: "build" });
    expect(lstatSync(join(entry.path, "node_modules")).isSymbolicLink()).toBe(true);
    expect(await bench.manager.remove(entry.name)).toMatchObject({ outcome: "removed" });
    expect(readFileSync(join(bench.repository, "node_modules/left-pad/index.js"), "utf8")).toBe("1");
  });

  test.each(["/etc", "../elsewhere", "..", ".", "", "out/passwd"])("a link to %j is refused", async (link) => {
    const repository = filledRepository();
    symlinkSync("/etc", join(repository, "out"));
    await expect(worktreeBench({ repository, links: [link] })).rejects.toMatchObject({
      code: "invalid_usage",
    });
  });

  test("a file of .worktreeinclude is not written through a link that leads out", async () => {
    const outside = gitFolder();
    const bench = await worktreeBench();
    symlinkSync(outside, join(bench.repository, "conf"));
    git(bench.repository, "add", "conf");
    git(bench.repository, "commit", "-q", "-m", "a link");
    git(bench.repository, "rm", "-q", "--cached", "conf");
    (await import("node:fs")).rmSync(join(bench.repository, "conf"));
    bench.write("conf/.env", "secret");
    bench.write(".worktreeinclude", ".env\n");
    await expect(bench.manager.create({ item: "build" })).rejects.toMatchObject({ code: "invalid_usage" });
    expect(readdirSync(outside)).toEqual([]);
  });

  test("the setup command sees where it is and its ports; no two worktrees share a port", async () => {
    const bench = await worktreeBench({
      setup: 'echo "$SIGNALBOX_PORT_FIRST $SIGNALBOX_PORT_COUNT $SIGNALBOX_ITEM" > seen.log',
      ports: { first: 20_000, last: 20_024, count: 10 },
      portsTimeoutMs: 0,
    });
    const [one, two] = [await bench.manager.create({ item: "one" }), await bench.manager.create({ item: "two" })];
    expect(readFileSync(join(one.path, "seen.log"), "utf8")).toBe("20000 10 one\n");
    expect(two.ports).toEqual({ first: 20_010, count: 10 });
    await expect(bench.manager.create({ item: "three" })).rejects.toThrow(
      "expected 10 free ports from 20000 to 20024 for three",
    );
    expect(gitView(bench.repository).branches).toHaveLength(3);
    await bench.manager.remove(one.name);
    expect((await bench.manager.create({ item: "three" })).ports).toEqual({ first: 20_000, count: 10 });
  });

  test("a setup command that fails says what it printed, and leaves nothing", async () => {
    const bench = await worktreeBench({ setup: "echo no such package >&2; exit 7" });
    await expect(bench.manager.create({ item: "build" })).rejects.toThrow(/ended with 7: no such package/);
    expect(gitView(bench.repository).branches).toEqual(["main"]);
  });

  test("a setup command that hangs is ended with everything it started", async () => {
    const bench = await worktreeBench({ setup: "sleep 61.5 & sleep 61.5", setupTimeoutMs: 200 });
    await expect(bench.manager.create({ item: "build" })).rejects.toThrow("took longer than 200 ms");
    const alive = readdirSync("/proc").filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("61.5") && pid !== String(process.pid);
      } catch {
        return false;
      }
    });
    expect(alive).toEqual([]);
  });
});
