/** Every limit that has no better home, by name. A limit is part of the contract: the reference lists them. */
export const LIMITS = {
  /** Items that are prepared at once, unless the plan or the run says otherwise. */
  prepareItemsDefault: 3,
  /** Tasks in one plan. */
  tasksMax: 2_000_000,
  /** Live items at once. */
  liveItemsMax: 10_000,
  /** Needs in one plan, each item of a matrix counted. */
  needsMax: 16_000_000,
  /** Items that one matrix may make. */
  matrixItemsMax: 10_000,
  /** Problems of one plan that are kept; the rest is counted. */
  planProblemsMax: 1_000,
  /** Levels of lists and maps in a plan file. */
  planDepthMax: 32,
  /** Aliases (`*name`) in a YAML plan. */
  yamlAliasesMax: 100,
  /** Bytes of a YAML plan; bigger ones have to be JSON. */
  yamlFileBytesMax: 64 * 1024 * 1024,
  /** Bytes of a plan file. */
  planFileBytesMax: 256 * 1024 * 1024,
  /** Bytes of one item's output value, as JSON. */
  outputBytesMax: 10 * 1024 * 1024,
  /** Bytes that all outputs of one run take in memory, about. */
  outputsBytesMax: 1024 * 1024 * 1024,
  /** Bytes that are kept of what one attempt prints. */
  logBytesMax: 16 * 1024 * 1024,
  /** Levels of lists and objects in an output. */
  outputDepthMax: 100,
  /** Characters of a reason's message. */
  reasonCharsMax: 4_096,
  /** Longest duration that can be written: a year. */
  durationMsMax: 366 * 24 * 3_600_000,
  /** Commands of other processes that may wait for a run at once. */
  mailboxRequestsMax: 1_000,
  /** Bytes of one such command, and of its answer but for the list of items. */
  mailboxRequestBytesMax: 65_536,
  /** Milliseconds between two publications of the snapshot at most. */
  publishIntervalMsMax: 16,
  /** Longest wait of one timer; a longer one is armed again. */
  timerMsMax: 2_000_000_000,
  /** Batches of one run that wait for the disk at once; what happens beyond them shares the next. */
  batchesUnderWayMax: 8,
  /** Requests of one moment that a coordinator makes one batch of. */
  commandsTogetherMax: 32,
  /** How often an item may be overtaken in a pool before the pool is kept for it. */
  poolOvertakesMax: 8,
  /** How often an item may find its files taken by one that came later before they are kept for it. */
  filesOvertakesMax: 8,
  /** Files that an answer about conflicts names, shared out among all items that hold any; each has the next number at least. */
  conflictFilesMax: 100_000,
  conflictFilesMin: 10,
  /** Files that one claim may name, and that its holder may say it touched. */
  claimFilesMax: 20_000,
  /** Reports of claims that are over that are written down of one item until it is claimed again; who goes on with them is only refused. */
  lateReportsMax: 100,
  /** How long the undo of a task without a timeout may take. */
  undoMsDefault: 300_000,
  /** How long a claim from outside holds without a heartbeat, unless it says otherwise; also the grace after a restart. */
  leaseMsDefault: 300_000,
  /** Who may wait for an item of one run at once. */
  claimWaitersMax: 10_000,
  /** Items that one batch moves because of what other items came to; the rest follows in the next. */
  cascadeItemsMax: 4_096,
  /** Bytes of the body of one request. */
  requestBytesMax: 1_048_576,
  /** Levels of lists and objects in the body of a request. */
  requestDepthMax: 32,
  /** Open connections of the server. */
  connectionsMax: 256,
  /** Requests of one connection of the server that are being served at once. */
  requestsOfConnectionMax: 32,
  /** Bytes of answers that the client of one connection has not taken, beyond which no further request of it is served. */
  unsentOfConnectionBytesMax: 16 * 1024 * 1024,
  /** The same of all connections, beyond which one is cut. */
  unsentBytesMax: 512 * 1024 * 1024,
  /** Open event streams of the server. */
  streamsMax: 64,
  /** Projects of one coordinator. */
  projectsMax: 1_000,
  /** Calls in one request of MCP. */
  mcpBatchMax: 64,
  /** Backups in the folder of a server. */
  backupsMax: 1_000,
  /** States of a machine under test, unless the test says otherwise. */
  modelStatesDefault: 10_000,
  /** Characters that tell a state of a machine under test from the others, on average. */
  modelStateCharsMax: 1_000,
  /** Paths that are generated from a machine under test, unless the test says otherwise. */
  modelPathsDefault: 1_000,
  /** Milliseconds of work before the loop lets others run. */
  turnMsMax: 8,
} as const;
