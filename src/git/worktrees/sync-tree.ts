/** Puts files on the disk before what they are copies of goes. */
import type { Dirent } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { sep } from "node:path";
import { throwIfSyncable } from "../../base/durable-names.ts";

/** At once: as many as Node's threads take. */
const AT_ONCE = 4;

/**
 * A folder with everything below it. Links are names, nothing behind them is looked at. Names are bytes: not every one is text.
 * @throws what the system says
 */
export async function syncTree(folder: Buffer): Promise<void> {
  const within = await readdir(folder, { withFileTypes: true, encoding: "buffer" });
  const places = (is: (each: Dirent<Buffer>) => boolean): Buffer[] =>
    within.filter(is).map(({ name }) => Buffer.concat([folder, Buffer.from(sep), name]));
  await syncFiles(places((each) => each.isFile()));
  for (const below of places((each) => each.isDirectory())) await syncTree(below);
  await syncOne(folder);
}

/** Files, or the names in folders. @throws what the system says */
export async function syncFiles(paths: readonly (string | Buffer)[]): Promise<void> {
  const left = [...paths];
  const syncRest = async (): Promise<void> => {
    for (let path = left.pop(); path !== undefined; path = left.pop()) await syncOne(path);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, syncRest));
}

async function syncOne(path: string | Buffer): Promise<void> {
  try {
    const handle = await open(path, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throwIfSyncable(error);
  }
}
