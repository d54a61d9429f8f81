import { createHash } from "node:crypto";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { FileStatus } from "./file-status.ts";

/**
 * How a file, a link or a whole folder looks: names, kinds, sizes and times. It differs as soon as anything in it was written,
 * renamed or removed; the contents are not read. Links are not followed. Empty when there is nothing.
 */
export function signatureOf(path: string): string {
  const hash = createHash("sha256");
  return addTo(hash, path, "") ? hash.digest("base64url").slice(0, 32) : "";
}

/** How a tracked file that differs from HEAD looks, on the disk and in the index. */
export function changeSignature({ facts }: Pick<FileStatus, "facts">, worktree: string, path: string): string {
  return `${facts.get(path) ?? ""} ${signatureOf(join(worktree, path))}`;
}

function addTo(hash: ReturnType<typeof createHash>, path: string, name: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  if (found === undefined) return false;
  const isFolder = found.isDirectory();
  // The times of a folder change with what stands in it, which is looked at anyway.
  const facts = isFolder ? [found.mode] : [found.mode, found.size, found.mtimeNs, found.ctimeNs, found.ino];
  hash.update(`${name}\0${facts.join(" ")}\0`);
  if (isFolder) for (const each of readdirSync(path).sort()) addTo(hash, join(path, each), `${name}/${each}`);
  return true;
}
