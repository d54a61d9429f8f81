import { createHash } from "node:crypto";
import type { Graph } from "../../graph/graph.ts";
import { planText } from "../write-text.ts";
import type { Plan, Task } from "../plan.ts";

/** A plan without what is derived from the rest. */
export type PlanParts = Omit<Plan, "taskOf" | "numberOf" | "toText" | "hash">;

/** What the tasks of a plan are called; made when somebody asks. A plan and those that grew from it share one. */
interface Names {
  readonly numbers: Map<string, number>;
  /** Ids that the items of a matrix share, each with the first of them. */
  readonly shared: Map<string, number>;
}

/** What a plan was made of, for one that is made from it. */
interface Source {
  readonly parts: Omit<PlanParts, "tasks">;
  /** Tasks by number; there may be more than the plan has: those of plans that grew from it. */
  readonly rows: readonly Task[];
  names: Names | undefined;
  /** `rows`, when one plan that grows from this one may write behind them; two would write to one place. */
  room: Task[] | undefined;
}

const sources = new WeakMap<Plan, Source>();

/** Completes a plan and freezes it. `before`: the plan that it was edited from, whose tasks have the same names. */
export function makePlan({ tasks, ...parts }: PlanParts, before?: Plan): Plan {
  Object.freeze(tasks);
  Object.freeze(parts.groups);
  const names = before && namesFor(before, tasks, tasks.length);
  return complete({ parts, rows: tasks, names, room: undefined }, tasks);
}

/**
 * The plan with further tasks behind its last one. It costs the same however long the plan is, spread over many: who adds one task at a
 * time would otherwise copy all the others each time.
 */
export function grownPlan(before: Plan, added: readonly Task[], graph: Graph): Plan {
  // A plan that somebody copied is not known here.
  const source = sources.get(before) ?? { parts: before, rows: before.tasks, names: undefined, room: undefined };
  const rows = source.room ?? before.tasks.slice();
  source.room = undefined;
  for (const task of added) rows.push(task);
  return complete({
    parts: { ...source.parts, graph },
    rows,
    names: namesFor(before, rows, graph.size),
    room: rows,
  });
}

function complete(source: Source, list?: readonly Task[]): Plan {
  const { parts, rows } = source;
  const { size } = parts.graph;
  let tasks = list;
  let hash: string | undefined;
  const plan: Plan = {
    ...parts,
    get tasks() {
      return (tasks ??= Object.freeze(rows.slice(0, size)));
    },
    taskOf: (number) => (number < size ? rows[number] : undefined),
    numberOf: (key) => {
      source.names ??= addNames({ numbers: new Map(), shared: new Map() }, rows, 0, size);
      return below(size, source.names.numbers.get(key));
    },
    toText: () => planText(plan),
    hash: () => (hash ??= createHash("sha256").update(planText(plan)).digest("hex")),
  };
  sources.set(plan, source);
  return Object.freeze(plan);
}

/** Whether an item of the plan has this key, or a task this id. */
export function isTaken(plan: Plan, name: string): boolean {
  if (plan.numberOf(name) !== undefined) return true;
  return below(plan.graph.size, sources.get(plan)?.names?.shared.get(name)) !== undefined;
}

/** The map may know more: names of a plan that grew from this one. */
function below(size: number, number: number | undefined): number | undefined {
  return number !== undefined && number < size ? number : undefined;
}

/** The names of the plan before with those of the rows behind its own; `undefined` when they have to be listed anew. */
function namesFor(before: Plan, rows: readonly Task[], size: number): Names | undefined {
  const names = sources.get(before)?.names;
  // Somebody else has grown from the same plan.
  if (names === undefined || names.numbers.size !== before.graph.size) return undefined;
  return addNames(names, rows, before.graph.size, size);
}

function addNames(names: Names, rows: readonly Task[], first: number, size: number): Names {
  for (let n = first; n < size; n++) {
    const { key, id } = rows[n]!;
    names.numbers.set(key, n);
    if (id !== key && !names.shared.has(id)) names.shared.set(id, n);
  }
  return names;
}
