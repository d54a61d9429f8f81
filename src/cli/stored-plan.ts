/** The plan of a stored run: from the text it was stored with, and from its module where it has functions. */
import { existsSync } from "node:fs";
import { SignalboxError } from "../base/errors.ts";
import { planAtFirst, planOfRun } from "../engine/grown-plan.ts";
import type { RecoveredRun, RunRecord } from "../journal/journal.ts";
import { loadPlan } from "../plan/load-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { bindFunctions, isUnbound } from "../plan/read-text.ts";
import { scopePlan } from "../plan/scope.ts";

/** A scope of more items than this is not compared with its file again: that would take long, and only tells of a change. */
const SCOPE_COMPARED_MAX = 2_000;

export interface ResumablePlan {
  readonly plan: Plan;
  /** The file is not what the run was started with any more; the stored plan is used. */
  readonly fileChanged: boolean;
}

/**
 * The plan of a stored run, ready to run. The stored text counts; only functions come from the plan's module again.
 * @throws SignalboxError `plan_changed` when the module is gone or is another plan now
 */
export async function planToResume(run: RecoveredRun): Promise<ResumablePlan> {
  const { record } = run;
  const { planFile } = record;
  const atFirst = planAtFirst(record);
  const stored = planOfRun(run);
  if (!stored.tasks.some(isUnbound)) return { plan: stored, fileChanged: await hasChanged(atFirst, planFile) };
  if (planFile === undefined || !existsSync(planFile)) {
    throw changed(record, planFile === undefined ? "a plan made in code" : `no file at ${planFile}`);
  }
  const source = await loadPlan(planFile);
  if (!isSame(atFirst, source)) throw changed(record, `another plan in ${planFile}`);
  return { plan: bindFunctions(stored, source), fileChanged: false };
}

async function hasChanged(stored: Plan, file: string | undefined): Promise<boolean> {
  if (file === undefined || !existsSync(file)) return file !== undefined;
  try {
    return !isSame(stored, await loadPlan(file));
  } catch {
    return true;
  }
}

/** Whether `source`, or the part of it that the run was scoped to, is the stored plan. */
function isSame(stored: Plan, source: Plan): boolean {
  if (source.hash() === stored.hash()) return true;
  const keys = stored.tasks.map(({ key }) => key);
  if (
    keys.length > SCOPE_COMPARED_MAX ||
    keys.length >= source.tasks.length ||
    keys.some((key) => source.numberOf(key) === undefined)
  )
    return false;
  return scopePlan(source, keys, { withNeeds: true }).hash() === stored.hash();
}

function changed({ id }: RunRecord, got: string): SignalboxError {
  return new SignalboxError(
    "plan_changed",
    `expected the plan module that run ${id} was started with, for its functions, got ${got}; put it back, or start a new run`,
  );
}
