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
  const isNew = makeBelow(folder, mode, modeAbove);
  try {
    syncNames(dirname(folder));
  } catch (error) {
    if (isNew) unmake(folder);
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

/** Once the folder above is there, what it says counts. Answers whether the folder was not there. */
function makeBelow(folder: string, mode: number, modeAbove: number): boolean {
  try {
    return makeOne(folder, mode);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    makeFolder(dirname(folder), modeAbove);
    return makeOne(folder, mode);
  }
}

function makeOne(folder: string, mode: number): boolean {
  try {
    mkdirSync(folder, { mode });
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST" && statSync(folder).isDirectory()) return false;
    throw error;
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
export function syncNames(folder: string): void {
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
