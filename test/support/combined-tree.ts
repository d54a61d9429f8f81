/** Random nested combinators: a description of our own, from which the step is made, and which the reference interpreter reads. */
import * as fc from "fast-check";
import type { JsonScalar } from "../../src/base/json.ts";
import { fallback, matrix, parallel, race, retry, sequence, task, when } from "../../src/plan/combine/combinators.ts";
import type { Step } from "../../src/plan/combine/step.ts";
import type { GroupPolicy } from "../../src/plan/plan.ts";

/** A task with what its attempts come to. */
export interface Leaf {
  readonly kind: "task";
  readonly id: string;
  /** The id, with the values of every matrix of one combination around it. */
  readonly key: string;
  /** Of each attempt. */
  readonly ms: number;
  /** So many attempts fail before one succeeds. */
  readonly failures: number;
  readonly output: JsonScalar;
  readonly attemptsMax: number | undefined;
  readonly allowFailure: boolean;
  /** Somebody cancels it in the moment in which its first attempt would end. */
  readonly cancelled: boolean;
  /** Somebody cancels it then, in ms since the start of the run, if it has not started by that. */
  readonly cancelledEarlyAt: number | undefined;
}

export type Tree =
  | Leaf
  /** A task with a matrix: its leaves are `id[n=0]`, `id[n=1]`, … */
  | { readonly kind: "items"; readonly id: string; readonly children: readonly Leaf[] }
  | { readonly kind: "sequence" | "race" | "fallback"; readonly children: readonly Tree[] }
  | { readonly kind: "parallel"; readonly onError: GroupPolicy; readonly children: readonly Tree[] }
  | {
      readonly kind: "matrix";
      readonly axis: string;
      readonly onError: GroupPolicy;
      readonly children: readonly Tree[];
    }
  | { readonly kind: "when"; readonly condition: Leaf; readonly branches: readonly Tree[] }
  | { readonly kind: "retry"; readonly attemptsMax: number; readonly children: readonly [Tree] };

/** The tasks of a tree in the order in which they are written. */
export function leavesOf(tree: Tree): Leaf[] {
  if (tree.kind === "task") return [tree];
  if (tree.kind === "when") return [tree.condition, ...tree.branches.flatMap(leavesOf)];
  return tree.children.flatMap(leavesOf);
}

export function stepOfTree(tree: Tree): Step {
  switch (tree.kind) {
    case "task":
      return task(tree.id, definitionOf(tree));
    case "items":
      return task(tree.id, { ...definitionOf(tree.children[0]!), matrix: { n: tree.children.map((_, n) => n) } });
    case "sequence":
      return sequence(...tree.children.map(stepOfTree));
    case "race":
      return race(...tree.children.map(stepOfTree));
    case "fallback":
      return fallback(...tree.children.map(stepOfTree));
    case "parallel":
      return parallel(...tree.children.map(stepOfTree), { onError: tree.onError });
    case "matrix":
      return matrix(
        { [tree.axis]: tree.children.map((_, n) => n) },
        (values) => stepOfTree(tree.children[values[tree.axis]!]!),
        { onError: tree.onError },
      );
    case "when":
      return when(stepOfTree(tree.condition), stepOfTree(tree.branches[0]!), ...tree.branches.slice(1).map(stepOfTree));
    case "retry":
      return retry(stepOfTree(tree.children[0]), { attemptsMax: tree.attemptsMax });
  }
}

function definitionOf({ attemptsMax, allowFailure }: Leaf) {
  return { run: "work", ...(attemptsMax !== undefined && { attemptsMax }), ...(allowFailure && { allowFailure }) };
}

/** A leaf before it has a name and a time of its own. */
type Fate = Pick<Leaf, "failures" | "output" | "attemptsMax" | "allowFailure" | "cancelled"> & {
  readonly pace: number;
  /** When it is cancelled early, on the same scale. */
  readonly earlyPace: number | undefined;
};

type Shape =
  | { readonly kind: "task"; readonly fate: Fate }
  | { readonly kind: "items"; readonly fates: readonly Fate[] }
  | { readonly kind: "sequence" | "race" | "fallback"; readonly children: readonly Shape[] }
  | { readonly kind: "parallel"; readonly onError: GroupPolicy; readonly children: readonly Shape[] }
  | { readonly kind: "matrix"; readonly onError: GroupPolicy; readonly children: readonly Shape[] }
  | { readonly kind: "when"; readonly condition: Fate; readonly branches: readonly Shape[] }
  | { readonly kind: "retry"; readonly attemptsMax: number; readonly children: readonly [Shape] };

const fate: fc.Arbitrary<Fate> = fc.record({
  pace: fc.integer({ min: 0, max: 9 }),
  failures: fc.oneof(
    { arbitrary: fc.constant(0), weight: 3 },
    { arbitrary: fc.integer({ min: 1, max: 3 }), weight: 2 },
  ),
  output: fc.constantFrom<JsonScalar[]>(true, false, null, 7),
  attemptsMax: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 4 }),
  allowFailure: fc.nat(7).map((n) => n === 7),
  cancelled: fc.nat(9).map((n) => n === 9),
  earlyPace: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined, freq: 8 }),
});

const { shape } = fc.letrec<{ shape: Shape }>((tie) => {
  const children = fc.array(tie("shape"), { maxLength: 3 });
  const some = fc.array(tie("shape"), { minLength: 1, maxLength: 3 });
  const two = fc.tuple(tie("shape"), tie("shape"));
  const onError = fc.constantFrom<GroupPolicy[]>("failFast", "settleAll");
  return {
    shape: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.record({ kind: fc.constant("task" as const), fate: fate }),
      fc.record({ kind: fc.constant("items" as const), fates: fc.array(fate, { minLength: 1, maxLength: 3 }) }),
      fc.record({ kind: fc.constant("sequence" as const), children }),
      fc.record({ kind: fc.constantFrom("race" as const, "fallback" as const), children: some }),
      fc.record({ kind: fc.constant("parallel" as const), onError, children }),
      fc.record({ kind: fc.constant("matrix" as const), onError, children: some }),
      // A group around one way of several tasks: what stands for the whole may be a task that the group cancels.
      fc.record({
        kind: fc.constantFrom("parallel" as const, "matrix" as const),
        onError,
        children: fc.tuple(fc.record({ kind: fc.constant("sequence" as const), children: two })),
      }),
      fc.record({
        kind: fc.constant("when" as const),
        condition: fate,
        branches: fc.array(tie("shape"), { minLength: 1, maxLength: 2 }),
      }),
      fc.record({
        kind: fc.constant("retry" as const),
        attemptsMax: fc.integer({ min: 1, max: 3 }),
        children: fc.tuple(tie("shape")),
      }),
    ),
  };
});

/** Trees of 1 to 14 tasks in which no two moments are the same: what happens first is never a matter of luck. */
export const trees: fc.Arbitrary<Tree> = shape
  .map((each) => named(each))
  .filter((tree) => leavesOf(tree).length > 0 && leavesOf(tree).length <= LEAVES_MAX);

const LEAVES_MAX = 14;
/** More than the attempts of a task, and one for a cancel before it starts: the sums of times on any two ways differ. */
const BASE = 5;

function named(root: Shape): Tree {
  let tasks = 0;
  let axes = 0;
  /** @param around the values of matrices of one combination: in those of more no id stands twice, so they add nothing */
  const leaf = (fate: Fate, around: readonly string[], item?: { id: string; n: number }): Leaf => {
    const { pace, earlyPace, ...rest } = fate;
    const number = tasks++;
    const id = item?.id ?? `t${number}`;
    const values = [...around, ...(item === undefined ? [] : [`n=${item.n}`])];
    const key = values.length === 0 ? id : `${id}[${values.join(",")}]`;
    const ms = pace * BASE ** LEAVES_MAX + BASE ** number;
    // Of one whose failure is allowed it says nothing of those behind it, so what this is about is not there.
    const isEarly = earlyPace !== undefined && !rest.allowFailure;
    const cancelledEarlyAt = isEarly ? earlyPace * BASE ** LEAVES_MAX + 4 * BASE ** number : undefined;
    return { kind: "task", id, key, ms, cancelledEarlyAt, ...rest };
  };
  const name = (shape: Shape, around: readonly string[]): Tree => {
    switch (shape.kind) {
      case "task":
        return leaf(shape.fate, around);
      case "items": {
        const id = `t${tasks}`;
        const [{ attemptsMax, allowFailure }] = shape.fates as readonly [Fate];
        // One definition for all items.
        const fates = shape.fates.map((each) => ({ ...each, attemptsMax, allowFailure }));
        return { kind: "items", id, children: fates.map((each, n) => leaf(each, around, { id, n })) };
      }
      case "when":
        return {
          kind: "when",
          condition: leaf(shape.condition, around),
          branches: shape.branches.map((branch) => name(branch, around)),
        };
      case "retry":
        return { ...shape, children: [name(shape.children[0], around)] };
      case "matrix": {
        const axis = `m${axes++}`;
        const inside = shape.children.length === 1 ? [...around, `${axis}=0`] : around;
        return { ...shape, axis, children: shape.children.map((child) => name(child, inside)) };
      }
      default:
        return { ...shape, children: shape.children.map((child) => name(child, around)) };
    }
  };
  return name(root, []);
}
