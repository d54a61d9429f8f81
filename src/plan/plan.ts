import type { Json, JsonScalar } from "../base/json.ts";
import type { Graph } from "../graph/graph.ts";
import type { WorktreeSettings } from "../git/worktrees/settings.ts";
import type { PressureLimits } from "../resources/pressure-options.ts";
import type { TaskFunction } from "../items/task-function.ts";

/**
 * When a need counts as met: the other item is done (default); whatever its outcome, once there is one; only when it failed; done or
 * skipped.
 */
export type NeedCondition = "done" | "settled" | "failed" | "passed" | "missed";
/** `all`: done when its needs are met; `any`: as soon as one of them is. */
export type JoinKind = "all" | "any";
/** What a failed member of a group does to the others: `failFast` cancels them, `settleAll` lets them go on. */
export type GroupPolicy = "failFast" | "settleAll";
/** `as-ready` starts an item as soon as it may; `layers` waits for a whole layer; `sequential` runs one at a time in order. */
export type Schedule = "as-ready" | "layers" | "sequential";
/** `isolate` lets independent items go on; `fail-fast` aborts the rest; `rollback` also undoes what is done. */
export type FailurePolicy = "isolate" | "fail-fast" | "rollback";
/** `"90s"`, `"10m"`, or a number of milliseconds. */
export type Duration = string | number;

/** Pauses between attempts, as the user writes them: 1s, doubled each time up to 30s, with jitter, unless said otherwise. */
export interface BackoffDefinition {
  readonly initial?: Duration;
  readonly factor?: number;
  readonly max?: Duration;
  readonly jitter?: boolean;
}

/** A group of tasks as the user writes it. */
export interface GroupDefinition {
  readonly onError?: GroupPolicy;
  readonly race?: string;
  readonly group?: string;
}

/** A task as the user writes it, in a plan file or in code. docs/reference/plan-file.md explains each key. */
export interface TaskDefinition {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly needs?: readonly string[] | Readonly<Record<string, NeedCondition>>;
  readonly when?: Readonly<Record<string, JsonScalar | readonly JsonScalar[]>>;
  readonly join?: JoinKind;
  readonly allowFailure?: boolean;
  readonly group?: string;
  readonly run?: string | TaskFunction;
  readonly matrix?: Readonly<Record<string, readonly (string | number | boolean)[]>>;
  readonly attemptsMax?: number;
  readonly backoff?: BackoffDefinition;
  readonly timeout?: Duration;
  readonly deadline?: Duration;
  readonly priority?: number;
  readonly uses?: Readonly<Record<string, number>>;
  readonly files?: readonly string[];
  readonly estimatedHours?: number;
  readonly metadata?: Metadata;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly worktree?: boolean;
  readonly prepare?: string | TaskFunction;
  readonly verify?: string | TaskFunction;
  readonly undo?: string | TaskFunction;
}

/** From when on new items are held back, as the user writes it. What is missing has its default. */
export interface PressureDefinition {
  readonly memory?: number;
  readonly handles?: number;
  readonly eventLoopDelay?: Duration;
  readonly loadPerProcessor?: number;
  readonly sample?: Duration;
}

/** How worktrees are made, as the user writes it. What is missing has its default. */
export interface WorktreesDefinition {
  readonly base?: string;
  readonly setup?: string;
  readonly setupTimeout?: Duration;
  readonly links?: readonly string[];
  readonly ports?: { readonly first?: number; readonly last?: number; readonly count?: number };
  readonly hooks?: boolean;
  readonly keep?: "work" | "always" | "never";
}

/** A plan as the user writes it, in a plan file or in code. docs/reference/plan-file.md explains each key. */
export interface PlanDefinition {
  readonly $schema?: string;
  readonly version?: 1;
  readonly name?: string;
  readonly liveItemsMax?: number;
  readonly prepareItemsMax?: number;
  readonly schedule?: Schedule;
  readonly onFailure?: FailurePolicy;
  readonly deadline?: Duration;
  readonly pools?: Readonly<Record<string, number>>;
  readonly sharedFiles?: readonly string[];
  readonly pressure?: PressureDefinition;
  readonly worktrees?: WorktreesDefinition;
  readonly groups?: Readonly<Record<string, GroupDefinition>>;
  readonly defaults?: Pick<
    TaskDefinition,
    "attemptsMax" | "backoff" | "timeout" | "deadline" | "priority" | "env" | "cwd"
  >;
  readonly tasks: Readonly<Record<string, TaskDefinition>>;
}

export interface Backoff {
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
  readonly jitter: boolean;
}

/** What a task carries along for whoever reads it. */
export type Metadata = Readonly<Record<string, Json>>;

/** A checked task: one work item each. Absent options are `undefined`, never a missing key, so that all tasks have one shape. */
export interface Task {
  /** Key of the item it makes: the task's id, or `id[axis=value,…]` for a matrix task. */
  readonly key: string;
  /** The id under which it is written in the plan; several tasks of a matrix share it. */
  readonly id: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly type: string | undefined;
  readonly run: string | TaskFunction | undefined;
  /** Conditions that differ from `done`, by number of the needed task; `undefined` when all are `done`. */
  readonly conditions: ReadonlyMap<number, NeedCondition> | undefined;
  /** Values of which the output of a need must equal one, by number of the needed task; `undefined`: none. */
  readonly when: ReadonlyMap<number, readonly JsonScalar[]> | undefined;
  /** A `when` of the combinators asks it: its output has to be true or false, or nothing, which is false. */
  readonly condition: boolean;
  /** It does nothing itself: the engine completes it. */
  readonly join: JoinKind | undefined;
  readonly allowFailure: boolean;
  /** Name of a group of the plan. */
  readonly group: string | undefined;
  readonly matrix: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly attemptsMax: number;
  readonly backoff: Backoff | undefined;
  readonly timeoutMs: number | undefined;
  readonly deadlineMs: number | undefined;
  /** 0 (first) to 9; default 5. */
  readonly priority: number;
  readonly uses: Readonly<Record<string, number>> | undefined;
  readonly files: readonly string[] | undefined;
  readonly estimatedHours: number | undefined;
  readonly metadata: Metadata | undefined;
  readonly env: Readonly<Record<string, string>> | undefined;
  readonly cwd: string | undefined;
  readonly worktree: boolean;
  /** Makes `run` ready, ahead of it; its output is the input `prepare`. */
  readonly prepare: string | TaskFunction | undefined;
  /** Must succeed after `run` before the item is done. */
  readonly verify: string | TaskFunction | undefined;
  /** Takes back what `run` did; only a rollback runs it. */
  readonly undo: string | TaskFunction | undefined;
}

/** A checked group of tasks. */
export interface Group {
  readonly name: string;
  readonly onError: GroupPolicy;
  /** Number of a task with `join: any`. */
  readonly race: number | undefined;
  /** Name of the group around it. */
  readonly group: string | undefined;
}

/**
 * A checked plan. Tasks stand in topological order, so a task's number is greater than the numbers of all its needs; only a task
 * that was edited while its run went on may need one with a greater number. The same definition always gives the same numbers,
 * which is what lets a journal name items by number.
 */
export interface Plan {
  readonly name: string;
  /** `undefined`: as many as there are processors. */
  readonly liveItemsMax: number | undefined;
  /** Items that are prepared at once; `undefined`: the default. */
  readonly prepareItemsMax: number | undefined;
  readonly schedule: Schedule;
  readonly onFailure: FailurePolicy;
  /** Of the whole run, from its start; `undefined`: none. */
  readonly deadlineMs: number | undefined;
  readonly pools: Readonly<Record<string, number>>;
  /** What several items may touch at once. */
  readonly sharedFiles: readonly string[];
  /** `undefined`: it says nothing of pressure. */
  readonly pressure: PressureLimits | undefined;
  /** How worktrees are made; `undefined`: it says nothing of it. */
  readonly worktrees: WorktreeSettings | undefined;
  /** By name, ascending; a group stands where its name sorts, whatever is around it. */
  readonly groups: readonly Group[];
  /** In a plan that grew while its run went on the list is made at its first use. */
  readonly tasks: readonly Task[];
  /** The task with this number, as `tasks[number]`, without making the list. */
  readonly taskOf: (number: number) => Task | undefined;
  /** Needs and dependents by number. */
  readonly graph: Graph;
  /** Number of the task with this key. */
  readonly numberOf: (key: string) => number | undefined;
  /** Canonical JSON of everything but functions, from which `planFromText` makes the same plan again. */
  readonly toText: () => string;
  /** SHA-256 of `toText()`, hexadecimal. */
  readonly hash: () => string;
  /** Absolute path of the file it came from; relative `cwd`s count from its folder. */
  readonly file: string | undefined;
}
