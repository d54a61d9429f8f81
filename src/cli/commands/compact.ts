import { SignalboxError, StateInUseError } from "../../base/errors.ts";
import { harmless } from "../../base/harmless.ts";
import { lastBefore } from "../../journal/audit-pages.ts";
import type { Compaction, Journal, RunSummary } from "../../journal/journal.ts";
import { sqliteJournal } from "../../journal/sqlite-journal.ts";
import { exportFolderOf } from "../export-folder.ts";
import type { Command, Io } from "../io.ts";
import { existingStateDir } from "../state-dir.ts";
import { findRun } from "../stored-run.ts";
import { formatCount } from "../view/format.ts";
import { jsonLine } from "../wire.ts";

export interface CompactCommandOptions {
  /** Default: every run and project. */
  readonly run?: string;
  /** Milliseconds; younger entries stay. Default 0: none is too young. */
  readonly keep?: number;
  /** Directory of the exported files, or `false` for none. Default: `exported` in the state directory. */
  readonly export?: string | boolean;
  readonly json?: boolean;
  readonly stateDir?: string;
}

/** Removes what the present state of runs is not made of from their audit logs, and exports it first. Nothing may run there. */
export const compactCommand: Command<CompactCommandOptions> = async (io, options) => {
  const stateDir = existingStateDir(io, options.stateDir);
  const exportTo = exportFolderOf(io, options.export, stateDir);
  const journal = await openAlone(io, stateDir);
  try {
    const runs =
      options.run === undefined ? (await journal.runs()).toReversed() : [await findRun(journal, options.run)];
    for (const run of runs) {
      const { id, seq, baseSeq = 0 } = run;
      // What is just as old as `keep` says is not younger.
      const keptFrom = io.env.clock.now() - (options.keep ?? 0) + 1;
      const upTo = await lastBefore(journal, id, { after: baseSeq, upTo: seq, keptFrom });
      const compaction = await journal.compact(id, { upTo, exportTo });
      tell(io, run, compaction, options.json === true);
    }
    return 0;
  } finally {
    await journal.close();
  }
};

async function openAlone(io: Io, directory: string): Promise<Journal> {
  try {
    return await sqliteJournal({ directory, env: io.env });
  } catch (error) {
    if (!(error instanceof StateInUseError)) throw error;
    throw new SignalboxError(
      "state_in_use",
      `${error.message} A coordinator compacts its logs itself: \`signalbox serve --audit-retention\`.`,
      { cause: error },
    );
  }
}

function tell(
  io: Io,
  { id, name, seq }: RunSummary,
  { baseSeq, removed, kept, file }: Compaction,
  json: boolean,
): void {
  if (json) {
    io.stdout.write(
      jsonLine({ run_id: id, name, seq, base_seq: baseSeq, removed, kept, ...(file !== undefined && { file }) }),
    );
    return;
  }
  const what =
    removed === 0
      ? "nothing to remove"
      : `${formatCount(removed)} of ${formatCount(seq)} entries removed${file === undefined ? ", not exported" : `, exported to ${file}`}`;
  io.stdout.write(`${id}  ${harmless(name)}: ${what}\n`);
}
