/** Any XState machine as plain data: its states and everything that they react to. Whatever draws or lists a machine reads this. */
import type { AnyStateMachine, AnyStateNode } from "xstate";

export interface MachineModel {
  readonly id: string;
  /** The machine itself first, then every state below its parent, as they are written. */
  readonly states: readonly MachineState[];
  readonly edges: readonly MachineEdge[];
}

export interface MachineState {
  /** Path of the state within the machine, dotted; empty for the machine itself. */
  readonly path: string;
  readonly key: string;
  readonly type: "atomic" | "compound" | "parallel" | "final" | "history";
  /** Of a history state: whether it leads back to states within states too. */
  readonly history?: "shallow" | "deep";
  /** `undefined` for the machine itself. */
  readonly parent: string | undefined;
  /** Paths of the states that are entered with it. */
  readonly initial: readonly string[];
  /** Names of the effects when it is entered and left. */
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  /** Names of the actors that live as long as it is entered. */
  readonly invokes: readonly string[];
}

export interface MachineEdge {
  /** Path of the state within the machine, dotted; empty for the machine itself. */
  readonly from: string;
  /** `undefined` for what happens by itself as soon as its guard holds. */
  readonly event: string | undefined;
  /** The event as a reader calls it: `after 500 ms`, `done load`. */
  readonly words: string | undefined;
  readonly guard: string | undefined;
  /** The same as `from` where the state stays. */
  readonly to: string;
  /** Names of the effects that the host carries out, in order. */
  readonly effects: readonly string[];
}

type Transition = NonNullable<AnyStateNode["always"]>[number];

/** What the machine is, without its functions; JSON can carry it. */
export function machineModel(machine: AnyStateMachine): MachineModel {
  return { id: machine.id, states: nodesOf(machine.root).map(stateOf), edges: machineEdges(machine) };
}

/** Every transition of the machine, in the order in which it is written. */
export function machineEdges(machine: AnyStateMachine): MachineEdge[] {
  const nodes = nodesOf(machine.root);
  const actors = new Map(nodes.flatMap(({ invoke }) => invoke.map(({ id, src }) => [id, actorName(id, src)])));
  return nodes.flatMap((node) => [
    ...[...node.transitions].flatMap(([event, transitions]) =>
      transitions
        .filter(doesSomething)
        .flatMap((each) => edgesOf(node, event, each, eventInWords(shortEvent(event, node.id, actors)))),
    ),
    ...(node.always ?? []).flatMap((each) => edgesOf(node, undefined, each)),
  ]);
}

/** A state that forbids an event, so that none further out answers it, says so by a transition that does nothing. */
function doesSomething({ target, actions, guard }: Transition): boolean {
  return target !== undefined || actions.length > 0 || guard !== undefined;
}

/** XState writes the id of the state behind a delay, and the place of an actor that has no id of its own. */
function shortEvent(event: string, stateId: string, actors: ReadonlyMap<string, string>): string {
  if (event.startsWith("xstate.after.") && event.endsWith(`.${stateId}`)) return event.slice(0, -stateId.length - 1);
  const [, kind, id] = /^(xstate\.(?:done\.actor|error\.actor|snapshot)\.)(.+)$/.exec(event) ?? [];
  return id === undefined ? event : `${kind}${actors.get(id) ?? id}`;
}

function actorName(id: string, src: unknown): string {
  return /^\d+\./.test(id) && typeof src === "string" && !src.startsWith("xstate.invoke.") ? src : id;
}

/** What of an edge a person reads: its event in words, or `always`, and its guard. */
export function edgeLabel(edge: Pick<MachineEdge, "words" | "guard">, options: { readonly guards: boolean }): string {
  const { words: event } = edge;
  if (event === undefined) return `[${edge.guard ?? "always"}]`;
  return options.guards && edge.guard !== undefined ? `${event} [${edge.guard}]` : event;
}

/** XState names what time and actors bring by ids that nobody wrote; here they are called what they are. */
function eventInWords(event: string): string {
  const after = /^xstate\.after\.(.+)$/.exec(event)?.[1];
  if (after !== undefined) return `after ${/^\d+$/.test(after) ? `${after} ms` : after}`;
  if (event.startsWith("xstate.done.state.")) return "done";
  const invoked = /^xstate\.(done|error|snapshot)\.(?:actor\.)?(.+)$/.exec(event);
  if (invoked === null) return event;
  // An actor without an id of its own is called by its place.
  const name = /^\d+\./.test(invoked[2]!) ? "" : ` ${invoked[2]!}`;
  return `${invoked[1]!}${name}`;
}

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  const children: readonly AnyStateNode[] = Object.values(node.states);
  return [node, ...children.flatMap(nodesOf)];
}

function stateOf(node: AnyStateNode): MachineState {
  const initial: readonly AnyStateNode[] =
    node.type === "parallel" ? Object.values<AnyStateNode>(node.states) : (node.initial?.target ?? []);
  return {
    path: pathOf(node),
    key: node.key,
    type: node.type,
    ...(node.type === "history" && { history: node.history === "deep" ? ("deep" as const) : ("shallow" as const) }),
    parent: node.parent === undefined ? undefined : pathOf(node.parent),
    initial: initial.map(pathOf),
    entry: namesOf(node.entry),
    exit: namesOf(node.exit),
    invokes: node.invoke.map(({ src, id }) =>
      typeof src === "string" && !src.startsWith("xstate.invoke.") ? src : id,
    ),
  };
}

function edgesOf(
  node: AnyStateNode,
  event: string | undefined,
  { target, guard, actions }: Transition,
  words?: string,
): MachineEdge[] {
  const effects = namesOf(actions);
  const targets: readonly AnyStateNode[] = target ?? [node];
  return targets.map((to) => ({
    from: pathOf(node),
    event,
    words,
    guard: nameOf(guard),
    to: pathOf(to),
    effects,
  }));
}

/** What a picture calls the state: where a history state leads, nobody sees by its name. */
export function stateLabel({ key, history }: Pick<MachineState, "key" | "history">): string {
  return history === undefined ? key : `${key} (${history === "deep" ? "deep history" : "history"})`;
}

function pathOf({ path }: AnyStateNode): string {
  return path.join(".");
}

function namesOf(references: readonly unknown[]): string[] {
  return references.map(nameOf).filter((name) => name !== undefined);
}

/** A named guard or action, with its parameters; builtin and inline ones have no name worth showing. */
export function nameOf(reference: unknown): string | undefined {
  if (typeof reference === "string") return reference;
  if (typeof reference !== "object" || reference === null || !("type" in reference)) return undefined;
  const params =
    "params" in reference && typeof reference.params === "object" ? Object.values(reference.params ?? {}) : [];
  return [String(reference.type), ...params.map(String)].join(" ");
}
