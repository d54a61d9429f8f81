/**
 * Whether resources allow more work, with hysteresis: a resource presses from `raise` on and goes on pressing until it
 * falls below `lower`, so that a value that trembles at the limit does not open and close admission all the time.
 * Sampling, and the rule that one item may always run, are the host's business. A pure function of state and event (L1).
 *
 * A1 `pressed` exactly when at least one resource presses.
 * A2 between `lower` and `raise` a sample changes nothing about what presses.
 */
import { setup, type SnapshotFrom } from "xstate";
import { MACHINE_VERSION } from "./work-item.ts";

/** Limits of one resource, in its own unit; greater is worse. `lower` is at most `raise`. */
export interface PressureThreshold {
  readonly name: string;
  /** It presses from this value on. */
  readonly raise: number;
  /** It presses no more below this value. */
  readonly lower: number;
}

export interface PressureSample {
  readonly name: string;
  readonly value: number;
}

export interface AdmissionContext {
  readonly thresholds: readonly PressureThreshold[];
  /** What presses now, each with its last value, in the order in which it began. */
  readonly pressing: readonly PressureSample[];
}

export interface AdmissionInput {
  readonly thresholds: readonly PressureThreshold[];
}

/** Samples of an unknown name, or that are no number, change nothing. */
export type AdmissionEvent = { readonly type: "sample" } & PressureSample;

/** The resources that press after a sample. */
function pressingAfter({ thresholds, pressing }: AdmissionContext, sample: PressureSample): readonly PressureSample[] {
  const threshold = thresholds.find(({ name }) => name === sample.name);
  if (threshold === undefined || Number.isNaN(sample.value)) return pressing;
  const entry: PressureSample = { name: sample.name, value: sample.value };
  if (!pressing.some(({ name }) => name === sample.name)) {
    return sample.value >= threshold.raise ? [...pressing, entry] : pressing;
  }
  if (sample.value < threshold.lower) return pressing.filter(({ name }) => name !== sample.name);
  return pressing.map((other) => (other.name === sample.name ? entry : other));
}

const machineSetup = setup({
  // XState reads these types only; the values are never used.
  types: { context: {} as AdmissionContext, events: {} as AdmissionEvent, input: {} as AdmissionInput },
  guards: {
    presses: ({ context, event }) => pressingAfter(context, event).length > 0,
  },
});

const take = machineSetup.assign(({ context, event }) => ({ pressing: pressingAfter(context, event) }));

export const admissionMachine = machineSetup.createMachine({
  id: "admission",
  version: MACHINE_VERSION,
  context: ({ input }) => ({ thresholds: input.thresholds, pressing: [] }),
  initial: "calm",
  states: {
    calm: { on: { sample: { guard: "presses", target: "pressed", actions: take } } },
    pressed: {
      on: {
        sample: [
          { guard: "presses", actions: take },
          { target: "calm", actions: take },
        ],
      },
    },
  },
});

export type AdmissionSnapshot = SnapshotFrom<typeof admissionMachine>;
