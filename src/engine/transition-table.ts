/**
 * Reads a flat, pure machine into a table: for each state and event the candidates in order, each with its guard, its
 * steps and its target. The table adds nothing of its own; what it cannot say faithfully it leaves out, and whoever uses
 * it asks the machine instead.
 */
import type { AnyActorScope, AnyEventObject, AnyMachineSnapshot, AnyStateMachine, AnyStateNode } from "xstate";

export interface GuardArgs {
  readonly context: object;
  readonly event: AnyEventObject;
}

export interface ActionArgs extends GuardArgs {
  readonly self: AnyActorScope["self"];
  readonly system: AnyActorScope["system"];
}

export type Assigner = (args: ActionArgs & { readonly spawn: () => never }, params: unknown) => unknown;
export type ActionFunction = (args: ActionArgs, params: unknown) => void;
type GuardFunction = (args: GuardArgs, params: unknown) => boolean;

export type Step =
  | { readonly kind: "assign"; readonly assign: Assigner; readonly params: unknown }
  | { readonly kind: "act"; readonly type: string; readonly run: ActionFunction | undefined; readonly params: unknown };

export interface Candidate {
  /** The machine's own transition in a list, as inspection wants it. */
  readonly definitions: readonly unknown[];
  readonly guard: GuardFunction | undefined;
  readonly guardParams: unknown;
  readonly steps: readonly Step[];
  /** `undefined`: the state stays, and nothing is entered or left. */
  readonly target: StateRow | undefined;
}

export interface StateRow {
  /** What all snapshots in this state have in common. */
  readonly template: AnyMachineSnapshot;
  /** By event; `undefined` for a known event that the table does not cover. An event without an entry does nothing. */
  readonly candidates: Map<string, readonly Candidate[] | undefined>;
}

export interface TransitionTable {
  readonly rows: Map<unknown, StateRow>;
  /** Where the machine starts, when nothing but its context comes into being there. */
  readonly initial: StateRow | undefined;
}

/** What a snapshot of the known versions of XState consists of; a version that differs is not compiled. */
const SNAPSHOT_KEYS =
  "status output error machine context _nodes value tags children historyValue matches hasTag can getMeta toJSON";

/** How the machine writes an action or a guard down: a name, a name with parameters, or the function itself. */
type Reference<T> = string | T | { readonly type: string; readonly params?: unknown };
/** XState's builtin actions are functions with a `resolve`; of them only `assign` is known here. */
type Builtin = {
  readonly resolve?: unknown;
  readonly check?: unknown;
  readonly type?: string;
  readonly assignment?: unknown;
};

/** The machine as a table, or `undefined` when it is not flat or not of a shape that is known here. */
export function readTransitionTable(machine: AnyStateMachine): TransitionTable | undefined {
  const nodes: readonly AnyStateNode[] = Object.values(machine.root.states);
  if (machine.root.type !== "compound" || !isInert(machine.root) || !nodes.every(isFlat)) return undefined;
  const rows = new Map<unknown, StateRow>();
  for (const node of nodes) {
    const template: AnyMachineSnapshot = machine.resolveState({ value: node.key, context: {} });
    if (Object.keys(template).join(" ") !== SNAPSHOT_KEYS || template.value !== node.key) return undefined;
    rows.set(node.key, { template, candidates: new Map() });
  }
  for (const node of nodes) {
    for (const [eventType, transitions] of node.transitions) {
      const read = transitions.map((transition) => readCandidate(machine, node, transition, rows));
      rows
        .get(node.key)!
        .candidates.set(eventType, read.every((candidate) => candidate !== undefined) ? read : undefined);
    }
  }
  return { rows, initial: quietInitialRow(machine, rows) };
}

/** Nothing of the root takes part in a transition, so a state alone decides what happens in it. */
function isInert(root: AnyStateNode): boolean {
  return root.transitions.size + root.entry.length + root.exit.length === 0 && !runsByItself(root);
}

function isFlat(node: AnyStateNode): boolean {
  const plainEvents = [...node.transitions.keys()].every((name) => !name.includes("*") && !name.startsWith("xstate."));
  return (node.type === "atomic" || node.type === "final") && plainEvents && !runsByItself(node);
}

function runsByItself(node: AnyStateNode): boolean {
  return node.always !== undefined || node.invoke.length > 0 || node.after.length > 0 || node.output !== undefined;
}

function quietInitialRow(machine: AnyStateMachine, rows: TransitionTable["rows"]): StateRow | undefined {
  const { target, actions } = machine.root.initial;
  const first = target[0] as AnyStateNode | undefined;
  const quiet = first?.type === "atomic" && first.entry.length + actions.length === 0;
  return quiet ? rows.get(first.key) : undefined;
}

type Transition = AnyStateNode["transitions"] extends Map<string, (infer T)[]> ? T : never;

function readCandidate(
  machine: AnyStateMachine,
  source: AnyStateNode,
  transition: Transition,
  rows: TransitionTable["rows"],
): Candidate | undefined {
  const [target, ...more] = transition.target ?? [];
  const moves = target !== undefined && target !== source;
  if (more.length > 0 || (transition.reenter && !moves) || (target !== undefined && !rows.has(target.key)))
    return undefined;
  const guard = transition.guard as Reference<GuardFunction> | undefined;
  const guardFunction = guard === undefined ? undefined : resolve(guard, machine.implementations.guards);
  const steps = actionsOf(source, transition, target).map((action) => readStep(machine, action));
  if ((guard !== undefined && !isPlain(guardFunction)) || !steps.every((step) => step !== undefined)) return undefined;
  const params = guard === undefined ? undefined : paramsOf(guard);
  if (typeof params === "function") return undefined;
  return {
    definitions: [transition],
    guard: guardFunction,
    guardParams: params,
    steps,
    target: moves ? rows.get(target.key) : undefined,
  };
}

/** In the order of the interpreter: leave the source, the transition's own, enter the target, and leave that if it is final. */
function actionsOf(source: AnyStateNode, transition: Transition, target: AnyStateNode | undefined): readonly unknown[] {
  if (target === undefined || target === source) return transition.actions;
  const atEnd = target.type === "final" ? target.exit : [];
  return [...source.exit, ...transition.actions, ...target.entry, ...atEnd];
}

function readStep(machine: AnyStateMachine, action: unknown): Step | undefined {
  const reference = action as Reference<ActionFunction>;
  const run = resolve(reference, machine.implementations.actions);
  const params = paramsOf(reference);
  if (typeof params === "function") return undefined;
  const builtin: (ActionFunction & Builtin) | undefined = run;
  if (builtin === undefined || builtin.resolve === undefined)
    return { kind: "act", type: typeOf(reference), run, params };
  const assign = builtin.type === "xstate.assign" ? assignerOf(builtin.assignment) : undefined;
  return assign && { kind: "assign", assign, params };
}

/** `assign({ key: value or function })` is the same as a function that gives all keys. */
function assignerOf(assignment: unknown): Assigner | undefined {
  if (typeof assignment === "function") return assignment as Assigner;
  if (typeof assignment !== "object" || assignment === null) return undefined;
  const entries = Object.entries(assignment);
  if (entries.every(([, value]) => typeof value !== "function")) return () => assignment;
  return (args, params) => {
    const update: Record<string, unknown> = {};
    for (const [key, value] of entries) {
      update[key] = typeof value === "function" ? (value as Assigner)(args, params) : value;
    }
    return update;
  };
}

function resolve<T>(reference: Reference<T>, implementations: Readonly<Record<string, unknown>>): T | undefined {
  if (typeof reference === "function") return reference;
  // The machine's setup holds the functions under these names; their types are checked there.
  return implementations[typeOf(reference)] as T | undefined;
}

function typeOf<T>(reference: Reference<T>): string {
  if (typeof reference === "string") return reference;
  if (typeof reference === "function") return reference.name || "(anonymous)";
  return (reference as { readonly type: string }).type;
}

function paramsOf<T>(reference: Reference<T>): unknown {
  return typeof reference === "object" && reference !== null && "params" in reference ? reference.params : undefined;
}

/** Builtin guards (`and`, `not`, `stateIn`) have a `check` of their own and are left to the machine. */
function isPlain(guard: GuardFunction | undefined): boolean {
  return typeof guard === "function" && !("check" in guard);
}
