import type { AnyActorRef } from "xstate";
import { contained, type OrchestratorActor } from "./orchestrator-actor.ts";
import type { ActorInspection, RunInspector } from "./run.ts";
import type { RunCore } from "./run-core.ts";

/** Who wants the names of actors, by the run. */
const namers = new WeakMap<OrchestratorActor, Set<NonNullable<RunInspector["named"]>>>();

/** Begins to tell an inspector of every actor of the run; one that throws is dropped. */
export function inspectActors({ parts, slots }: RunCore, inspector: RunInspector): ActorInspection {
  const { orchestrator, onProblem, plan } = parts;
  const broke = (cause: unknown): void =>
    onProblem(new Error("the inspector threw and is not called any more", { cause }));
  const subscription = orchestrator.ref.system.inspect({ next: contained(inspector, broke) });
  const stopNaming = inspector.named === undefined ? undefined : named(orchestrator, inspector.named, broke);
  return {
    live: slots
      .taken()
      .filter((slot) => slot.actor !== undefined)
      .map(({ actor, item }) => ({ actor: actor!, item: plan.taskOf(item)!.key })),
    stop: () => {
      subscription.unsubscribe();
      stopNaming?.();
    },
  };
}

function named(
  orchestrator: OrchestratorActor,
  tell: NonNullable<RunInspector["named"]>,
  broke: (cause: unknown) => void,
): () => void {
  const all = namers.get(orchestrator) ?? new Set();
  namers.set(orchestrator, all);
  const safe = (actor: AnyActorRef, item: string): void => {
    try {
      tell(actor, item);
    } catch (error) {
      all.delete(safe);
      broke(error);
    }
  };
  all.add(safe);
  orchestrator.named = (actor, item) => {
    for (const each of all) each(actor, item);
  };
  return () => {
    all.delete(safe);
    if (all.size === 0) orchestrator.named = undefined;
  };
}
