import type { AnyActorRef } from "xstate";

/** Members of a system in the versions of XState that are known not to read the registry. */
const KNOWN_SYSTEM =
  "_snapshot _bookId _register _unregister get getAll _set inspect _sendInspectionEvent _relay scheduler getSnapshot start _clock _logger";

/** Not in XState's types: how an actor enters and leaves the registry of its system. */
interface Registry {
  _register: (sessionId: string, actor: Registered) => string;
  _unregister: (actor: Registered) => void;
}

interface Registered {
  readonly systemId?: string;
}

/**
 * XState 5 enters every running actor into a Map of its system that nothing reads. A Map through which a million short
 * lives have gone keeps garbage alive, and the collector's work on it then costs twice what the items themselves cost.
 * This keeps actors without a `systemId` out of it; those with one are entered as ever, and found by `system.get`.
 *
 * Call it for a system that is ours alone, after its root was created. Answers `false`, and changes nothing, when the
 * system has not the shape of the known versions.
 */
export function skipActorRegistry(system: AnyActorRef["system"]): boolean {
  const registry = system as Partial<Registry>;
  const { _register: register, _unregister: unregister } = registry;
  if (Object.keys(system).join(" ") !== KNOWN_SYSTEM) return false;
  if (register?.length !== 2 || unregister?.length !== 1) return false;
  registry._register = (sessionId, actor) => (actor.systemId === undefined ? sessionId : register(sessionId, actor));
  registry._unregister = (actor) => {
    if (actor.systemId !== undefined) unregister(actor);
  };
  return true;
}
