import { UsageError } from "../base/errors.ts";
import { buildGraph, needsOf, type Graph } from "../graph/graph.ts";
import { orderOf } from "../graph/order.ts";
import { makePlan } from "./check/make-plan.ts";
import { quote } from "./check/names.ts";
import type { Group, Plan, Task } from "./plan.ts";
import { carryUnsupported } from "./unsupported.ts";
import { Suggester } from "./suggest.ts";

/** A scope that names nothing, or leaves out what its items need. */
export class PlanScopeError extends UsageError {
  /** The entries of the scope, or the keys of the missing needs, that are the trouble. */
  readonly names: readonly string[];

  constructor(message: string, names: readonly string[]) {
    super(message);
    this.name = "PlanScopeError";
    this.names = names;
  }
}

/**
 * A smaller plan of the named items only, in the same order. An entry is a task's id (all its items), the key of one item, the
 * beginning of ids up to a dot (`P1.M1` takes `P1.M1.T1` and everything else below it, and `P1.M1` itself if there is one), or
 * `all`. `withNeeds` also takes whatever they need; without it, a need outside the scope is an error.
 * @throws PlanScopeError (`invalid_usage`)
 */
export function scopePlan(plan: Plan, scope: readonly string[], options: { readonly withNeeds?: boolean } = {}): Plan {
  const chosen = itemsInScope(plan, scope);
  if (options.withNeeds === true) chooseNeeds(plan.graph, chosen);
  else refuseOutside(plan, chosen);
  if (chosen.every((flag) => flag === 1)) return plan;
  const part = subPlan(plan, chosen);
  carryUnsupported(plan, part);
  return part;
}

/**
 * For each item 1 when an entry names it, else 0; what they need is not looked at.
 * @throws PlanScopeError (`invalid_usage`)
 */
export function itemsInScope(plan: Plan, scope: readonly string[]): Uint8Array {
  const chosen = new Uint8Array(plan.tasks.length);
  const unknown = scope.filter((entry) => !choose(plan, entry, chosen));
  if (unknown.length > 0) throw unknownScope(plan, unknown);
  if (scope.length === 0)
    throw new PlanScopeError(
      "expected at least one task in the scope, got none; name a task's id, or leave the scope out",
      [],
    );
  return chosen;
}

/** Marks what an entry names; false when it names nothing. */
function choose(plan: Plan, entry: string, chosen: Uint8Array): boolean {
  const prefix = `${entry}.`;
  let found = false;
  plan.tasks.forEach(({ key, id }, n) => {
    if (id !== entry && key !== entry && !id.startsWith(prefix)) return;
    chosen[n] = 1;
    found = true;
  });
  if (found || entry !== "all") return found;
  chosen.fill(1);
  return true;
}

function unknownScope(plan: Plan, unknown: readonly string[]): PlanScopeError {
  const suggester = new Suggester();
  const hints = unknown.map((entry) => {
    const near = suggester.nearest(entry, scopeNames(plan, entry));
    return near === undefined ? quote(entry) : `${quote(entry)} (did you mean ${quote(near)}?)`;
  });
  return new PlanScopeError(
    `expected ids of tasks in the scope, got ${hints.join(", ")}; \`signalbox graph\` lists the tasks`,
    unknown,
  );
}

/** Everything that could have been meant: ids, keys when one was asked for, and the beginnings of ids. */
function scopeNames(plan: Plan, entry: string): Set<string> {
  const names = new Set<string>();
  for (const { key, id } of plan.tasks) {
    names.add(entry.includes("[") ? key : id);
    for (let dot = id.indexOf("."); dot !== -1; dot = id.indexOf(".", dot + 1)) names.add(id.slice(0, dot));
  }
  return names;
}

/** Against the topological order, so one walk takes all of them. */
function chooseNeeds(graph: Graph, chosen: Uint8Array): void {
  for (const n of orderOf(graph).reverse()) {
    if (chosen[n] === 1) for (const need of needsOf(graph, n)) chosen[need] = 1;
  }
}

const SHOWN_MAX = 5;

function refuseOutside(plan: Plan, chosen: Uint8Array): void {
  const missing = new Set<number>();
  chosen.forEach((flag, n) => {
    if (flag === 1) for (const need of needsOf(plan.graph, n)) if (chosen[need] === 0) missing.add(need);
  });
  if (missing.size === 0) return;
  const keys = [...missing].toSorted((a, b) => a - b).map((n) => plan.tasks[n]!.key);
  const more = keys.length > SHOWN_MAX ? ` and ${keys.length - SHOWN_MAX} more` : "";
  const shown = keys.slice(0, SHOWN_MAX).map(quote).join(", ");
  throw new PlanScopeError(
    `expected a scope that holds what its items need, got one without ${shown}${more}; add them, or use --with-needs`,
    keys,
  );
}

function subPlan(plan: Plan, chosen: Uint8Array): Plan {
  const newNumber = new Int32Array(chosen.length).fill(-1);
  const kept: number[] = [];
  chosen.forEach((flag, n) => {
    if (flag === 1) newNumber[n] = kept.push(n) - 1;
  });
  const tasks = kept.map((n) => renumberedTask(plan.tasks[n]!, newNumber));
  return makePlan({
    ...plan,
    groups: plan.groups.map((group) => partOfGroup(group, newNumber)),
    tasks,
    graph: subGraph(plan.graph, kept, newNumber),
  });
}

function renumberedTask(task: Task, newNumber: Int32Array): Task {
  if (task.conditions === undefined && task.when === undefined) return task;
  return Object.freeze({
    ...task,
    conditions: task.conditions && renumberedKeys(task.conditions, newNumber),
    when: task.when && renumberedKeys(task.when, newNumber),
  });
}

function renumberedKeys<T>(map: ReadonlyMap<number, T>, newNumber: Int32Array): ReadonlyMap<number, T> {
  return new Map([...map].map(([need, value]) => [newNumber[need]!, value]));
}

/** A race whose join is outside the scope ends nothing. */
function partOfGroup(group: Group, newNumber: Int32Array): Group {
  const race = group.race === undefined ? -1 : newNumber[group.race]!;
  return Object.freeze({ ...group, race: race < 0 ? undefined : race });
}

function subGraph(graph: Graph, kept: readonly number[], newNumber: Int32Array): Graph {
  const pairs = kept.flatMap((n, number) =>
    Array.from(needsOf(graph, n), (need) => ({ from: newNumber[need]!, to: number })),
  );
  return buildGraph(kept.length, {
    from: Int32Array.from(pairs, (pair) => pair.from),
    to: Int32Array.from(pairs, (pair) => pair.to),
    count: pairs.length,
  });
}
