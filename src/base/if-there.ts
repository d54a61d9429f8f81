/**
 * Files and folders that may be missing. One that cannot be read just now, because there are too many open files or the disk fails,
 * is not one that is missing: what it would say may be all that keeps somebody's work. So that is thrown.
 */
import { lstatSync, readdirSync, readFileSync, type Stats } from "node:fs";
import { systemCode } from "./error-code.ts";

/** `undefined` when there is no such file. @throws what the system says */
export function textIfThere(file: string): string | undefined {
  return ifThere(() => readFileSync(file, "utf8"));
}

/** Also of a link that leads nowhere. @throws what the system says */
export function isThere(path: string): boolean {
  return statsIfThere(path) !== undefined;
}

/** Of a link: its own. @throws what the system says */
export function statsIfThere(path: string): Stats | undefined {
  return ifThere(() => lstatSync(path));
}

/** `undefined` when there is no such file. @throws what the system says */
export function bytesIfThere(file: string): Buffer | undefined {
  return ifThere(() => readFileSync(file));
}

/** What is in a folder; nothing when there is no such folder. @throws what the system says */
export function namesIfThere(folder: string): string[] {
  return ifThere(() => readdirSync(folder)) ?? [];
}

/** The folders in a folder, without links to some; none when there is no such folder. @throws what the system says */
export function foldersIfThere(folder: string): string[] {
  const found = ifThere(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  return found.flatMap((each) => (each.isDirectory() ? [each.name] : []));
}

/** Of all that is in a folder, and in those in it, the files. @throws what the system says */
export function filesBelow(folder: string): string[] {
  const found = ifThere(() => readdirSync(folder, { recursive: true, withFileTypes: true })) ?? [];
  return found.filter((each) => each.isFile()).map(({ parentPath, name }) => `${parentPath}/${name}`);
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const code = systemCode(error);
    // The latter: a part of the path is a file.
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
