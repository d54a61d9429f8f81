/** A machine that really runs, as a system under test: time moves when told, and what it invokes ends when told. */
import {
  createActor,
  createMachine,
  fromPromise,
  SimulatedClock,
  type AnyActorLogic,
  type AnyActorRef,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventObject,
} from "xstate";
import { keyOf } from "../model/state-key.ts";
import { stateInWords, type Outcome } from "../model/step.ts";

/** An actor whose time and invoked actors are the test's. */
export class RunningActor {
  readonly #clock = new SimulatedClock();
  readonly #ends = new Map<string, (outcome: Outcome) => void>();
  readonly #actor: AnyActorRef;
  #error: unknown;

  constructor(machine: AnyStateMachine, input: unknown) {
    const controlled = fromPromise(
      ({ self }) =>
        new Promise((resolve, reject) => {
          this.#ends.set(self.id, (outcome) => {
            if (outcome.kind === "done") resolve(outcome.output);
            // What a machine is told of a failure may be anything.
            // oxlint-disable-next-line typescript/prefer-promise-reject-errors
            else reject(outcome.error);
          });
        }),
    );
    this.#actor = createActor(steered(machine, controlled), { input, clock: this.#clock } as never);
    this.#actor.subscribe({ error: (error: unknown) => void (this.#error = error) });
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

  async settle(child: string, outcome: Outcome): Promise<void> {
    const end = this.#ends.get(child);
    if (end === undefined) throw new Error(`expected ${child} to run, and it does not`);
    this.#ends.delete(child);
    end(outcome);
    // A promise reaches its actor, and that one its parent, within a few turns of the microtask queue.
    for (let turn = 0; turn < 6; turn++) await Promise.resolve();
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
  readonly settle: (sut: RunningActor, child: string, outcome: Outcome) => Promise<void>;
  readonly check: { readonly "*": (sut: RunningActor, snapshot: AnyMachineSnapshot) => void };
  readonly dispose: (sut: RunningActor) => void;
}

/**
 * Runs `machine` as the system under test, with virtual time: the next version of a machine against the old one, or a machine
 * against itself with its real actions. What it invokes by name or in place does not run; the test ends it.
 */
export function actorSut(machine: AnyStateMachine, options: { readonly input?: unknown } = {}): ActorSut {
  return {
    sut: () => new RunningActor(machine, options.input),
    do: { "*": (sut, event) => sut.send(event) },
    wait: (sut, ms) => sut.wait(ms),
    settle: (sut, child, outcome) => sut.settle(child, outcome),
    check: { "*": isWhere },
    dispose: (sut) => sut.stop(),
  };
}

function isWhere(sut: RunningActor, expected: AnyMachineSnapshot): void {
  const actual = sut.snapshot();
  if (sut.error !== undefined && expected.status !== "error") throw sut.error as Error;
  if (actual.status !== expected.status) throw new Error(`it is ${actual.status}, not ${expected.status}`);
  if (keyOf(actual.value) !== keyOf(expected.value)) throw new Error(`it is ${stateInWords(actual.value)}`);
  const [is, should] = [keyOf(actual.context), keyOf(expected.context)];
  if (is !== should) throw new Error(`its context is ${is}, not ${should}`);
}

/** The machine with each actor that it invokes replaced: those that it names, and those that stand in its states. */
function steered(machine: AnyStateMachine, controlled: AnyActorLogic): AnyStateMachine {
  const config = machine.config as StateConfig;
  const own = hasInlineActor(config)
    ? createMachine(withActor(config, controlled) as never, machine.implementations as never)
    : machine;
  const names = [...Object.keys(machine.implementations.actors), ...namedActors(config)];
  const actors = Object.fromEntries(names.map((name) => [name, controlled]));
  return own.provide({ actors } as never);
}

interface InvokeConfig {
  readonly src?: unknown;
}
interface StateConfig {
  readonly invoke?: InvokeConfig | readonly InvokeConfig[];
  readonly states?: Readonly<Record<string, StateConfig>>;
}

function invokesOf({ invoke = [] }: StateConfig): readonly InvokeConfig[] {
  return Array.isArray(invoke) ? (invoke as readonly InvokeConfig[]) : [invoke as InvokeConfig];
}

function hasInlineActor(config: StateConfig): boolean {
  return invokesOf(config).some(({ src }) => typeof src !== "string") || statesOf(config).some(hasInlineActor);
}

function namedActors(config: StateConfig): readonly string[] {
  const own = invokesOf(config).flatMap(({ src }) => (typeof src === "string" ? [src] : []));
  return [...own, ...statesOf(config).flatMap(namedActors)];
}

function statesOf({ states = {} }: StateConfig): readonly StateConfig[] {
  return Object.values(states);
}

function withActor(config: StateConfig, controlled: AnyActorLogic): StateConfig {
  const invoke = invokesOf(config).map((each) => (typeof each.src === "string" ? each : { ...each, src: controlled }));
  const states = Object.entries(config.states ?? {}).map(([key, state]) => [key, withActor(state, controlled)]);
  return {
    ...config,
    ...(config.invoke !== undefined && { invoke }),
    ...(config.states !== undefined && { states: Object.fromEntries(states) as Record<string, StateConfig> }),
  };
}
