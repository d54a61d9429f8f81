import { availableParallelism } from "node:os";
import { jsonCopy } from "../base/json-copy.ts";
import type { Json } from "../base/json.ts";
import { UsageError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { describe, isMap } from "../plan/check/names.ts";
import type { FailurePolicy, Plan, Schedule } from "../plan/plan.ts";
import type { PressureLimits, PressureOptions } from "../resources/pressure-options.ts";
import { refuseUnknown } from "./check-options.ts";
import type { RunOptions } from "./run.ts";

/** What of the options is stored with a run, so that going on with it needs none of them again. */
export interface RunSettings {
  readonly liveItemsMax: number;
  /** Items that are prepared at once. */
  readonly prepareItemsMax: number;
  readonly schedule: Schedule;
  readonly onFailure: FailurePolicy;
  /** Absent: none. */
  readonly deadlineMs?: number;
  /** It waits for more when it has nothing left to do. */
  readonly open?: true;
  readonly label?: Json;
  /** Missing or `false`: nothing is watched. */
  readonly pressure?: PressureLimits | false;
}

/** Room for what a run carries for others. */
const LABEL_BYTES_MAX = 65_536;

const PRESSURE_OPTIONS = [
  "memory",
  "handles",
  "eventLoopDelayMs",
  "loadPerProcessor",
  "sampleMs",
  "probe",
] as const satisfies readonly (keyof PressureOptions)[];

/** Options win over the plan, the plan over the defaults. @throws UsageError for a value out of range */
export function settingsOf(
  plan: Plan,
  options: Pick<
    RunOptions,
    "liveItemsMax" | "prepareItemsMax" | "schedule" | "onFailure" | "deadlineMs" | "pressure" | "open" | "label"
  >,
): RunSettings {
  const liveItemsMax = limitOf("liveItemsMax", options.liveItemsMax ?? plan.liveItemsMax ?? availableParallelism());
  const prepareItemsMax = limitOf(
    "prepareItemsMax",
    options.prepareItemsMax ?? plan.prepareItemsMax ?? LIMITS.prepareItemsDefault,
  );
  const schedule = oneOf("schedule", options.schedule ?? plan.schedule, ["as-ready", "layers", "sequential"] as const);
  const onFailure = oneOf("onFailure", options.onFailure ?? plan.onFailure, [
    "isolate",
    "fail-fast",
    "rollback",
  ] as const);
  const deadlineMs = deadlineOf(options.deadlineMs ?? plan.deadlineMs);
  const pressure = pressureOf(plan, options.pressure);
  return {
    liveItemsMax,
    prepareItemsMax,
    schedule,
    onFailure,
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(options.open === true && { open: true }),
    ...(options.label !== undefined && { label: labelOf(options.label) }),
    ...(pressure !== undefined && { pressure }),
  };
}

function labelOf(label: Json): Json {
  const copy = jsonCopy(label, LABEL_BYTES_MAX);
  if (copy.ok) return copy.value;
  throw new UsageError(`expected label to be JSON of at most ${LABEL_BYTES_MAX} bytes, got ${copy.problem}`);
}

function limitOf(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= LIMITS.liveItemsMax) return value;
  throw new UsageError(
    `expected ${name} to be a whole number from 1 to ${LIMITS.liveItemsMax}, got ${describe(value)}`,
  );
}

function deadlineOf(deadlineMs: number | undefined): number | undefined {
  if (deadlineMs === undefined) return undefined;
  if (Number.isSafeInteger(deadlineMs) && deadlineMs >= 1 && deadlineMs <= LIMITS.durationMsMax) return deadlineMs;
  throw new UsageError(
    `expected deadlineMs to be a whole number of milliseconds from 1 to ${LIMITS.durationMsMax}, got ${describe(deadlineMs)}`,
  );
}

/** A plan that says from when on to hold back wants it; an option can add to that, and turn it on or off. */
function pressureOf(plan: Plan, option: RunOptions["pressure"]): PressureLimits | false | undefined {
  if (option === undefined || option === false) return option ?? plan.pressure;
  if (option === true) return plan.pressure ?? {};
  if (!isMap(option)) throw new UsageError(`expected pressure to be true, false or an object, got ${describe(option)}`);
  refuseUnknown("option of pressure", option, PRESSURE_OPTIONS);
  const { probe, ...limits } = option;
  if (probe !== undefined && typeof probe !== "function")
    throw new UsageError(`expected pressure.probe to be a function, got ${typeof probe}`);
  return { ...plan.pressure, ...limits };
}

function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new UsageError(`expected ${name} to be one of ${allowed.join(", ")}, got ${describe(value)}`);
}
