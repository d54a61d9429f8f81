/**
 * `.worktreeinclude`: which files that git does not track a new worktree gets too. It is written like a `.gitignore`, and git
 * itself matches it. Only ignored files are copied: what is neither tracked nor ignored is somebody's unfinished work.
 */
import { constants, existsSync, lstatSync } from "node:fs";
import { copyFile, mkdir, readlink, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SignalboxError } from "../../base/errors.ts";
import { containedPath, isInside } from "./contained-path.ts";
import type { Git } from "./git-port.ts";
import { WORKTREE_LIMITS } from "./limits.ts";

export const INCLUDE_FILE = ".worktreeinclude";

/** Copies them; nothing that is there is overwritten. `avoid`: a folder of ours that may stand in the source. */
export async function copyIncluded(git: Git, source: string, target: string, avoid: string): Promise<void> {
  const names = (await includedFiles(git, source)).filter((name) => !isInside(avoid, join(source, name)));
  if (names.length > WORKTREE_LIMITS.includedFilesMax) throw tooMuch(`${names.length} files`);
  let bytes = 0;
  for (const name of names) {
    const from = join(source, name);
    const found = lstatSync(from, { throwIfNoEntry: false });
    if (found === undefined) continue;
    bytes += found.size;
    if (bytes > WORKTREE_LIMITS.includedBytesMax) throw tooMuch(`over ${WORKTREE_LIMITS.includedBytesMax} bytes`);
    const to = containedPath(target, name, `a file of ${INCLUDE_FILE}`);
    if (existsSync(to)) continue;
    await mkdir(dirname(to), { recursive: true });
    if (found.isSymbolicLink()) await symlink(await readlink(from), to);
    else if (found.isFile()) await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
}

async function includedFiles(git: Git, source: string): Promise<string[]> {
  if (!existsSync(join(source, INCLUDE_FILE))) return [];
  const list = ["ls-files", "--others", "--ignored", "-z"];
  const wanted = await git(source, [...list, `--exclude-from=${INCLUDE_FILE}`]);
  if (wanted.exitCode !== 0) throw notRead(wanted.stderr);
  // Other repositories end with a slash; they are no files.
  const files = wanted.stdout.split("\0").filter((name) => name !== "" && !name.endsWith("/"));
  if (files.length === 0) return [];
  const ignored = await git(source, ["check-ignore", "-z", "--stdin"], { input: `${files.join("\0")}\0` });
  return ignored.stdout.split("\0").filter((name) => name !== "");
}

function tooMuch(got: string): SignalboxError {
  return new SignalboxError(
    "worktree_failed",
    `expected ${INCLUDE_FILE} to name at most ${WORKTREE_LIMITS.includedFilesMax} files of ${WORKTREE_LIMITS.includedBytesMax} bytes together, got ${got}; name fewer, or link a folder instead of copying it`,
  );
}

function notRead(stderr: string): SignalboxError {
  return new SignalboxError(
    "worktree_failed",
    `expected git to match ${INCLUDE_FILE}, got: ${stderr.trim()}; see that it is a file like .gitignore`,
  );
}
