/**
 * The orchestrator as an XState actor: the run machine of `machines/run.ts` seen from outside.
 *
 * O1 Its snapshot is what is durable, never ahead: the engine decides with the pure machine, commits, and only then hands
 *    the new snapshot over (`show`).
 * O2 Events from outside map to a closed set of commands; everything else, forged `xstate.*` events included, changes nothing.
 * O3 An error in a child, an observer or a listener never stops it.
 * O4 Its children are stopped by the engine when they settle, and all of them when the actor itself is stopped.
 */
import { createActor, type AnyActorRef, type EventObject, type InspectionEvent, type Observer } from "xstate";
import {
  published,
  runMachine,
  runSnapshotOf,
  type RunCounts,
  type RunMachineEvent,
  type RunMachineSnapshot,
  type RunState,
} from "../../machines/run.ts";
import { skipActorRegistry } from "./actor-registry.ts";
import type { Reason } from "../items/reason.ts";
import type { RunOutcome } from "../items/status.ts";
import type { RunInspector } from "./run.ts";
import type { Clock, Timers } from "../base/env.ts";

/** What people may ask of a run through its actor. */
export type RunCommand = Extract<RunMachineEvent, { type: "start" | "pause" | "resume" | "cancel" | "setCap" }>;
const COMMANDS: ReadonlySet<string> = new Set(["start", "pause", "resume", "cancel", "setCap"]);

/** XState sends it to an actor that is being stopped. */
const STOP: string = "xstate.stop";

export interface OrchestratorHost {
  /** A command that somebody sent to the actor. */
  readonly command: (command: RunCommand) => void;
  /** The inspector threw; it is not called any more. */
  readonly inspectorBroke: (error: unknown) => void;
  /** Somebody stopped the actor itself. */
  readonly stopped: () => void;
}

export interface OrchestratorActor {
  readonly ref: AnyActorRef;
  /** What the run machine would do with this event; `undefined` when it does nothing. Changes nothing. */
  next(event: RunMachineEvent): RunMachineSnapshot | undefined;
  /** The machine's state as the engine has decided it, perhaps not durable yet. */
  readonly decided: RunMachineSnapshot;
  /** Takes a decision of `next`; shown to the outside with `show`. */
  decide(snapshot: RunMachineSnapshot): void;
  /** Makes a durable decision visible (the present one when `run` is absent), together with what it counts. */
  showPublished(run: RunMachineSnapshot | undefined, seq: number, counts: RunCounts): void;
  stopChild(child: AnyActorRef): void;
  /** Set while somebody wants to know which item an actor stands for. */
  named: RunInspector["named"];
}

interface Scope {
  readonly stopChild: (child: AnyActorRef) => void;
}

interface ShowEvent extends EventObject {
  readonly type: "signalbox.show";
  readonly snapshot: RunMachineSnapshot;
}

/** What the actor knows of its run from the beginning. */
interface ActorFacts {
  readonly runId: string;
  readonly name: string;
  readonly size: number;
  readonly liveItemsMax: number;
  readonly rollback: boolean;
  readonly status: RunState;
  readonly outcome?: RunOutcome;
  readonly reason?: Reason;
}

export function createOrchestratorActor(
  input: ActorFacts,
  host: OrchestratorHost,
  env: { readonly clock: Clock; readonly timers: Timers },
  inspect: Observer<InspectionEvent> | ((event: InspectionEvent) => void) | undefined,
): OrchestratorActor {
  let scope: Scope | undefined;
  let stopped = false;
  // Only events in this set are ours: an object made outside can look the same but cannot be the same (O2).
  const ours = new WeakSet<object>();
  const logic = Object.create(runMachine) as typeof runMachine;
  logic.getInitialSnapshot = (actorScope, machineInput) => {
    scope = actorScope as unknown as Scope;
    const { status, outcome, reason, ...facts } = input;
    // A run that goes on starts in the state that its journal has.
    if (status !== "planned") return runSnapshotOf({ status, context: { ...facts, outcome, reason } });
    return runMachine.getInitialSnapshot(actorScope, machineInput);
  };
  logic.transition = (snapshot, event) => {
    if (ours.has(event)) return (event as unknown as ShowEvent).snapshot;
    if (event.type === STOP) stopped = true;
    fromOutside(event, host);
    return snapshot;
  };
  const actor = createActor(logic, {
    input,
    id: "run",
    clock: xstateClock(env.timers),
    ...(inspect !== undefined && { inspect: contained(inspect, host.inspectorBroke) }),
  });
  // Every item actor would pass through XState's registry, a map that only costs time and memory here.
  skipActorRegistry(actor.system);
  dropDoneEvents(actor);
  // Without an error observer an error of the root would end the process (O3).
  actor.subscribe({ error: () => {} });
  actor.start();
  let decided = actor.getSnapshot();
  let shown = decided;
  return {
    ref: actor,
    next: (event) => {
      const next = runMachine.transition(decided, event, scope as never);
      return next === decided ? undefined : next;
    },
    get decided() {
      return decided;
    },
    decide: (snapshot) => {
      decided = snapshot;
    },
    showPublished: (run, seq, counts) => {
      const last = run ?? shown;
      // Of a run that has ended the machine changes nothing any more.
      shown = last.status === "active" ? published(last, seq, counts) : last;
      if (stopped) return;
      const event: ShowEvent = { type: "signalbox.show", snapshot: shown };
      ours.add(event);
      actor.send(event as never);
    },
    stopChild: (child) => scope!.stopChild(child),
    named: undefined,
  };
}

/**
 * A child that reaches its final state tells its parent. The engine knows already, since it sent the event that did it, so the
 * message need not go through mailbox, transition and observers, which costs as much as a claim. Only in versions of XState
 * that have the member; elsewhere the message arrives and changes nothing (O2).
 */
function dropDoneEvents(actor: object): void {
  const target = actor as { _send?: (event: EventObject) => void };
  const deliver = target._send;
  if (typeof deliver !== "function") return;
  target._send = (event) => {
    // What is no event at all would put the actor into its error state.
    if (typeof event !== "object" || event === null || typeof event.type !== "string") return;
    // By its fields: the type is a joined string, and looking into it would make the engine flatten it for each item.
    if (!("output" in event && "actorId" in event)) deliver.call(actor, event);
  };
}

/** An item actor that broke needs no answer here: the item's row is the truth, and `RunCore.send` makes its actor again from it. */
function fromOutside(event: EventObject, host: OrchestratorHost): void {
  if (COMMANDS.has(event.type)) host.command(event as RunCommand);
  else if (event.type === STOP) host.stopped();
}

/** XState asks for a clock although no machine of ours uses timers; a machine of the user's that does gets the run's. */
function xstateClock(timers: Timers): {
  setTimeout: (fn: () => void, ms: number) => unknown;
  clearTimeout: (id: unknown) => void;
} {
  return {
    setTimeout: (fn, ms) => timers.after(ms, fn),
    clearTimeout: (cancel) => (cancel as (() => void) | undefined)?.(),
  };
}

/** An inspector that throws is dropped, instead of breaking the run it looks at (O3). */
export function contained(
  inspect: Observer<InspectionEvent> | ((event: InspectionEvent) => void),
  broke: (error: unknown) => void,
): (event: InspectionEvent) => void {
  let broken = false;
  const next = typeof inspect === "function" ? inspect : (event: InspectionEvent) => inspect.next?.(event);
  return (event) => {
    if (broken) return;
    try {
      next(event);
    } catch (error) {
      broken = true;
      broke(error);
    }
  };
}
