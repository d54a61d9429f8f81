import type { Json } from "../base/json.ts";
import type { RunSnapshot } from "./snapshot.ts";

/** What a task's function is called with. */
export interface TaskContext {
  readonly runId: string;
  /** Key of the item: the task's id, with its matrix values where there are some. */
  readonly item: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Outputs of the needs, by task id. A need without output gives `null`. */
  readonly inputs: Readonly<Record<string, Json>>;
  /** Values of a matrix item by axis; none for another. */
  readonly matrix: Readonly<Record<string, string | number | boolean>>;
  /** The item's own git worktree, for one with `worktree: true`: its path, and the branch that is checked out. */
  readonly worktree?: { readonly path: string; readonly branch: string | undefined } | undefined;
  /** Aborted when the attempt is to stop: cancel, timeout, failure of another item under `fail-fast`. */
  readonly signal: AbortSignal;
  /**
   * The run as it is now, frozen: what every reader sees, for reading only. O(1).
   * @throws UsageError in an executor that was made by hand and not told of a run
   */
  readonly snapshot: () => RunSnapshot;
}

/**
 * A task's `run` in code. Its answer, or what its promise resolves to, is the item's output: JSON or `undefined`. That is checked
 * when it arrives, since a type cannot promise it for user code.
 */
export type TaskFunction = (context: TaskContext) => unknown;
