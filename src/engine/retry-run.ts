import { MACHINE_VERSION } from "../../machines/work-item.ts";
import { SignalboxError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { nodeEnv } from "../base/node-env.ts";
import type { Journal, RecoveredRun, RunRecord } from "../journal/journal.ts";
import type { Plan } from "../plan/plan.ts";
import { assemble } from "./assemble-run.ts";
import { checkOptions } from "./check-options.ts";
import { planToGoOnWith } from "./grown-plan.ts";
import { capGiven } from "./recovered-facts.ts";
import { settingsOf, type RunSettings } from "./run-settings.ts";
import type { Run, RunOptions } from "./run.ts";

/**
 * A new run of a run that has ended: it takes over everything that was done there, with its outputs, and runs the rest. The old
 * run stays as it is; the options of the new one name it as `retryOf`. What was cancelled or skipped there is decided anew.
 *
 * @param ended what `journal.read(runId)` answered
 * @param plan the same plan: made from the record's text, with its functions bound when it has some. What was added and edited
 *   while it ran is part of the new run's plan; where that has functions, give `planOfRun(ended)` with them bound
 * @throws SignalboxError `not_ready` when the run has not ended, `plan_changed` when the plan is not the one of the record
 */
export function retryRun(ended: RecoveredRun, plan: Plan, options: RunOptions & { readonly journal: Journal }): Run {
  checkOptions(options);
  const { record: before, status, aboutRun } = ended;
  if (status !== "done" && status !== "failed" && status !== "cancelled" && status !== "stalled") {
    throw new SignalboxError(
      "not_ready",
      `expected a run that has ended, got run ${before.id} which is ${status}; go on with it instead`,
    );
  }
  const grown = planToGoOnWith(ended, plan);
  const env = options.env ?? nodeEnv();
  const stored = before.options as unknown as RunSettings;
  const cap = capGiven(aboutRun);
  const settings = settingsOf(grown, { ...stored, ...(cap !== undefined && { liveItemsMax: cap }), ...options });
  const record: RunRecord = {
    ...before,
    id: env.nextId(),
    createdAt: env.clock.now(),
    ...(ended.growth.length > 0 && { planText: grown.toText(), planHash: grown.hash(), size: grown.tasks.length }),
    machineVersion: MACHINE_VERSION,
    options: { ...(settings as unknown as Readonly<Record<string, Json>>), retryOf: before.id },
  };
  return assemble({ env, plan: grown, options, settings, journal: options.journal, record, recovered: undefined });
}
