import { resolve } from "node:path";
import { backupJournal } from "../../journal/backup.ts";
import type { Command } from "../io.ts";
import { existingStateDir } from "../state-dir.ts";
import { jsonLine } from "../wire.ts";

export interface BackupCommandOptions {
  readonly file: string;
  readonly json?: boolean;
  readonly stateDir?: string;
}

/** Copies the journal of a state directory into a file, while others write it. */
export const backupCommand: Command<BackupCommandOptions> = async (io, { file, json, stateDir }) => {
  const directory = existingStateDir(io, stateDir);
  const target = resolve(io.cwd, file);
  const { bytes, runs } = backupJournal({ directory, target });
  if (json === true) io.stdout.write(jsonLine({ file: target, bytes, runs }));
  else io.stdout.write(`${target}: ${runs} runs and projects, ${bytes} bytes, checked\n`);
  return 0;
};
