/** Steps drawn at random before it is known where the machine will be then. */
import * as fc from "fast-check";
import { payloadsOf, sentEventsOf } from "./model/descriptors.ts";
import { pendingOf, type Model, type ModelState, type Taken } from "./model/model.ts";
import type { Step } from "./model/step.ts";
import { eventArbitraries } from "./sample.ts";
import type { PlainSuite, Prepared } from "./suite.ts";

/** How often each event is tried. */
export interface WishSettings {
  /** How much more often an event is tried than the others, by type. Default 1. */
  readonly weights?: Readonly<Record<string, number>>;
}

/** What a walk would like to do next, if the machine lets it: where it is then decides what comes of it. */
export type Wish =
  | Extract<Step, { kind: "event" }>
  /** One of the waits that are worth a step then. */
  | { readonly kind: "pass"; readonly pick: number }
  /** An event whose payload depends on the state. */
  | { readonly kind: "symbolic"; readonly type: string; readonly pick: number }
  | { readonly kind: "end"; readonly pick: number };

/** A wish for each event, for time, and for the end of what runs. */
export function wishes({ model }: Prepared, suite: PlainSuite & WishSettings): readonly fc.WeightedArbitrary<Wish>[] {
  const { weights = {} } = suite;
  const arbitraries = eventArbitraries(model.machine, suite);
  const pick = fc.nat(0xffff);
  const events = [...sentEventsOf(model.machine, suite).keys()].map((type): fc.WeightedArbitrary<Wish> => {
    const weight = weights[type] ?? 1;
    const arbitrary = arbitraries[type];
    if (arbitrary === undefined)
      return { weight, arbitrary: pick.map((number) => ({ kind: "symbolic", type, pick: number })) };
    return { weight, arbitrary: arbitrary.map((event) => ({ kind: "event", event })) };
  });
  const wait: fc.WeightedArbitrary<Wish> = {
    weight: 2,
    arbitrary: fc.nat(2).map((number) => ({ kind: "pass", pick: number })),
  };
  const end: fc.WeightedArbitrary<Wish> = {
    weight: 2,
    arbitrary: pick.map((number) => ({ kind: "end", pick: number })),
  };
  return [...events, wait, end];
}

/** The steps that become of wishes, one after the other; where one comes to nothing it is left out. */
export function planOf(model: Model, wishes: readonly Wish[], stepsMax: number): readonly Taken[] {
  const planned: Taken[] = [];
  let { state } = model.initial;
  for (const wish of wishes) {
    if (planned.length === stepsMax) break;
    const step = stepOf(model, state, wish);
    const taken = step === undefined ? undefined : model.take(state, step);
    if (taken === undefined) continue;
    planned.push(taken);
    ({ state } = taken);
  }
  return planned;
}

/** What the wish means in this state; `undefined`: nothing. */
export function stepOf(model: Model, state: ModelState, wish: Wish): Step | undefined {
  if (wish.kind === "event") return wish;
  if (wish.kind === "pass") {
    // Mostly until something happens, now and then until just before.
    const waits = model.waits(state);
    return waits[wish.pick === 2 ? waits.length - 1 : 0];
  }
  if (wish.kind === "symbolic") return symbolicEvent(model, state, wish);
  const ends = pendingOf(state).flatMap((actor) => model.heardOf(actor));
  return ends[wish.pick % ends.length];
}

function symbolicEvent(
  model: Model,
  { snapshot }: ModelState,
  wish: Extract<Wish, { kind: "symbolic" }>,
): Step | undefined {
  const payloads = payloadsOf(model.options.events?.[wish.type], snapshot, () => []);
  const payload = payloads[wish.pick % payloads.length];
  return payload === undefined ? undefined : { kind: "event", event: { ...payload, type: wish.type } };
}
