/** What a machine declares, by name: its states, transitions and guards. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";
import { invokedBy, nodesOf } from "../model/descriptors.ts";

export interface DeclaredTransition {
  /** Path of the state that declares it; empty for the machine itself. */
  readonly from: string;
  /** As a reader says it: `PAY`, `after 500 ms`, `pay is done`, `by itself`. */
  readonly event: string;
  readonly guard: string | undefined;
  /** Paths of its targets; none where the state stays. */
  readonly to: readonly string[];
  /** `cart: PAY [hasItems] → paying`. */
  readonly name: string;
}

export interface Declared {
  /** Nodes but the root, with their paths, in document order. */
  readonly states: ReadonlyMap<AnyStateNode, string>;
  readonly transitions: ReadonlyMap<AnyTransitionDefinition, DeclaredTransition>;
}

const known = new WeakMap<AnyStateMachine, Declared>();

export function declaredBy(machine: AnyStateMachine): Declared {
  const before = known.get(machine);
  if (before !== undefined) return before;
  const nodes = nodesOf(machine.root);
  const actorNames = new Map(invokedBy(machine).map(({ id, name }) => [id, name]));
  const states = nodes.filter(({ parent, type }) => parent !== undefined && type !== "history");
  const declared: Declared = {
    states: new Map(states.map((node) => [node, pathOf(node)])),
    transitions: named(nodes.flatMap((node) => transitionsOf(node, actorNames))),
  };
  known.set(machine, declared);
  return declared;
}

/** Two transitions with one name are told apart by a number. */
function named(
  transitions: readonly (readonly [AnyTransitionDefinition, DeclaredTransition])[],
): ReadonlyMap<AnyTransitionDefinition, DeclaredTransition> {
  const counts = new Map<string, number>();
  return new Map(
    transitions.map(([definition, fact]) => {
      const count = (counts.get(fact.name) ?? 0) + 1;
      counts.set(fact.name, count);
      return [definition, count === 1 ? fact : { ...fact, name: `${fact.name} (${count})` }];
    }),
  );
}

function transitionsOf(
  node: AnyStateNode,
  actorNames: ReadonlyMap<string, string>,
): (readonly [AnyTransitionDefinition, DeclaredTransition])[] {
  const all: readonly AnyTransitionDefinition[] = [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
  // What is forbidden, by a transition that does nothing, is declared so that it never happens.
  return all
    .filter(({ target, actions, guard }) => target !== undefined || actions.length > 0 || guard !== undefined)
    .map((definition) => [definition, factOf(node, definition, actorNames)]);
}

function factOf(
  node: AnyStateNode,
  { eventType, guard, target }: AnyTransitionDefinition,
  actorNames: ReadonlyMap<string, string>,
): DeclaredTransition {
  const from = pathOf(node);
  const event = eventInWords(eventType, node.id, actorNames);
  const targets: readonly AnyStateNode[] = target ?? [];
  const to = targets.map(pathOf);
  const condition = guard === undefined ? undefined : guardName(guard);
  const name = `${from === "" ? "any state" : from}: ${event}${condition === undefined ? "" : ` [${condition}]`} → ${to.join(" and ") || "stays"}`;
  return { from, event, guard: condition, to, name };
}

/** XState's own events in the words of whoever reads the report. The id of the state stands behind the delay in their type. */
function eventInWords(type: string, stateId: string, actorNames: ReadonlyMap<string, string>): string {
  if (type === "") return "by itself";
  const [, kind, rest = ""] = /^xstate\.(after|done\.actor|error\.actor|snapshot|done\.state)\.(.*)$/.exec(type) ?? [];
  const actor = actorNames.get(rest) ?? rest;
  if (kind === "after") return afterInWords(rest.endsWith(`.${stateId}`) ? rest.slice(0, -stateId.length - 1) : rest);
  if (kind === "done.actor") return `${actor} is done`;
  if (kind === "error.actor") return `${actor} fails`;
  if (kind === "snapshot") return `${actor} says`;
  return kind === "done.state" ? "when done" : type;
}

function afterInWords(delay: string): string {
  return /^\d+$/.test(delay) ? `after ${delay} ms` : `after ${delay}`;
}

function guardName(guard: unknown): string {
  if (typeof guard === "string") return guard;
  if (typeof guard === "function") return guard.name === "" || guard.name === "guard" ? "a condition" : guard.name;
  return typeof guard === "object" && guard !== null && "type" in guard ? String(guard.type) : "a condition";
}

export function pathOf({ path }: AnyStateNode): string {
  return path.join(".");
}
