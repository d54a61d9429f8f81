/** Limits of the journal, by name. The reference lists them. */
export const JOURNAL_LIMITS = {
  /** Entries that may wait for the disk at once. One append is always taken when nothing waits, however long it is. */
  waitingEntriesMax: 1_000_000,
  /** Entries after which a transaction takes no further append; one append is never split. */
  batchEntriesMax: 20_000,
  /** Entries that the memory journal keeps to be read; see `memoryJournal`. */
  auditEntriesMax: 4_000_000,
  /** Bytes of the database file. Beyond it an append is refused as on a full disk. */
  databaseBytesMax: 64 * 1024 * 1024 * 1024,
  /** Up to this size of the database file a recovery also checks the structure of the whole file, other runs included. */
  quickCheckBytesMax: 64 * 1024 * 1024,
  /** Levels of nesting in a reason's data or an output. */
  jsonDepthMax: 200,
  /** Different words (events, states, actors) that one side of the worker remembers. */
  wordsMax: 65_536,
  /** Entries that `audit` gives when it is not told a limit. */
  auditPage: 1_000,
  /** Bytes of reasons and data of one page, about, wherever a log is gone through by pages. */
  auditPageBytesMax: 8 * 1024 * 1024,
  /** Answers to requests that are kept to be given again; older ones stand in the audit log only. */
  answersMax: 20_000,
  /** Bytes of these, about: of large answers fewer are kept. */
  answersBytesMax: 64 * 1024 * 1024,
  /** Of what heartbeats of an open item said, the latest that outlive a compaction. */
  carriedHeartbeatsMax: 20,
  /** Milliseconds that the database waits for another process, a person's `sqlite3` say, to end its transaction. */
  busyMsMax: 1_000,
} as const;
