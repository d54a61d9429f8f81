import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { SignalboxError } from "../base/errors.ts";
import type { Io } from "./io.ts";

/** Folder in which a plan's runs are kept, beside the plan. */
export const STATE_DIR_NAME = ".signalbox";

/** Where the state of this plan's runs is kept. */
export function stateDirFor(io: Io, planFile: string, option: string | undefined): string {
  return option === undefined ? join(dirname(planFile), STATE_DIR_NAME) : resolve(io.cwd, option);
}

/** The nearest state directory from where the user stands upwards; `undefined` when there is none. */
export function nearestStateDir(cwd: string): string | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const candidate = join(folder, STATE_DIR_NAME);
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * The state directory for a command that reads.
 * @throws SignalboxError `run_not_found` when there is none
 */
export function existingStateDir(io: Io, option: string | undefined): string {
  const found = option === undefined ? nearestStateDir(io.cwd) : resolve(io.cwd, option);
  if (found !== undefined && existsSync(found)) return found;
  const got = option === undefined ? `none here or above (${io.cwd})` : `nothing at ${found}`;
  throw new SignalboxError(
    "run_not_found",
    `expected a state directory (${STATE_DIR_NAME}), got ${got}; run a plan first, or say where it is with --state-dir DIR`,
  );
}
