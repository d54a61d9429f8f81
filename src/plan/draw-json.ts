import { criticalPath } from "../graph/paths.ts";
import { needsOf } from "../graph/graph.ts";
import { layerMembers, layersOf } from "../graph/layers.ts";
import type { Group, Plan, Task } from "./plan.ts";

/**
 * The graph as JSON: tasks in order with their needs and layer and, where they have them, join, group, conditions and values of
 * needs; the groups with their members; the layers; and the longest chain of needs.
 */
export function drawJson(plan: Plan): string {
  const layers = layersOf(plan.graph);
  const keyOf = (n: number): string => plan.tasks[n]!.key;
  const tasks = plan.tasks.map((task, n) => ({
    key: task.key,
    id: task.id,
    title: task.title,
    layer: layers.layerOf[n],
    needs: Array.from(needsOf(plan.graph, n), keyOf),
    ...rulesOf(task, keyOf),
  }));
  const longest = criticalPath(plan.graph, new Float64Array(plan.tasks.length).fill(1));
  const drawing = {
    name: plan.name,
    tasks,
    ...(plan.groups.length > 0 && { groups: groupsOf(plan, keyOf) }),
    layers: layerMembers(layers).map((members) => members.map(keyOf)),
    longest_chain: longest.map(keyOf),
  };
  return `${JSON.stringify(drawing, undefined, 2)}\n`;
}

/** `undefined` is left out of the text. */
function rulesOf({ conditions, when, join, allowFailure, group, matrix }: Task, keyOf: (n: number) => string): object {
  return {
    conditions: conditions && byKey(conditions, keyOf),
    when: when && byKey(when, keyOf),
    join,
    allow_failure: allowFailure || undefined,
    group,
    matrix,
  };
}

/** Keys are the user's words. */
function byKey<T>(map: ReadonlyMap<number, T>, keyOf: (n: number) => string): Readonly<Record<string, T>> {
  const record: Record<string, T> = Object.create(null);
  for (const [number, value] of map) record[keyOf(number)] = value;
  return record;
}

function groupsOf({ groups, tasks }: Plan, keyOf: (n: number) => string): object[] {
  const members = new Map<string, string[]>(groups.map(({ name }) => [name, []]));
  for (const { key, group } of tasks) if (group !== undefined) members.get(group)!.push(key);
  return groups.map(({ name, onError, race, group }: Group) => ({
    name,
    on_error: onError,
    race: race === undefined ? undefined : keyOf(race),
    group,
    items: members.get(name),
  }));
}
