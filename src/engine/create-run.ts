import { MACHINE_VERSION } from "../../machines/work-item.ts";
import type { Json } from "../base/json.ts";
import { nodeEnv } from "../base/node-env.ts";
import type { RunRecord } from "../journal/journal.ts";
import { noJournal } from "../journal/no-journal.ts";
import { checkPlan } from "../plan/check-plan.ts";
import { isPlan } from "../plan/execution.ts";
import type { PlanInput } from "../plan/combine/combined-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { scopePlan } from "../plan/scope.ts";
import { refuseUnsupported } from "../plan/unsupported.ts";
import { assemble } from "./assemble-run.ts";
import { checkOptions } from "./check-options.ts";
import { settingsOf } from "./run-settings.ts";
import type { Run, RunOptions } from "./run.ts";

/**
 * Makes a run of a plan; nothing happens before `start()`. Functions and commands of one plan run side by side, each item as
 * soon as its needs are done and a place is free.
 *
 * @throws PlanInvalidError (`invalid_plan`, `plan_cycle`, `plan_empty`, `unsupported_feature`) for a plan that cannot run,
 *   UsageError (`invalid_usage`) for an option that is out of range
 */
export function createRun(plan: Plan | PlanInput, options: RunOptions = {}): Run {
  checkOptions(options);
  const env = options.env ?? nodeEnv();
  const whole =
    typeof plan === "object" && plan !== null && isPlan(plan)
      ? plan
      : checkPlan(plan, { mayBeEmpty: options.open === true });
  const scoped =
    options.scope === undefined ? whole : scopePlan(whole, options.scope, { withNeeds: options.withNeeds ?? false });
  refuseUnsupported(scoped);
  const settings = settingsOf(scoped, options);
  // Nobody could read a journal that only this run knows: there is none then, and no need of the plan's text.
  const isPrivate = options.journal === undefined;
  const journal = options.journal ?? noJournal();
  const record: RunRecord = {
    id: env.nextId(),
    name: scoped.name,
    createdAt: env.clock.now(),
    planText: isPrivate ? "" : scoped.toText(),
    planHash: isPrivate ? "" : scoped.hash(),
    ...(scoped.file !== undefined && { planFile: scoped.file }),
    size: scoped.tasks.length,
    machineVersion: MACHINE_VERSION,
    options: settings as unknown as Json,
  };
  return assemble({ env, plan: scoped, options, settings, journal, record, recovered: undefined });
}
