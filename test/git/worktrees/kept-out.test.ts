/**
 * Goal: a link that was put into a worktree never gets into a commit, and nothing else of the repository changes for that.
 * Method: real git, with the `.gitignore` line that most projects have: `node_modules/`, which means folders only.
 */
import { lstatSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readMarker, writeMarker } from "../../../src/git/worktrees/marker.ts";
import { git } from "../../support/git-repository.ts";
import { filledRepository, worktreeBench, write, type WorktreeBench } from "../../support/worktree-bench.ts";

async function benchWith(ignored: string, links: readonly string[], exclude = "# mine\n*.tmp"): Promise<WorktreeBench> {
  const repository = filledRepository();
  write(join(repository, ".gitignore"), ignored);
  git(repository, "commit", "-q", "-am", "ignore");
  write(join(repository, ".git/info/exclude"), exclude);
  for (const link of links) write(join(repository, link, "index.js"), "1");
  return await worktreeBench({ repository, links });
}

const excludeOf = ({ repository }: WorktreeBench): string =>
  readFileSync(join(repository, ".git/info/exclude"), "utf8");

test("`git add` and `git stash` of an item leave the links alone, and the exclude file is as it was when the last one has gone", async () => {
  const bench = await benchWith("node_modules/\nodd*/\n", ["node_modules", "odd [1]*"]);
  const before = excludeOf(bench);
  const [one, two] = [await bench.manager.create({ item: "one" }), await bench.manager.create({ item: "two" })];
  expect(lstatSync(join(one.path, "odd [1]*")).isSymbolicLink()).toBe(true);
  write(join(one.path, "new.txt"), "new");
  git(one.path, "add", "--all");
  git(one.path, "commit", "-q", "-m", "work");
  expect(git(one.path, "show", "--name-only", "--format=")).toBe("new.txt");
  expect(git(one.path, "status", "--porcelain")).toBe("");
  expect(await bench.manager.remove(one.name)).toMatchObject({ outcome: "removed" });
  git(two.path, "add", "--all");
  expect(git(two.path, "status", "--porcelain")).toBe("");
  expect(await bench.manager.remove(two.name)).toMatchObject({ outcome: "removed" });
  expect(excludeOf(bench)).toBe(before);
  expect(readFileSync(join(bench.repository, "node_modules/index.js"), "utf8")).toBe("1");
});

test("K1: a link that git does not ignore is refused, and says what to do; nothing is left", async () => {
  const bench = await benchWith("node_modules/\n", ["data"]);
  const before = excludeOf(bench);
  await expect(bench.manager.create({ item: "one" })).rejects.toMatchObject({
    code: "invalid_usage",
    message: expect.stringContaining('got "data", and a commit of an item would take the link in') as string,
  });
  expect(excludeOf(bench)).toBe(before);
  expect(git(bench.repository, "status", "--porcelain")).toBe("?? data/");
});

test("K1: so is one that the exclude file itself takes back", async () => {
  const bench = await benchWith("node_modules/\n", ["node_modules"], "!node_modules\n");
  await expect(bench.manager.create({ item: "one" })).rejects.toMatchObject({ code: "invalid_usage" });
  expect(excludeOf(bench)).toBe("!node_modules\n");
});

test("K2: an exclude file that is a link stays one, and one that is not there comes and is empty again", async () => {
  const bench = await benchWith("node_modules/\n", ["node_modules"]);
  const file = join(bench.repository, ".git/info/exclude");
  write(join(bench.repository, "../mine"), "\u00ff*.tmp");
  git(bench.repository, "config", "core.bare", "false");
  const { rmSync } = await import("node:fs");
  rmSync(file);
  symlinkSync("../../../mine", file);
  const one = await bench.manager.create({ item: "one" });
  expect(git(one.path, "status", "--porcelain")).toBe("");
  await bench.manager.remove(one.name);
  expect(lstatSync(file).isSymbolicLink()).toBe(true);
  expect(readFileSync(file, "utf8")).toBe("\u00ff*.tmp");
  rmSync(join(bench.repository, ".git/info"), { recursive: true });
  const two = await bench.manager.create({ item: "two" });
  expect(git(two.path, "status", "--porcelain")).toBe("");
  await bench.manager.remove(two.name);
  expect(readFileSync(file, "utf8")).toBe("");
});

test("of many that go at once the last one takes the block away", async () => {
  const bench = await benchWith("node_modules/\n", ["node_modules"]);
  const before = excludeOf(bench);
  const entries = await Promise.all([1, 2, 3, 4].map((n) => bench.manager.create({ item: `item-${n}` })));
  expect(excludeOf(bench)).not.toBe(before);
  await Promise.all(entries.map(({ name }) => bench.manager.remove(name)));
  expect(excludeOf(bench)).toBe(before);
});

test("one that was killed between its marker and the exclude file leaves no lines: whoever finishes the removal takes them away", async () => {
  const bench = await benchWith("node_modules/\n", ["node_modules"]);
  const before = excludeOf(bench);
  const { name } = await bench.manager.create({ item: "one" });
  const marker = readMarker(join(bench.repository, ".git"), name)!;
  expect(marker.links).toEqual(["node_modules"]);
  writeMarker(join(bench.repository, ".git"), { ...marker, links: [] });
  expect(await bench.manager.remove(name)).toMatchObject({ outcome: "removed" });
  expect(excludeOf(bench)).toBe(before);
});
