/** Names in folders that are still there when the machine has stopped at once. */
import { closeSync, fsyncSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { systemCode } from "./error-code.ts";

/**
 * Makes a folder and those above it; one that is there stays as it is. Its name is durable then, also when it was there: who made
 * it may have ended before. Node's own `recursive` never returns where the system says that there is no such parent although there
 * is one, as in `/proc`.
 * @throws what the system says
 */
export function makeFolder(folder: string, mode: number): void {
  const parent = dirname(resolve(folder));
  if (!isMade(folder, mode)) {
    if (statSync(parent, { throwIfNoEntry: false }) === undefined) makeFolder(parent, 0o777);
    mkdirSync(folder, { mode });
  }
  syncNames(parent);
}

/** `false`: no, since the folder above is not there, or the system says so. */
function isMade(folder: string, mode: number): boolean {
  try {
    mkdirSync(folder, { mode });
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === "EEXIST" && statSync(folder).isDirectory()) return true;
    if (code === "ENOENT") return false;
    throw error;
  }
}

/** What systems say of what cannot be put on the disk by us: not this kind, not here, not by this user. */
const CANNOT_BE_SYNCED: ReadonlySet<string | undefined> = new Set([
  "EACCES",
  "EINVAL",
  "EISDIR",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EPERM",
  "EROFS",
]);

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
