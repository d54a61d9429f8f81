// Plans
export { checkPlan } from "./plan/check-plan.ts";
export { fallback, matrix, parallel, race, retry, sequence, task, when } from "./plan/combine/combinators.ts";
export type {
  MatrixAxes,
  MatrixValues,
  ParallelOptions,
  RetryOptions,
  StepOptions,
} from "./plan/combine/combinators.ts";
export type { CombinedPlan, PlanInput } from "./plan/combine/combined-plan.ts";
export type { Step, StepTask } from "./plan/combine/step.ts";
export type { StepLike, TaskInStep } from "./plan/combine/step-arguments.ts";
export { definePlan, type InputsOf, type TypedTask } from "./plan/define.ts";
export { executionLayers, executionOrder } from "./plan/execution.ts";
export { loadPlan } from "./plan/load-plan.ts";
export type { TaskChanges } from "./plan/grow/edit-task.ts";
export { bindFunctions } from "./plan/read-text.ts";
export { planSchema } from "./plan/schema.ts";
export { scopePlan } from "./plan/scope.ts";
export {
  verifyPlan,
  type Counterexample,
  type VerifiedWorld,
  type VerifyOptions,
  type VerifyResult,
} from "./verify/verify-plan.ts";
export type { VerifyStep } from "./verify/words.ts";
export type {
  BackoffDefinition,
  Duration,
  FailurePolicy,
  Group,
  GroupDefinition,
  GroupPolicy,
  JoinKind,
  Metadata,
  NeedCondition,
  Plan,
  PlanDefinition,
  PressureDefinition,
  Schedule,
  Task,
  TaskDefinition,
  WorktreesDefinition,
} from "./plan/plan.ts";
export { TerminalError } from "./items/terminal-error.ts";
export type { TaskContext, TaskFunction } from "./items/task-function.ts";

// Runs
export { createRun } from "./engine/create-run.ts";
export {
  checkStoredRun,
  type CheckStoredOptions,
  type StoredBreak,
  type StoredRunCheck,
} from "./engine/check-stored.ts";
export { planOfRun } from "./engine/grown-plan.ts";
export { retryRun } from "./engine/retry-run.ts";
export { errorsOf, ItemFailedError, RunFailedError } from "./engine/run-errors.ts";
export { resumeRun } from "./engine/resume-run.ts";
export {
  whatIf,
  type Forecast,
  type WhatIfChanges,
  type WhatIfOptions,
  type WhatIfResult,
} from "./engine/what-if/what-if.ts";
export type { DurationOptions } from "./engine/what-if/durations.ts";
export type { DroppedNeed } from "./engine/what-if/forked-plan.ts";
export type {
  ActorInspection,
  BlockedItem,
  CancelItemOptions,
  EventName,
  Progress,
  Run,
  RunActorRef,
  RunEvent,
  RunInspector,
  RunOptions,
  RunResult,
} from "./engine/run.ts";
export type { Tracer, TracerSpan, TracerSpanContext, TracerSpanOptions } from "./base/tracer.ts";
export type { RollbackResult } from "./engine/rollback-result.ts";
export type {
  Claim,
  ClaimNextRequest,
  ClaimRef,
  TurnClaimRef,
  ClaimRequest,
  Claims,
  Heartbeat,
  HeartbeatFacts,
} from "./engine/claim.ts";
export type { Answered, NextRequest, RequestKey, RunTurns, Turn } from "./engine/turn.ts";
export type { PressureLimit } from "./resources/defaults.ts";
export type { PressureLimits, PressureOptions } from "./resources/pressure-options.ts";
export type { PressureReading, ResourceName } from "./resources/reading.ts";
export type { Hold, WhyAnswer } from "./scheduler/why.ts";
export { inWords } from "./scheduler/why-in-words.ts";
export { Hierarchy, parentStatus, type ItemChange, type ParentItem } from "./state/hierarchy.ts";
export { diff } from "./state/items-view.ts";
export { checkSnapshotInvariants, type SnapshotContext } from "./state/invariants.ts";
export { statusOf } from "./state/status-of.ts";
export { statusFromOutcome, type ParallelOutcome } from "./state/outcome.ts";
export type { Counts, Items, ItemSnapshot, RunSnapshot } from "./items/snapshot.ts";
export type { ItemStage } from "./items/stage.ts";
export type { ItemStatus, RunOutcome, RunStatus } from "./items/status.ts";
export type { Reason } from "./items/reason.ts";
export type { ItemWorktrees, OpenRunWorktrees, RunWorktrees } from "./git/run-worktrees.ts";
export type { WorktreeReport } from "./git/worktrees/report.ts";
export type { WorktreeSettings } from "./git/worktrees/settings.ts";

// Journals
export { memoryJournal, type MemoryJournalOptions } from "./journal/memory-journal.ts";
export { sqliteJournal, type SqliteJournalOptions } from "./journal/sqlite-journal.ts";
export { openJournalReader, type JournalReaderOptions, type StoredJournalReader } from "./journal/sqlite-reader.ts";
export { foldAudit, type FoldedRun } from "./journal/fold.ts";
export { readExportedLog, type ExportedLog, type LogPart } from "./journal/exported-log.ts";
export type {
  Compaction,
  CompactOptions,
  ItemRow,
  Journal,
  JournalEntry,
  RecoveredRun,
  RunRecord,
  RunSummary,
} from "./journal/journal.ts";

// Executors
export { commandExecutor, type CommandExecutor, type CommandExecutorOptions } from "./executors/command-executor.ts";
export { functionExecutor, type FunctionExecutorOptions } from "./executors/function-executor.ts";
export type {
  AbortAttempt,
  AttemptOutcome,
  AttemptRequest,
  Executor,
  ReportOutcome,
  Stage,
  Work,
} from "./executors/executor.ts";

// The world, for tests and simulations that bring their own
export type { Clock, Env, Timers } from "./base/env.ts";
export { nodeEnv } from "./base/node-env.ts";
export type { Json, JsonScalar } from "./base/json.ts";

// Errors
export {
  EXIT_CODES,
  exitCodeOf,
  InternalError,
  JournalCorruptError,
  JournalUnavailableError,
  SignalboxError,
  StaleFencingTokenError,
  StateInUseError,
  UsageError,
  type ErrorCode,
} from "./base/errors.ts";
export {
  formatProblems,
  PlanCycleError,
  PlanEmptyError,
  PlanInvalidError,
  PlanUnsupportedError,
  type PlanProblems,
  type Problem,
} from "./plan/problems.ts";
export { PlanScopeError } from "./plan/scope.ts";
