/**
 * Goal: a worktree for which there is no room leaves nothing behind, also when not even that can be recorded (S3-21). Method: a file
 * system of 4 MB in a mount namespace of its own; where the system allows none, there is nothing to see.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { git, gitRepository } from "../../support/git-repository.ts";

const program = fileURLToPath(new URL("../../support/worktree-full-disk.ts", import.meta.url));
const ways = [
  ["unshare", "--mount"],
  ["unshare", "--map-root-user", "--mount"],
];
const way = ways.find(
  ([file, ...words]) =>
    spawnSync(file!, [...words, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" }).status === 0,
);

test("S3-21: without room nothing is made and nothing is left, and with room the next one is made", () => {
  // Where no file system can be had, nothing can be shown.
  if (way === undefined) return;
  const repository = gitRepository();
  writeFileSync(join(repository, "large.bin"), randomBytes(1024 * 1024));
  git(repository, "add", ".");
  git(repository, "commit", "-q", "-m", "large");
  const [file, ...words] = [...way, process.execPath, program, dirname(repository)];
  const { stdout, stderr } = spawnSync(file, words, { encoding: "utf8" });
  expect(stdout, stderr).not.toBe("");
  const seen = JSON.parse(stdout) as Record<string, unknown>;
  const nothing = { worktrees: 1, branches: 1, folders: [], markers: 0 };
  expect(seen["noRoom"]).toEqual({ code: "worktree_failed", ...nothing });
  expect(seen["none"]).toEqual({ code: "state_unwritable", ...nothing });
  expect(seen["half"]).toEqual({ code: "worktree_failed", ...nothing });
  expect(seen["room"]).toEqual({ code: "made", worktrees: 2, branches: 2, folders: ["third"], markers: 1 });
  expect(seen["notices"]).toEqual(["worktree.created"]);
});
