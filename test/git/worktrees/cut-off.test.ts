/**
 * Goal: a removal that was cut off is repaired by whoever comes next, and what has the last name of a worktree is never deleted
 * unlooked. Method: the exact state that kill -9 leaves at each step (a real kill is in test/e2e/cli-worktrees.test.ts), or that a
 * person's `mv` leaves; then each of those who may come next.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../../src/base/node-env.ts";
import { examineRepository } from "../../../src/git/examine.ts";
import { itemWorktrees } from "../../../src/git/run-worktrees.ts";
import { cleanWorktrees } from "../../../src/git/state-worktrees.ts";
import type { WorktreeEntry } from "../../../src/git/worktrees/entry.ts";
import { readMarker, writeMarker } from "../../../src/git/worktrees/marker.ts";
import { readRegistry } from "../../../src/git/worktrees/registry.ts";
import { git } from "../../support/git-repository.ts";
import { worktreeBench, write, type WorktreeBench } from "../../support/worktree-bench.ts";

const env = nodeEnv();
const going = ({ path }: WorktreeEntry): string => `${path}.removing`;

/** A worktree whose process was killed: nobody has it any more. */
async function ofDead(bench: WorktreeBench): Promise<WorktreeEntry> {
  const { manager, registry } = bench;
  const { name, owner, token, repository } = await manager.create({ item: "build" });
  const dead = { ...owner, bootId: "an earlier start" };
  writeMarker(repository, { ...readMarker(repository, name)!, owner: dead });
  return await registry.record(name, { type: "take", token: token + 1 }, { owner: dead });
}

/** Killed when the folder had its last name, before git forgot it. */
async function cutOff(bench: WorktreeBench): Promise<WorktreeEntry> {
  const entry = await ofDead(bench);
  await bench.registry.record(entry.name, { type: "remove", token: entry.token });
  renameSync(entry.path, going(entry));
  return entry;
}

/** Killed when git had forgotten it, before the files were deleted. */
async function cutOffLate(bench: WorktreeBench): Promise<WorktreeEntry> {
  const entry = await cutOff(bench);
  const removed = join(entry.repository, "signalbox/removed");
  mkdirSync(removed, { recursive: true });
  renameSync(join(entry.repository, "worktrees", entry.name), join(removed, entry.name));
  return entry;
}

const statusOf = async ({ registry }: WorktreeBench, { name }: WorktreeEntry): Promise<string | undefined> =>
  (await readRegistry(registry.file))?.find((entry) => entry.name === name)?.status;

const clean = (bench: WorktreeBench, more: { save?: boolean; forgetMissing?: boolean; dryRun?: boolean } = {}) =>
  cleanWorktrees({ env, home: bench.home, save: false, forgetMissing: false, dryRun: false, ...more });

/** Whoever may come next; each as another process would. */
const comers: Readonly<Record<string, (bench: WorktreeBench) => Promise<unknown>>> = {
  clean: (bench) => clean(bench),
  "clean --forget-missing": (bench) => clean(bench, { forgetMissing: true }),
  resume: async (bench) => {
    const open = itemWorktrees({ home: bench.home, folder: bench.repository });
    await (await open({ env, runId: "run-1", settings: {}, onProblem: () => {} })).close();
  },
  create: async (bench) => (await bench.again()).create({ item: "next" }),
  doctor: (bench) => examineRepository({ env, folder: bench.repository, home: undefined, mend: true }),
};

describe("I19: a removal that was cut off before git forgot the worktree", () => {
  test.for(Object.entries(comers))(
    "is put back and looked at again by %s: what was written there since is kept",
    async ([, come]) => {
      const bench = await worktreeBench();
      const entry = await cutOff(bench);
      write(join(going(entry), "new.txt"), "mine");
      await come(bench);
      expect(existsSync(going(entry))).toBe(false);
      expect(readFileSync(join(entry.path, "new.txt"), "utf8")).toBe("mine");
      expect(git(entry.path, "status", "--porcelain")).toBe("?? new.txt");
    },
  );

  test.for(["clean", "resume"])("is brought to its end by %s when it holds nothing", async (name) => {
    const bench = await worktreeBench();
    const entry = await cutOff(bench);
    await comers[name]!(bench);
    expect(await statusOf(bench, entry)).toBe("removed");
    expect(readdirSync(dirname(entry.path))).toEqual([]);
    expect(git(bench.repository, "branch", "--list", entry.branch!)).toBe("");
    expect(readdirSync(join(entry.repository, "signalbox/worktrees"))).toEqual([]);
  });

  test("tells in its report what was done there", async () => {
    const bench = await worktreeBench();
    const entry = await cutOff(bench);
    write(join(going(entry), "new.txt"), "mine");
    const open = itemWorktrees({ home: bench.home, folder: bench.repository });
    const worktrees = await open({ env, runId: "run-1", settings: {}, onProblem: () => {} });
    onTestFinished(() => worktrees.close());
    expect(worktrees.leftBefore).toMatchObject([{ filesModified: ["new.txt"], findings: ["untracked: new.txt"] }]);
  });

  test("is taken up again by who reuses it", async () => {
    const bench = await worktreeBench();
    const entry = await cutOff(bench);
    expect(await (await bench.again()).reuse(entry.name)).toMatchObject({ status: "ready", path: entry.path });
    expect(git(entry.path, "status", "--porcelain")).toBe("");
  });

  test("is saved with all that is in it, when that is asked for", async () => {
    const bench = await worktreeBench();
    const entry = await cutOff(bench);
    write(join(going(entry), "new.txt"), "mine");
    expect(await clean(bench, { save: true, dryRun: true })).toMatchObject([
      { outcome: "removed", findings: ["untracked: new.txt"] },
    ]);
    const [cleaned] = await clean(bench, { save: true });
    expect(cleaned).toMatchObject({ outcome: "removed" });
    expect(git(bench.repository, "show", `${cleaned!.saved!.ref}:new.txt`)).toBe("mine");
    expect(readdirSync(dirname(entry.path))).toEqual([]);
  });
});

test("I19: a removal that was cut off when git had forgotten the worktree is brought to its end by whoever comes next", async () => {
  for (const name of ["clean", "create"]) {
    const bench = await worktreeBench();
    const entry = await cutOffLate(bench);
    await comers[name]!(bench);
    expect([name, existsSync(entry.path), existsSync(going(entry))]).toEqual([name, false, false]);
    expect(await statusOf(bench, entry)).toBe("removed");
    expect(readdirSync(join(entry.repository, "signalbox/removed"))).toEqual([]);
  }
});

describe("complaint 4: what has the last name of a worktree is never deleted unlooked", () => {
  /** Kept, and then renamed by a person's `mv`. */
  async function renamed(bench: WorktreeBench): Promise<WorktreeEntry> {
    const entry = await ofDead(bench);
    write(join(entry.path, "readme.md"), "mine");
    await clean(bench);
    const [kept] = (await readRegistry(bench.registry.file))!;
    expect(kept).toMatchObject({ status: "kept" });
    renameSync(entry.path, going(entry));
    return entry;
  }

  test("a kept worktree that somebody gave this name is found there, whatever is to be forgotten", async () => {
    const bench = await worktreeBench();
    const entry = await renamed(bench);
    expect(await clean(bench, { forgetMissing: true })).toMatchObject([
      { outcome: "kept", findings: ["changed: readme.md"] },
    ]);
    expect(readFileSync(join(entry.path, "readme.md"), "utf8")).toBe("mine");
  });

  test("it stays when git was told to forget it: nobody can say any more what would be lost", async () => {
    for (const name of ["clean --forget-missing", "create"]) {
      const bench = await worktreeBench();
      const entry = await cutOff(bench);
      write(join(going(entry), "new.txt"), "mine");
      rmSync(join(entry.repository, "worktrees", entry.name), { recursive: true });
      await comers[name]!(bench);
      expect([name, readFileSync(join(going(entry), "new.txt"), "utf8")]).toEqual([name, "mine"]);
      const [left] = (await clean(bench, { forgetMissing: true })).filter((each) => each.entry.name === entry.name);
      expect(left).toMatchObject({ findings: [expect.stringContaining(`replaced: ${going(entry)}`)] });
    }
  });

  test("neither of two is touched when something else has the name", async () => {
    const bench = await worktreeBench();
    const entry = await ofDead(bench);
    write(join(going(entry), "theirs.txt"), "theirs");
    expect(await clean(bench)).toMatchObject([
      { outcome: "kept", findings: [expect.stringContaining(`replaced: ${going(entry)}`)] },
    ]);
    expect(readFileSync(join(going(entry), "theirs.txt"), "utf8")).toBe("theirs");
    expect(git(entry.path, "status", "--porcelain")).toBe("");
  });
});
