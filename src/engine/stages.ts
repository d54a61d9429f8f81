/**
 * What of an item runs beside its work: what makes it ready (`prepare`, see prepare.ts), the check before it is done (`verify`), what takes it back (`undo`, see rollback.ts).
 *
 * V1 An item with `verify` is done only when its check has succeeded, in the attempt, the slot and under the timeout of its work.
 * V2 The check starts only when the note that it is being verified is durable (L2); a failure of it is a failure of the attempt.
 */
import { UsageError } from "../base/errors.ts";
import { itemIdOf } from "../base/item-ids.ts";
import type { Json } from "../base/json.ts";
import type {
  AbortAttempt,
  AttemptOutcome,
  AttemptRequest,
  Executor,
  ReportOutcome,
  Stage,
  Work,
} from "../executors/executor.ts";
import type { Reason } from "../items/reason.ts";
import { demandsOf } from "../plan/demands.ts";
import type { Task } from "../plan/plan.ts";
import { startOf } from "./batch.ts";
import { inputsOf, inputsOfNeeds } from "./inputs.ts";
import { LOCAL_HOLDER } from "./item-table.ts";
import type { Slot } from "./live-slots.ts";
import type { CoreParts, RunCore } from "./run-core.ts";
import { noted } from "./worktrees.ts";

export type FurtherStage = Exclude<Stage, "run">;

const nothingToAbort: AbortAttempt = () => {};

/** The work has succeeded: notes that it is being verified, and starts the check once that is durable. */
export function beginVerify(core: RunCore, slot: Slot, output: Json | undefined): void {
  slot.stage = "verify";
  slot.output = output;
  slot.phase = "pending";
  slot.abort = undefined;
  core.parts.table.stages.set(slot.item, "verifying");
  core.record(slot.item, "verify", "claimed", { actor: LOCAL_HOLDER, data: { stage: "verify" } });
  core.batch.starts.push(startOf(slot));
}

/** Why an attempt failed whose work was well. */
export function verifyFailed({ code, message, data }: Reason): Reason {
  const isMap = typeof data === "object" && data !== null && !Array.isArray(data);
  // `isArray` does not rule out readonly arrays for the compiler.
  const facts = isMap ? (data as { readonly [key: string]: Json }) : {};
  return { code: "verify_failed", message: `not verified: ${message ?? code}`, data: { ...facts, verifyCode: code } };
}

/** The outcome of a condition: true or false, or nothing, which is false. With anything else there is no branch to take. */
export function answered({ key }: Task, outcome: AttemptOutcome): AttemptOutcome {
  if (outcome.kind !== "done") return outcome;
  const { output = null } = outcome;
  if (output === null || typeof output === "boolean") return outcome;
  const got = JSON.stringify(output);
  const message = `expected the condition ${key} to answer true or false, got ${got.length > 60 ? `${got.slice(0, 60)}…` : got}`;
  return { kind: "failed", reason: { code: "condition_not_boolean", message }, retryable: false };
}

/** Starts the command or function of a stage. */
export function startStage(core: RunCore, slot: Slot, stage: FurtherStage, report: ReportOutcome): AbortAttempt {
  const { plan, executors } = core.parts;
  const work = workOf(plan.taskOf(slot.item)!, stage);
  const executor = executorFor(executors, work);
  if (executor !== undefined) return executor.start(requestOf(core, slot, stage, work), report);
  report({
    kind: "failed",
    reason: { code: "no_executor", message: `nothing here runs its ${stage}` },
    retryable: false,
  });
  return nothingToAbort;
}

/** The item's own output is among the inputs, under the task's id: it wins over a need that shares it, as items of a matrix do. */
function requestOf(core: RunCore, slot: Slot, stage: FurtherStage, task: Work): AttemptRequest {
  const { plan, runId, table } = core.parts;
  const { item, token } = slot;
  const { key, id } = plan.taskOf(item)!;
  return {
    runId,
    item: key,
    itemId: itemIdOf(runId, item),
    // What is prepared is the next attempt.
    attempt: table.attempt[item]! + (stage === "prepare" ? 1 : 0),
    token,
    task,
    stage,
    note: (event, data) => noted(core, item, event, data),
    inputs: () => {
      if (stage === "prepare") return inputsOfNeeds(core, item);
      const inputs: Record<string, Json> = inputsOf(core, item);
      inputs[id] = (stage === "verify" ? slot.output : table.outputs.get(item)) ?? null;
      return inputs;
    },
  };
}

/** All stages of an item run in the same place. */
function workOf(task: Task, stage: FurtherStage): Work {
  const { env, cwd, matrix, worktree } = task;
  return { run: task[stage], env, cwd, matrix, worktree };
}

function executorFor(executors: readonly Executor[], work: Work): Executor | undefined {
  return executors.find((executor) => executor.accepts(work));
}

/**
 * Refuses a run whose items would do their work and then could not be verified, or could not be taken back.
 * @throws UsageError
 */
export function refuseUnrunnable(
  tasks: readonly Task[],
  { executors, onFailure }: Pick<CoreParts, "executors" | "onFailure">,
): void {
  const demands = demandsOf(tasks);
  const stages = (["prepare", "verify", "undo"] as const).filter(
    (stage) => demands[stage] && (stage !== "undo" || onFailure === "rollback"),
  );
  if (stages.length === 0) return;
  for (const task of tasks) {
    for (const stage of stages) {
      if (task[stage] === undefined) continue;
      if (executorFor(executors, workOf(task, stage)) !== undefined) continue;
      throw new UsageError(
        `expected an executor for the ${stage} of ${task.key}, got none that takes it; give a commandExecutor in \`executors\``,
      );
    }
  }
}
