/** What a test says of the events of a machine, and of how what it invokes may end: examples, or ways to make them. */
import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from "xstate";
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

/** Types of the events that somebody sends to the machine, and that the test does not leave out, in the machine's order. */
export function eventTypesOf(machine: AnyStateMachine, { events = {} }: Descriptors): readonly string[] {
  const own = machine.events.filter((type: string) => !type.startsWith("xstate.") && !type.includes("*"));
  return [...new Set([...own, ...Object.keys(events)])].filter((type) => events[type] !== false);
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

/** How this actor may end. `id` and `src` are those of its `invoke`; what is said of the id counts first. */
export function outcomesOf(
  machine: AnyStateMachine,
  { outcomes = {} }: Descriptors,
  { id, src }: { readonly id: string; readonly src: unknown },
): readonly Outcome[] {
  const said = outcomes[id] ?? (typeof src === "string" ? outcomes[src] : undefined);
  const types: readonly string[] = machine.events;
  const handles = (kind: string): boolean => types.includes(`xstate.${kind}.actor.${id}`);
  const done = said?.done ?? (said === undefined && handles("done") ? [undefined] : []);
  const error = said?.error ?? (said === undefined && handles("error") ? [new Error(`${id} failed`)] : []);
  return [
    ...done.map((output): Outcome => ({ kind: "done", output })),
    ...error.map((cause): Outcome => ({ kind: "error", error: cause })),
  ];
}
