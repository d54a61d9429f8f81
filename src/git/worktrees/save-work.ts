/**
 * Saves the work of a worktree before it goes: what git can hold becomes commits behind a ref that no garbage collection
 * touches; ignored files, which git cannot hold, become a copy in a folder. Both are put on the disk before anything goes.
 */
import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../../base/durable-names.ts";
import { isOfSystem } from "../../base/error-code.ts";
import { SignalboxError } from "../../base/errors.ts";
import { adviceIfExhausted } from "../../base/exhausted.ts";
import { isThere } from "../../base/if-there.ts";
import { adminEntry } from "./admin-entry.ts";
import { clearStaleLock } from "./clear-stale-lock.ts";
import { containedPath } from "./contained-path.ts";
import type { WorktreeEntry } from "./entry.ts";
import { findingOf } from "./findings.ts";
import type { Inspection } from "./inspect-worktree.ts";
import { notHeld, type SavedTree } from "./not-held.ts";
import { plainWord, refTarget } from "./refs.ts";
import { syncFiles, syncTree } from "./sync-tree.ts";
import type { SavedWork } from "./work-facts.ts";
import type { Workshop } from "./workshop.ts";

const AUTHOR = {
  GIT_AUTHOR_NAME: "signalbox",
  GIT_AUTHOR_EMAIL: "signalbox@localhost",
  GIT_COMMITTER_NAME: "signalbox",
  GIT_COMMITTER_EMAIL: "signalbox@localhost",
};
const NAMES_MAX = 1_000;

/** Where the work of an item is kept. */
export const keepRef = ({ runId, item }: Pick<WorktreeEntry, "runId" | "item">): string =>
  `refs/signalbox/keep/${plainWord(runId)}/${plainWord(item)}`;

/** Holds the commits that no other ref holds, by one ref: of many, with a commit on top. Always safe, so it is always done. */
export async function saveCommits(shop: Workshop, entry: WorktreeEntry, loose: readonly string[]): Promise<string> {
  const [first = ""] = loose;
  const text = `Commits of ${entry.item}, held before its worktree was removed`;
  const { commonDir } = shop.repository;
  const held = loose.length === 1 ? first : await commit(shop, commonDir, `${first}^{tree}`, loose, text);
  return await hold(shop, entry, held);
}

/**
 * Commits everything that is changed or untracked on top of HEAD, with what was staged as its second parent, and copies what is
 * ignored into `folder`. Nothing of the worktree is changed.
 */
export async function saveWork(
  shop: Workshop,
  entry: WorktreeEntry,
  inspection: Inspection,
  folder: string,
): Promise<SavedWork> {
  const inCommit = inspection.findings.some(({ kind }) => kind === "changed" || kind === "untracked");
  const ref = inCommit ? await hold(shop, entry, await snapshot(shop, entry, inspection)) : undefined;
  if (inspection.ignored.length === 0) return { ref, copy: undefined };
  const copy = join(folder, plainWord(entry.runId), entry.name);
  try {
    await copyFiles(entry, inspection.ignored, copy);
  } catch (error) {
    throw notCopied(entry, copy, error);
  }
  return { ref, copy };
}

async function copyFiles({ path: from }: WorktreeEntry, ignored: readonly string[], copy: string): Promise<void> {
  makeFolder(copy, 0o700);
  for (const path of ignored) {
    const to = containedPath(copy, path, "an ignored file");
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
    cpSync(join(from, path), to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  }
  await syncTree(Buffer.from(copy));
}

function notCopied({ path }: WorktreeEntry, copy: string, error: unknown): unknown {
  if (!isOfSystem(error)) return error;
  const advice = adviceIfExhausted(error) ?? "See what that disk says and whether it has room.";
  return new SignalboxError(
    "worktree_failed",
    `expected to copy the ignored files of ${path} to ${copy}, got: ${error.message}; the worktree is as it was. ${advice}`,
    { cause: error },
  );
}

async function snapshot(shop: Workshop, entry: WorktreeEntry, inspection: Inspection): Promise<string> {
  const { path, repository, name, item } = entry;
  const admin = adminEntry(repository, name)?.folder ?? "";
  // A name of its own: what an earlier try that was killed has left, its lock too, is not met.
  const index = join(admin, `signalbox-index-${shop.env.nextId()}`);
  copyFileSync(join(admin, "index"), index);
  // Git looks into files that are not older than the index; by the time of the copy it would take them for unchanged.
  const { atime, mtime } = statSync(join(admin, "index"));
  utimesSync(index, atime, mtime);
  try {
    const staged = await output(shop, path, ["write-tree"]);
    await addAll(shop, path, { GIT_INDEX_FILE: index });
    const tree = await output(shop, path, ["write-tree"], { GIT_INDEX_FILE: index });
    await checkHeld(shop, { path, tree, index }, inspection);
    const head = await output(shop, path, ["rev-parse", "HEAD"]);
    const ofIndex = await commit(shop, path, staged, [head], `What was staged of ${item}`);
    const others = inspection.loose.filter((each) => each !== head);
    return await commit(
      shop,
      path,
      tree,
      [head, ofIndex, ...others],
      `Work of ${item}, saved before its worktree was removed`,
    );
  } finally {
    for (const file of [index, `${index}.lock`]) if (existsSync(file)) rmSync(file);
  }
}

/** Without `--sparse`, git passes over what stands outside of a sparse checkout and says nothing; before 2.34 it has no such word. */
async function addAll(shop: Workshop, path: string, variables: Readonly<Record<string, string>>): Promise<void> {
  const { exitCode } = await shop.git(path, ["add", "--all", "--sparse", "--", "."], { variables });
  if (exitCode !== 0) await output(shop, path, ["add", "--all", "--", "."], variables);
}

/** What is ignored is in no tree; it is copied. */
async function checkHeld(shop: Workshop, saved: SavedTree, { changed, untracked, ignored }: Inspection): Promise<void> {
  const isCopied = (name: string): boolean =>
    ignored.some((path) => path === name || (path.endsWith("/") && name.startsWith(path)));
  const names = [...changed, ...untracked].filter((name) => !isCopied(name));
  const [finding] = findingOf("changed", await notHeld(shop.git, saved, names));
  if (finding === undefined) return;
  throw new SignalboxError(
    "worktree_failed",
    `expected to save all work in ${saved.path}, but git did not take ${finding.detail}; the worktree is as it was: commit it there`,
  );
}

function commit(shop: Workshop, path: string, tree: string, parents: readonly string[], text: string): Promise<string> {
  const words = parents.flatMap((parent) => ["-p", parent]);
  return output(shop, path, ["commit-tree", tree, ...words, "-m", text], AUTHOR);
}

async function output(
  shop: Workshop,
  path: string,
  words: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { exitCode, stdout, stderr } = await shop.git(path, words, { variables });
  if (exitCode === 0) return stdout.trim();
  throw new SignalboxError(
    "worktree_failed",
    `expected to save the work in ${path} (git ${words[0]}), got: ${stderr.trim()}; the worktree is as it was`,
  );
}

/** A ref holds it, and both are on the disk: also what others wrote, whose git may have left it to the file system. */
async function hold(shop: Workshop, entry: WorktreeEntry, commit: string): Promise<string> {
  const { commonDir } = shop.repository;
  await syncFiles(await looseObjects(shop, entry, commit));
  const ref = await putRef(shop, keepRef(entry), commit);
  const folders: string[] = [];
  for (let at = dirname(ref); at !== "."; at = dirname(at)) folders.push(join(commonDir, at));
  // Git may keep its refs in another way than as files.
  await syncFiles(folders.filter((folder) => isThere(folder)));
  return ref;
}

/** Files and folders of the objects that the work of this worktree added; none where git cannot tell. Packs git always syncs. */
async function looseObjects(shop: Workshop, entry: WorktreeEntry, commit: string): Promise<readonly string[]> {
  const { commonDir } = shop.repository;
  const operands = [commit, `^${entry.base}`];
  const { exitCode, stdout } = await shop.git(commonDir, ["rev-list", "--objects", "--no-object-names"], { operands });
  if (exitCode !== 0) return [];
  const objects = join(commonDir, "objects");
  const files = stdout
    .split("\n")
    .map((id) => join(objects, id.slice(0, 2), id.slice(2)))
    .filter((file) => file !== objects && isThere(file));
  return [...files, ...new Set(files.map((file) => dirname(file))), objects];
}

/** Puts a ref where none is: an older one of the same name holds other work, and stays. */
async function putRef(shop: Workshop, wanted: string, commit: string): Promise<string> {
  const { commonDir } = shop.repository;
  for (let number = 1; number <= NAMES_MAX; number++) {
    const ref = number === 1 ? wanted : `${wanted}-${number}`;
    const held = await refTarget(shop.git, commonDir, ref);
    if (held === commit) return ref;
    if (held !== undefined) continue;
    // Nobody but us has refs of this kind: a lock that stays was left by a save that was killed.
    await clearStaleLock(shop, join(commonDir, `${ref}.lock`), 0);
    const operands = [ref, commit, "0".repeat(commit.length)];
    const answer = await shop.git(commonDir, ["update-ref"], { operands });
    if (answer.exitCode === 0 || (await refTarget(shop.git, commonDir, ref)) === commit) return ref;
  }
  throw new SignalboxError(
    "worktree_failed",
    `expected to hold ${commit} with a ref ${wanted}, but git made none; the worktree is as it was`,
  );
}
