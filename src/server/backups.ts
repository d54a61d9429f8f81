/**
 * Copies of the state that a server makes when it is asked to, in one folder that was named at its start.
 *
 * U1 Nothing of a request is in the name of a file or folder: a copy is called by its time.
 * U2 One copy at a time, and at most `backupsMax` in the folder. None is ever removed or replaced here,
 *    but for what copies that were cut off have left.
 * U3 Who asks hears of a copy only when it is whole, checked and on the disk.
 */
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../base/durable-names.ts";
import type { Env } from "../base/env.ts";
import { messageOf } from "../base/error-message.ts";
import { SignalboxError } from "../base/errors.ts";
import { isoTime } from "../base/iso-time.ts";
import { LIMITS } from "../base/limits.ts";
import { removeOldDrafts } from "../journal/backup-draft.ts";
import { backupInThread } from "../journal/backup-thread.ts";
import type { Backup } from "../journal/backup.ts";
import { ProblemError } from "./problem.ts";

export interface BackupsOptions {
  /** The state directory. */
  readonly directory: string;
  /** Where copies go; made when it is not there. */
  readonly folder: string;
  readonly env: Env;
  readonly onProblem: (problem: Error) => void;
}

export interface MadeBackup extends Backup {
  /** Its name in the folder. */
  readonly file: string;
  readonly at: number;
}

/** A copy under way is written to all the time. */
const DRAFT_IDLE_MS = 3_600_000;
const NAME = /^signalbox-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z\.db$/;

export class Backups {
  readonly #options: BackupsOptions;
  #underWay: Promise<Backup> | undefined;

  /** @throws SignalboxError `state_unwritable` when the folder cannot be used */
  constructor(options: BackupsOptions) {
    this.#options = options;
    checkFolder(options.folder);
  }

  /** @throws ProblemError `cap_reached`, `journal_unavailable` */
  async make(): Promise<MadeBackup> {
    const { directory, folder, env } = this.#options;
    if (this.#underWay !== undefined)
      throw new ProblemError("cap_reached", "expected one backup at a time, got one more; ask again when it is made");
    const at = env.clock.now();
    const file = `signalbox-${isoTime(at).replaceAll(/[:.]/g, "-")}.db`;
    try {
      refuseTooMany(folder);
      removeOldDrafts(folder, { name: NAME, now: at, idleMs: DRAFT_IDLE_MS });
      this.#underWay = backupInThread({ directory, target: join(folder, file) });
      return { ...(await this.#underWay), file, at };
    } catch (error) {
      throw this.#problemOf(error);
    } finally {
      this.#underWay = undefined;
    }
  }

  /** Resolves when none is under way: half a copy would stay behind. */
  async close(): Promise<void> {
    await this.#underWay?.catch(() => {});
  }

  /** The server's log tells where and why; whoever asks is told that there is no copy. */
  #problemOf(error: unknown): unknown {
    if (error instanceof ProblemError) return error;
    this.#options.onProblem(error instanceof Error ? error : new Error(String(error)));
    const detail = "expected to make a copy, but it could not be written or was not whole; the server's log says why";
    return new ProblemError("journal_unavailable", detail, { cause: error });
  }
}

/** Whoever may write to the folder may put another copy in the place of one. */
function checkFolder(folder: string): void {
  try {
    makeFolder(folder, 0o700);
    const found = lstatSync(folder);
    if (!found.isDirectory()) throw unusable(folder, "it is no folder, or a link to one");
    if (process.getuid !== undefined && (found.mode & 0o022) !== 0) throw unusable(folder, "others may write to it");
  } catch (error) {
    if (error instanceof SignalboxError) throw error;
    throw unusable(folder, messageOf(error));
  }
}

function unusable(folder: string, problem: string): SignalboxError {
  return new SignalboxError(
    "state_unwritable",
    `expected a folder for backups in ${folder}, but ${problem}; name another one`,
  );
}

function refuseTooMany(folder: string): void {
  const { length } = readdirSync(folder).filter((name) => NAME.test(name));
  if (length < LIMITS.backupsMax) return;
  throw new ProblemError(
    "cap_reached",
    `expected fewer than ${LIMITS.backupsMax} backups in the server's folder, got ${length}; move the oldest away`,
  );
}
