/**
 * A machine as a function of state and event, with all that a transition asks the world for: nothing of it is carried out.
 * One idle actor stands in as `self`; XState tells it which transitions each microstep took.
 */
import {
  createActor,
  fromTransition,
  type ActorRef,
  type ActorScope,
  type AnyActorRef,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyTransitionDefinition,
  type EventObject,
  type ExecutableActionObject,
  type Snapshot,
} from "xstate";
import { nameChildren } from "./child-names.ts";

/** One step of XState's algorithm. */
export interface Microstep {
  readonly event: EventObject;
  /** Before it; `undefined` for what an initial state does at once. */
  readonly before: AnyMachineSnapshot | undefined;
  readonly after: AnyMachineSnapshot;
  readonly transitions: readonly AnyTransitionDefinition[];
}

/** What a transition asked of time: an event for later, or that an earlier wish is dropped. */
export type TimerWish =
  | { readonly kind: "arm"; readonly id: string; readonly ms: number; readonly event: EventObject }
  | { readonly kind: "drop"; readonly id: string };

export interface PureStep {
  readonly snapshot: AnyMachineSnapshot;
  readonly microsteps: readonly Microstep[];
  readonly timers: readonly TimerWish[];
  /** Events that the machine sent to itself without delay, and what new actors say at once of the state in which they begin. */
  readonly sentToSelf: readonly EventObject[];
}

/** Microsteps of one step. More is a loop without an end: XState itself would go on for ever. */
const MICROSTEPS_MAX = 10_000;

/** The machine does not come to rest. */
export class EndlessStep extends Error {
  constructor() {
    super(`it went on for ${MICROSTEPS_MAX} transitions of its own`);
  }
}

interface Told {
  readonly event: EventObject;
  readonly snapshot: AnyMachineSnapshot;
  readonly transitions: readonly AnyTransitionDefinition[];
}

interface Scope {
  readonly scope: ActorScope<Snapshot<unknown>, EventObject>;
  readonly self: AnyActorRef;
  readonly actions: ExecutableActionObject[];
  readonly told: Told[];
}

export class PureMachine {
  readonly machine: AnyStateMachine;
  readonly #actors: AnyStateMachine["implementations"]["actors"];
  #scope: Scope | undefined;
  #ids = 0;

  constructor(machine: AnyStateMachine) {
    this.machine = machine;
    this.#actors = actorsOrIdle(machine.implementations.actors);
  }

  initial(input: unknown): PureStep {
    return this.#step(undefined, (scope) => {
      const snapshot: AnyMachineSnapshot = this.machine.getInitialSnapshot(scope as never, input);
      // What throws at the beginning XState keeps, and goes on with a machine that can do nothing.
      if (snapshot.status === "error") throw snapshot.error;
      return snapshot;
    });
  }

  transition(snapshot: AnyMachineSnapshot, event: EventObject): PureStep {
    return this.#step(snapshot, (scope) => this.machine.transition(snapshot, event, scope as never));
  }

  #step(before: AnyMachineSnapshot | undefined, take: (scope: Scope["scope"]) => AnyMachineSnapshot): PureStep {
    const scope = (this.#scope ??= newScope());
    scope.actions.length = 0;
    scope.told.length = 0;
    try {
      const snapshot = this.#withAllActors(() => take(scope.scope));
      if (snapshot.children !== before?.children) nameChildren(snapshot.children);
      // An actor with a system id may be there once in a system: the next step gets another.
      if (snapshot.children !== before?.children) this.#scope = undefined;
      return this.#read(scope, snapshot, before);
    } catch (error) {
      this.#scope = undefined;
      throw error;
    }
  }

  /** The nodes of the machine are what coverage is counted by, so it is not copied: it has those actors for the time of a step. */
  #withAllActors<T>(take: () => T): T {
    const { implementations } = this.machine;
    const { actors } = implementations;
    implementations.actors = this.#actors;
    try {
      return take();
    } finally {
      implementations.actors = actors;
    }
  }

  #read(
    { self, actions, told }: Scope,
    snapshot: AnyMachineSnapshot,
    before: AnyMachineSnapshot | undefined,
  ): PureStep {
    const microsteps = told.map(({ event, transitions, snapshot: after }, at): Microstep => {
      return { event, transitions, after, before: at === 0 ? before : told[at - 1]!.snapshot };
    });
    const timers: TimerWish[] = [];
    const sentToSelf: EventObject[] = [];
    for (const action of actions) this.#readAction(action, self, timers, sentToSelf);
    sentToSelf.push(...firstReports(snapshot, before));
    return { snapshot, microsteps, timers, sentToSelf };
  }

  #readAction(
    { type, params }: ExecutableActionObject,
    self: AnyActorRef,
    timers: TimerWish[],
    sentToSelf: EventObject[],
  ): void {
    if (type === "xstate.cancel") timers.push({ kind: "drop", id: (params as { readonly sendId: string }).sendId });
    if (type !== "xstate.raise" && type !== "xstate.sendTo") return;
    // XState made it: what its own raise and sendTo resolve to.
    const { event, delay, id, to } = params as {
      readonly event: EventObject;
      readonly delay: number | undefined;
      readonly id: string | undefined;
      readonly to?: AnyActorRef | string;
    };
    if (type === "xstate.sendTo" && to !== self) return;
    if (typeof delay === "number") timers.push({ kind: "arm", id: id ?? `unnamed ${this.#ids++}`, ms: delay, event });
    else if (type === "xstate.sendTo") sentToSelf.push(event);
  }
}

const idle = fromTransition((state: undefined) => state, undefined);

/** Whoever invokes an actor by a name that was given no logic yet means one that the test ends: nothing of it would run anyway. */
export function actorsOrIdle<T extends object>(actors: T): T {
  return new Proxy(actors, { get: (known, name): unknown => Reflect.get(known, name) ?? idle });
}

/** An actor with `onSnapshot` says how it begins as soon as it does. */
function firstReports(
  { children }: AnyMachineSnapshot,
  before: AnyMachineSnapshot | undefined,
): readonly EventObject[] {
  if (children === before?.children) return [];
  const known = new Set<unknown>(Object.values(before?.children ?? {}));
  return Object.values(children as Readonly<Record<string, AnyActorRef | undefined>>).flatMap((actor) =>
    actor === undefined || known.has(actor) || !isFollowed(actor) ? [] : [reportOf(actor, {})],
  );
}

/** Whether its parent is told of each of its snapshots. */
export function isFollowed(actor: AnyActorRef): boolean {
  return (actor as { readonly _syncSnapshot?: boolean })._syncSnapshot === true;
}

/** What the parent gets when the actor says this of its state. */
export function reportOf(actor: AnyActorRef, snapshot: object): EventObject {
  return {
    type: `xstate.snapshot.${actor.id}`,
    snapshot: { ...actor.getSnapshot(), status: "active", ...snapshot },
  } as EventObject;
}

const nothing = (): void => {};

function newScope(): Scope {
  const actions: ExecutableActionObject[] = [];
  const told: Told[] = [];
  // What the machine sends to its parent goes there, and no further.
  const parent = createActor(idle, {
    inspect: (event) => {
      if (event.type !== "@xstate.microstep") return;
      const snapshot = event.snapshot as AnyMachineSnapshot;
      if (told.length === MICROSTEPS_MAX) throw new EndlessStep();
      told.push({ event: event.event, snapshot, transitions: event._transitions });
    },
  });
  const self: ActorRef<Snapshot<unknown>, EventObject> = createActor(idle, { parent });
  const scope: Scope["scope"] = {
    self,
    id: self.id,
    sessionId: self.sessionId,
    system: self.system,
    logger: nothing,
    defer: nothing,
    stopChild: nothing,
    emit: nothing,
    actionExecutor: (action) => void actions.push(action),
  };
  return { scope, self, actions, told };
}
