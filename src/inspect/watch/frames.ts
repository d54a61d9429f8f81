/**
 * The frames of `@statelyai/inspect`: one JSON text for each registration, event and snapshot. Stately's inspector and every XState app
 * speak them.
 */
import type { AnyActorRef, AnyEventObject } from "xstate";
import { boundedCopy } from "./bounded-json.ts";

/** The version of `@statelyai/inspect` whose frames these are. */
const FRAMES_VERSION = "0.7.2";

/** What of an actor a frame tells; the actor itself may be gone. */
export interface InspectedActor {
  readonly sessionId: string;
  readonly name: string;
  readonly parentId: string | undefined;
  readonly rootId: string;
  /** JSON of the machine's configuration; absent for an actor that is no machine. */
  readonly definition: string | undefined;
}

export type Frame =
  | (FrameBase & {
      readonly type: "@xstate.actor";
      readonly name: string;
      readonly parentId: string | undefined;
      readonly definition: string | undefined;
      readonly snapshot: unknown;
    })
  | (FrameBase & { readonly type: "@xstate.event"; readonly sourceId: string | undefined; readonly event: unknown })
  | (FrameBase & { readonly type: "@xstate.snapshot"; readonly snapshot: unknown; readonly event: unknown });

interface FrameBase {
  readonly sessionId: string;
  readonly rootId: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: string;
  readonly id: null;
  readonly _version: string;
}

export function actorFrame(actor: InspectedActor, snapshot: unknown, at: number): Frame {
  const { name, parentId, definition } = actor;
  return {
    type: "@xstate.actor",
    name,
    parentId,
    definition,
    snapshot: inspectedSnapshot(snapshot),
    ...base(actor, at),
  };
}

export function eventFrame(
  actor: InspectedActor,
  sourceId: string | undefined,
  event: AnyEventObject,
  at: number,
): Frame {
  return { type: "@xstate.event", sourceId, event: boundedCopy(event), ...base(actor, at) };
}

export function snapshotFrame(actor: InspectedActor, snapshot: unknown, event: AnyEventObject, at: number): Frame {
  return {
    type: "@xstate.snapshot",
    snapshot: inspectedSnapshot(snapshot),
    event: boundedCopy(event),
    ...base(actor, at),
  };
}

function base({ sessionId, rootId }: InspectedActor, at: number): FrameBase {
  return { sessionId, rootId, createdAt: String(at), id: null, _version: FRAMES_VERSION };
}

/** Children are not told of one by one, since each has frames of its own: with thousands of them each snapshot would be huge. */
function inspectedSnapshot(snapshot: unknown): object {
  if (typeof snapshot !== "object" || snapshot === null) return { status: "active" };
  const { status, value, context, output, error, children } = snapshot as Readonly<Record<string, unknown>>;
  return {
    status: status ?? "active",
    ...(value !== undefined && { value: boundedCopy(value) }),
    ...(context !== undefined && { context: boundedCopy(context) }),
    ...(output !== undefined && { output: boundedCopy(output) }),
    ...(error !== undefined && { error: boundedCopy(error) }),
    ...(typeof children === "object" && children !== null && { childCount: Object.keys(children).length }),
  };
}

/** What of an actor is known from itself. `name` is what a person calls it, where somebody said so. */
export function inspected(ref: AnyActorRef, name: string | undefined): InspectedActor {
  const { _parent: parent, logic } = ref as AnyActorRef & {
    readonly _parent?: AnyActorRef;
    readonly logic?: { readonly config?: unknown };
  };
  return {
    sessionId: ref.sessionId,
    name: name ?? (ref.id === ref.sessionId ? (machineIdOf(logic?.config) ?? ref.id) : ref.id),
    parentId: parent?.sessionId,
    rootId: rootOf(ref).sessionId,
    definition: definitionOf(logic?.config),
  };
}

function rootOf(ref: AnyActorRef): AnyActorRef {
  let root = ref;
  for (let parent = parentOf(root); parent !== undefined; parent = parentOf(root)) root = parent;
  return root;
}

function parentOf(ref: AnyActorRef): AnyActorRef | undefined {
  return (ref as AnyActorRef & { readonly _parent?: AnyActorRef })._parent;
}

function machineIdOf(config: unknown): string | undefined {
  const { id } = (config ?? {}) as { readonly id?: unknown };
  return typeof id === "string" ? id : undefined;
}

/** A thousand actors of one machine have one definition. */
const definitions = new WeakMap<object, string>();

function definitionOf(config: unknown): string | undefined {
  if (typeof config !== "object" || config === null) return undefined;
  let text = definitions.get(config);
  if (text === undefined) definitions.set(config, (text = JSON.stringify(withoutCode(config, []))));
  return text;
}

/** The configuration as far as a viewer draws it, with functions by their names. The context is told with each snapshot. */
function withoutCode(value: unknown, above: readonly object[]): unknown {
  if (typeof value === "function") return { type: value.name === "" ? "inline" : value.name };
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (above.includes(value)) return undefined;
  const inside = [...above, value];
  if (Array.isArray(value)) return value.map((each) => withoutCode(each, inside));
  const kept = Object.entries(value).filter(([key]) => above.length > 0 || key !== "context");
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutCode(each, inside)]));
}
