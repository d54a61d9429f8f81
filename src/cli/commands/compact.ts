import { SignalboxError, StateInUseError } from "../../base/errors.ts";
import { harmless } from "../../base/harmless.ts";
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

const PAGE = 1_000;

/** Removes what the present state of runs is not made of from their audit logs, and exports it first. Nothing may run there. */
export const compactCommand: Command<CompactCommandOptions> = async (io, options) => {
  const stateDir = existingStateDir(io, options.stateDir);
  const exportTo = exportFolderOf(io, options.export, stateDir);
  const journal = await openAlone(io, stateDir);
  try {
    const runs =
      options.run === undefined ? (await journal.runs()).toReversed() : [await findRun(journal, options.run)];
    for (const run of runs) {
      const upTo = await lastOlder(journal, run, io.env.clock.now() - (options.keep ?? 0));
      const compaction = await journal.compact(run.id, { upTo, exportTo });
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

/** Seq of the last entry before the first one that is not older. */
async function lastOlder(journal: Journal, { id, seq, baseSeq = 0 }: RunSummary, before: number): Promise<number> {
  let last = baseSeq;
  while (last < seq) {
    const page = await journal.audit(id, { after: last, limit: PAGE });
    for (const entry of page) {
      if (entry.at > before) return last;
      last = entry.seq;
    }
    if (page.length === 0) return last;
  }
  return last;
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
