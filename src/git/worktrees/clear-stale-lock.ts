import { rmSync, statSync } from "node:fs";
import type { Workshop } from "./workshop.ts";

const PAUSE_MS = 100;
/** A lock file of a command that is gone stays as it is; one of a living command goes within this time. */
const STALE_MS = 1_500;

/** Removes a lock file that came after `since` and that nobody moves any more. Answers whether it did. */
export async function clearStaleLock(shop: Pick<Workshop, "env">, file: string, since: number): Promise<boolean> {
  const first = statSync(file, { throwIfNoEntry: false });
  if (first === undefined || first.mtimeMs < since) return false;
  for (let waitedMs = 0; waitedMs < STALE_MS; waitedMs += PAUSE_MS) {
    await new Promise<void>((resolve) => void shop.env.timers.after(PAUSE_MS, resolve));
    const now = statSync(file, { throwIfNoEntry: false });
    if (now === undefined || now.ino !== first.ino || now.mtimeMs !== first.mtimeMs) return false;
  }
  rmSync(file, { force: true });
  return true;
}
