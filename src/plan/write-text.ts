import { needsOf } from "../graph/graph.ts";
import type { Json, JsonScalar } from "../base/json.ts";
import type { NeedCondition, Plan, Task } from "./plan.ts";

/** Version of the canonical text; the reader refuses any other. */
export const TEXT_FORMAT = 1;

/** Stands for a function, which no text can hold. */
export const FUNCTION_MARK = { function: true } as const;

type SpecialCondition = Exclude<NeedCondition, "done">;

/** A task in the canonical text. What is missing is absent in the task, or has the default. */
export interface TaskText extends Partial<Omit<Task, Work | "conditions" | "when" | "key">> {
  readonly key: string;
  /** Numbers of the needed tasks, all below its own. */
  readonly needs?: readonly number[];
  /** Pairs of such a number and its condition, when that is not `done`. */
  readonly conditions?: readonly (readonly [number, SpecialCondition])[];
  /** Pairs of such a number and the values of which its output must equal one. */
  readonly when?: readonly (readonly [number, readonly JsonScalar[]])[];
  readonly run?: WorkText;
  readonly prepare?: WorkText;
  readonly verify?: WorkText;
  readonly undo?: WorkText;
}

/** Keys of a task that hold a command or a function. */
export const WORK_KEYS = ["run", "prepare", "verify", "undo"] as const;
type Work = (typeof WORK_KEYS)[number];
type WorkText = string | typeof FUNCTION_MARK;

/** Canonical JSON of a plan: the same plan gives the same text, whatever the order of keys in its file. One line for each task. */
export function planText(plan: Plan): string {
  const { name, liveItemsMax, prepareItemsMax, schedule, onFailure, deadlineMs } = plan;
  const head = JSON.stringify({
    format: TEXT_FORMAT,
    name,
    liveItemsMax,
    prepareItemsMax,
    schedule,
    onFailure,
    deadlineMs,
    pools: sorted(plan.pools),
    sharedFiles: plan.sharedFiles.length === 0 ? undefined : plan.sharedFiles,
    pressure: plan.pressure,
    worktrees: plan.worktrees,
    groups: plan.groups.length === 0 ? undefined : plan.groups,
  });
  const tasks = plan.tasks.map((task, n) => JSON.stringify(taskText(plan, task, n)));
  return `${head.slice(0, -1)},"tasks":[\n${tasks.join(",\n")}\n]}`;
}

/** One task as it stands in the canonical text. */
export function taskText(plan: Plan, task: Task, n: number): TaskText {
  const needs = needsOf(plan.graph, n);
  // Undefined values are left out by JSON.stringify; the order of keys here is the order in the text.
  const text: { [Key in keyof TaskText]: TaskText[Key] | undefined } = {
    key: task.key,
    id: task.id === task.key ? undefined : task.id,
    title: task.title,
    description: task.description,
    type: task.type,
    run: workText(task.run),
    needs: needs.length === 0 ? undefined : Array.from(needs),
    conditions: task.conditions && [...task.conditions].filter(isSpecial).toSorted((a, b) => a[0] - b[0]),
    when: task.when && [...task.when].toSorted((a, b) => a[0] - b[0]),
    condition: task.condition ? true : undefined,
    join: task.join,
    allowFailure: task.allowFailure ? true : undefined,
    group: task.group,
    matrix: task.matrix,
    attemptsMax: task.attemptsMax === 1 ? undefined : task.attemptsMax,
    backoff: task.backoff,
    timeoutMs: task.timeoutMs,
    deadlineMs: task.deadlineMs,
    priority: task.priority === 5 ? undefined : task.priority,
    uses: task.uses && sorted(task.uses),
    files: task.files,
    estimatedHours: task.estimatedHours,
    metadata: task.metadata && ordered(task.metadata),
    env: task.env && sorted(task.env),
    cwd: task.cwd,
    worktree: task.worktree ? true : undefined,
    prepare: workText(task.prepare),
    verify: workText(task.verify),
    undo: workText(task.undo),
  };
  return text as TaskText;
}

function workText(work: Task[Work]): WorkText | undefined {
  return typeof work === "function" ? FUNCTION_MARK : work;
}

function isSpecial(pair: readonly [number, string]): pair is [number, SpecialCondition] {
  return pair[1] !== "done";
}

/** The same JSON with the keys of its maps in order, on every level. */
function ordered<T extends Json>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  // The same shape as `value`: only the order of keys differs.
  if (Array.isArray(value)) return value.map(ordered) as Json as T;
  const pairs = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(pairs.map(([key, part]) => [key, ordered(part)])) as Json as T;
}

/** The same map with its keys in order. */
function sorted<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  const result: Record<string, T> = Object.create(null);
  for (const key of Object.keys(map).toSorted()) result[key] = map[key]!;
  return result;
}
