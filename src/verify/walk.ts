/** Random lives of a run that is too large to look at whole. Most steps take what is likely to be accepted; some take anything. */
import { isTerminal, readyItems, type RunSpec, type RunSpecState } from "../../machines/run-spec.ts";
import type { Env } from "../base/env.ts";
import type { Fault } from "./explore.ts";
import { brokenByStep, brokenIn, stepWorld, worldEvents, type SpecEvent, type SpecRules } from "./rules.ts";

export interface WalkOptions {
  readonly spec: RunSpec;
  readonly rules: SpecRules;
  readonly env: Env;
  /** Walks at most. */
  readonly walksMax: number;
  /** By the monotonic clock. */
  readonly endAt: number;
  readonly random: () => number;
}

export interface Walks {
  readonly walks: number;
  readonly steps: number;
  readonly fault: Fault | undefined;
}

/** A walk that has not come to an end by then is left: people could pause and crashes could happen for ever. */
const STEPS_FOR_EACH_ITEM = 20;

export async function walkAtRandom(options: WalkOptions): Promise<Walks> {
  const { env, endAt, walksMax } = options;
  let steps = 0;
  for (let walks = 0; walks < walksMax; walks++) {
    await env.timers.nextTurn();
    if (walks > 0 && env.clock.monotonic() >= endAt) return { walks, steps, fault: undefined };
    const { fault, path } = oneWalk(options);
    steps += path.length;
    if (fault !== undefined) {
      const shorter = shorten(options, path);
      return { walks: walks + 1, steps, fault: { promise: faultOf(options, shorter) ?? fault, path: shorter } };
    }
  }
  return { walks: walksMax, steps, fault: undefined };
}

function oneWalk({ spec, rules, random }: WalkOptions): { readonly fault: string | undefined; path: SpecEvent[] } {
  const all = worldEvents(rules, spec);
  const path: SpecEvent[] = [];
  let state = rules.initial(spec);
  while (path.length < STEPS_FOR_EACH_ITEM * spec.needs.length && !isTerminal(state)) {
    // Now and then anything at all, so that what should be refused is tried too; else something that is likely to be accepted.
    const event = random() < 0.05 ? all[Math.floor(random() * all.length)]! : likely(spec, state, all, random);
    const next = stepWorld(rules, spec, state, event);
    if (next === undefined) continue;
    path.push(event);
    const fault = brokenByStep(spec, state, next) ?? brokenIn(rules, spec, next);
    if (fault !== undefined) return { fault, path };
    state = next;
  }
  return { fault: undefined, path };
}

/** Chances of each event where all are possible, so that walks do not end before anything has happened. */
const WEIGHTS: Readonly<Partial<Record<SpecEvent["type"], number>>> = {
  claim: 8,
  complete: 8,
  verified: 8,
  ended: 8,
  drained: 50,
  start: 50,
  resume: 50,
  pause: 0.2,
  crash: 0.1,
  cancel: 0.02,
};

function likely(spec: RunSpec, state: RunSpecState, all: readonly SpecEvent[], random: () => number): SpecEvent {
  const ready = new Set(readyItems(spec, state));
  const isLikely = (event: SpecEvent): boolean => {
    if (!("item" in event)) return true;
    const { status, ending } = state.items[event.item]!;
    return event.type === "claim" ? ready.has(event.item) : event.type === "ended" ? ending : status === "claimed";
  };
  const weightOf = (event: SpecEvent): number =>
    event.type === "fail" && !event.retryable ? 0.2 : (WEIGHTS[event.type] ?? 1);
  const events = all.filter(isLikely);
  let left = random() * events.reduce((sum, event) => sum + weightOf(event), 0);
  return events.find((event) => (left -= weightOf(event)) < 0) ?? events[0]!;
}

/** Leaves out every step without which something is still broken at the end. */
function shorten(options: WalkOptions, path: readonly SpecEvent[]): SpecEvent[] {
  let kept = [...path];
  for (let at = kept.length - 1; at >= 0; at--) {
    const without = kept.toSpliced(at, 1);
    if (faultOf(options, without) !== undefined) kept = without;
  }
  return kept;
}

/** What the last step of a way breaks. */
function faultOf({ spec, rules }: WalkOptions, path: readonly SpecEvent[]): string | undefined {
  let state = rules.initial(spec);
  let fault: string | undefined;
  for (const event of path) {
    const next = stepWorld(rules, spec, state, event);
    if (next === undefined) return undefined;
    fault = brokenByStep(spec, state, next) ?? brokenIn(rules, spec, next);
    state = next;
  }
  return fault;
}
