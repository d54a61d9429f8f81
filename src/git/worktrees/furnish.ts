/**
 * What a fresh worktree needs to run beside what git tracks: files that `.worktreeinclude` names, links to folders that may be
 * shared, and a setup command. What they make is remembered, so that nobody takes it for work later.
 */
import { lstatSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { containedPath } from "./contained-path.ts";
import type { MadePath, WorktreeEntry } from "./entry.ts";
import { fileStatus } from "./file-status.ts";
import { copyIncluded } from "./included-files.ts";
import { checkKeptOut } from "./kept-out.ts";
import { WORKTREE_LIMITS } from "./limits.ts";
import { runSetup } from "./setup-command.ts";
import { changeSignature, signatureOf } from "./signature.ts";
import type { Workshop } from "./workshop.ts";

export interface Furnishing {
  /** The working tree that files and folders come from; `undefined` in a bare repository. */
  readonly source: string | undefined;
  /** Folder of ours in which worktrees stand; nothing is copied out of it. */
  readonly home: string;
  /** Folders and files of the source that the worktree links to instead of having its own. */
  readonly links: readonly string[];
  readonly setup: string | undefined;
  readonly setupTimeoutMs: number | undefined;
}

/** Furnishes it. @returns what stands there beside what git tracks */
export async function furnish(
  shop: Workshop,
  entry: WorktreeEntry,
  furnishing: Furnishing,
  signal: AbortSignal | undefined,
): Promise<readonly MadePath[]> {
  const { source, setup } = furnishing;
  if (source !== undefined) {
    await copyIncluded(shop.git, source, entry.path, furnishing.home);
    const made: string[] = [];
    for (const link of furnishing.links) made.push(...(await linkShared(source, entry.path, link)));
    await checkKeptOut(shop.git, entry.path, made);
  }
  if (setup !== undefined)
    await runSetup(shop.env, entry, { command: setup, timeoutMs: furnishing.setupTimeoutMs, signal });
  return await madePaths(shop, entry);
}

/** Links to something in the source, and answers the path; what is not there, or stands in the worktree already, is passed over. */
async function linkShared(source: string, target: string, path: string): Promise<string[]> {
  const from = containedPath(source, path, "a shared folder");
  const to = containedPath(target, path, "a shared folder");
  if (lstatSync(from, { throwIfNoEntry: false }) === undefined || lstatSync(to, { throwIfNoEntry: false })) return [];
  await mkdir(dirname(to), { recursive: true });
  await symlink(from, to, lstatSync(from).isDirectory() ? "junction" : "file");
  return [relative(target, to)];
}

/** What git tracks counts too: a setup command that writes a lockfile anew has done no work of the item's. */
async function madePaths(shop: Workshop, entry: WorktreeEntry): Promise<readonly MadePath[]> {
  const files = await fileStatus(shop.git, entry.path);
  if (files === undefined) return [];
  const others = [...files.untracked, ...files.ignored];
  return [
    ...files.changed.map((path) => ({ path, signature: changeSignature(files, entry.path, path) })),
    ...others.map((path) => ({ path, signature: signatureOf(join(entry.path, path)) })),
  ].slice(0, WORKTREE_LIMITS.madePathsMax);
}
