import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../../base/errors.ts";
import { harmless } from "../../base/harmless.ts";
import { toWire } from "../../client/camel-case.ts";
import { removeDraft } from "../../journal/backup-draft.ts";
import { backupInThread } from "../../journal/backup-thread.ts";
import type { Backup } from "../../journal/backup.ts";
import { coordinatorOf, type CoordinatorOptions } from "../coordinator-client.ts";
import type { Command, Io } from "../io.ts";
import { SIGNAL_EXITS } from "../stop-signals.ts";
import { existingStateDir } from "../state-dir.ts";
import { jsonLine } from "../wire.ts";

export interface BackupCommandOptions extends CoordinatorOptions {
  /** Default: the coordinator makes one in its own folder. */
  readonly file?: string;
  readonly json?: boolean;
}

/** A copy takes as long as reading and writing everything. */
const TIMEOUT_MS = 3_600_000;

/** Copies the journal of a state directory into a file, while others write it; without a file the coordinator does it. */
export const backupCommand: Command<BackupCommandOptions> = async (io, options) => {
  const { file, json, stateDir } = options;
  if (file === undefined) return askForBackup(io, options);
  if (options.server !== undefined || options.tokenFile !== undefined)
    throw new UsageError(
      "expected a file, or --server with --token-file, got both; a coordinator writes into its own folder",
    );
  const directory = existingStateDir(io, stateDir);
  const target = resolve(io.cwd, file);
  const made = await untilSignal(io, target, backupInThread({ directory, target }));
  if (typeof made === "number") return made;
  const { bytes, runs } = made;
  if (json === true) io.stdout.write(jsonLine({ file: target, bytes, runs }));
  else io.stdout.write(`${target}: ${runs} runs and projects, ${bytes} bytes, checked\n`);
  return 0;
};

/** A thread makes it, so that a signal is heard in the middle: then what was made of it goes, and the answer is the exit code. */
async function untilSignal(io: Io, target: string, making: Promise<Backup>): Promise<Backup | number> {
  const stopped = Promise.withResolvers<number>();
  const off = io.onSignal((signal) => {
    // Without it the thread cannot give it its name any more; it may just have done so.
    removeDraft(target);
    io.stderr.write(`Stopped by ${signal}: ${existsSync(target) ? `${target} is there` : "there is no copy"}.\n`);
    stopped.resolve(SIGNAL_EXITS[signal]);
  });
  // When the process ends the thread does, wherever it is.
  io.onExit(() => removeDraft(target));
  try {
    return await Promise.race([making, stopped.promise]);
  } finally {
    off();
  }
}

async function askForBackup(io: Io, options: BackupCommandOptions): Promise<number> {
  const { client, url } = coordinatorOf(io, options, "admin", 0);
  const made = await client.backup({ timeoutMs: TIMEOUT_MS });
  const { file, runs, bytes } = made;
  if (options.json === true) io.stdout.write(jsonLine(toWire(made)));
  else
    io.stdout.write(`${harmless(file)} in the folder of ${url}: ${runs} runs and projects, ${bytes} bytes, checked\n`);
  return 0;
}
