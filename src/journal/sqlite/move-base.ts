/** The one transaction of a compaction: a base for a part of the log, and without the entries that its state is not made of. */
import { InternalError } from "../../base/errors.ts";
import { failpoint } from "../../base/failpoint.ts";
import type { Database } from "./database.ts";
import { summingKept } from "./kept-entries.ts";
import type { BaseMove } from "./messages.ts";
import { readStoredRun } from "./stored-run.ts";
import { baseSum, type Base } from "./sums.ts";

/** @throws InternalError when the log is not as it was worked out, JournalUnavailableError; nothing has changed then */
export function moveBase(database: Database, move: BaseMove): void {
  database.transaction("BEGIN IMMEDIATE", () => {
    const { key, base, sums, head } = readStoredRun(database, move.runId);
    if ((base?.seq ?? 0) !== move.from || move.seq > head.seq)
      throw new InternalError(`a base of run ${key} was worked out from seq ${move.from}, got ${base?.seq ?? 0}`);
    // Before the entries go: only what a base stands for can be deleted.
    writeBase(database, key, { ...move, keptSum: 0 });
    failpoint?.("compaction.remove");
    remove(database, key, move.removed);
    const steps = summingKept(database, key, move.seq, sums.longestLine);
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    const { count, sum } = step.value;
    if (count !== move.kept) throw new InternalError(`${count} entries of run ${key} are left, not ${move.kept}`);
    writeBase(database, key, { ...move, keptSum: sum });
    failpoint?.("compaction.commit");
  });
  failpoint?.("compaction.committed");
}

function writeBase(database: Database, key: number, base: Base): void {
  const { seq, transitions, kept, keptSum, exported } = base;
  database
    .prepare("INSERT OR REPLACE INTO bases VALUES (?, ?, ?, ?, ?, ?, ?)")
    .run(key, seq, transitions, kept, keptSum, exported ?? null, baseSum(key, base));
}

function remove(database: Database, key: number, stretches: Float64Array): void {
  const statement = database.prepare("DELETE FROM transitions WHERE run = ? AND seq BETWEEN ? AND ?");
  for (let at = 0; at < stretches.length; at += 2) statement.run(key, stretches[at]!, stretches[at + 1]!);
}
