/**
 * What at least one of some tasks asks for beside its own work. Most plans ask for little of it, and whoever looks after one of
 * these takes a short way then; so the tasks are looked at once for all of them.
 */
import type { Task } from "./plan.ts";

export interface Demands {
  /** More of its needs than that they are done: conditions, `when`, `join`. */
  readonly conditions: boolean;
  readonly prepare: boolean;
  readonly verify: boolean;
  readonly undo: boolean;
  readonly uses: boolean;
  readonly files: boolean;
  readonly worktree: boolean;
  /** Not all have the same. */
  readonly priority: boolean;
}

/** Lists of tasks are never written to once they are made. */
const known = new WeakMap<readonly Task[], Demands>();

export function demandsOf(tasks: readonly Task[]): Demands {
  let demands = known.get(tasks);
  if (demands === undefined) known.set(tasks, (demands = demandsIn(tasks)));
  return demands;
}

function demandsIn(tasks: readonly Task[]): Demands {
  const demands = {
    conditions: false,
    prepare: false,
    verify: false,
    undo: false,
    uses: false,
    files: false,
    worktree: false,
    priority: false,
  };
  const usual = tasks[0]?.priority;
  for (const task of tasks) {
    if ((task.conditions ?? task.when ?? task.join) !== undefined) demands.conditions = true;
    if (task.prepare !== undefined) demands.prepare = true;
    if (task.verify !== undefined) demands.verify = true;
    if (task.undo !== undefined) demands.undo = true;
    if (task.uses !== undefined) demands.uses = true;
    if (task.files !== undefined) demands.files = true;
    if (task.worktree) demands.worktree = true;
    if (task.priority !== usual) demands.priority = true;
  }
  return Object.freeze(demands);
}
