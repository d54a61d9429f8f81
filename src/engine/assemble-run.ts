import type { Env } from "../base/env.ts";
import type { Executor } from "../executors/executor.ts";
import { functionExecutor } from "../executors/function-executor.ts";
import { createDeadlines } from "../items/deadlines.ts";
import type { RunSnapshot } from "../items/snapshot.ts";
import type { Journal, RecoveredRun, RunRecord } from "../journal/journal.ts";
import type { Plan } from "../plan/plan.ts";
import { createSchedule, type Schedule, type ScheduleKind, type ScheduleOptions } from "../scheduler/schedule.ts";
import { createRunState, type RunState } from "../state/run-state.ts";
import { Blocking } from "./blocking.ts";
import { conditionsOf } from "./conditions.ts";
import { ItemTable } from "./item-table.ts";
import { LocalRun } from "./local-run.ts";
import { createOrchestratorActor, type OrchestratorHost } from "./orchestrator-actor.ts";
import { obey } from "./outside.ts";
import { addPreparing, loadPrepared } from "./prepare.ts";
import { PressureWatch } from "./pressure.ts";
import { addFiles, addPools, usesFiles, usesPools } from "./places.ts";
import { Ordering } from "./ordering.ts";
import { isOpen, layerFloors, layerOpened, settlingAs } from "./recovered-facts.ts";
import { doneIn, retryOf } from "./earlier-run.ts";
import { RunCore, type CoreParts } from "./run-core.ts";
import type { RunSettings } from "./run-settings.ts";
import type { Run, RunOptions } from "./run.ts";
import { refuseUnrunnable } from "./stages.ts";
import { traceRun } from "./trace-run.ts";
import { WorktreesOfRun } from "./worktrees.ts";

export interface Assembly {
  readonly env: Env;
  readonly plan: Plan;
  readonly options: RunOptions;
  readonly settings: RunSettings;
  readonly journal: Journal;
  readonly record: RunRecord;
  readonly recovered: RecoveredRun | undefined;
  /** It is opened only to be changed: nothing is started. */
  readonly startsNothing?: boolean;
}

/** Puts the parts of one run together; the only place that knows all of them. */
export function assemble(assembly: Assembly): Run {
  const { env, plan, options, settings, journal, record, recovered, startsNothing = false } = assembly;
  const table = tableOf(plan, env, recovered);
  const onProblem = options.onProblem ?? ((problem: Error) => process.emitWarning(problem));
  const host: OrchestratorHost = {
    command: (command) => obey(run, command),
    inspectorBroke: (cause) => onProblem(new Error("the inspector threw and is not called any more", { cause })),
    stopped: () => void run.stop({ reason: "its actor was stopped" }).catch(() => {}),
  };
  const orchestrator = createOrchestratorActor(runOf(record, plan, settings, recovered), host, env, options.inspect);
  const builtIn = builtInFor(env, options, () => run.snapshot());
  const executors = [...(options.executors ?? []), builtIn];
  const worktrees = new WorktreesOfRun({ env, record, plan, open: options.worktrees, executors, onProblem });
  refuseUnrunnable(plan.tasks, { executors, onFailure: settings.onFailure });
  const ordering = new Ordering(plan);
  const schedule = scheduleOf(plan, {
    kind: settings.schedule,
    ordering,
    opened: recovered && layerOpened(recovered.aboutRun),
    floorOf: recovered && layerFloors(recovered.growth),
    onLayer: ({ kind, layer, items }) =>
      core.recordRun(kind === "started" ? "layer_start" : "layer_finish", { data: { index: layer, count: items } }),
  });
  const core: RunCore = new RunCore({
    runId: record.id,
    plan,
    env,
    epoch: recovered?.epoch ?? 1,
    seq: recovered?.seq ?? 0,
    table,
    schedule,
    ordering,
    pools: undefined,
    files: undefined,
    deadlines: createDeadlines(),
    blocking: new Blocking(plan.graph),
    conditions: conditionsOf(plan, recovered?.items),
    orchestrator,
    ...limitsOf(settings),
    executors: [worktrees.executor, ...executors],
    itemLogic: options.itemLogic ?? "compiled",
    onProblem,
    awaitClaims: options.awaitClaims ?? false,
    open: isOpen(settings, recovered),
    keepsEntries: options.journal !== undefined,
    startsNothing,
  });
  if (usesPools(plan)) addPools(core);
  addPreparing(core, plan.tasks);
  if (usesFiles(plan)) addFiles(core);
  worktrees.joinCore(core);
  const pressure = watchOf(env, options, settings, onProblem);
  const run: LocalRun = new LocalRun({
    core,
    state: stateOf(core, recovered),
    journal,
    prepare: () => worktrees.prepare().then(() => prepared({ journal, record, recovered }, core)),
    recovered,
    signal: options.signal,
    pressure,
    release: () => {
      pressure?.stop();
      return builtIn.stop().then(() => worktrees.release());
    },
  });
  if (options.tracer !== undefined) traceRun(run, { tracer: options.tracer, isOpen: core.isOpen, onProblem });
  return run;
}

function limitsOf({
  onFailure,
  prepareItemsMax,
  liveItemsMax,
  deadlineMs,
}: RunSettings): Pick<CoreParts, "onFailure" | "prepareItemsMax" | "liveItemsMax" | "deadlineMs"> {
  return { onFailure, prepareItemsMax, liveItemsMax, deadlineMs };
}

/** What the actor of the run has to know of it. */
function runOf(
  { id }: RunRecord,
  plan: Plan,
  { liveItemsMax, onFailure }: RunSettings,
  recovered: RecoveredRun | undefined,
): Parameters<typeof createOrchestratorActor>[0] {
  return {
    runId: id,
    name: plan.name,
    size: plan.graph.size,
    liveItemsMax,
    rollback: onFailure === "rollback",
    status: recovered?.status ?? "planned",
    ...(recovered && settlingAs(recovered)),
  };
}

function builtInFor(env: Env, { abortGraceMs }: RunOptions, snapshot: () => RunSnapshot): Executor {
  return functionExecutor({ env, snapshot, ...(abortGraceMs !== undefined && { abortGraceMs }) });
}

/** Makes the run exist in the journal; answers what it takes over from the run that it tries again. */
async function prepared(
  { journal, record, recovered }: Pick<Assembly, "journal" | "record" | "recovered">,
  core: RunCore,
): ReturnType<typeof doneIn> {
  if (recovered === undefined) await journal.createRun(record);
  const earlier = retryOf(record);
  if (recovered !== undefined || earlier !== undefined) await loadPrepared(journal, record, core);
  // Nothing happened yet in this run, so what it takes over was not entered yet either.
  return earlier !== undefined && core.seq === 0 ? doneIn(journal, earlier, core.parts.plan) : [];
}

interface Scheduling {
  readonly kind: ScheduleKind;
  readonly ordering: Ordering;
  readonly opened: ScheduleOptions["opened"];
  readonly floorOf: ScheduleOptions["floorOf"];
  readonly onLayer: ScheduleOptions["onLayer"];
}

/** What starts next, by needs and layers. */
function scheduleOf(plan: Plan, { kind, ordering, opened, floorOf, onLayer }: Scheduling): Schedule {
  const order = { priorityOf: ordering.priorityOf, remainingPath: ordering.pathOf };
  return createSchedule(kind, { graph: plan.graph, ...order, opened, floorOf, onLayer });
}

/** What is published before anything happens in this life. */
function stateOf({ parts }: RunCore, recovered: RecoveredRun | undefined): RunState {
  const { runId, plan, table, seq } = parts;
  return createRunState({
    runId,
    name: plan.name,
    size: plan.graph.size,
    seq,
    status: recovered?.status ?? "planned",
    // The plan may grow.
    keyOf: (item) => parts.plan.taskOf(item)!.key,
    numberOf: (key) => parts.plan.numberOf(key),
    ...(recovered !== undefined && { restored: recovered.items.map(({ item }) => table.snapshotOf(item)) }),
  });
}

function tableOf(plan: Plan, env: Env, recovered: RecoveredRun | undefined): ItemTable {
  const table = new ItemTable(plan);
  // Stored times are of the wall clock, deadlines count by the monotonic one.
  if (recovered !== undefined) table.restore(recovered.items, env.clock.monotonic() - env.clock.now());
  return table;
}

function watchOf(
  env: Env,
  { pressure: option }: RunOptions,
  { pressure: limits }: RunSettings,
  onProblem: (problem: Error) => void,
): PressureWatch | undefined {
  if (limits === undefined || limits === false) return undefined;
  const probe = typeof option === "object" ? option.probe : undefined;
  return new PressureWatch({ options: { ...limits, ...(probe !== undefined && { probe }) }, env, onProblem });
}
