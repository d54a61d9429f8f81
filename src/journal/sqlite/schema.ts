import { JournalCorruptError, SignalboxError } from "../../base/errors.ts";
import type { Database } from "./database.ts";

/** "SBX1" in the header of the file, so that a journal is known as one. */
const APPLICATION_ID = 0x53425831;

/**
 * The tables, as numbered steps: step N brings a file of version N-1 to version N. A step that was released never changes.
 * docs/internals/data-on-disk.md explains the tables.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE runs (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    plan_hash TEXT NOT NULL,
    plan_file TEXT,
    size INTEGER NOT NULL CHECK (size >= 0),
    machine_version TEXT NOT NULL,
    options TEXT NOT NULL,
    sum INTEGER NOT NULL,
    plan_text TEXT NOT NULL
  ) STRICT;

  CREATE TABLE heads (
    run INTEGER PRIMARY KEY REFERENCES runs (key),
    seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    status TEXT NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    claimed INTEGER NOT NULL,
    done INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    longest_line INTEGER NOT NULL,
    transitions_sum INTEGER NOT NULL,
    sum INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE transitions (
    run INTEGER NOT NULL,
    seq INTEGER NOT NULL CHECK (seq > 0),
    at INTEGER NOT NULL,
    mono REAL NOT NULL,
    epoch INTEGER NOT NULL,
    item INTEGER NOT NULL,
    event TEXT NOT NULL,
    from_status TEXT NOT NULL,
    to_status TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    token INTEGER NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT,
    data TEXT,
    PRIMARY KEY (run, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TRIGGER transitions_no_update BEFORE UPDATE ON transitions
    BEGIN SELECT RAISE(ABORT, 'transitions are never changed'); END;
  CREATE TRIGGER transitions_no_delete BEFORE DELETE ON transitions
    BEGIN SELECT RAISE(ABORT, 'transitions are never deleted'); END;

  CREATE TABLE items (
    run INTEGER NOT NULL,
    item INTEGER NOT NULL CHECK (item >= 0),
    status TEXT NOT NULL CHECK (status IN ('todo', 'claimed', 'done', 'failed', 'cancelled')),
    seq INTEGER NOT NULL,
    status_seq INTEGER NOT NULL,
    claim_seq INTEGER,
    first_claim_seq INTEGER,
    reason_seq INTEGER,
    PRIMARY KEY (run, item)
  ) STRICT, WITHOUT ROWID;

  CREATE VIEW item_states AS
    SELECT runs.id AS run_id, items.item, items.status, last.attempt, last.refunded, last.token, items.seq,
      CASE WHEN items.status = 'claimed' THEN moved.actor END AS holder,
      claim.at AS claimed_at,
      CASE WHEN items.status IN ('done', 'failed', 'cancelled') THEN moved.at END AS settled_at,
      first_claim.at AS first_claimed_at,
      given.reason AS reason,
      CASE WHEN items.status = 'done' THEN moved.data END AS output
    FROM items
      JOIN runs ON runs.key = items.run
      LEFT JOIN transitions AS last ON last.run = items.run AND last.seq = items.seq
      LEFT JOIN transitions AS moved ON moved.run = items.run AND moved.seq = items.status_seq
      LEFT JOIN transitions AS claim ON claim.run = items.run AND claim.seq = items.claim_seq
      LEFT JOIN transitions AS first_claim ON first_claim.run = items.run AND first_claim.seq = items.first_claim_seq
      LEFT JOIN transitions AS given ON given.run = items.run AND given.seq = items.reason_seq;
  `,
  // Items that were added to a run since it was created.
  "ALTER TABLE heads ADD COLUMN added INTEGER NOT NULL DEFAULT 0",
  // Answers to requests that may come again; an index of nothing else, so that other entries cost nothing more.
  "CREATE INDEX answers ON transitions (run, seq) WHERE event = 'answer'",
  // Up to where a log was compacted, and what is left of it up to there. Only what a base stands for can be deleted.
  `
  CREATE TABLE bases (
    run INTEGER PRIMARY KEY REFERENCES runs (key),
    base_seq INTEGER NOT NULL CHECK (base_seq > 0),
    base_sum INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    kept_sum INTEGER NOT NULL,
    exported TEXT,
    check_sum INTEGER NOT NULL
  ) STRICT;
  DROP TRIGGER transitions_no_delete;
  CREATE TRIGGER transitions_no_delete BEFORE DELETE ON transitions
    WHEN OLD.seq > coalesce((SELECT base_seq FROM bases WHERE run = OLD.run), 0)
    BEGIN SELECT RAISE(ABORT, 'transitions are never deleted but for those that a base stands for'); END;
  `,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings the file to the newest version, each step in one transaction: after a failed step the file is as before it.
 * @throws SignalboxError `journal_too_new` · JournalCorruptError when it is the database of another program
 */
export function migrate(database: Database, migrations: readonly string[] = MIGRATIONS): void {
  for (let version = versionOf(database, migrations.length); version < migrations.length; version++) {
    database.transaction("BEGIN IMMEDIATE", () => {
      database.exec(migrations[version]!);
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + 1}`);
    });
  }
}

/** Version of the tables in the file; 0 is an empty file. */
export function versionOf(database: Database, newest = SCHEMA_VERSION): number {
  const version = database.number("PRAGMA user_version");
  const application = database.number("PRAGMA application_id");
  if (application !== APPLICATION_ID && database.number("SELECT count(*) FROM sqlite_schema") > 0) {
    throw new JournalCorruptError(
      `Expected ${database.path} to be a journal of Signalbox, got the database of another program. Give another state directory.`,
    );
  }
  if (version > newest) {
    throw new SignalboxError(
      "journal_too_new",
      `Expected a journal of version ${newest} or older in ${database.path}, got version ${version}. A newer Signalbox wrote it: use that one.`,
    );
  }
  return version;
}
