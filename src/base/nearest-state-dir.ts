import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Folder in which a plan's runs are kept, beside the plan. */
export const STATE_DIR_NAME = ".signalbox";

/** The nearest state directory from where the user stands upwards; `undefined` when there is none. */
export function nearestStateDir(cwd: string): string | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const candidate = join(folder, STATE_DIR_NAME);
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}
