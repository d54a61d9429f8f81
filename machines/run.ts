/**
 * A whole run: whether it goes on, and whether anything new may start. Items are not in here; the host counts them and
 * says `drained` when nothing is live and nothing can start. A pure function of state and event (law L1).
 *
 * R1 once an outcome is recorded it never changes, and nothing new starts any more.
 * R2 admission is open exactly when the run is `running` and there is no pressure.
 * R3 no state is a dead end: `running`, `settling` and `rollingBack` end by what the host reports, `planned` and
 *    `paused` by what a person asks for.
 */
import { setup, type SnapshotFrom } from "xstate";
import type { MachineReason } from "./reason.ts";
import { MACHINE_VERSION } from "./work-item.ts";

export const runOutcomes = ["done", "failed", "cancelled", "stalled"] as const;
export type MachineRunOutcome = (typeof runOutcomes)[number];

export const runStates = ["planned", "running", "paused", "settling", "rollingBack", ...runOutcomes] as const;
export type RunState = (typeof runStates)[number];

export interface RunCounts {
  readonly todo: number;
  readonly claimed: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** The counts are of all items, those that were added too. */
function sizeOf({ todo, claimed, done, failed, cancelled }: RunCounts): number {
  return todo + claimed + done + failed + cancelled;
}

/** Why nothing new may start. The first that holds, in the order ended, settling, paused or not started, pressure. */
export type ClosedBy = "not_started" | "paused" | "pressure" | "settling" | "ended";

export interface RunContext {
  readonly runId: string;
  readonly name: string;
  /** Number of items. */
  readonly size: number;
  /** Cap on live items. */
  readonly liveItemsMax: number;
  /** Version of what was published last. */
  readonly seq: number;
  readonly counts: RunCounts;
  /** How the run ends; recorded when it begins to settle. */
  readonly outcome: MachineRunOutcome | undefined;
  /** Why it is paused, or why it ends as it does. */
  readonly reason: MachineReason | undefined;
  /** Whether a run that fails or is cancelled undoes what was done. */
  readonly rollback: boolean;
  /** What presses on the machine, while something does. */
  readonly pressure: MachineReason | undefined;
  /** `undefined` exactly when admission is open. */
  readonly closedBy: ClosedBy | undefined;
}

export interface RunInput {
  readonly runId: string;
  readonly name: string;
  readonly size: number;
  readonly liveItemsMax: number;
  /** Default `false`. */
  readonly rollback?: boolean;
}

export type RunMachineEvent =
  | { readonly type: "start" }
  | { readonly type: "pause"; readonly reason?: MachineReason }
  | { readonly type: "resume" }
  /** A person stops the run: it ends as `cancelled`. */
  | { readonly type: "cancel"; readonly reason: MachineReason }
  /** A failure stops the run: it ends as `failed`. */
  | { readonly type: "abort"; readonly reason: MachineReason }
  /**
   * Nothing is live and nothing can start; while paused: nothing could start even after `resume`. `outcome` counts
   * unless one is recorded already.
   */
  | { readonly type: "drained"; readonly outcome: MachineRunOutcome; readonly reason?: MachineReason }
  | { readonly type: "rolledBack" }
  | { readonly type: "publish"; readonly seq: number; readonly counts: RunCounts }
  | { readonly type: "setCap"; readonly liveItemsMax: number }
  | { readonly type: "pressure"; readonly reason: MachineReason }
  | { readonly type: "calm" };

export interface RunOutput {
  readonly outcome: MachineRunOutcome;
  readonly reason: MachineReason | undefined;
}

/** The context of a run of which only some facts are known; the rest is as before its start. */
export function runContext(known: RunInput & Partial<RunContext>): RunContext {
  return {
    runId: known.runId,
    name: known.name,
    size: known.size,
    liveItemsMax: known.liveItemsMax,
    seq: known.seq ?? 0,
    counts: known.counts ?? { todo: known.size, claimed: 0, done: 0, failed: 0, cancelled: 0 },
    outcome: known.outcome,
    reason: known.reason,
    rollback: known.rollback ?? false,
    pressure: known.pressure,
    closedBy: known.closedBy,
  };
}

type Facts = { readonly context: RunContext; readonly event: RunMachineEvent };

/** R1: a recorded outcome wins over the one that is reported. */
const outcomeOf = ({ context, event }: Facts): MachineRunOutcome | undefined =>
  context.outcome ?? (event.type === "drained" ? event.outcome : undefined);

const pressureOnly = (context: RunContext): ClosedBy | undefined =>
  context.pressure === undefined ? undefined : "pressure";

const machineSetup = setup({
  // XState reads these types only; the values are never used.
  types: {
    context: {} as RunContext,
    events: {} as RunMachineEvent,
    input: {} as RunInput,
    output: {} as RunOutput,
  },
  guards: {
    rollsBack: (facts: Facts) => {
      const outcome = outcomeOf(facts);
      return facts.context.rollback && (outcome === "failed" || outcome === "cancelled");
    },
    endsAs: (facts: Facts, params: { readonly outcome: MachineRunOutcome }) => outcomeOf(facts) === params.outcome,
    isCap: ({ event }) =>
      event.type === "setCap" && Number.isSafeInteger(event.liveItemsMax) && event.liveItemsMax >= 1,
    mayStart: ({ context }) => context.closedBy === undefined,
    mayNotStart: ({ context }) => context.closedBy !== undefined,
    hasEnded: ({ context }) => context.closedBy === "ended",
  },
});

const open = machineSetup.assign(({ context }) => ({ closedBy: pressureOnly(context), reason: undefined }));

const close = machineSetup.assign(({ event }) => ({
  closedBy: "paused" as const,
  reason: event.type === "pause" ? event.reason : undefined,
}));

/**
 * How the run ends, recorded once (R1). A reason that was recorded with the outcome stays; the reason of a pause does
 * not say why the run ended.
 */
const record = ({ context, event }: Facts): Pick<RunContext, "outcome" | "reason"> =>
  context.outcome !== undefined
    ? { outcome: context.outcome, reason: context.reason }
    : {
        outcome:
          event.type === "cancel" ? "cancelled" : event.type === "abort" ? "failed" : outcomeOf({ context, event }),
        reason: "reason" in event ? event.reason : undefined,
      };

const settle = machineSetup.assign((facts) => ({ ...record(facts), closedBy: "settling" as const }));
const end = machineSetup.assign((facts) => ({ ...record(facts), closedBy: "ended" as const }));

const endings = runOutcomes.map(
  (outcome) => ({ guard: { type: "endsAs", params: { outcome } }, target: outcome, actions: end }) as const,
);
/** Only a failure or a person's cancel settles a run. */
const badEndings = endings.filter(({ target }) => target === "failed" || target === "cancelled");
const rollBackFirst = { guard: "rollsBack", target: "rollingBack", actions: settle } as const;

const lifecycle = machineSetup.createStateConfig({
  initial: "planned",
  states: {
    planned: {
      on: {
        start: { target: "running", actions: open },
        cancel: { target: "cancelled", actions: end },
      },
    },
    running: {
      on: {
        pause: { target: "paused", actions: close },
        cancel: { target: "settling", actions: settle },
        abort: { target: "settling", actions: settle },
        drained: [rollBackFirst, ...endings],
      },
    },
    paused: {
      on: {
        resume: { target: "running", actions: open },
        cancel: { target: "settling", actions: settle },
        abort: { target: "settling", actions: settle },
        // A paused run may end when all is said, but is never declared stalled: somebody is looking after it.
        drained: [rollBackFirst, ...endings.filter(({ target }) => target !== "stalled")],
      },
    },
    settling: { on: { drained: [rollBackFirst, ...badEndings] } },
    rollingBack: { on: { rolledBack: badEndings } },
    done: { type: "final" },
    failed: { type: "final" },
    cancelled: { type: "final" },
    stalled: { type: "final" },
  },
});

/** Follows `closedBy` (R2); it is a region of its own so that it can be watched and drawn. */
const admission = machineSetup.createStateConfig({
  initial: "closed",
  on: {
    pressure: {
      actions: machineSetup.assign(({ context, event }) =>
        event.type === "pressure" ? { pressure: event.reason, closedBy: context.closedBy ?? "pressure" } : {},
      ),
    },
    calm: {
      actions: machineSetup.assign(({ context }) => ({
        pressure: undefined,
        closedBy: context.closedBy === "pressure" ? undefined : context.closedBy,
      })),
    },
  },
  states: {
    open: {
      always: [
        { guard: "hasEnded", target: "ended" },
        { guard: "mayNotStart", target: "closed" },
      ],
    },
    closed: {
      always: [
        { guard: "hasEnded", target: "ended" },
        { guard: "mayStart", target: "open" },
      ],
    },
    ended: { type: "final" },
  },
});

export const runMachine = machineSetup.createMachine({
  id: "run",
  version: MACHINE_VERSION,
  type: "parallel",
  context: ({ input }) => runContext({ ...input, closedBy: "not_started" }),
  on: {
    publish: {
      actions: machineSetup.assign(({ event }) =>
        event.type === "publish" ? { seq: event.seq, counts: event.counts, size: sizeOf(event.counts) } : {},
      ),
    },
    setCap: {
      guard: "isCap",
      actions: machineSetup.assign(({ event }) =>
        event.type === "setCap" ? { liveItemsMax: event.liveItemsMax } : {},
      ),
    },
  },
  states: { lifecycle, admission },
  // The machine is done only when an outcome was recorded (R1); `failed` is what a bug would look like.
  output: ({ context }) => ({ outcome: context.outcome ?? "failed", reason: context.reason }),
});

export type RunMachineSnapshot = SnapshotFrom<typeof runMachine>;

/** What the machine makes of `publish`, without asking it: nothing but the numbers changes, and it happens after each batch. */
export function published(snapshot: RunMachineSnapshot, seq: number, counts: RunCounts): RunMachineSnapshot {
  return { ...snapshot, context: { ...snapshot.context, seq, counts, size: sizeOf(counts) } };
}

/** What closes admission in each state; in `running` it is pressure or nothing. */
function closedByIn(status: RunState, pressure: MachineReason | undefined): ClosedBy | undefined {
  switch (status) {
    case "planned":
      return "not_started";
    case "running":
      return pressure === undefined ? undefined : "pressure";
    case "paused":
      return "paused";
    case "settling":
    case "rollingBack":
      return "settling";
    default:
      return "ended";
  }
}

/** How a run in this state ends, when only its items are known: what settles without a failure was cancelled. */
function outcomeIn(status: RunState, { failed }: RunCounts): MachineRunOutcome | undefined {
  if (status === "settling" || status === "rollingBack") return failed > 0 ? "failed" : "cancelled";
  return runOutcomes.find((outcome) => outcome === status);
}

/**
 * The machine's snapshot for a run known from its record, without sending it any event. Give `outcome` for a run that
 * is settling if it is known; else it is told from the counts.
 */
export function runSnapshotOf(row: {
  readonly status: RunState;
  readonly context: RunInput & Partial<RunContext>;
}): RunMachineSnapshot {
  const closedBy = closedByIn(row.status, row.context.pressure);
  const admissionState = closedBy === undefined ? "open" : closedBy === "ended" ? "ended" : "closed";
  const known = runContext({ ...row.context, closedBy });
  const outcome = known.outcome ?? outcomeIn(row.status, known.counts);
  const context = { ...known, outcome };
  const value = { lifecycle: row.status, admission: admissionState } as const;
  const output = closedBy === "ended" && outcome !== undefined ? { outcome, reason: context.reason } : undefined;
  return runMachine.resolveState(output === undefined ? { value, context } : { value, context, output });
}
