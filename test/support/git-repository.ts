import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Path of a new folder, its real one; gone after the test. */
export function gitFolder(): string {
  const folder = realpathSync.native(mkdtempSync(join(tmpdir(), "signalbox-git-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Path of a new repository with one commit on `main`; gone after the test. */
export function gitRepository(): string {
  const repository = join(gitFolder(), "repository");
  execFileSync("git", ["init", "-q", "-b", "main", repository]);
  git(repository, "commit", "-q", "--allow-empty", "-m", "first");
  return repository;
}

/** What git prints, as a person would run it. */
export function git(folder: string, ...args: string[]): string {
  const settings = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"];
  return execFileSync("git", ["-C", folder, ...settings, ...args], { encoding: "utf8", stdio: "pipe" }).trim();
}
