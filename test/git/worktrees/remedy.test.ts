/** Goal: what a kept worktree says can be done about it is enough. Method: the commands of the remedy are run as they stand. */
import { execFileSync } from "node:child_process";
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { git, gitRepository } from "../../support/git-repository.ts";
import { isGone, worktreeBench, write } from "../../support/worktree-bench.ts";

/** The commands in a text, with the word that a person has to fill in. */
function follow(remedy: string, folder: string, words: Readonly<Record<string, string>> = {}): void {
  const commands = [...remedy.matchAll(/`((?:git|rm) [^`]+)`/g)].map(([, command = ""]) => command);
  expect(commands.length).toBeGreaterThan(0);
  for (const command of commands) {
    const filled = command.replaceAll(/[A-Z]+_[A-Z]+/g, (word) => words[word] ?? word);
    execFileSync("sh", ["-c", filled], { cwd: folder, stdio: "pipe" });
  }
}

test("a worktree with a submodule can be removed by what its remedy says, and clean finds nothing left", async () => {
  const bench = await worktreeBench();
  const entry = await bench.manager.create({ item: "build" });
  git(entry.path, "-c", "protocol.file.allow=always", "submodule", "add", "-q", gitRepository(), "part");
  git(entry.path, "commit", "-q", "-am", "with a part");
  git(join(entry.path, "part"), "commit", "-q", "--allow-empty", "-m", "mine");
  git(entry.path, "commit", "-q", "-am", "with mine");
  const kept = await bench.manager.remove(entry.name);
  expect(kept).toMatchObject({ outcome: "kept", findings: [{ kind: "submodule", detail: "part" }] });
  follow(kept!.remedy!, bench.repository);
  expect(existsSync(entry.path)).toBe(false);
  expect(await bench.manager.remove(entry.name)).toMatchObject({ outcome: "removed", branch: entry.branch });
  expect(isGone(entry, bench)).toBe(true);
});

test("a locked one can be removed when it was unlocked", async () => {
  const bench = await worktreeBench();
  const entry = await bench.manager.create({ item: "build" });
  git(bench.repository, "worktree", "unlock", entry.path);
  git(bench.repository, "worktree", "lock", "--reason", "mine", entry.path);
  const kept = await bench.manager.remove(entry.name);
  follow(kept!.remedy!, bench.repository);
  expect(await bench.manager.remove(entry.name)).toMatchObject({ outcome: "removed" });
});

test("one in which a git command was killed can be removed, or its work saved, when what that left is deleted", async () => {
  const bench = await worktreeBench();
  const entry = await bench.manager.create({ item: "build" });
  write(`${entry.path}/notes.txt`, "mine");
  write(`${bench.repository}/.git/worktrees/${entry.name}/index.lock`, "");
  const kept = await bench.manager.remove(entry.name, { work: "save" });
  expect(kept).toMatchObject({ outcome: "kept", findings: [{ kind: "busy" }, { kind: "untracked" }] });
  follow(kept!.remedy!, bench.repository);
  expect(await bench.manager.remove(entry.name, { work: "save" })).toMatchObject({ outcome: "removed" });
});

test("one that was moved is known where it is, when it was repaired, and can be moved back", async () => {
  const bench = await worktreeBench();
  const entry = await bench.manager.create({ item: "build" });
  write(`${entry.path}/notes.txt`, "mine");
  renameSync(entry.path, `${bench.home}/else where's`);
  const missing = await bench.manager.remove(entry.name);
  follow(missing!.remedy!, bench.repository, { NEW_PATH: `"${bench.home}/else where's"` });
  const moved = await bench.manager.remove(entry.name);
  expect(moved).toMatchObject({ outcome: "kept", findings: [{ kind: "moved" }] });
  follow(moved!.remedy!, bench.repository);
  expect(await bench.manager.remove(entry.name)).toMatchObject({ findings: [{ kind: "untracked" }] });
});
