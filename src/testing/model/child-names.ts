/**
 * Names of invoked and spawned actors that are the same in every walk. XState numbers an actor that was given no id, and every one
 * anew: a step that ends it would not find it again, and a context that holds it would never be as it was.
 */
import type { AnyActorRef } from "xstate";

type Children = Readonly<Record<string, AnyActorRef | undefined>>;

const names = new WeakMap<AnyActorRef, string>();

/** The id that the machine gave; without, what the actor runs: `upload`, `upload 2`. */
export function nameOf(actor: AnyActorRef): string {
  return names.get(actor) ?? actor.id;
}

export function isActor(value: object): value is AnyActorRef {
  return "sessionId" in value && "send" in value && "id" in value;
}

/** Names those that are new. To be told of the children after each step, or a number that was free for a moment is missed. */
export function nameChildren(children: Children): void {
  const actors = Object.values(children).filter((actor) => actor !== undefined);
  const isNew = (actor: AnyActorRef): boolean => !names.has(actor);
  if (!actors.some(isNew)) return;
  const taken = new Set(actors.flatMap((actor) => names.get(actor) ?? []));
  for (const actor of actors.filter(isNew)) {
    const name = freeName(ownName(actor), taken);
    names.set(actor, name);
    taken.add(name);
  }
}

function ownName({ id, sessionId, src }: AnyActorRef): string {
  const isSpawnedWithout = id === sessionId;
  if (!isSpawnedWithout && !isPlaceOf(id)) return id;
  if (typeof src === "string") return src.startsWith("xstate.invoke.") ? id : src;
  const { id: ofLogic } = (src ?? {}) as { readonly id?: unknown };
  return typeof ofLogic === "string" ? ofLogic : "actor";
}

/** What XState calls an actor that is invoked without id: `0.machine.state`. */
export function isPlaceOf(id: string): boolean {
  return /^\d+\./.test(id);
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const numbered = number === 1 ? name : `${name} ${number}`;
    if (!taken.has(numbered)) return numbered;
  }
}
