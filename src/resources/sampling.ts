import { Observable } from "rxjs";
import type { Timers } from "../base/env.ts";
import { handlesProbe } from "./handles.ts";
import { memoryProbe } from "./memory.ts";
import type { PressureOptions } from "./pressure-options.ts";
import { eventLoopProbe, loadProbe } from "./processor.ts";
import type { PressureReading, Probe, ResourceName } from "./reading.ts";
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
  /** A probe threw: what it measures is missing in this sample. */
  readonly onProblem: (cause: unknown) => void;
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

function readingsOf(probe: Probe, onProblem: (cause: unknown) => void): readonly PressureReading[] {
  try {
    const readings: unknown = probe.read();
    if (!Array.isArray(readings)) throw new TypeError(`expected a list of readings, got ${typeof readings}`);
    return readings.filter((reading) => typeof reading?.value === "number");
  } catch (cause) {
    onProblem(cause);
    return [];
  }
}
