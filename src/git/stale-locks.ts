import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Env } from "../base/env.ts";

const STALE_LOCK_MS = 60_000;
const TOLD_MAX = 50;

/**
 * Lock files that git left in these folders of a repository: its own, and that of each worktree. A living command has one for
 * moments; these have been there for over a minute. Of very many the first.
 */
export function staleLocks(folders: readonly string[], env: Env): readonly string[] {
  const files = folders.flatMap((folder) => [...locksIn(folder, false), ...locksIn(join(folder, "refs"), true)]);
  return files.filter((file) => isStale(file, env)).slice(0, TOLD_MAX);
}

function locksIn(folder: string, recursive: boolean): string[] {
  try {
    const names = readdirSync(folder, { recursive, encoding: "utf8" });
    return names.filter((name) => name.endsWith(".lock")).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function isStale(file: string, env: Env): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found?.isFile() === true && env.clock.now() - found.mtimeMs >= STALE_LOCK_MS;
}
