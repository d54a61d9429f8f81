/**
 * Goal: what changed in a working tree between two moments is told, and nothing that was there before.
 * Method: real repositories, changed in every way that git and the disk know.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { changedSince, treeState } from "../../src/git/observed-changes.ts";
import { git, gitFolder, gitRepository } from "../support/git-repository.ts";

const env = nodeEnv();

test("committed, changed, new, removed, put back, ignored; from a folder inside, too", async () => {
  const top = gitRepository();
  const write = (name: string, text: string): void => writeFileSync(join(top, name), text);
  mkdirSync(join(top, "inside"));
  for (const name of ["kept", "changed", "removed", "dirty", "dirtier", "put-back"]) write(name, "1");
  write(".gitignore", "ignored\n");
  git(top, "add", ".");
  git(top, "commit", "-qm", "files");
  for (const name of ["dirty", "dirtier", "put-back", "mine"]) write(name, "2");
  const before = await treeState(join(top, "inside"), env);
  expect(before?.top).toBe(top);
  expect(await changedSince(before!, env)).toEqual([]);
  for (const name of ["changed", "ignored", "inside/new é", "committed"]) write(name, "3");
  write("dirtier", "longer");
  rmSync(join(top, "removed"));
  git(top, "checkout", "-q", "put-back");
  git(top, "add", "committed");
  git(top, "commit", "-qm", "one");
  const changed = ["changed", "committed", "dirtier", "inside/new é", "put-back", "removed"];
  expect(await changedSince(before!, env)).toEqual(changed);
});

test("the first commit of a repository; a folder in none", async () => {
  const folder = gitFolder();
  expect(await treeState(folder, env)).toBeUndefined();
  execFileSync("git", ["init", "-q", folder]);
  const before = await treeState(folder, env);
  expect(before?.commit).toBeUndefined();
  writeFileSync(join(folder, "first"), "");
  git(folder, "add", "first");
  git(folder, "commit", "-qm", "first");
  expect(await changedSince(before!, env)).toEqual(["first"]);
});
