import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { SignalboxError, UsageError } from "../base/errors.ts";
import { isThere } from "../base/if-there.ts";
import { nearestStateDir, STATE_DIR_NAME } from "../base/nearest-state-dir.ts";
import { checkStateExists, readingState } from "../journal/state-directory.ts";
import type { Io } from "./io.ts";

/** What a run makes without a database, or before it: with `--no-durable`, or when it was killed in its first moments. */
const OWN_NAME = /^(\.gitignore$|output$|mailbox$|worktrees$|exported$|run\.lock\.|signalbox\.db)/;

/**
 * The directory that `--state-dir` names; `undefined` when it was not given.
 * @throws UsageError when it is empty: that would mean the folder in which the user stands
 */
export function givenStateDir(io: Io, option: string | undefined): string | undefined {
  if (option?.trim() === "") {
    throw new UsageError(
      `expected a directory after --state-dir, got nothing; name one, or leave the option out for ${STATE_DIR_NAME}`,
    );
  }
  return option === undefined ? undefined : resolve(io.cwd, option);
}

/** Where the state of this plan's runs is kept. @throws UsageError when `option` is empty */
export function stateDirFor(io: Io, planFile: string, option: string | undefined): string {
  return givenStateDir(io, option) ?? join(dirname(planFile), STATE_DIR_NAME);
}

/**
 * Refuses a directory in which somebody keeps something else: state is hidden from git, and what stands beside it with it.
 * One that cannot be read is left to the journal, which says why.
 * @throws SignalboxError `state_unwritable`
 */
export function refuseForeignDir(directory: string): void {
  const names = namesIn(directory);
  if (names.includes("signalbox.db")) return;
  const foreign = isHidden(directory) ? names.find((name) => !OWN_NAME.test(name)) : names[0];
  if (foreign === undefined) return;
  throw new SignalboxError(
    "state_unwritable",
    `expected a new, an empty or a signalbox state directory, got ${directory}, which holds other things (${foreign}); name another with --state-dir DIR`,
  );
}

/** Whether git already sees nothing of it: the first thing that is made in a state directory. */
function isHidden(directory: string): boolean {
  try {
    return readFileSync(join(directory, ".gitignore"), "utf8") === "*\n";
  } catch {
    return false;
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/**
 * The state directory for a command that needs a stored run. Nothing is made in a directory without one.
 * @throws SignalboxError `run_not_found` when there is none, JournalUnavailableError when it may not be read
 */
export function existingStateDir(io: Io, option: string | undefined): string {
  const directory = givenStateDir(io, option) ?? nearestStateDir(io.cwd) ?? join(io.cwd, STATE_DIR_NAME);
  if (readingState(directory, () => isThere(directory))) {
    checkStateExists(directory);
    return directory;
  }
  const got = option === undefined ? `none here or above (${io.cwd})` : `nothing at ${directory}`;
  throw new SignalboxError(
    "run_not_found",
    `expected a state directory (${STATE_DIR_NAME}), got ${got}; run a plan first, or say where it is with --state-dir DIR`,
  );
}
