import { jsonCopy } from "../base/json-copy.ts";
import { SignalboxError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { buildGraph, needsOf, type Graph } from "../graph/graph.ts";
import { topologicalOrder } from "../graph/order.ts";
import type { TaskFunction } from "../items/task-function.ts";
import { checkPlan } from "./check-plan.ts";
import { isPlan } from "./execution.ts";
import { Findings, problemsOf, type Step } from "./check/findings.ts";
import { makePlan } from "./check/make-plan.ts";
import { isMap, quote } from "./check/names.ts";
import type { PlanInput } from "./combine/combined-plan.ts";
import type { Metadata, Plan, Task } from "./plan.ts";
import { PlanInvalidError } from "./problems.ts";
import { taskText, TEXT_FORMAT, WORK_KEYS, type TaskText } from "./write-text.ts";

/** Stands where the plan that was written had a function. */
const UNBOUND: TaskFunction = () => {
  throw new SignalboxError(
    "plan_changed",
    "expected the function of a task, got a plan that was read from its text; give its definition to bindFunctions before running it",
  );
};

/** Whether a task still waits for `bindFunctions`. */
export function isUnbound(task: Task): boolean {
  return WORK_KEYS.some((key) => task[key] === UNBOUND);
}

/**
 * Makes the plan of a canonical text again: same tasks, same numbers, same text. Functions are missing until `bindFunctions`.
 * @throws PlanInvalidError (`invalid_plan`) when it is not such a text.
 */
export function planFromText(text: string, options: { readonly file?: string } = {}): Plan {
  const parsed = parse(text);
  if (!isMap(parsed) || parsed["format"] !== TEXT_FORMAT || !Array.isArray(parsed["tasks"])) throw notCanonical([]);
  // Nobody but planText writes this text; what would break the engine is checked below.
  const head = parsed as unknown as Omit<Plan, "tasks" | "groups" | "sharedFiles"> & {
    groups?: Plan["groups"];
    sharedFiles?: Plan["sharedFiles"];
    tasks: TaskText[];
  };
  const {
    name,
    liveItemsMax,
    prepareItemsMax,
    schedule,
    onFailure,
    deadlineMs,
    pools,
    pressure,
    worktrees,
    groups,
    tasks,
  } = head;
  tasks.forEach((task, n) => checkTaskText(task, n, tasks.length));
  return makePlan({
    name,
    liveItemsMax,
    prepareItemsMax,
    schedule,
    onFailure,
    deadlineMs,
    pools: withoutPrototype(pools),
    sharedFiles: Object.freeze(head.sharedFiles ?? []),
    pressure: pressure && Object.freeze(pressure),
    worktrees: worktrees && Object.freeze(worktrees),
    groups: (groups ?? []).map(({ name: group, onError, race, group: around }) =>
      Object.freeze({ name: group, onError, race, group: around }),
    ),
    tasks: tasks.map(taskOf),
    graph: graphOf(tasks.map(({ needs }) => needs ?? [])),
    file: options.file,
  });
}

/** How a plan changed: the task with this number is new, or is now so. */
export interface StoredChange {
  readonly item: number;
  readonly task: Json | undefined;
}

/** What a journal keeps of a task that was added or edited. */
export function storedTask(plan: Plan, number: number): Json {
  // Through text: keys without a value are left out.
  return JSON.parse(JSON.stringify(taskText(plan, plan.taskOf(number)!, number))) as Json;
}

/**
 * The plan after such changes, in their order. Functions of theirs are missing until `bindFunctions`.
 * @throws PlanInvalidError (`invalid_plan`) when they do not fit the plan
 */
export function withStoredChanges(plan: Plan, changes: readonly StoredChange[]): Plan {
  if (changes.length === 0) return plan;
  const tasks = [...plan.tasks];
  const needs: ArrayLike<number>[] = plan.tasks.map((_, n) => needsOf(plan.graph, n));
  const size = changes.reduce((most, { item }) => Math.max(most, item + 1), tasks.length);
  for (const { item, task } of changes) {
    checkTaskText(task, item, size);
    tasks[item] = taskOf(task);
    needs[item] = task.needs ?? [];
  }
  return makePlan({ ...plan, tasks, graph: graphOf(needs) });
}

/**
 * Puts the functions of a definition, or of a plan made from it, where a plan read from its text misses them.
 * @throws SignalboxError (`plan_changed`) when a task that had a function has none there.
 */
export function bindFunctions(plan: Plan, source: Plan | PlanInput): Plan {
  const bound = isPlan(source) ? source : checkPlan(source);
  const tasks = plan.tasks.map((task) => {
    if (!isUnbound(task)) return task;
    const number = bound.numberOf(task.key);
    return boundTask(task, number === undefined ? undefined : bound.tasks[number]);
  });
  return makePlan({ ...plan, tasks, file: plan.file ?? bound.file });
}

function boundTask(task: Task, source: Task | undefined): Task {
  const functions: { [Key in (typeof WORK_KEYS)[number]]?: TaskFunction } = {};
  for (const key of WORK_KEYS) {
    if (task[key] !== UNBOUND) continue;
    const work = source?.[key];
    if (typeof work !== "function") {
      const where = key === "run" ? "" : `\`${key}\` of `;
      throw new SignalboxError(
        "plan_changed",
        `expected a function for ${where}task ${quote(task.key)}, got ${work === undefined ? "none" : "a command"}; use the definition with which the run was started`,
      );
    }
    functions[key] = work;
  }
  return Object.freeze({ ...task, ...functions });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notCanonical([], cause);
  }
}

function notCanonical(steps: readonly Step[], cause?: unknown): PlanInvalidError {
  const findings = new Findings();
  findings.addAt(
    steps,
    "the text of a plan as Plan.toText() writes it",
    "something else",
    "read plan files with loadPlan",
  );
  return new PlanInvalidError(problemsOf(findings), "invalid_plan", { cause });
}

function checkTaskText(task: unknown, n: number, size: number): asserts task is TaskText {
  const steps = ["tasks", n];
  if (!isMap(task) || typeof task["key"] !== "string") throw notCanonical(steps);
  const needs = task["needs"] ?? [];
  if (!Array.isArray(needs) || !needs.every((need) => Number.isInteger(need) && need >= 0 && need < size && need !== n))
    throw notCanonical([...steps, "needs"]);
}

function taskOf(text: TaskText): Task {
  return Object.freeze({
    key: text.key,
    id: text.id ?? text.key,
    title: text.title,
    description: text.description,
    type: text.type,
    run: workOf(text.run),
    conditions: text.conditions && new Map(text.conditions),
    when: text.when && new Map(text.when),
    condition: text.condition ?? false,
    join: text.join,
    allowFailure: text.allowFailure ?? false,
    group: text.group,
    matrix: text.matrix && withoutPrototype(text.matrix),
    attemptsMax: text.attemptsMax ?? 1,
    backoff: text.backoff && Object.freeze(text.backoff),
    timeoutMs: text.timeoutMs,
    deadlineMs: text.deadlineMs,
    priority: text.priority ?? 5,
    uses: text.uses && withoutPrototype(text.uses),
    files: text.files && Object.freeze(text.files),
    estimatedHours: text.estimatedHours,
    metadata: text.metadata && metadataOf(text.metadata),
    env: text.env && withoutPrototype(text.env),
    cwd: text.cwd,
    worktree: text.worktree ?? false,
    prepare: workOf(text.prepare),
    verify: workOf(text.verify),
    undo: workOf(text.undo),
  });
}

function workOf(work: TaskText["run"]): string | TaskFunction | undefined {
  return typeof work === "object" ? UNBOUND : work;
}

function metadataOf(written: Metadata): Metadata {
  const copy = jsonCopy(written);
  // It was JSON text a moment ago.
  return copy.ok ? (copy.value as Metadata) : {};
}

function withoutPrototype<T>(map: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  const result: Record<string, T> = Object.create(null);
  for (const key of Object.keys(map)) result[key] = map[key]!;
  return Object.freeze(result);
}

function graphOf(rows: readonly ArrayLike<number>[]): Graph {
  const count = rows.reduce((sum, needs) => sum + needs.length, 0);
  const from = new Int32Array(count);
  const to = new Int32Array(count);
  let at = 0;
  rows.forEach((needs, n) => {
    from.set(needs, at);
    to.fill(n, at, at + needs.length);
    at += needs.length;
  });
  const graph = buildGraph(rows.length, { from, to, count });
  if (topologicalOrder(graph) === undefined) throw notCanonical(["tasks"]);
  return graph;
}
