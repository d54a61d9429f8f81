/** What the user asks of pressure, checked, with the defaults put in. */
import { UsageError } from "../base/errors.ts";
import { PRESSURE_DEFAULTS, type PressureLimit } from "./defaults.ts";
import type { PressureReading, ResourceName } from "./reading.ts";

/** From when new items are held back, for each resource. A number is where it begins; it ends a little below. `false`: not watched. */
export interface PressureOptions {
  /** Share of memory in use, 0 to 1: of the machine, of a control group, of the heap. Default 0.9, and 0.8 for the latter two. */
  readonly memory?: number | PressureLimit | false;
  /** Share of the file handles that this process may open. Default 0.8. */
  readonly handles?: number | PressureLimit | false;
  /** Milliseconds for which the event loop is held up. Default 500. */
  readonly eventLoopDelayMs?: number | PressureLimit | false;
  /** Load average of a minute for each processor. Default `false`. */
  readonly loadPerProcessor?: number | PressureLimit | false;
  /** Milliseconds between two looks. Default 1,000. */
  readonly sampleMs?: number;
  /** Measures instead of the built-in probes. */
  readonly probe?: () => readonly PressureReading[];
}

/** Those that can be stored. */
export type PressureLimits = Omit<PressureOptions, "probe">;

/** When a resource presses; the same shape as the admission machine's. */
export interface ResourceThreshold extends PressureLimit {
  readonly name: ResourceName;
}

type Given = PressureOptions["memory"];

/** Thresholds of everything that is watched. @throws UsageError for a value out of range */
export function pressureThresholds(options: PressureOptions): ResourceThreshold[] {
  const { memory, memoryLimit, heap, handles, eventLoopDelayMs, loadLowerShare } = PRESSURE_DEFAULTS;
  return [
    ...thresholdOf("memory", "memory", options.memory, memory),
    ...thresholdOf("memory_limit", "memory", options.memory, memoryLimit),
    ...thresholdOf("heap", "memory", options.memory, heap),
    ...thresholdOf("handles", "handles", options.handles, handles),
    ...thresholdOf("event_loop", "eventLoopDelayMs", options.eventLoopDelayMs, eventLoopDelayMs),
    ...thresholdOf("load", "loadPerProcessor", options.loadPerProcessor ?? false, { raise: 1, lower: loadLowerShare }),
  ];
}

/** @throws UsageError */
export function sampleMsOf({ sampleMs = PRESSURE_DEFAULTS.sampleMs }: PressureOptions): number {
  if (typeof sampleMs === "number" && sampleMs >= 10 && sampleMs <= 3_600_000) return sampleMs;
  throw new UsageError(`expected pressure.sampleMs to be a number of milliseconds from 10 to 3600000, got ${sampleMs}`);
}

function thresholdOf(name: ResourceName, option: string, given: Given, usual: PressureLimit): ResourceThreshold[] {
  if (given === false) return [];
  if (given === undefined) return [{ name, ...usual }];
  // A number alone keeps the distance that the defaults have, as a share.
  const limit = typeof given === "number" ? { raise: given, lower: (given * usual.lower) / usual.raise } : given;
  const isShare = option === "memory" || option === "handles";
  const { raise, lower } = limit ?? {};
  const fits =
    typeof raise === "number" && typeof lower === "number" && lower > 0 && raise >= lower && raise < Infinity;
  if (fits && (!isShare || raise <= 1)) return [{ name, raise, lower }];
  throw new UsageError(
    `expected pressure.${option} to be ${isShare ? "a share above 0 and up to 1" : "a number above 0"}, { raise, lower } with lower at most raise, or false, got ${JSON.stringify(given)}`,
  );
}
