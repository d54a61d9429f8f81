/**
 * Told by sources that were given hits, in each process and thread of a test: what is written at once is there however it ends.
 */
import { mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { threadId } from "node:worker_threads";

export const HITS_FOLDER = join(fileURLToPath(new URL("../../", import.meta.url)), ".hits");

const told = new Set<string>();
let file: number | undefined;

export function hit(region: string): void {
  if (told.has(region)) return;
  told.add(region);
  if (file === undefined) {
    mkdirSync(HITS_FOLDER, { recursive: true });
    file = openSync(join(HITS_FOLDER, `${process.pid}-${threadId}-${performance.timeOrigin}`), "a");
  }
  writeSync(file, `${region}\n`);
}
