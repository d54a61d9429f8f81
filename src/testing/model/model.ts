/**
 * A machine with its time and its invoked actors made explicit. XState leaves both to the world: here a delayed transition waits in
 * a list until a `wait` step lets that much time pass, and an invoked actor runs until a `settle` step ends it.
 *
 * M1 A step is a function of state and step: nothing is started, no clock is read.
 * M2 A `wait` never passes over what is due: it ends there, and everything that is due then happens, in the order in which it was
 *    asked for. Time that makes nothing due is a step too: a system that forgot to stop a timer, or has it ring early, shows there.
 * M3 An actor is settled once; one that was stopped or settled never ends again.
 */
import type { AnyActorRef, AnyMachineSnapshot, AnyStateMachine, EventObject } from "xstate";
import { messageOf } from "../../base/error-message.ts";
import { UsageError } from "../../base/errors.ts";
import { nameOf } from "./child-names.ts";
import { outcomesOf, payloadsOf, sentEventsOf, type Descriptors, type Heard, type Sample } from "./descriptors.ts";
import { EndlessStep, isFollowed, PureMachine, reportOf, type Microstep, type PureStep } from "./pure-machine.ts";
import { historyOf, keyOf } from "./state-key.ts";
import { stateInWords, stepInWords, type Step } from "./step.ts";

interface Timer {
  readonly id: string;
  readonly event: EventObject;
  /** Milliseconds from now. */
  readonly in: number;
}

/** A moment in the life of the machine. */
export interface ModelState {
  readonly snapshot: AnyMachineSnapshot;
  readonly timers: readonly Timer[];
  /** Actors of the snapshot that have ended. */
  readonly settled: readonly AnyActorRef[];
}

export interface Taken {
  /** As it was taken: a wait that would have passed over something that is due ends there. */
  readonly step: Step;
  readonly state: ModelState;
  readonly microsteps: readonly Microstep[];
}

export interface ModelOptions extends Descriptors {
  readonly input?: unknown;
  /** What of a snapshot tells two states apart. Default: its value and context. */
  readonly abstract?: ((snapshot: never) => unknown) | undefined;
  /** Says of an event whether it is sent in this state. Default: every one is tried. */
  readonly filterEvents?: ((snapshot: never, event: never) => boolean) | undefined;
  /** Whether steps that the machine ignores are steps too: the system must ignore them as well. Default `false`. */
  readonly refused?: boolean | undefined;
  readonly sample?: Sample | undefined;
  /** How long to wait where nothing is due, in milliseconds. Default an hour. */
  readonly idleMs?: number | undefined;
}

const IDLE_MS_DEFAULT = 3_600_000;

const BEGIN = "begin";

/** A machine threw where it had to take a step: mostly for lack of a payload. */
export class StepThrew extends UsageError {
  readonly step: Step;
  /** The message of what it threw. */
  readonly told: string;

  constructor(machine: string, what: string, step: Step, cause: unknown) {
    const told = messageOf(cause);
    const advice =
      what === BEGIN
        ? "when its context needs one, give an `input`"
        : "when an event or an outcome lacks something, give `events` or `outcomes` examples that have it";
    super(`expected machine ${machine} to ${what}, but it threw: ${told}; ${advice}`, { cause });
    this.step = step;
    this.told = told;
  }
}

/** Events that the machine sends to itself in one step, and timers without delay. More is a loop without an end. */
const FOLLOW_UPS_MAX = 1_000;

export class Model {
  readonly machine: AnyStateMachine;
  readonly options: ModelOptions;
  readonly #pure: PureMachine;
  readonly #events: ReadonlyMap<string, unknown>;
  /** Names of actors that ran somewhere. */
  readonly actorsMet = new Set<string>();
  /** It has to do with time: to wait is worth a step. */
  #isTimed: boolean;
  #initial: Taken | undefined;

  constructor(machine: AnyStateMachine, options: ModelOptions) {
    this.machine = machine;
    this.options = options;
    this.#pure = new PureMachine(machine);
    this.#events = sentEventsOf(machine, options);
    this.#isTimed = machine.events.some((type: string) => type.startsWith("xstate.after."));
  }

  /** The first state, with what the machine did to get there. */
  get initial(): Taken {
    this.#initial ??= this.#follow(
      { kind: "wait", ms: 0 },
      { timers: [], settled: [] },
      this.#guarded(BEGIN, { kind: "wait", ms: 0 }, () => this.#pure.initial(this.options.input)),
    );
    return this.#initial;
  }

  key({ snapshot, timers, settled }: ModelState): string {
    const { abstract } = this.options;
    const { value, context, status } = snapshot;
    const own = abstract === undefined ? [value, context] : abstract(snapshot as never);
    const waiting = timers.map((timer) => [timer.event.type, timer.in]);
    return keyOf([own, status, historyOf(snapshot), waiting, pendingOf({ snapshot, settled }).map(nameOf)]);
  }

  /** Every step that the test may take in this state; whether the machine reacts is another question. */
  steps(state: ModelState): readonly Step[] {
    if (state.snapshot.status !== "active") return [];
    const events = [...this.#events.keys()].flatMap((type) => this.#eventsOf(type, state.snapshot));
    return [...events, ...pendingOf(state).flatMap((actor) => this.heardOf(actor)), ...this.waits(state)];
  }

  /** What may be heard of an actor that runs. */
  heardOf(actor: AnyActorRef): readonly Step[] {
    const child = nameOf(actor);
    for (const name of [child, actor.id, actor.src]) if (typeof name === "string") this.actorsMet.add(name);
    const { ends, snapshots }: Heard = outcomesOf(this.machine, this.options, actor);
    return [
      ...ends.map((outcome): Step => ({ kind: "settle", child, outcome })),
      ...snapshots.map((snapshot): Step => ({ kind: "report", child, snapshot })),
    ];
  }

  /** Until something is due, until just before that, and for a while where nothing is. */
  waits({ timers }: ModelState): readonly Step[] {
    const { idleMs = IDLE_MS_DEFAULT } = this.options;
    if (timers.length === 0) return this.#isTimed ? [{ kind: "wait", ms: idleMs }] : [];
    const due = dueIn(timers);
    return due > 1 ? [due, due - 1].map((ms) => ({ kind: "wait", ms })) : [{ kind: "wait", ms: due }];
  }

  #eventsOf(type: string, snapshot: AnyMachineSnapshot): readonly Step[] {
    const { filterEvents, sample = needsSample } = this.options;
    return payloadsOf(this.#events.get(type), snapshot, sample)
      .map((payload): EventObject => ({ ...payload, type }))
      .filter((event) => filterEvents?.(snapshot as never, event as never) ?? true)
      .map((event) => ({ kind: "event", event }));
  }

  /** Whether nothing can follow, whatever is sent and however long one waits. */
  isOver(state: ModelState): boolean {
    if (state.snapshot.status !== "active") return true;
    if (state.timers.length > 0 || pendingOf(state).length > 0) return false;
    return this.steps(state).every((step) => {
      const taken = this.take(state, step);
      return taken === undefined || !hasReacted(taken);
    });
  }

  /** What comes of the step; `undefined` when it is none in this state, or one that the machine ignores and the test does not send. */
  take(state: ModelState, step: Step): Taken | undefined {
    if (state.snapshot.status !== "active") return undefined;
    if (step.kind === "wait") return this.#pass(state, step.ms);
    if (step.kind === "settle") return this.#settle(state, step);
    if (step.kind === "report") return this.#report(state, step);
    if (this.options.filterEvents?.(state.snapshot as never, step.event as never) === false) return undefined;
    const taken = this.#send(state, step.event, step);
    return this.options.refused === true || hasReacted(taken) ? taken : undefined;
  }

  #settle(state: ModelState, { child, outcome }: Extract<Step, { kind: "settle" }>): Taken | undefined {
    const actor = actorCalled(child, state);
    if (actor === undefined) return undefined;
    const { id } = actor;
    const event =
      outcome.kind === "done"
        ? { type: `xstate.done.actor.${id}`, output: outcome.output, actorId: id }
        : { type: `xstate.error.actor.${id}`, error: outcome.error, actorId: id };
    const settled = [...state.settled, actor];
    return this.#send({ ...state, settled }, event, { kind: "settle", child, outcome });
  }

  #report(state: ModelState, step: Extract<Step, { kind: "report" }>): Taken | undefined {
    const actor = actorCalled(step.child, state);
    if (actor === undefined || !isFollowed(actor)) return undefined;
    const taken = this.#send(state, reportOf(actor, step.snapshot), step);
    return this.options.refused === true || hasReacted(taken) ? taken : undefined;
  }

  #pass(state: ModelState, asked: number): Taken {
    const { idleMs = IDLE_MS_DEFAULT } = this.options;
    const ms = Math.min(asked, state.timers.length === 0 ? idleMs : dueIn(state.timers));
    const wait: Step = { kind: "wait", ms };
    let now: ModelState = { ...state, timers: state.timers.map((timer) => ({ ...timer, in: timer.in - ms })) };
    const microsteps: Microstep[] = [];
    for (let count = 0; now.snapshot.status === "active"; count++) {
      const due = now.timers.find((timer) => timer.in <= 0);
      if (due === undefined) break;
      if (count === FOLLOW_UPS_MAX) throw endless(stepInWords(wait));
      now = { ...now, timers: now.timers.filter((timer) => timer !== due) };
      const taken = this.#send(now, due.event, wait);
      microsteps.push(...taken.microsteps);
      now = taken.state;
    }
    return { step: wait, state: now, microsteps };
  }

  #send(state: ModelState, event: EventObject, step: Step): Taken {
    const pure = this.#guarded(`take ${stepInWords(step)} in ${stateInWords(state.snapshot.value)}`, step, () =>
      this.#pure.transition(state.snapshot, event),
    );
    return this.#follow(step, state, pure);
  }

  /** Arms and drops what the step asked for, and has the machine take what it sent to itself. */
  #follow(step: Step, before: Pick<ModelState, "timers" | "settled">, first: PureStep): Taken {
    const microsteps: Microstep[] = [];
    let { timers } = before;
    let pure = first;
    const mailbox: EventObject[] = [];
    for (let count = 0; ; count++) {
      microsteps.push(...pure.microsteps);
      timers = armed(timers, pure);
      mailbox.push(...pure.sentToSelf);
      const event = pure.snapshot.status === "active" ? mailbox.shift() : undefined;
      if (event === undefined) break;
      if (count === FOLLOW_UPS_MAX) throw endless(stepInWords(step));
      const { snapshot } = pure;
      pure = this.#guarded(`take ${event.type}, which it sent itself,`, step, () =>
        this.#pure.transition(snapshot, event),
      );
    }
    this.#isTimed ||= timers.length > 0;
    const { snapshot } = pure;
    const children = new Set<unknown>(Object.values(snapshot.children));
    const settled = before.settled.filter((actor) => children.has(actor));
    return { step, state: { snapshot, timers: snapshot.status === "active" ? timers : [], settled }, microsteps };
  }

  #guarded(what: string, step: Step, take: () => PureStep): PureStep {
    try {
      return take();
    } catch (error) {
      if (error instanceof EndlessStep) throw endless(what === BEGIN ? what : stepInWords(step), error.message);
      throw new StepThrew(this.machine.id, what, step, error);
    }
  }
}

/** Whether the machine took any transition; one that does nothing counts where a guard let it through. */
export function hasReacted({ microsteps }: Pick<Taken, "microsteps">): boolean {
  return microsteps.some(({ transitions }) =>
    transitions.some(({ target, actions, guard }) => target !== undefined || actions.length > 0 || guard !== undefined),
  );
}

/** The invoked and spawned actors that run. */
export function pendingOf({ snapshot, settled }: Pick<ModelState, "snapshot" | "settled">): readonly AnyActorRef[] {
  const children: readonly (AnyActorRef | undefined)[] = Object.values(snapshot.children);
  return children.filter((actor): actor is AnyActorRef => actor !== undefined && !settled.includes(actor));
}

/** By its name, or by the id that XState knows it by: the paths of `xstate/graph` have those. */
function actorCalled(name: string, state: ModelState): AnyActorRef | undefined {
  const pending = pendingOf(state);
  return pending.find((actor) => nameOf(actor) === name) ?? pending.find(({ id }) => id === name);
}

const dueIn = (timers: readonly Timer[]): number => Math.min(...timers.map((timer) => timer.in));

function armed(timers: readonly Timer[], { timers: wishes }: PureStep): readonly Timer[] {
  let all = timers;
  for (const wish of wishes) {
    all = all.filter(({ id }) => id !== wish.id);
    if (wish.kind === "arm") all = [...all, { id: wish.id, event: wish.event, in: wish.ms }];
  }
  return all;
}

function needsSample(): never {
  throw new UsageError(
    "expected examples of payloads, got an arbitrary where none can be drawn; give a list of payloads",
  );
}

function endless(words: string, told = `it went on for ${FOLLOW_UPS_MAX} events of its own`): UsageError {
  return new UsageError(
    `expected the machine to come to rest after ${words}, but ${told}; does an \`always\`, an event that it sends itself, or a delay of nothing lead back to where it comes from?`,
  );
}
