/** Keys of tasks inside a `matrix`: an id that several of its combinations share gets their values. */
import { matrixVariable } from "../../base/matrix-variable.ts";
import type { Combination } from "../check/matrix.ts";
import type { MatrixNode, StepNode } from "./step.ts";

/** A matrix around a step, and which of its combinations the step belongs to. */
export interface MatrixFrame {
  readonly around: MatrixFrame | undefined;
  readonly node: MatrixNode;
  readonly sharedIds: ReadonlySet<string>;
  readonly combination: Combination;
}

/** A task's key, with the values in it. */
export interface CombinedKey {
  readonly key: string;
  /** `undefined` when no matrix adds anything: then the key is the id. */
  readonly values: Combination | undefined;
  /** An axis that two matrices around the task both have. */
  readonly axisTwice: string | undefined;
}

export function combinedKey(id: string, innermost: MatrixFrame | undefined): CombinedKey {
  const frames: MatrixFrame[] = [];
  for (let frame = innermost; frame !== undefined; frame = frame.around)
    if (frame.sharedIds.has(id)) frames.push(frame);
  if (frames.length === 0) return { key: id, values: undefined, axisTwice: undefined };
  const values: Record<string, string | number | boolean> = Object.create(null);
  const variables = new Set<string>();
  let axisTwice: string | undefined;
  for (const { combination } of frames.reverse()) {
    for (const axis of Object.keys(combination)) {
      const variable = matrixVariable(axis);
      if (variables.has(variable)) axisTwice = axis;
      variables.add(variable);
      values[axis] = combination[axis]!;
    }
  }
  const written = Object.keys(values).map((axis) => `${axis}=${values[axis]}`);
  return { key: `${id}[${written.join(",")}]`, values: Object.freeze(values), axisTwice };
}

/** Ids that stand in more than one combination; all of them when there is only one, which tells nothing. */
export function sharedIdsOf(node: MatrixNode): ReadonlySet<string> {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const child of node.children) {
    const own = idsIn(child);
    for (const id of own) (seen.has(id) || node.children.length === 1 ? shared : seen).add(id);
  }
  return shared;
}

function idsIn(step: StepNode): Set<string> {
  const ids = new Set<string>();
  const open = [step];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.kind === "task") ids.add(node.id);
    else for (const child of node.children) open.push(child);
  }
  return ids;
}
