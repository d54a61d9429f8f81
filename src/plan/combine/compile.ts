/**
 * Turns a step into the tasks and groups of a plan.
 *
 * The whole of a step is its exit: a gate that is met when the step is done (or had nothing to do), that holds when it failed, and
 * that is not needed when the step was skipped. Nothing but exits leads out of a step, and every task that can be first in it gets
 * the gate of what stands before; so failure and skipping travel along the edges, through any nesting:
 *
 * C1 A task of a branch that is not taken is skipped: the first of it by its own gate, the others by the ripple of skipping.
 * C2 A branch that was not taken does not hold up what stands behind it: edges out of a branch say `passed`.
 * C3 An alternative starts when the one before did not come out as a whole, be it that it failed or that somebody cancelled it, and
 *    nothing of that one can still run.
 * C3a No task speaks for those before it: any of them, joins too, may be cancelled while what stands before it is live. So an
 *    alternative waits for the end of every task of every one before it.
 * C3b An entrant or alternative that is one task has come out only when it is done: `allowFailure` says nothing there.
 * C4 What has no use any more when a race or a fallback has come out is cancelled with its group, and counts as skipped.
 */
import type { Findings } from "../check/findings.ts";
import type { JsonScalar } from "../../base/json.ts";
import type { NeedCondition, PlanDefinition } from "../plan.ts";
import { sharedIdsOf } from "./combination-keys.ts";
import { definitionOf, Emission, type Around } from "./emission.ts";
import { allOf, both, gateOf, onlyKey, OPEN, passedOf, settledOf, type Gate } from "./gate.ts";
import type { Place } from "./place.ts";
import type { ChoiceNode, MatrixNode, ParallelNode, SequenceNode, StepNode, TaskNode, WhenNode } from "./step.ts";

/** What a step is to those behind it. */
interface Exit {
  readonly gate: Gate;
  /** When all of these are settled or held, nothing of the step runs or will run: every task in it (C3a). */
  readonly ends: Ends;
  /** Key of the join that can stand for it, and where it is written. */
  readonly join: JoinName | undefined;
}

interface JoinName {
  readonly name: string;
  readonly place: Place;
}

type Ends = string | readonly Ends[];

/** A step to be turned into tasks, behind a gate. */
interface Call {
  readonly node: StepNode;
  readonly entry: Gate;
  readonly around: Around;
}

/** Yields the steps inside, is given their exits, answers its own. Steps nest deeper than the stack of a process. */
type Walk = Generator<Call, Exit, Exit>;

/** Needs between two steps that are written one by one; beyond that a join stands in between. */
const DIRECT_NEEDS_MAX = 256;

/** The tasks and groups of a plan that does what the step says. What cannot be is noted. */
export function compileStep(node: StepNode, findings: Findings): Pick<PlanDefinition, "tasks" | "groups"> {
  const emission = new Emission(findings);
  const place: Place = { around: undefined, steps: [] };
  const around: Around = {
    place,
    group: undefined,
    policy: undefined,
    retry: undefined,
    matrix: undefined,
    mustBeDone: false,
  };
  finish(emission, { node, entry: OPEN, around });
  return definitionOf(emission);
}

function finish(emission: Emission, outermost: Call): void {
  const open = [within(outermost)];
  let exit: Exit | undefined;
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    // The first `next` of a generator takes no answer, so none is missing there.
    const next = last.next(exit as Exit);
    exit = undefined;
    if (next.done === true) {
      exit = next.value;
      open.pop();
    } else if (next.value.node.kind === "task") exit = single(emission, next.value.node, next.value);
    else open.push(walk(emission, next.value.node, next.value));
  }
}

function walk(emission: Emission, node: Exclude<StepNode, TaskNode>, { entry, around }: Call): Walk {
  switch (node.kind) {
    case "sequence":
      return sequence(emission, node, entry, around);
    case "parallel":
    case "matrix":
      return parallel(emission, node, entry, around);
    case "race":
      return race(emission, node, entry, around);
    case "fallback":
      return fallback(emission, node, entry, around);
    case "when":
      return when(emission, node, entry, around);
    case "retry":
      return within({ node: node.children[0]!, entry, around: { ...inside(around, ["retry"]), retry: node } });
  }
}

/** A step that is just the one inside. */
function* within(call: Call): Walk {
  return yield call;
}

function inside(around: Around, steps: Place["steps"]): Around {
  return { ...around, place: { around: around.place, steps } };
}

function single(emission: Emission, node: TaskNode, { entry, around }: Call): Exit {
  const key = emission.addTask(node, entry, inside(around, [node.id]));
  const mayFail = node.definition.allowFailure === true && !around.mustBeDone;
  const gate = mayFail ? settledOf(key, entry) : gateOf(key);
  return { gate, ends: key, join: undefined };
}

function* sequence(emission: Emission, node: SequenceNode, entry: Gate, around: Around): Walk {
  const name = `sequence-${emission.count("sequence")}`;
  let gate = entry;
  const exits: Exit[] = [];
  for (const [i, child] of node.children.entries()) {
    if (child.tasks === 0) continue;
    const before = exits.at(-1);
    if (before !== undefined)
      gate = narrowed(emission, gate, child, around, before.join ?? joinIn(around, `${name}-${i}`));
    const exit = yield { node: child, entry: gate, around: inside(around, ["sequence", i]) };
    exits.push(exit);
    gate = exit.gate;
  }
  return { gate, ends: endsOf(exits), join: undefined };
}

function* parallel(emission: Emission, node: ParallelNode | MatrixNode, entry: Gate, around: Around): Walk {
  const name = nameOf(emission, node, around);
  const own = groupFor(emission, node, name, around);
  const sharedIds = node.kind === "matrix" ? sharedIdsOf(node) : undefined;
  const exits: Exit[] = [];
  for (const [i, child] of node.children.entries()) {
    const matrix =
      node.kind === "matrix" && sharedIds !== undefined
        ? { around: own.matrix, node, sharedIds, combination: node.combinations[i]! }
        : own.matrix;
    exits.push(yield { node: child, entry, around: { ...inside(own, [node.kind, i]), matrix } });
  }
  const gate = exits.length === 0 ? entry : allOf(exits.map((exit) => exit.gate));
  return { gate, ends: endsOf(exits), join: joinIn(around, name) };
}

/** The group of those that run side by side. One that would change nothing is left out: groups inside each other are limited. */
function groupFor(emission: Emission, node: ParallelNode | MatrixNode, name: string, around: Around): Around {
  const { onError } = node;
  if (onError === undefined || (onError === around.policy && node.name === undefined) || node.tasks < 2) return around;
  emission.addGroup(name, { onError }, around);
  return { ...around, group: name, policy: onError };
}

function* race(emission: Emission, node: ChoiceNode, entry: Gate, around: Around): Walk {
  const name = nameOf(emission, node, around);
  if (node.children.length === 1) return yield onlyOne(node, entry, around);
  const own = choiceGroup(emission, name, around);
  const keys: string[] = [];
  const exits: Exit[] = [];
  for (const [i, child] of node.children.entries()) {
    const exit = yield { node: child, entry, around: entrant(own, node, i) };
    exits.push(exit);
    keys.push(keyOf(emission, child, exit, own, `${name}-${i + 1}`));
  }
  const gate = gateOf(emission.addJoin(name, "any", needsOf(keys), around));
  return { gate, ends: endsOf(exits), join: undefined };
}

function* fallback(emission: Emission, node: ChoiceNode, entry: Gate, around: Around): Walk {
  const name = nameOf(emission, node, around);
  if (node.children.length === 1) return yield onlyOne(node, entry, around);
  const own = choiceGroup(emission, name, around);
  const keys: string[] = [];
  const exits: Exit[] = [];
  let gate = entry;
  for (const [i, child] of node.children.entries()) {
    const before = exits.at(-1);
    if (before !== undefined) {
      const missed = both(gate, afterMiss(keys.at(-1)!, before));
      gate = narrowed(emission, missed, child, own, joinIn(own, `${name}-${i}-missed`));
    }
    const exit = yield { node: child, entry: gate, around: entrant(own, node, i) };
    exits.push(exit);
    keys.push(keyOf(emission, child, exit, own, `${name}-${i + 1}`));
  }
  const done = gateOf(emission.addJoin(name, "any", needsOf(keys), around));
  return { gate: done, ends: endsOf(exits), join: undefined };
}

/** A choice of one step is that step. */
function onlyOne(node: ChoiceNode, entry: Gate, around: Around): Call {
  return { node: node.children[0]!, entry, around: entrant(around, node, 0) };
}

function entrant(around: Around, node: ChoiceNode, i: number): Around {
  return { ...inside(around, [node.kind, i]), mustBeDone: isTask(node.children[i]!) };
}

/** A task is one also with a matrix or a `retry` of its own. */
function isTask(node: StepNode): boolean {
  let at = node;
  while (at.kind === "retry") at = at.children[0]!;
  return at.kind === "task" || (at.kind === "matrix" && at.onError === undefined);
}

/** Met when the alternative did not come out and nothing of it runs any more (C3). */
function afterMiss(key: string, { ends }: Exit): Gate {
  const needs = new Map<string, NeedCondition>([[key, "missed"]]);
  const open: Ends[] = [ends];
  for (let end = open.pop(); end !== undefined; end = open.pop()) {
    if (typeof end !== "string") open.push(...end.toReversed());
    else if (!needs.has(end)) needs.set(end, "settled");
  }
  return { needs, when: undefined };
}

/** A failure in it counts when no alternative is left, and what is left over when one came out is skipped (C4). */
function choiceGroup(emission: Emission, name: string, around: Around): Around {
  emission.addGroup(name, { onError: "settleAll", race: name }, around);
  return { ...around, group: name, policy: "settleAll" };
}

const TRUE: readonly JsonScalar[] = [true];
const FALSE: readonly JsonScalar[] = [false, null];

function* when(emission: Emission, node: WhenNode, entry: Gate, around: Around): Walk {
  const name = nameOf(emission, node, around);
  const [condition, then, otherwise] = node.children as readonly [TaskNode, StepNode, StepNode?];
  const exits = [yield { node: condition, entry, around: inside(around, ["when", "condition"]) }];
  const key = exits[0]!.ends as string;
  // Where its failure is allowed, it has answered nothing when it fails, and that is false.
  const decided = exits[0]!.gate;
  const branch = (values: readonly JsonScalar[]): Gate => ({
    needs: decided.needs,
    when: new Map([...(decided.when ?? []), [key, values]]),
  });
  exits.push(yield { node: then, entry: branch(TRUE), around: inside(around, ["when", "then"]) });
  if (otherwise !== undefined)
    exits.push(yield { node: otherwise, entry: branch(FALSE), around: inside(around, ["when", "otherwise"]) });
  const gate = both(decided, allOf(exits.slice(1).map((exit) => passedOf(exit.gate))));
  return { gate, ends: endsOf(exits), join: joinIn(around, name) };
}

function endsOf(exits: readonly Exit[]): Ends {
  return exits.map((exit) => exit.ends);
}

/** The user's name for the step, else its kind and number. */
function nameOf(emission: Emission, node: ParallelNode | MatrixNode | ChoiceNode | WhenNode, around: Around): string {
  const number = emission.count(node.kind);
  if (node.name !== undefined) emission.claim(node.name, around.place);
  return node.name ?? `${node.kind}-${number}`;
}

function joinIn({ place }: Around, name: string): JoinName {
  return { name, place };
}

/** A gate for the entries of the next step: the same, or a join where there would be too many needs between the two. */
function narrowed(emission: Emission, gate: Gate, next: StepNode, around: Around, { name, place }: JoinName): Gate {
  if (gate.needs.size < 2 || gate.needs.size * next.entries <= DIRECT_NEEDS_MAX) return gate;
  return gateOf(emission.addJoin(name, "all", gate, { ...around, place }));
}

/**
 * The key of one item that is done exactly when the step is, and otherwise held by what failed in it. A task inside a group of the
 * step is no such item: it may be cancelled with its group. A join stands for it outside, and hands its output on.
 */
function keyOf(emission: Emission, node: StepNode, exit: Exit, around: Around, fallbackName: string): string {
  const key = node.tasks === 0 ? undefined : onlyKey(exit.gate);
  if (key !== undefined && emission.groupOf(key) === around.group) return key;
  const { name, place } = exit.join ?? joinIn(around, fallbackName);
  return emission.addJoin(name, key === undefined ? "all" : "any", exit.gate, { ...around, place });
}

function needsOf(keys: readonly string[]): Gate {
  return { needs: new Map(keys.map((key) => [key, "done"])), when: undefined };
}
