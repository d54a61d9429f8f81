/** The plan of a stored run as it is now: the text it was created with, and everything that was added or edited since. */
import { SignalboxError } from "../base/errors.ts";
import type { JournalEntry, RecoveredRun, RunRecord } from "../journal/journal.ts";
import type { Plan } from "../plan/plan.ts";
import { planFromText, withStoredChanges, type StoredChange } from "../plan/read-text.ts";

/** The part of a stored run that its plan is made from. */
type StoredPlan = Pick<RecoveredRun, "record" | "growth">;

/**
 * The plan of a stored run, with what was added to it and edited in it. Functions are missing until `bindFunctions`.
 * @throws PlanInvalidError (`invalid_plan`) when the journal holds no plan
 */
export function planOfRun({ record, growth }: StoredPlan): Plan {
  return withStoredChanges(planAtFirst(record), growth.map(changeOf));
}

/** The plan with which a stored run was created. */
export function planAtFirst({ planText, planFile }: RunRecord): Plan {
  return planFromText(planText, { ...(planFile !== undefined && { file: planFile }) });
}

/**
 * The plan to go on with, for a caller who brings the plan that the run was created with, or the one that it has grown to.
 * @throws SignalboxError `plan_changed` when it is neither
 */
export function planToGoOnWith(stored: StoredPlan, plan: Plan): Plan {
  const { record, growth } = stored;
  if (plan.hash() === record.planHash) return withStoredChanges(plan, growth.map(changeOf));
  if (growth.length > 0 && plan.hash() === planOfRun(stored).hash()) return plan;
  throw new SignalboxError(
    "plan_changed",
    `expected the plan that run ${record.id} was started with, got a different one; start a new run`,
  );
}

function changeOf({ item, data }: JournalEntry): StoredChange {
  const isMap = typeof data === "object" && data !== null && !Array.isArray(data);
  return { item, task: isMap ? (data as { readonly task?: StoredChange["task"] }).task : undefined };
}
