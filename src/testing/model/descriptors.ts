/** What a test says of the events of a machine, and of how what it invokes may end: examples, or ways to make them. */
import type { AnyActorRef, AnyMachineSnapshot, AnyStateMachine, AnyStateNode, EventObject } from "xstate";
import { UsageError } from "../../base/errors.ts";
import { isPlaceOf, nameOf } from "./child-names.ts";
import type { Outcome } from "./step.ts";

/** Makes values at random: an arbitrary of fast-check is one. */
export interface Generates<T> {
  generate(random: never, bias: number | undefined): { readonly value: T };
  shrink(value: T, context: unknown): unknown;
}

/**
 * The payload of an event: its fields with their values or arbitraries, a list of whole payloads, an arbitrary of them, or a
 * function that answers a list for the state in which the event is sent. `false`: this event is not sent.
 */
export type EventDescriptor<TEvent extends EventObject = EventObject, TSnapshot = AnyMachineSnapshot> =
  | false
  | { readonly [TField in keyof Omit<TEvent, "type">]?: TEvent[TField] | Generates<TEvent[TField]> }
  | readonly Payload<TEvent>[]
  | Generates<Payload<TEvent>>
  | ((snapshot: TSnapshot) => readonly Payload<TEvent>[]);

/** An event without its type. */
export type Payload<TEvent extends EventObject> = Omit<TEvent, "type"> & { readonly type?: never };

/** How an invoked or spawned actor may end: examples of its output, and of what it fails with. Default: one of each that the machine reacts to. */
export interface OutcomeDescriptor {
  readonly done?: readonly unknown[];
  readonly error?: readonly unknown[];
  /**
   * What it may say before, where the machine follows it with `onSnapshot`: `{ context: 3 }` for an observable that gives 3. What is
   * not named is as it began. Default: nothing but how it begins.
   */
  readonly snapshots?: readonly object[];
}

/** Draws a few different values. Given from outside, so that whoever has examples only needs no fast-check. */
export type Sample = (arbitrary: Generates<unknown>) => readonly unknown[];

export interface Descriptors {
  readonly events?: Readonly<Record<string, unknown>> | undefined;
  readonly outcomes?: Readonly<Record<string, OutcomeDescriptor>> | undefined;
}

export function isArbitrary(value: unknown): value is Generates<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "generate" in value &&
    typeof value.generate === "function" &&
    "shrink" in value
  );
}

/**
 * The events that somebody sends to the machine, and that the test does not leave out, in the machine's order; each with what the
 * test says of its payload. What a wildcard takes has no name: one is made up, unless the test names an event for it.
 * @throws UsageError (`invalid_usage`) for a list of payloads without any: it would pass as if the event could not happen
 */
export function sentEventsOf(machine: AnyStateMachine, { events = {} }: Descriptors): ReadonlyMap<string, unknown> {
  const declared: readonly string[] = machine.events.filter((type: string) => !type.startsWith("xstate."));
  const named = [...new Set([...declared, ...Object.keys(events)])].filter((type) => !isWildcard(type));
  const sent = new Map(named.map((type) => [type, events[type]]));
  for (const wildcard of declared.filter(isWildcard)) {
    const isNamed = (type: string): boolean => !declared.includes(type) && matches(wildcard, type);
    if (events[wildcard] !== undefined || !named.some(isNamed)) sent.set(madeUp(wildcard), events[wildcard]);
  }
  for (const [type, payloads] of sent) {
    if (payloads === false) sent.delete(type);
    if (Array.isArray(payloads) && payloads.length === 0)
      throw new UsageError(`expected payloads of ${type} in \`events\`, got an empty list; leave it out with false`);
  }
  return sent;
}

const isWildcard = (type: string): boolean => type === "*" || type.endsWith(".*");

/** An event that nothing but the wildcard takes: `anything`, `mouse.anything`. */
export const madeUp = (wildcard: string): string => wildcard.replace("*", "anything");

/** Whether an event descriptor of XState means this event. */
export function matches(descriptor: string, type: string): boolean {
  if (descriptor === type || descriptor === "*") return true;
  return descriptor.endsWith(".*") && (type.startsWith(descriptor.slice(0, -1)) || type === descriptor.slice(0, -2));
}

/** The payloads with which an event of this type is sent in this state. */
export function payloadsOf(descriptor: unknown, snapshot: AnyMachineSnapshot, sample: Sample): readonly object[] {
  if (descriptor === undefined) return [{}];
  if (typeof descriptor === "function") return descriptor(snapshot) as readonly object[];
  if (Array.isArray(descriptor)) return descriptor as readonly object[];
  if (isArbitrary(descriptor)) return sample(descriptor) as readonly object[];
  return fieldwise(descriptor as Readonly<Record<string, unknown>>, sample);
}

/** Each field's first value with the first of the others, the second with the second: enough to see each value once. */
function fieldwise(fields: Readonly<Record<string, unknown>>, sample: Sample): readonly object[] {
  const values = Object.entries(fields).map(([name, value]): [string, readonly unknown[]] => [
    name,
    isArbitrary(value) ? sample(value) : [value],
  ]);
  const count = Math.max(1, ...values.map(([, drawn]) => drawn.length));
  return Array.from({ length: count }, (_, at) =>
    Object.fromEntries(values.map(([name, drawn]) => [name, drawn[at % drawn.length]])),
  );
}

/** What may be heard of an actor before it ends, and how it may end. What is said of its id counts first. */
export function outcomesOf(machine: AnyStateMachine, { outcomes = {} }: Descriptors, actor: AnyActorRef): Heard {
  const { id, src } = actor;
  const said = outcomes[id] ?? outcomes[nameOf(actor)] ?? (typeof src === "string" ? outcomes[src] : undefined);
  const types: readonly string[] = machine.events;
  const handles = (kind: string): boolean =>
    types.some((type) => type.startsWith("xstate.") && matches(type, `xstate.${kind}.actor.${id}`));
  const done = said?.done ?? (said === undefined && handles("done") ? [undefined] : []);
  const error = said?.error ?? (said === undefined && handles("error") ? [new Error(`${nameOf(actor)} failed`)] : []);
  return {
    ends: [
      ...done.map((output): Outcome => ({ kind: "done", output })),
      ...error.map((cause): Outcome => ({ kind: "error", error: cause })),
    ],
    snapshots: said?.snapshots ?? [],
  };
}

export interface Heard {
  readonly ends: readonly Outcome[];
  readonly snapshots: readonly object[];
}

/** An actor that a state invokes. */
export interface Invoked {
  readonly id: string;
  /** What a reader calls it: its id, or what it runs. */
  readonly name: string;
}

export function invokedBy(machine: AnyStateMachine): readonly Invoked[] {
  return nodesOf(machine.root).flatMap(({ invoke }) =>
    invoke.map(({ id, src }) => {
      const isNamed = typeof src === "string" && !src.startsWith("xstate.invoke.");
      return { id, name: isPlaceOf(id) && isNamed ? src : id };
    }),
  );
}

export function nodesOf(node: AnyStateNode): AnyStateNode[] {
  const children: readonly AnyStateNode[] = Object.values(node.states);
  return [node, ...children.flatMap(nodesOf)];
}

/** Everything in `outcomes` that names an actor: known from what is written, or met on the way. */
export function actorNamesOf(machine: AnyStateMachine): ReadonlySet<string> {
  const types: readonly string[] = machine.events;
  const handled = types.flatMap((type) => /^xstate\.(?:done|error|snapshot)\.(?:actor\.)?(.*)$/.exec(type)?.[1] ?? []);
  const invoked = invokedBy(machine).flatMap(({ id, name }) => [id, name]);
  return new Set([...Object.keys(machine.implementations.actors), ...handled, ...invoked]);
}
