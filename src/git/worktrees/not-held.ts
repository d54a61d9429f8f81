/**
 * What a saved tree does not hold of the files on the disk. Git passes over files for reasons of its own, such as a sparse
 * checkout, and says nothing; so nothing is deleted on its word alone.
 */
import { createHash } from "node:crypto";
import { createReadStream, lstatSync, readlinkSync, realpathSync, type Stats } from "node:fs";
import { dirname, join } from "node:path";
import type { Git } from "./git-port.ts";

export interface SavedTree {
  /** Top of the worktree, as a real path. */
  readonly path: string;
  /** The tree, and the index from which it was written. */
  readonly tree: string;
  readonly index: string;
}

/** Of `names`, those whose state on the disk is not in the tree: other text, other kind, not deleted there. */
export async function notHeld(git: Git, saved: SavedTree, names: readonly string[]): Promise<string[]> {
  const { path, tree, index } = saved;
  const held = parseTree(await told(git, path, ["ls-tree", "-r", "-z", tree]));
  const differing = await told(git, path, ["diff-files", "--name-only", "-z"], {
    variables: { GIT_INDEX_FILE: index },
  });
  // A file that a sparse checkout leaves out is on no disk, and differs in nothing.
  const lost = new Set(differing.split("\0"));
  const filtered: string[] = [];
  for (const name of names) {
    // Not UTF-8: what stands there cannot be told.
    if (name.includes("\uFFFD")) lost.add(name);
    const found = standing(path, name);
    const id = held.get(name);
    if (found === undefined || lost.has(name)) continue;
    if (id === undefined) lost.add(name);
    else if ((await blobId(join(path, name), found, id.length)) !== id) filtered.push(name);
  }
  for (const name of await otherText(git, path, filtered, held)) lost.add(name);
  return names.filter((name) => lost.has(name));
}

/** Of files that are not in the tree byte by byte, those that are not there as git's filters make them either. */
async function otherText(
  git: Git,
  path: string,
  names: readonly string[],
  held: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const input = names.map((name) => `${quoted(name)}\n`).join("");
  const ids = (await told(git, path, ["hash-object", "--stdin-paths"], { input })).split("\n");
  return names.filter((name, nth) => ids[nth] !== held.get(name));
}

async function told(git: Git, path: string, words: readonly string[], options?: Parameters<Git>[2]): Promise<string> {
  const { exitCode, stdout, stderr } = await git(path, words, options);
  if (exitCode === 0) return stdout;
  throw new Error(`git ${words[0]} could not tell what was saved of ${path}: ${stderr.trim()}`);
}

const LISTED = /^\d{6} \w+ ([0-9a-f]+)\t(.*)$/s;

function parseTree(text: string): Map<string, string> {
  const held = new Map<string, string>();
  for (const line of text.split("\0")) {
    const [, id, name] = LISTED.exec(line) ?? [];
    if (id !== undefined && name !== undefined) held.set(name, id);
  }
  return held;
}

/** The file or link of this name; `undefined` when there is none: behind a link stands nothing of the worktree. */
function standing(path: string, name: string): Stats | undefined {
  const found = lstatSync(join(path, name), { throwIfNoEntry: false });
  if (found === undefined || !(found.isFile() || found.isSymbolicLink())) return undefined;
  return realpathSync.native(dirname(join(path, name))) === dirname(join(path, name)) ? found : undefined;
}

/** The id that git gives these very bytes. */
async function blobId(file: string, found: Stats, digits: number): Promise<string> {
  const hash = createHash(digits === 64 ? "sha256" : "sha1");
  const target = found.isSymbolicLink() ? readlinkSync(file, { encoding: "buffer" }) : undefined;
  hash.update(`blob ${target?.length ?? found.size}\0`);
  if (target !== undefined) hash.update(target);
  else for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** As git reads a path of a list with one a line. */
function quoted(name: string): string {
  return `"${name.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
