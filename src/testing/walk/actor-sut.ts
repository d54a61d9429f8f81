/** A machine that really runs, as a system under test: time moves when told, and what it invokes ends when told. */
import {
  createActor,
  SimulatedClock,
  type AnyActorLogic,
  type AnyActorRef,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventObject,
  type InspectionEvent,
  type Snapshot,
} from "xstate";
import { nameChildren, nameOf } from "../model/child-names.ts";
import { actorsOrIdle } from "../model/pure-machine.ts";
import { keyOf } from "../model/state-key.ts";
import { stateInWords, type Outcome } from "../model/step.ts";

/** An actor whose time and invoked actors are the test's. */
export class RunningActor {
  readonly #clock = new SimulatedClock();
  readonly #actor: AnyActorRef;
  #error: unknown;

  constructor(machine: AnyStateMachine, input: unknown) {
    const own = machine.provide({});
    own.implementations.actors = actorsOrIdle(machine.implementations.actors);
    this.#actor = createActor(own, { input, clock: this.#clock, inspect: steerChildren, logger: nothing } as never);
    this.#actor.subscribe({
      next: ({ children }: AnyMachineSnapshot) => nameChildren(children),
      error: (error: unknown) => void (this.#error = error),
    });
    nameChildren(this.snapshot().children);
    this.#actor.start();
  }

  snapshot(): AnyMachineSnapshot {
    return this.#actor.getSnapshot() as AnyMachineSnapshot;
  }

  /** What the machine threw, or what an actor failed with that it did not handle. */
  get error(): unknown {
    return this.#error;
  }

  send(event: EventObject): void {
    // XState warns on the console when it is told something after its end.
    if (this.snapshot().status === "active") this.#actor.send(event);
  }

  wait(ms: number): void {
    this.#clock.increment(ms);
  }

  settle(child: string, outcome: Outcome): void {
    this.#steer(
      child,
      outcome.kind === "done" ? { status: "done", output: outcome.output } : { status: "error", error: outcome.error },
    );
  }

  report(child: string, snapshot: object): void {
    this.#steer(child, snapshot);
  }

  #steer(child: string, change: object): void {
    const children = Object.values(this.snapshot().children as Readonly<Record<string, AnyActorRef | undefined>>);
    const actor =
      children.find((each) => each !== undefined && nameOf(each) === child) ??
      children.find((each) => each?.id === child);
    if (actor === undefined) throw new Error(`expected ${child} to run, and it does not`);
    actor.send({ type: STEERED, change });
  }

  stop(): void {
    this.#actor.stop();
  }
}

/** Everything that a test needs to run a machine as its system; to be spread into the options of a test. */
export interface ActorSut {
  readonly sut: () => RunningActor;
  readonly do: { readonly "*": (sut: RunningActor, event: EventObject) => void };
  readonly wait: (sut: RunningActor, ms: number) => void;
  readonly settle: (sut: RunningActor, child: string, outcome: Outcome) => void;
  readonly report: (sut: RunningActor, child: string, snapshot: object) => void;
  readonly check: { readonly "*": (sut: RunningActor, snapshot: AnyMachineSnapshot) => void };
  readonly dispose: (sut: RunningActor) => void;
}

/**
 * Runs `machine` as the system under test, with virtual time: the next version of a machine against the old one, or a machine
 * against itself with its real actions. Nothing that it invokes or spawns runs; the test says what is heard of it. With `abstract` a
 * context is right when that finds no difference.
 */
export function actorSut(
  machine: AnyStateMachine,
  options: { readonly input?: unknown; readonly abstract?: (snapshot: never) => unknown } = {},
): ActorSut {
  return {
    sut: () => new RunningActor(machine, options.input),
    do: { "*": (sut, event) => sut.send(event) },
    wait: (sut, ms) => sut.wait(ms),
    settle: (sut, child, outcome) => sut.settle(child, outcome),
    report: (sut, child, snapshot) => sut.report(child, snapshot),
    check: { "*": (sut, expected) => isWhere(sut, expected, options.abstract) },
    dispose: (sut) => sut.stop(),
  };
}

function isWhere(sut: RunningActor, expected: AnyMachineSnapshot, abstract?: (snapshot: never) => unknown): void {
  const actual = sut.snapshot();
  if (sut.error !== undefined && expected.status !== "error") throw sut.error as Error;
  if (actual.status !== expected.status) throw new Error(`it is ${actual.status}, not ${expected.status}`);
  if (keyOf(actual.value) !== keyOf(expected.value)) throw new Error(`it is ${stateInWords(actual.value)}`);
  const pick = ({ context }: AnyMachineSnapshot): unknown => context;
  const [is, should] = [actual, expected].map((each) => keyOf((abstract ?? pick)(each as never)));
  if (is === should) return;
  // The whole context may have what is another each time; where `abstract` is given, that decides.
  const advice =
    "; if it is another each time, by the clock or by chance, bring that in by `input` or an event, or leave it out of `abstract`";
  throw new Error(
    abstract === undefined ? `its context is ${is}, not ${should}${advice}` : `it is ${is}, not ${should}`,
  );
}

const nothing = (): void => {};

/** The event by which the test has an actor end, or say something. */
const STEERED = "signalbox.steered";

/** XState tells of an actor before that one has begun: in time to give it a logic that does nothing by itself. */
function steerChildren(inspected: InspectionEvent): void {
  if (inspected.type !== "@xstate.actor" || inspected.actorRef.sessionId === inspected.rootId) return;
  const actor = inspected.actorRef as unknown as { logic: AnyActorLogic };
  actor.logic = steered(actor.logic);
}

/** Begins as the logic itself does, and then is what the test says. */
function steered(logic: AnyActorLogic): AnyActorLogic {
  let first: Snapshot<unknown> | undefined;
  return {
    getInitialSnapshot: (_scope: unknown, input: unknown) => {
      first = {
        ...(createActor(logic, { input }).getSnapshot() as Snapshot<unknown>),
        status: "active",
      } as Snapshot<unknown>;
      return first;
    },
    transition: (snapshot: Snapshot<unknown>, event: EventObject) =>
      event.type === STEERED ? { ...first, ...(event as unknown as { readonly change: object }).change } : snapshot,
    getPersistedSnapshot: (snapshot: Snapshot<unknown>) => snapshot,
  };
}
