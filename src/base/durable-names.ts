/** Names in folders that are still there when the machine has stopped at once. */
import { closeSync, fsyncSync, mkdirSync, openSync, rmdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { systemCode } from "./error-code.ts";

/**
 * Makes a folder and those above it that are missing, `modeAbove` for these; one that is there stays as it is. Its name is durable
 * then, and so are those of all that were made for it. Of one that was there its own is: who made it may have ended before. Node's
 * own `recursive` never returns where the system says that there is no such parent although there is one, as in `/proc`.
 * @throws what the system says; what could not be made durable is gone again, so that trying again begins anew
 */
export function makeFolder(folder: string, mode: number, modeAbove = mode): void {
  const parent = dirname(folder);
  let made = makeOne(folder, mode);
  while (made === "no parent") {
    makeFolder(parent, modeAbove);
    made = makeOne(folder, mode);
  }
  try {
    syncNames(parent);
  } catch (error) {
    if (made === "made") unmake(folder);
    throw error;
  }
}

/** Unless somebody has begun to use it. */
function unmake(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    return;
  }
}

/** `isSecond`: it was said before that the parent is not there, and it is: another process has just made it, or the system lies. */
function makeOne(folder: string, mode: number, isSecond = false): "made" | "was there" | "no parent" {
  try {
    mkdirSync(folder, { mode });
    return "made";
  } catch (error) {
    const code = systemCode(error);
    if (code === "EEXIST" && statSync(folder).isDirectory()) return "was there";
    if (code !== "ENOENT") throw error;
    if (statSync(dirname(folder), { throwIfNoEntry: false }) === undefined) return "no parent";
    if (isSecond) throw error;
    return makeOne(folder, mode, true);
  }
}

/** What systems say of what cannot be put on the disk by us: not this kind, not here, not by this user. */
const CANNOT_BE_SYNCED: ReadonlySet<string | undefined> = new Set(
  "EACCES EBADF EINVAL EISDIR ENOSYS ENOTSUP EOPNOTSUPP EPERM EROFS".split(" "),
);

/**
 * Makes the names in a folder durable, where platform and folder let us.
 * @throws what the system says where it could have been done: an error of the disk, no file left to open
 */
export function syncNames(folder: string | Buffer): void {
  try {
    const handle = openSync(folder, "r");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throwIfSyncable(error);
  }
}

/** Where nobody can sync, the file system does it in its own time. @throws the error where it could have been done */
export function throwIfSyncable(error: unknown): void {
  if (!CANNOT_BE_SYNCED.has(systemCode(error))) throw error;
}
