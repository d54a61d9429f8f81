/** Draws from the arbitraries of a suite: a few values for paths, any number for walks at random. */
import * as fc from "fast-check";
import type { AnyStateMachine, EventObject } from "xstate";
import { isArbitrary, sentEventsOf, type Sample } from "./model/descriptors.ts";
import type { PlainSuite } from "./suite.ts";

const DRAWS = 50;

/** The same values each time, so that a path has the same title in every run. */
export function sampler({ samples = 3 }: Pick<PlainSuite, "samples">): Sample {
  return (arbitrary) => {
    const different = new Map<string, unknown>();
    for (const value of fc.sample(arbitrary as fc.Arbitrary<unknown>, { numRuns: DRAWS, seed: 1 })) {
      const key = fc.stringify(value);
      if (different.size < samples && !different.has(key)) different.set(key, value);
    }
    return [...different.values()];
  };
}

/** An arbitrary for the events of each type, made from the descriptors of their payloads. One that depends on the state has none. */
export function eventArbitraries(
  machine: AnyStateMachine,
  suite: Pick<PlainSuite, "events"> | object = {},
): Readonly<Record<string, fc.Arbitrary<EventObject>>> {
  const { events = {} } = suite as { readonly events?: Readonly<Record<string, unknown>> };
  const arbitraries: [string, fc.Arbitrary<EventObject>][] = [];
  for (const [type, descriptor] of sentEventsOf(machine, { events })) {
    const payload = payloadArbitrary(descriptor);
    if (payload !== undefined) arbitraries.push([type, payload.map((fields) => ({ ...fields, type }))]);
  }
  return Object.fromEntries(arbitraries);
}

function payloadArbitrary(descriptor: unknown): fc.Arbitrary<object> | undefined {
  if (descriptor === undefined) return fc.constant({});
  if (typeof descriptor === "function") return undefined;
  if (isArbitrary(descriptor)) return descriptor as unknown as fc.Arbitrary<object>;
  if (Array.isArray(descriptor)) return fc.constantFrom(...(descriptor as object[]));
  const fields = Object.entries(descriptor as object).map(([name, value]: [string, unknown]) => [
    name,
    isArbitrary(value) ? value : fc.constant(value),
  ]);
  return fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>);
}
