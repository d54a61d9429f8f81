import { inspect } from "node:util";
import { Observable } from "rxjs";
import type { Timers } from "../base/env.ts";
import { handlesProbe } from "./handles.ts";
import { memoryProbe } from "./memory.ts";
import type { PressureOptions } from "./pressure-options.ts";
import { eventLoopProbe, loadProbe } from "./processor.ts";
import { RESOURCE_NAMES, type PressureReading, type Probe, type ResourceName } from "./reading.ts";
import { nodeSource } from "./source.ts";

/** The probes for these resources, of this machine unless the options bring their own. */
export function probesFor(names: ReadonlySet<ResourceName>, { probe }: PressureOptions): Probe[] {
  if (probe !== undefined) return [{ read: probe }];
  const source = nodeSource();
  const probes: Probe[] = [];
  if (names.has("memory") || names.has("heap")) probes.push(memoryProbe(source));
  if (names.has("handles")) probes.push(handlesProbe(source));
  if (names.has("event_loop")) probes.push(eventLoopProbe(source));
  if (names.has("load")) probes.push(loadProbe(source));
  return probes;
}

export interface Sampling {
  /** Asked for at each subscription, so that nothing is watched before. */
  readonly probes: () => readonly Probe[];
  readonly timers: Timers;
  readonly everyMs: number;
  /** A probe threw, or answered what is no reading: that is missing in this sample. */
  readonly onProblem: (problem: Error) => void;
}

/** Samples of all probes, the first at once, for as long as somebody listens. One timer at most. */
export function samples({ probes, timers, everyMs, onProblem }: Sampling): Observable<readonly PressureReading[]> {
  return new Observable((subscriber) => {
    const all = probes();
    let cancel: (() => void) | undefined;
    const look = (): void => {
      subscriber.next(all.flatMap((probe) => readingsOf(probe, onProblem)));
      if (!subscriber.closed) cancel = timers.after(everyMs, look);
    };
    look();
    return () => {
      cancel?.();
      for (const probe of all) probe.stop?.();
    };
  });
}

function readingsOf(probe: Probe, onProblem: (problem: Error) => void): readonly PressureReading[] {
  let answer: unknown;
  try {
    answer = probe.read();
  } catch (cause) {
    onProblem(new Error("a probe of pressure threw; what it measures does not count", { cause }));
    return [];
  }
  const readings: readonly unknown[] = Array.isArray(answer) ? answer : [];
  const wrong = Array.isArray(answer) ? readings.filter((each) => !isReading(each)) : [answer];
  if (wrong.length > 0) onProblem(noReading(wrong[0]));
  return readings.filter(isReading);
}

function isReading(reading: unknown): reading is PressureReading {
  if (typeof reading !== "object" || reading === null) return false;
  const { name, value } = reading as Partial<PressureReading>;
  return typeof value === "number" && !Number.isNaN(value) && RESOURCE_NAMES.some((known) => known === name);
}

function noReading(got: unknown): Error {
  const names = RESOURCE_NAMES.join(", ");
  return new Error(
    `expected a probe of pressure to answer a list of { name, value } with a number as value and a name of ${names}; got ${inspect(got, { depth: 1, breakLength: Infinity }).slice(0, 200)}, which does not count`,
  );
}
