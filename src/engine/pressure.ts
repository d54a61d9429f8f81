/**
 * Watches what presses on the machine while a run runs, and tells the run when new items have to wait.
 *
 * W1 Whether something presses is decided by the admission machine alone, from samples; a resource that can be measured no more
 *    does not press.
 * W2 Nothing is measured before the run starts or after its part in this process has ended.
 * W3 Pressure lowers the cap to one: it is looked at before a slot is taken, takes none from anybody, and lets one item go on. So a
 *    run under pressure gets on, however long that lasts, and whatever asks it to stop is answered at once.
 */
import { initialTransition, transition } from "xstate";
import { admissionMachine, type AdmissionSnapshot, type PressureSample } from "../../machines/admission.ts";
import type { Env } from "../base/env.ts";
import type { Json } from "../base/json.ts";
import type { Reason } from "../items/reason.ts";
import {
  pressureThresholds,
  sampleMsOf,
  type PressureOptions,
  type ResourceThreshold,
} from "../resources/pressure-options.ts";
import type { PressureReading } from "../resources/reading.ts";
import { probesFor, samples } from "../resources/sampling.ts";
import type { RunCore } from "./run-core.ts";

/** What presses has changed. */
export interface PressureChange {
  /** `undefined`: nothing presses any more. */
  readonly pressing: Reason | undefined;
  /** What is recorded with it. */
  readonly reason: Reason;
  readonly data: Json;
}

export interface PressureParts {
  readonly options: PressureOptions;
  readonly env: Env;
  readonly onProblem: (problem: Error) => void;
}

export class PressureWatch {
  readonly #parts: PressureParts;
  readonly #thresholds: readonly ResourceThreshold[];
  readonly #everyMs: number;
  #snapshot: AdmissionSnapshot;
  /** What was last said of each resource. */
  readonly #words = new Map<string, string>();
  #names = "";
  #raisedAt: number | undefined;
  #heldMs = 0;
  #stop: (() => void) | undefined;
  #probeBroke = false;

  /** @throws UsageError for an option out of range */
  constructor(parts: PressureParts) {
    this.#parts = parts;
    this.#thresholds = pressureThresholds(parts.options);
    this.#everyMs = sampleMsOf(parts.options);
    [this.#snapshot] = initialTransition(admissionMachine, { thresholds: this.#thresholds });
  }

  /** Tells a run, from inside the command that starts it: the first look is part of that, so nothing starts before it. */
  startFor(core: RunCore, command: (apply: () => void) => Promise<void>): void {
    let isStarting = true;
    this.start((change) => {
      const apply = (): void => applyPressure(core, change);
      if (isStarting) apply();
      // A run that has ended meanwhile needs to know no more.
      else command(apply).catch(() => {});
    });
    isStarting = false;
  }

  /** Looks at once, and from then on regularly; `changed` may be called before this returns. */
  start(changed: (change: PressureChange) => void): void {
    if (this.#stop !== undefined || this.#thresholds.length === 0) return;
    const names = new Set(this.#thresholds.map(({ name }) => name));
    const stream = samples({
      probes: () => probesFor(names, this.#parts.options),
      timers: this.#parts.env.timers,
      everyMs: this.#everyMs,
      onProblem: (problem) => this.#probeFailed(problem),
    });
    const subscription = stream.subscribe((readings) => {
      const change = this.#take(readings);
      if (change !== undefined) changed(change);
    });
    this.#stop = () => subscription.unsubscribe();
  }

  /** For good. */
  stop(): void {
    this.#stop?.();
    this.#stop = () => {};
  }

  /** How long it has held new items back, so far. */
  heldMs(): number {
    const now = this.#parts.env.clock.monotonic();
    return this.#heldMs + (this.#raisedAt === undefined ? 0 : now - this.#raisedAt);
  }

  #take(readings: readonly PressureReading[]): PressureChange | undefined {
    for (const { name, words } of readings) if (typeof words === "string") this.#words.set(name, words);
    for (const { name, value } of readings) this.#sample({ name, value });
    const measured = new Set<string>(readings.map(({ name }) => name));
    for (const { name } of this.#snapshot.context.pressing) if (!measured.has(name)) this.#sample({ name, value: 0 });
    const before = this.#names;
    const { pressing } = this.#snapshot.context;
    this.#names = pressing.map(({ name }) => name).join(" ");
    if (this.#names === before) return undefined;
    return pressing.length === 0 ? this.#lowered(before.split(" ")) : this.#raised(pressing);
  }

  #sample(sample: PressureSample): void {
    [this.#snapshot] = transition(admissionMachine, this.#snapshot, { type: "sample", ...sample });
  }

  #raised(pressing: readonly PressureSample[]): PressureChange {
    this.#raisedAt ??= this.#parts.env.clock.monotonic();
    const reason: Reason = { code: "pressure", message: this.#inWords(pressing.map(({ name }) => name)) };
    const values = Object.fromEntries(pressing.map(({ name, value }) => [name, rounded(value)]));
    return { pressing: reason, reason, data: { resources: pressing.map(({ name }) => name), values } };
  }

  #lowered(names: readonly string[]): PressureChange {
    const held = this.#parts.env.clock.monotonic() - (this.#raisedAt ?? 0);
    this.#heldMs += held;
    this.#raisedAt = undefined;
    const reason: Reason = { code: "calm", message: this.#inWords(names) };
    return { pressing: undefined, reason, data: { held_ms: Math.round(held) } };
  }

  #inWords(names: readonly string[]): string {
    return names.map((name) => this.#words.get(name) ?? name.replaceAll("_", " ")).join("; ");
  }

  /** Said once: a probe that is broken is broken each second. */
  #probeFailed(problem: Error): void {
    if (this.#probeBroke) return;
    this.#probeBroke = true;
    this.#parts.onProblem(problem);
  }
}

/** Lets the run know, inside a turn; durable with the turn's batch. */
function applyPressure(core: RunCore, { pressing, reason, data }: PressureChange): void {
  const event =
    pressing === undefined ? ({ type: "calm" } as const) : ({ type: "pressure", reason: pressing } as const);
  if (core.decide(event, { reason, data })) core.pressure = pressing;
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
