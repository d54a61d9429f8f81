/** The system under test: how it is made, what makes each step happen to it, and how its state is looked at. */
import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from "xstate";
import { UsageError } from "../../base/errors.ts";
import { declaredBy } from "../coverage/declared.ts";
import type { Outcome, Step } from "../model/step.ts";

/** What a test gives of its system, without the types of its machine. */
export interface Handlers {
  readonly sut?: (() => unknown) | undefined;
  readonly do?:
    | Readonly<Record<string, ((sut: never, event: never, before: never) => unknown) | undefined>>
    | undefined;
  readonly wait?: ((sut: never, ms: number) => unknown) | undefined;
  readonly settle?: ((sut: never, child: string, outcome: Outcome) => unknown) | undefined;
  readonly report?: ((sut: never, child: string, snapshot: object) => unknown) | undefined;
  readonly check?: Readonly<Record<string, (sut: never, snapshot: never) => unknown>> | undefined;
  readonly dispose?: ((sut: never) => unknown) | undefined;
}

/** Finds what would make a test pass without having looked: names that stand for nothing, and nothing to look with. */
export function checkHandlers(machine: AnyStateMachine, handlers: Handlers): void {
  const { sut, do: actions = {}, check } = handlers;
  if (sut === undefined) {
    const lost = (["do", "check", "wait", "settle", "report", "dispose"] as const).filter(
      (name) => handlers[name] !== undefined,
    );
    if (lost.length > 0)
      throw new UsageError(
        `expected \`sut\` beside \`${lost.join("`, `")}\`: without a system there is nothing that they can be used on`,
      );
    return;
  }
  if (check === undefined || Object.keys(check).length === 0)
    throw new UsageError("expected `check` beside `sut`: a test that looks at nothing passes whatever the system does");
  const states = new Set(["*", ...declaredBy(machine).states.values()]);
  const strange = Object.keys(check).filter((name) => !states.has(name));
  if (strange.length > 0) throw unknown("check", "state", strange, states);
  checkEventNames(machine, "do", Object.keys(actions));
}

/** @throws UsageError (`invalid_usage`) for a name that is no event of the machine, and so would never be used */
export function checkEventNames(machine: AnyStateMachine, where: string, names: readonly string[]): void {
  const events: readonly string[] = machine.events;
  // Where the machine reacts to any event, every name may be one.
  if (events.some((type) => type.includes("*"))) return;
  const known = new Set(["*", ...events]);
  const strange = names.filter((name) => !known.has(name));
  if (strange.length > 0) throw unknown(where, "event", strange, known);
}

function unknown(where: string, what: string, names: readonly string[], known: ReadonlySet<string>): UsageError {
  const own = [...known].filter((name) => !name.startsWith("xstate."));
  return new UsageError(
    `expected \`${where}\` to name ${what}s of the machine (${own.join(", ")}), got ${names.join(", ")}`,
  );
}

/** Makes the step happen. A step that nobody can make happen is a fault, not a success. */
export async function perform(handlers: Handlers, sut: unknown, step: Step, before: AnyMachineSnapshot): Promise<void> {
  if (step.kind === "wait") {
    if (handlers.wait === undefined)
      throw new UsageError("expected `wait: (sut, ms) => …`, which lets that much time pass in the system, got none");
    await handlers.wait(sut as never, step.ms);
  } else if (step.kind === "settle") {
    if (handlers.settle === undefined)
      throw new UsageError(
        `expected \`settle: (sut, child, outcome) => …\`, which ends ${step.child} in the system, got none`,
      );
    await handlers.settle(sut as never, step.child, step.outcome);
  } else if (step.kind === "report") {
    if (handlers.report === undefined)
      throw new UsageError(
        `expected \`report: (sut, child, snapshot) => …\`, which has ${step.child} say so in the system, got none`,
      );
    await handlers.report(sut as never, step.child, step.snapshot);
  } else await send(handlers, sut, step.event, before);
}

async function send(
  { do: actions = {} }: Handlers,
  sut: unknown,
  event: EventObject,
  before: AnyMachineSnapshot,
): Promise<void> {
  const action = (Object.hasOwn(actions, event.type) ? actions[event.type] : undefined) ?? actions["*"];
  if (action === undefined)
    throw new UsageError(
      `expected \`do.${event.type}: (sut, event) => …\`, which makes it happen in the system, got none${madeUpFor(before.machine, event.type)}`,
    );
  await action(sut as never, event as never, before as never);
}

/** Nobody knows an event that was made up by its name. */
function madeUpFor(machine: AnyStateMachine, type: string): string {
  const wildcard = type.replace(/anything$/, "*");
  if (wildcard === type || !machine.events.includes(wildcard)) return "";
  return `; it stands for whatever \`${wildcard}\` takes: give it, give an example of your own in \`events\`, or leave it out with \`"${wildcard}": false\` there`;
}

/** Looks at the system where the machine is now: with the checks of the states that it is in, and with that of any state. */
export async function look({ check = {} }: Handlers, sut: unknown, snapshot: AnyMachineSnapshot): Promise<void> {
  const { states } = declaredBy(snapshot.machine);
  const active = snapshot._nodes.flatMap((node) => states.get(node) ?? []);
  for (const name of ["*", ...active]) {
    if (!Object.hasOwn(check, name)) continue;
    if ((await check[name]!(sut as never, snapshot as never)) === false)
      throw new Error(`check ${name === "*" ? "of any state" : name} says no`);
  }
}
