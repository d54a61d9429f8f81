import { LIMITS } from "../base/limits.ts";
import { buildPlan } from "./check/build.ts";
import { checkGroupName, checkGroupsAcross } from "./check/check-groups.ts";
import { checkPrepare } from "./check/check-prepare.ts";
import { checkJoin, checkWhenAcross } from "./check/check-when.ts";
import { checkName, within, type Checking } from "./check/checking.ts";
import { byName, checkFields } from "./check/check-fields.ts";
import type { BackoffValues, Draft, PlanSource, PlanValues, TaskValues } from "./check/draft.ts";
import { PLAN_FIELDS, TASK_FIELDS } from "./fields.ts";
import { Findings, problemsOf, type Step } from "./check/findings.ts";
import { linkDrafts } from "./check/link.ts";
import { isConditionMarked } from "./check/condition-mark.ts";
import { combinationMark } from "./check/matrix.ts";
import { describe, isMap, quote } from "./check/names.ts";
import { withTasks, type PlanInput } from "./combine/combined-plan.ts";
import type { Plan, PlanDefinition } from "./plan.ts";
import { PlanCycleError, PlanEmptyError, PlanInvalidError, type PlanProblems } from "./problems.ts";
import { Suggester } from "./suggest.ts";

/** Why there is no plan. `paths` holds the cycles. */
export interface Refusal {
  readonly findings: Findings;
  readonly paths: readonly (readonly string[])[];
  readonly empty: boolean;
}

/**
 * Checks a definition, or what combinators put together, completely and turns it into a plan.
 * @throws PlanInvalidError (`invalid_plan`) with every problem, PlanCycleError (`plan_cycle`) when cycles are the only ones,
 * PlanEmptyError (`plan_empty`) when there is no task.
 */
export function checkPlan(
  definition: PlanInput,
  options: { readonly name?: string; readonly file?: string; readonly mayBeEmpty?: boolean } = {},
): Plan {
  const { name = "plan", file, mayBeEmpty } = options;
  const source = { name, file, fromCode: true, ...(mayBeEmpty === true && { mayBeEmpty }) };
  const result = checkDefinition(definition, source);
  if ("refusal" in result) throw errorOf(result.refusal, problemsOf(result.refusal.findings));
  return result.plan;
}

/** The error for a refusal, with its problems as the caller located them. */
export function errorOf(refusal: Refusal, problems: PlanProblems): PlanInvalidError {
  if (refusal.empty && problems.total === 1) return new PlanEmptyError(problems);
  if (refusal.paths.length > 0 && refusal.paths.length === problems.total)
    return new PlanCycleError(problems, refusal.paths);
  return new PlanInvalidError(problems);
}

export type CheckResult = { readonly plan: Plan } | { readonly refusal: Refusal };

/** Checks any value at all; never throws for what the value holds. `findings` may hold what reading the text has found already. */
export function checkDefinition(
  definition: unknown,
  source: PlanSource,
  findings: Findings = new Findings(),
): CheckResult {
  const checking: Checking = { findings, suggester: new Suggester(), fromCode: source.fromCode };
  // What checkFields leaves has the types of PlanValues: a test holds the table of fields and that interface together.
  const given = (source.fromCode ? withTasks(definition, findings) : definition) ?? {};
  const values: PlanValues = checkFields(checking, byName(PLAN_FIELDS), given, "a plan") ?? {};
  const drafts = isMap(given)
    ? within(findings, "tasks", () => checkTasks(checking, values.tasks ?? {}, source.mayBeEmpty))
    : [];
  checkDefaultBackoff(checking, values);
  for (const draft of drafts) checkAcross(checking, draft, values);
  if (values.groups !== undefined) checkGroupsAcross(checking, values.groups, drafts);
  const { links, paths } = linkDrafts(checking, drafts);
  if (findings.total > 0 || links === undefined)
    return {
      refusal: { findings, paths, empty: drafts.length === 0 && isMap(given) && isMap(values.tasks ?? {}) },
    };
  return { plan: buildPlan(values, drafts, links, source) };
}

/** Values for tasks that do not say otherwise, without the plan around them. */
export function checkDefaults(checking: Checking, defaults: PlanDefinition["defaults"]): TaskValues | undefined {
  if (defaults === undefined) return undefined;
  const values: PlanValues = checkFields(checking, byName(PLAN_FIELDS), { defaults }, "a plan") ?? {};
  checkDefaultBackoff(checking, values);
  return values.defaults;
}

function checkDefaultBackoff({ findings }: Checking, { defaults }: PlanValues): void {
  if (defaults?.backoff !== undefined) checkBackoff(findings, ["defaults"], defaults.backoff);
}

export function checkTasks(checking: Checking, tasks: unknown, mayBeEmpty = false): Draft[] {
  const { findings } = checking;
  if (!isMap(tasks)) {
    findings.add("a map from task id to task", describe(tasks), "write each task as `id:` with its keys below it");
    return [];
  }
  const drafts: Draft[] = [];
  let items = 0;
  for (const id of Object.keys(tasks)) {
    // Read once: a map of a hundred thousand keys is a hash table that fits no cache.
    const task = tasks[id];
    if (task === undefined) continue;
    const draft = within(findings, id, () => checkTask(checking, id, task, drafts.length, items));
    drafts.push(draft);
    items += draft.items;
  }
  // Where all of them were left out for what reading the text has found, that is the trouble.
  if (!mayBeEmpty && drafts.length === 0 && (Object.keys(tasks).length === 0 || findings.total === 0)) {
    findings.add("at least one task", "none", "add one under `tasks`, for example `hello: { run: echo hello }`");
  }
  if (items > LIMITS.tasksMax) findings.add(`at most ${LIMITS.tasksMax} tasks`, `${items}`, "split the plan");
  return drafts;
}

const TASK_FIELDS_BY_NAME = byName(TASK_FIELDS);

export function checkTask(checking: Checking, id: string, task: unknown, draft: number, firstItem: number): Draft {
  const combination = combinationMark(task);
  checkName(checking.findings, combination?.id ?? id, "a task");
  // As for PlanValues above.
  const values: TaskValues = checkFields(checking, TASK_FIELDS_BY_NAME, task, "a task") ?? {};
  const items = values.matrix?.reduce((product, axis) => product * axis.values.length, 1) ?? 1;
  return { draft, id, combination, values, condition: isConditionMarked(task), firstItem, items };
}

/** What no key shows by itself. */
export function checkAcross(checking: Checking, draft: Draft, plan: PlanValues): void {
  const { id, values } = draft;
  if (values.backoff !== undefined) checkBackoff(checking.findings, ["tasks", id], values.backoff);
  if (values.uses !== undefined) checkUses(checking, id, values.uses, plan.pools);
  if (values.when !== undefined) checkWhenAcross(checking, id, values.when, values.needs);
  if (values.join !== undefined) checkJoin(checking, id, values);
  if (values.prepare !== undefined) checkPrepare(checking, draft);
  if (values.group !== undefined) checkGroupName(checking, ["tasks", id, "group"], values.group, plan.groups);
}

function checkUses(
  { findings, suggester }: Checking,
  id: string,
  uses: Readonly<Record<string, number>>,
  pools: PlanValues["pools"] = {},
): void {
  for (const name of Object.keys(uses)) {
    const places = Object.hasOwn(pools, name) ? pools[name]! : undefined;
    const steps = ["tasks", id, "uses", name];
    if (places === undefined) {
      const near = suggester.nearest(name, Object.keys(pools));
      findings.addAt(
        steps,
        "the name of a pool",
        quote(name),
        near === undefined ? "add it under `pools`" : `did you mean \`${near}\`?`,
        "key",
      );
    } else if (uses[name]! > places) {
      findings.addAt(
        steps,
        `at most ${places}, the places of the pool`,
        `${uses[name]}`,
        "take fewer, or make the pool larger",
      );
    }
  }
}

function checkBackoff(findings: Findings, steps: readonly Step[], { initial, max }: BackoffValues): void {
  if (initial === undefined || max === undefined || initial <= max) return;
  findings.addAt(
    [...steps, "backoff", "max"],
    `at least the initial pause (${initial}ms)`,
    `${max}ms`,
    "make it longer, or `initial` shorter",
  );
}
