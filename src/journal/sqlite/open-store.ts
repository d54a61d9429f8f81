import { chmodSync } from "node:fs";
import { JournalCorruptError } from "../../base/errors.ts";
import { failpoint } from "../../base/failpoint.ts";
import { acquireRunLock } from "../run-lock.ts";
import { prepareStateDirectory, stateError, stateFiles } from "../state-directory.ts";
import { Database } from "./database.ts";
import type { WorkerOptions } from "./messages.ts";
import { migrate } from "./schema.ts";
import { DAMAGE_ADVICE } from "./stored-run.ts";
import { walDamage } from "./wal.ts";
import { JournalWriter } from "./writer.ts";

export interface OpenStore {
  readonly writer: JournalWriter;
  /** Closes the database, then gives the lock back. Closing twice is fine. */
  readonly close: () => void;
}

/**
 * Opens a state directory for writing: directory, then lock, then the look at the log, which must come before SQLite's own
 * recovery, then the database. Nothing stays open when it throws.
 */
export function openStore(options: WorkerOptions): OpenStore {
  try {
    return openChecked(options);
  } catch (error) {
    throw stateError(options.directory, error);
  }
}

function openChecked(options: WorkerOptions): OpenStore {
  prepareStateDirectory(options.directory);
  const { database: path, wal } = stateFiles(options.directory);
  const lock = acquireRunLock(options.directory, options.startedAt);
  let database: Database | undefined;
  const close = (): void => {
    failpoint?.("journal.close");
    database?.close();
    lock.release();
  };
  try {
    failpoint?.("journal.locked");
    const damage = walDamage(wal);
    if (damage !== undefined)
      throw new JournalCorruptError(`The journal ${path} is damaged: ${damage}. Nothing was changed. ${DAMAGE_ADVICE}`);
    database = new Database(path);
    chmodSync(path, 0o600);
    setUp(database, options.databaseBytesMax);
    return { writer: new JournalWriter(database), close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * `synchronous=FULL` is the promise itself: a commit is on the disk before it is acknowledged. The rest is for speed and order.
 * The checks in the tables are skipped: the ledger has refused before what they would refuse, and for `status IN (…)` SQLite makes a
 * small table for each row of an item that it writes, which is half of what the row costs.
 */
function setUp(database: Database, databaseBytesMax: number): void {
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA ignore_check_constraints = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16384;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA wal_autocheckpoint = 1000;
  `);
  const pages = Math.max(1, Math.floor(databaseBytesMax / database.number("PRAGMA page_size")));
  database.exec(`PRAGMA max_page_count = ${pages}`);
  migrate(database);
  failpoint?.("journal.checkpoint");
  // An empty log is what `walDamage` relies on at the next start.
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}
