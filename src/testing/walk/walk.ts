/** Walks a machine and a system through the same steps, and looks at both after each. */
import type { AnyMachineSnapshot } from "xstate";
import type { CoverageRecord } from "../coverage/record.ts";
import type { Model, ModelState, Taken } from "../model/model.ts";
import { stateInWords, stepInWords, type Step } from "../model/step.ts";
import { look, perform, type Handlers } from "./handlers.ts";
import { brokenInvariant, type Oracles } from "./oracles.ts";

/** A step as the machine took it. */
export interface TraceStep {
  readonly step: Step;
  readonly from: unknown;
  readonly to: unknown;
}

export interface Fault {
  /** The steps so far; the last one led to the fault, unless it was there at first. */
  readonly trace: readonly TraceStep[];
  /** What was expected. */
  readonly expected: string;
  readonly cause: unknown;
}

export interface WalkContext {
  readonly model: Model;
  readonly handlers: Handlers;
  readonly oracles: Oracles;
  /** Gets what the walk covers; a walk that only looks for a shorter one has none. */
  readonly record?: CoverageRecord | undefined;
}

/** The steps that are possible one after the other, each with what comes of it; those that are not are left out. */
export function possibleSteps(model: Model, steps: Iterable<Step>): readonly Taken[] {
  const planned: Taken[] = [];
  let { state } = model.initial;
  for (const asked of steps) {
    const taken = model.take(state, asked);
    if (taken === undefined) continue;
    planned.push(taken);
    ({ state } = taken);
  }
  return planned;
}

/** Answers what went wrong first, if anything did. */
export async function walkThrough(context: WalkContext, planned: readonly Taken[]): Promise<Fault | undefined> {
  const { handlers } = context;
  let sut: unknown;
  try {
    sut = await handlers.sut?.();
  } catch (error) {
    return { trace: [], expected: "the system to begin", cause: error };
  }
  try {
    return await walkOn(context, planned, sut);
  } finally {
    await handlers.dispose?.(sut as never);
  }
}

async function walkOn(
  { model, handlers, oracles, record }: WalkContext,
  planned: readonly Taken[],
  sut: unknown,
): Promise<Fault | undefined> {
  const { initial } = model;
  const trace: TraceStep[] = [];
  const walked: AnyMachineSnapshot[] = [initial.state.snapshot];
  let { snapshot } = initial.state;
  let fault = await faultIn({ model, handlers, oracles }, sut, walked, initial.state);
  if (fault !== undefined) return { ...fault, trace };
  let last = record?.begin(snapshot, initial.microsteps) ?? [];
  for (const taken of planned) {
    const { step } = taken;
    const before = snapshot;
    ({ snapshot } = taken.state);
    trace.push({ step, from: before.value, to: snapshot.value });
    walked.push(snapshot);
    try {
      await perform(handlersOr(handlers), sut, step, before);
    } catch (error) {
      return { trace, expected: `${stepInWords(step)} to be possible`, cause: error };
    }
    fault = await faultIn({ model, handlers, oracles }, sut, walked, taken.state);
    if (fault !== undefined) return { ...fault, trace };
    last = record?.step(taken.microsteps, last) ?? last;
  }
  return undefined;
}

const nothing = (): void => {};

/** Without a system only the machine is walked, by its oracles. */
function handlersOr(handlers: Handlers): Handlers {
  return handlers.sut === undefined
    ? { do: { "*": nothing }, wait: nothing, settle: nothing, report: nothing }
    : handlers;
}

async function faultIn(
  { model, handlers, oracles }: Omit<WalkContext, "record">,
  sut: unknown,
  walked: readonly AnyMachineSnapshot[],
  state: ModelState,
): Promise<Omit<Fault, "trace"> | undefined> {
  const { snapshot } = state;
  const broken = brokenInvariant(oracles, snapshot);
  if (broken !== undefined) return { expected: broken, cause: undefined };
  for (const [name, temporal] of Object.entries(oracles.temporal ?? {})) {
    if (temporal.brokenAt(walked as never, model.isOver(state)) !== undefined)
      return { expected: `${name} ${temporal.words}`, cause: undefined };
  }
  try {
    await look(handlers, sut, snapshot);
    return undefined;
  } catch (error) {
    return { expected: `the system to be in ${stateInWords(snapshot.value)}`, cause: error };
  }
}
