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
  /** Events that the machine sent to itself without delay. */
  readonly sentToSelf: readonly EventObject[];
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
  #scope: Scope | undefined;
  #ids = 0;

  constructor(machine: AnyStateMachine) {
    this.machine = machine;
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
      const snapshot = take(scope.scope);
      // An actor with a system id may be there once in a system: the next step gets another.
      if (snapshot.children !== before?.children) this.#scope = undefined;
      return this.#read(scope, snapshot, before);
    } catch (error) {
      this.#scope = undefined;
      throw error;
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
const nothing = (): void => {};

function newScope(): Scope {
  const actions: ExecutableActionObject[] = [];
  const told: Told[] = [];
  // What the machine sends to its parent goes there, and no further.
  const parent = createActor(idle, {
    inspect: (event) => {
      if (event.type !== "@xstate.microstep") return;
      const snapshot = event.snapshot as AnyMachineSnapshot;
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
