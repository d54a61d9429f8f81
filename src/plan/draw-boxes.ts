/** What stands around tasks in a drawing: the groups of a plan inside each other, and a box around the items that one matrix makes. */
import type { Group, Plan } from "./plan.ts";

export interface Box {
  /** From 0, in the order in which they are drawn. */
  readonly number: number;
  readonly kind: "group" | "matrix";
  readonly label: string;
  readonly inside: readonly Inside[];
}

/** Number of a task, or a box. */
export type Inside = number | Box;

interface OpenBox extends Box {
  readonly inside: Inside[];
}

/** The outermost boxes and tasks of a plan. Each box stands where its first task does; a group without tasks has none. */
export function boxesOf(plan: Plan): readonly Inside[] {
  const outermost: Inside[] = [];
  const groups = new Map(plan.groups.map((group) => [group.name, group]));
  const boxes = new Map<string, OpenBox>();
  const put = (name: string, around: OpenBox | undefined, words: Pick<Box, "kind" | "label">): OpenBox => {
    const box = { number: boxes.size, ...words, inside: [] };
    boxes.set(name, box);
    (around?.inside ?? outermost).push(box);
    return box;
  };
  const groupBox = (name: string | undefined): OpenBox | undefined => {
    if (name === undefined) return undefined;
    const group = groups.get(name)!;
    return boxes.get(name) ?? put(name, groupBox(group.group), { kind: "group", label: groupWords(plan, group) });
  };
  const counts = matrixCounts(plan);
  plan.tasks.forEach(({ id, group }, n) => {
    const around = groupBox(group);
    const name = matrixName(id, group);
    const matrix =
      (counts.get(name) ?? 0) < 2 ? undefined : (boxes.get(name) ?? put(name, around, { kind: "matrix", label: id }));
    (matrix?.inside ?? around?.inside ?? outermost).push(n);
  });
  return outermost;
}

/** The name of a group with what it does, in the words of a plan. */
export function groupWords({ tasks }: Plan, { name, onError, race }: Group): string {
  return `${name}: onError ${onError}${race === undefined ? "" : `, race ${tasks[race]!.key}`}`;
}

/** A blank is in no name of a group. */
function matrixName(id: string, group: string | undefined): string {
  return `${group ?? ""} ${id}`;
}

function matrixCounts({ tasks }: Plan): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { id, group, matrix } of tasks) {
    if (matrix === undefined) continue;
    const name = matrixName(id, group);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
