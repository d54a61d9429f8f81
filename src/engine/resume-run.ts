import { SignalboxError } from "../base/errors.ts";
import { nodeEnv } from "../base/node-env.ts";
import type { Journal, RecoveredRun } from "../journal/journal.ts";
import type { Plan } from "../plan/plan.ts";
import { assemble, type Assembly } from "./assemble-run.ts";
import { checkOptions } from "./check-options.ts";
import { planToGoOnWith } from "./grown-plan.ts";
import { capGiven } from "./recovered-facts.ts";
import { settingsOf, type RunSettings } from "./run-settings.ts";
import type { Run, RunOptions } from "./run.ts";

/**
 * Goes on with a run that a process left, as its journal has it. Attempts that were under way are given back without being
 * counted; what was done stays done.
 *
 * @param recovered what `journal.recover(runId)` answered
 * @param plan the same plan: made from the record's text, with its functions bound when it has some. What was added and edited
 *   since comes from the journal; where that has functions, give `planOfRun(recovered)` with them bound
 * @throws UsageError (`invalid_usage`) for an option that is out of range, SignalboxError `already_settled` when the run has ended, `plan_changed` when the plan is not the one of the record
 */
export function resumeRun(recovered: RecoveredRun, plan: Plan, options: ResumeOptions): Run {
  return assemble(assemblyOf(recovered, plan, options));
}

/**
 * Opens such a run for one change, without going on with it: nothing is claimed, prepared, verified or undone, and no time runs out.
 * Do not start it. A change that is refused leaves no trace; after one that was made, and after none, `stop` it. `cancel` ends the
 * run, but where something has to be undone it is rejected with `interrupted`, and the run waits, rolling back, for `resumeRun`.
 * @throws what `resumeRun` throws
 */
export function openToChange(recovered: RecoveredRun, plan: Plan, options: ResumeOptions): Run {
  return assemble({ ...assemblyOf(recovered, plan, options), startsNothing: true });
}

type ResumeOptions = RunOptions & { readonly journal: Journal };

function assemblyOf(recovered: RecoveredRun, plan: Plan, options: ResumeOptions): Assembly {
  checkOptions(options);
  const { record, status } = recovered;
  if (status === "done" || status === "failed" || status === "cancelled" || status === "stalled") {
    throw new SignalboxError(
      "already_settled",
      `expected a run that has not ended, got run ${record.id} which is ${status}`,
    );
  }
  const grown = planToGoOnWith(recovered, plan);
  const env = options.env ?? nodeEnv();
  const stored = record.options as unknown as RunSettings;
  const cap = capGiven(recovered.aboutRun);
  const settings = settingsOf(grown, { ...stored, ...(cap !== undefined && { liveItemsMax: cap }), ...options });
  return { env, plan: grown, options, settings, journal: options.journal, record, recovered };
}
