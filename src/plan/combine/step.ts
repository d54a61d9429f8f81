import type { BackoffDefinition, GroupPolicy, TaskDefinition } from "../plan.ts";
import type { Combination } from "../check/matrix.ts";

/** A part of a plan that `task` or a combinator made: opaque, frozen, to be nested in another or given to `definePlan`. */
export interface Step {
  readonly kind: "task" | "sequence" | "parallel" | "race" | "matrix" | "when" | "fallback" | "retry";
  /** How many tasks stand in it, joins not counted. */
  readonly tasks: number;
}

/** A task inside a step: what comes before it is said by the combinators around it. */
export type StepTask = Omit<TaskDefinition, "needs" | "when" | "join" | "group">;

/** What every kind has. */
interface StepBase extends Step {
  readonly children: readonly StepNode[];
  /** Tasks that can be first, and so get the needs of the whole. */
  readonly entries: number;
}

export interface TaskNode extends StepBase {
  readonly kind: "task";
  readonly id: string;
  readonly definition: StepTask;
}

export interface SequenceNode extends StepBase {
  readonly kind: "sequence";
}

export interface ParallelNode extends StepBase {
  readonly kind: "parallel";
  readonly name: string | undefined;
  readonly onError: GroupPolicy;
}

export interface MatrixNode extends StepBase {
  readonly kind: "matrix";
  readonly name: string | undefined;
  /** `undefined` for the matrix of one task: what its failures do is said by what is around it. */
  readonly onError: GroupPolicy | undefined;
  /** The values of each child. */
  readonly combinations: readonly Combination[];
}

/** `race` and `fallback`: one of the children is enough. */
export interface ChoiceNode extends StepBase {
  readonly kind: "race" | "fallback";
  readonly name: string | undefined;
}

/** Children: the condition, what runs when it is true, and perhaps what runs otherwise. */
export interface WhenNode extends StepBase {
  readonly kind: "when";
  readonly name: string | undefined;
}

export interface RetryNode extends StepBase {
  readonly kind: "retry";
  readonly attemptsMax: number;
  readonly backoff: BackoffDefinition | undefined;
}

export type StepNode = TaskNode | SequenceNode | ParallelNode | MatrixNode | ChoiceNode | WhenNode | RetryNode;

const made = new WeakSet<object>();

/** Freezes a step and remembers that it is one: plain objects of the same shape are not. */
export function makeStep<Node extends StepNode>(node: Node): Node {
  made.add(node);
  return Object.freeze(node);
}

/** Whether `task` or a combinator made this. */
export function isStep(value: unknown): value is Step {
  return typeof value === "object" && value !== null && made.has(value);
}

/** What a step is inside; only for those that `isStep` knows. */
export function nodeOf(step: Step): StepNode {
  return step as StepNode;
}
