import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { syncNames, throwIfSyncable } from "../../base/durable-names.ts";

/** At once: as many as Node's threads take. */
const FILES_AT_ONCE = 4;

/**
 * Puts a folder that was just written on the disk, with everything below: what it is a copy of is about to go.
 * @throws what the system says
 */
export async function syncTree(folder: string): Promise<void> {
  const below = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = below.filter((each) => each.isFile());
  const syncRest = async (): Promise<void> => {
    for (let file = files.pop(); file !== undefined; file = files.pop())
      await syncFile(join(file.parentPath, file.name));
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, syncRest));
  for (const each of below) if (each.isDirectory()) syncNames(join(each.parentPath, each.name));
  syncNames(folder);
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } catch (error) {
    throwIfSyncable(error);
  } finally {
    await handle.close();
  }
}
