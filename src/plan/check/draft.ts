import type { JsonScalar } from "../../base/json.ts";
import type { CombinationMark } from "./matrix.ts";
import type { Metadata } from "../plan.ts";
import type { TaskFunction } from "../../items/task-function.ts";
import type { Axis, NeedNames } from "./check-collection.ts";

/** A task's keys after they were checked one by one; what was absent or wrong is missing. */
export interface TaskValues {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly needs?: NeedNames;
  readonly when?: WhenValues;
  readonly join?: "all" | "any";
  readonly allowFailure?: boolean;
  readonly group?: string;
  readonly run?: string | TaskFunction;
  readonly matrix?: readonly Axis[];
  readonly attemptsMax?: number;
  readonly backoff?: BackoffValues;
  readonly timeout?: number;
  readonly deadline?: number;
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

/** Values of which the output of a need must equal one, by the need as `needs` writes it. */
export type WhenValues = ReadonlyMap<string, readonly JsonScalar[]>;

/** Groups after their keys were checked one by one, by name. */
export type GroupValues = Readonly<Record<string, GroupValue>>;

export interface GroupValue {
  readonly onError?: "failFast" | "settleAll";
  readonly race?: string;
  readonly group?: string;
}

export interface BackoffValues {
  readonly initial?: number;
  readonly factor?: number;
  readonly max?: number;
  readonly jitter?: boolean;
}

export interface PressureValues {
  readonly memory?: number;
  readonly handles?: number;
  readonly eventLoopDelay?: number;
  readonly loadPerProcessor?: number;
  readonly sample?: number;
}

export interface WorktreesValues {
  readonly base?: string;
  readonly setup?: string;
  readonly setupTimeout?: number;
  readonly links?: readonly string[];
  readonly ports?: { readonly first?: number; readonly last?: number; readonly count?: number };
  readonly hooks?: boolean;
  readonly keep?: "work" | "always" | "never";
}

/** Keys of the plan itself, checked likewise. */
export interface PlanValues {
  readonly name?: string;
  readonly liveItemsMax?: number;
  readonly prepareItemsMax?: number;
  readonly schedule?: "as-ready" | "layers" | "sequential";
  readonly onFailure?: "isolate" | "fail-fast" | "rollback";
  readonly deadline?: number;
  readonly pools?: Readonly<Record<string, number>>;
  readonly sharedFiles?: readonly string[];
  readonly pressure?: PressureValues;
  readonly worktrees?: WorktreesValues;
  readonly groups?: GroupValues;
  readonly defaults?: TaskValues;
  readonly tasks?: unknown;
}

/** A task of the plan before its needs are looked up. Items are numbered in the order of the file: those of one draft stand together. */
export interface Draft {
  /** Position among the drafts. */
  readonly draft: number;
  readonly id: string;
  /** Set when `id` is the key of one item of a matrix. */
  readonly combination: CombinationMark | undefined;
  readonly values: TaskValues;
  /** It is the condition of a combinator. */
  readonly condition: boolean;
  readonly firstItem: number;
  readonly items: number;
}

/** Where a definition came from. */
export interface PlanSource {
  /** Name of a plan that does not name itself. */
  readonly name: string;
  /** Absolute path of the file. */
  readonly file: string | undefined;
  /** In code, numbers are durations in milliseconds and `run` may be a function. */
  readonly fromCode: boolean;
  /** A plan of a run that is open needs no task yet. */
  readonly mayBeEmpty?: true;
}
