/**
 * Goal: what the setup command changes in tracked files is not taken for an item's work, and no work of an item's for what the
 * setup command did. Method: a setup that writes a lockfile anew, as package managers do, and items that touch it, or not.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { git } from "../../support/git-repository.ts";
import { worktreeBench, write, type WorktreeBench } from "../../support/worktree-bench.ts";
import { author, worktreeRuns } from "../../support/worktree-runs.ts";

const setup = "echo installed >> readme.md; rm src/main.c";
const bench = (): Promise<WorktreeBench> => worktreeBench({ setup });

test("a worktree that only the setup command has changed goes, and nothing of it counts as work", async () => {
  const { manager } = await bench();
  const { name, path } = await manager.create({ item: "build" });
  expect(await manager.observe(name, (files) => files)).toMatchObject({ files: [], filesTotal: 0, insertions: 0 });
  expect(await manager.remove(name)).toMatchObject({ outcome: "removed" });
  expect(existsSync(path)).toBe(false);
});

test.each<[string, (path: string) => void, readonly string[]]>([
  ["changed further", (path) => write(join(path, "readme.md"), "mine"), ["readme.md"]],
  ["put back", (path) => write(join(path, "src/main.c"), "mine"), ["src/main.c"]],
  ["deleted", (path) => rmSync(join(path, "readme.md")), ["readme.md"]],
  ["staged", (path) => git(path, "add", "readme.md"), ["readme.md"]],
  [
    "staged with other text",
    (path) => {
      write(join(path, "other"), "mine");
      const id = git(path, "hash-object", "-w", "other");
      rmSync(join(path, "other"));
      git(path, "update-index", "--cacheinfo", `100644,${id},readme.md`);
    },
    ["readme.md"],
  ],
])("what was %s since is work: the worktree is kept, and says what", async (_how, act, files) => {
  const { manager } = await bench();
  const { name, path } = await manager.create({ item: "build" });
  act(path);
  expect((await manager.observe(name, (each) => each))?.files).toEqual(files);
  expect(await manager.remove(name)).toMatchObject({
    outcome: "kept",
    findings: [{ kind: "changed", detail: files.join() }],
  });
});

test("what is saved of an item's work has it on top of what the setup command did", async () => {
  const { manager, repository } = await bench();
  const { name, path } = await manager.create({ item: "build" });
  write(join(path, "new.txt"), "mine");
  const removal = await manager.remove(name, { work: "save" });
  expect(removal).toMatchObject({ outcome: "removed" });
  expect(git(repository, "show", `${removal!.saved.ref}:new.txt`)).toBe("mine");
  expect(git(repository, "show", `${removal!.saved.ref}:readme.md`)).toContain("installed");
});

test("files_modified has what the item did, and what it committed, whoever changed that", async () => {
  const { run } = worktreeRuns();
  const { worktrees } = await run({
    worktrees: { setup: "echo installed >> readme.md" },
    tasks: {
      own: { worktree: true, run: `echo x > own.txt && git add own.txt && git ${author} commit -q -m own` },
      all: { worktree: true, run: `git ${author} commit -q -a -m all`, needs: ["own"] },
    },
  }).start();
  expect(worktrees).toMatchObject([
    { item: "own", filesModified: ["own.txt"], insertions: 1, isThere: false },
    { item: "all", filesModified: ["readme.md"], insertions: 1, isThere: false },
  ]);
});
