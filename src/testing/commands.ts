/** A machine as commands of fast-check, for its own runners. */
import * as fc from "fast-check";
import type { AnyStateMachine } from "xstate";
import type { ModelState, Taken } from "./model/model.ts";
import { stepInWords } from "./model/step.ts";
import { sampler } from "./sample.ts";
import { failureOf, prepare, type PlainSuite, type Prepared, type Suite } from "./suite.ts";
import { look, perform } from "./walk/handlers.ts";
import { brokenInvariant } from "./walk/oracles.ts";
import { stepOf, wishes, type Wish, type WishSettings } from "./wishes.ts";

/** Where the machine is. fast-check hands it from command to command. */
export interface CommandModel {
  state: ModelState;
  /** The transitions that came last, by name. */
  last?: readonly string[] | undefined;
}

/** The system under test, with whatever `sut` made. */
export interface CommandSystem {
  readonly sut: unknown;
}

/** A machine for the runners of fast-check. */
export interface MachineCommands {
  /** Lists of commands: one command is a wish, and it is left out where the machine is not then in a state for it. */
  readonly commands: fc.Arbitrary<Iterable<fc.AsyncCommand<CommandModel, CommandSystem>>>;
  /** A machine and a system at their first state, for `fc.asyncModelRun` or `fc.scheduledModelRun`. */
  readonly setup: () => Promise<{ readonly model: CommandModel; readonly real: CommandSystem }>;
}

/**
 * The commands of a machine, for whoever wants fast-check's own runner: to mix them with other commands, or to race them.
 * `fc.asyncProperty(commands, (list) => fc.asyncModelRun(setup, list))`
 * @throws UsageError (`invalid_usage`) when the system cannot be tested with what was given
 */
export function commands<TMachine extends AnyStateMachine, TSut = unknown>(
  machine: TMachine,
  options: Suite<TMachine, TSut> & WishSettings & { readonly stepsMax?: number },
): MachineCommands {
  const suite = options as unknown as PlainSuite & WishSettings & { readonly stepsMax?: number };
  const prepared = prepare(machine, suite, sampler(suite));
  const each = fc.oneof(...wishes(prepared, suite)).map((wish) => new MachineCommand(prepared, wish));
  return {
    commands: fc.commands([each], { maxCommands: (suite.stepsMax ?? 30) * 4, size: "max" }),
    setup: async () => ({
      model: begun(prepared),
      real: { sut: await prepared.context.handlers.sut?.() },
    }),
  };
}

function begun({ model, context }: Prepared): CommandModel {
  const { state, microsteps } = model.initial;
  return { state, last: context.record?.begin(state.snapshot, microsteps) };
}

class MachineCommand implements fc.AsyncCommand<CommandModel, CommandSystem> {
  readonly #prepared: Prepared;
  readonly #wish: Wish;
  #words = "nothing";

  constructor(prepared: Prepared, wish: Wish) {
    this.#prepared = prepared;
    this.#wish = wish;
  }

  check({ state }: CommandModel): boolean {
    return this.#next(state) !== undefined;
  }

  async run(model: CommandModel, { sut }: CommandSystem): Promise<void> {
    const taken = this.#next(model.state)!;
    const { step } = taken;
    const { handlers, oracles, record } = this.#prepared.context;
    const before = model.state.snapshot;
    const { snapshot } = taken.state;
    this.#words = stepInWords(step);
    model.state = taken.state;
    const trace = [{ step, from: before.value, to: snapshot.value }];
    try {
      await perform(handlers, sut, step, before);
      await look(handlers, sut, snapshot);
    } catch (cause) {
      throw failureOf(this.#prepared, { trace, expected: `${this.#words} to do the same to the system`, cause });
    }
    const broken = brokenInvariant(oracles, snapshot);
    if (broken !== undefined) throw failureOf(this.#prepared, { trace, expected: broken, cause: undefined });
    model.last = record?.step(taken.microsteps, model.last ?? []);
  }

  toString(): string {
    return this.#words;
  }

  #next(state: ModelState): Taken | undefined {
    const step = stepOf(this.#prepared.model, state, this.#wish);
    return step === undefined ? undefined : this.#prepared.model.take(state, step);
  }
}
