import { JournalCorruptError } from "../base/errors.ts";
import { currentHolder } from "./run-lock.ts";
import { DAMAGE_ADVICE } from "./sqlite/stored-run.ts";
import { walDamage } from "./sqlite/wal.ts";
import { readingState, stateFiles } from "./state-directory.ts";

/**
 * For who only reads what a crash has left: SQLite would take what stands before a damaged place in the log for all that there is. While
 * somebody writes, the log is not judged (it may just be begun anew); that process did so when it began.
 * @throws JournalCorruptError, JournalUnavailableError
 */
export function checkLogAtRest(directory: string): void {
  const { database, wal } = stateFiles(directory);
  // The second question: who has come in between may have emptied the log under our eyes.
  if (currentHolder(directory) !== undefined) return;
  const damage = readingState(directory, () => walDamage(wal));
  if (damage === undefined || currentHolder(directory) !== undefined) return;
  throw new JournalCorruptError(`The journal ${database} is damaged: ${damage}. Nothing was changed. ${DAMAGE_ADVICE}`);
}
