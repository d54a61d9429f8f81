/**
 * One work item: who may do it, and how it ends. A pure function of state and event (law L1); time arrives as the
 * events `expire` and `timeout`, effects leave as the named actions that the host provides.
 *
 * I1 a claim is exclusive: only `todo` takes one, and its token is greater than every token before it.
 * I2 a report whose token is not the current one changes nothing, in any state.
 * I3 these edges are all there are: whatever is not written here is no transition.
 */
import { assign, setup, type SnapshotFrom } from "xstate";
import type { MachineReason } from "./reason.ts";

/** Version of the machines; stored with each run, so that a later version knows which rules wrote a journal. */
export const MACHINE_VERSION = "1";

export const workItemStates = ["todo", "claimed", "done", "failed", "cancelled"] as const;
export type WorkItemState = (typeof workItemStates)[number];

export interface WorkItemContext {
  /** Claims so far: 0 before the first, 1 during it. */
  readonly attempt: number;
  /** Claims that may count against the budget. */
  readonly attemptsMax: number;
  /** Claims that do not count: released, or forgiven by a requeue with `reset`. */
  readonly refunded: number;
  /** Fencing token in force, 0 when none is. */
  readonly token: number;
  /** The greatest token there ever was: the next claim needs a greater one. */
  readonly lastToken: number;
  readonly holder: string | undefined;
  /** Length of the lease that the holder asked for, in milliseconds; `undefined` is a claim that never expires. */
  readonly leaseMs: number | undefined;
  /** Why the last attempt ended, or why it was cancelled. A claim clears it. */
  readonly reason: MachineReason | undefined;
  /** Whether the last failure may be tried again without a person. */
  readonly retryable: boolean;
  readonly releaseSpendsAttempt: boolean;
  readonly expireSpendsAttempt: boolean;
}

export interface WorkItemInput {
  readonly attemptsMax: number;
  /** Default `false`: who gives an item back has not tried it. */
  readonly releaseSpendsAttempt?: boolean;
  /** Default `true`: a holder that vanished may well be the item's own doing. */
  readonly expireSpendsAttempt?: boolean;
}

export type WorkItemEvent =
  | { readonly type: "claim"; readonly holder: string; readonly token: number; readonly leaseMs?: number }
  | { readonly type: "heartbeat"; readonly token: number; readonly leaseMs?: number }
  | { readonly type: "complete"; readonly token: number; readonly output?: unknown }
  | { readonly type: "fail"; readonly token: number; readonly reason: MachineReason; readonly retryable: boolean }
  | { readonly type: "release"; readonly token: number; readonly reason?: MachineReason }
  | { readonly type: "expire"; readonly token: number }
  | { readonly type: "timeout"; readonly token: number }
  | { readonly type: "requeue"; readonly reset?: boolean }
  | { readonly type: "cancel"; readonly reason: MachineReason };

const LEASE_EXPIRED: MachineReason = { code: "lease_expired" };
const TIMEOUT: MachineReason = { code: "timeout" };
const RELEASED: MachineReason = { code: "released" };

/** What is true of an item that nobody holds. */
const nobody = { token: 0, holder: undefined, leaseMs: undefined } as const;

const budgetLeft = (context: WorkItemContext): boolean => context.attempt - context.refunded < context.attemptsMax;
const isCurrent = (context: WorkItemContext, token: number): boolean => token === context.token && token !== 0;
const refundUnless = (spends: boolean, context: WorkItemContext): number => context.refunded + (spends ? 0 : 1);

/** The context of an item of which only some facts are known; the rest is as before its first claim. */
export function workItemContext(known: WorkItemInput & Partial<WorkItemContext>): WorkItemContext {
  return {
    attempt: known.attempt ?? 0,
    attemptsMax: known.attemptsMax,
    refunded: known.refunded ?? 0,
    token: known.token ?? 0,
    lastToken: known.lastToken ?? known.token ?? 0,
    holder: known.holder,
    leaseMs: known.leaseMs,
    reason: known.reason,
    retryable: known.retryable ?? false,
    releaseSpendsAttempt: known.releaseSpendsAttempt ?? false,
    expireSpendsAttempt: known.expireSpendsAttempt ?? true,
  };
}

const noop = (): void => {};

const machineSetup = setup({
  // XState reads these types only; the values are never used.
  types: { context: {} as WorkItemContext, events: {} as WorkItemEvent, input: {} as WorkItemInput },
  actions: {
    /** A claim was granted: begin the attempt. */
    startAttempt: noop,
    /** The attempt is over without its holder: stop what runs of it. Sees the context of the ending attempt. */
    abortAttempt: noop,
    /** Send `expire` with this token when `leaseMs` have passed; replaces the lease that is armed. */
    armLease: noop,
    /** The claim has ended: forget its lease, if there was one. */
    disarmLease: noop,
  },
  guards: {
    mayClaim: ({ context, event }) => event.type === "claim" && event.token > context.lastToken && budgetLeft(context),
    mayClaimForAWhile: ({ context, event }) =>
      event.type === "claim" && event.leaseMs !== undefined && event.token > context.lastToken && budgetLeft(context),
    fromHolder: ({ context, event }) => "token" in event && isCurrent(context, event.token),
    renewsLease: ({ context, event }) =>
      event.type === "heartbeat" && event.leaseMs !== undefined && isCurrent(context, event.token),
    /** The attempt is spent by giving it back, and it was the last one. */
    releaseWasLast: ({ context, event }) =>
      event.type === "release" &&
      isCurrent(context, event.token) &&
      context.releaseSpendsAttempt &&
      !budgetLeft(context),
    expiryWasLast: ({ context, event }) =>
      event.type === "expire" && isCurrent(context, event.token) && context.expireSpendsAttempt && !budgetLeft(context),
    mayRequeue: ({ context, event }) =>
      event.type === "requeue" && event.reset !== true && context.retryable && budgetLeft(context),
    forgives: ({ event }) => event.type === "requeue" && event.reset === true,
  },
});

const openClaim = machineSetup.assign(({ context, event }) =>
  event.type !== "claim"
    ? {}
    : {
        attempt: context.attempt + 1,
        token: event.token,
        lastToken: event.token,
        holder: event.holder,
        leaseMs: event.leaseMs,
        reason: undefined,
        retryable: false,
      },
);

const giveBack = machineSetup.assign(({ context, event }) => ({
  ...nobody,
  refunded: refundUnless(event.type === "expire" ? context.expireSpendsAttempt : context.releaseSpendsAttempt, context),
  reason:
    event.type === "expire" ? LEASE_EXPIRED : event.type === "release" ? (event.reason ?? RELEASED) : context.reason,
}));

/** The item's own rules. Provide the four actions; everything else is decided here. */
export const workItemMachine = machineSetup.createMachine({
  id: "workItem",
  version: MACHINE_VERSION,
  context: ({ input }) => workItemContext(input),
  initial: "todo",
  states: {
    todo: {
      on: {
        claim: [
          { guard: "mayClaimForAWhile", target: "claimed", actions: [openClaim, "armLease", "startAttempt"] },
          { guard: "mayClaim", target: "claimed", actions: [openClaim, "startAttempt"] },
        ],
        cancel: { target: "cancelled", actions: assign({ reason: ({ event }) => event.reason }) },
      },
    },
    claimed: {
      on: {
        heartbeat: [
          { guard: "renewsLease", actions: [assign({ leaseMs: ({ event }) => event.leaseMs }), "armLease"] },
          { guard: "fromHolder" },
        ],
        complete: { guard: "fromHolder", target: "done", actions: ["disarmLease", assign(nobody)] },
        fail: {
          guard: "fromHolder",
          target: "failed",
          actions: [
            "disarmLease",
            assign(({ event }) => ({ ...nobody, reason: event.reason, retryable: event.retryable })),
          ],
        },
        release: [
          { guard: "releaseWasLast", target: "failed", actions: ["abortAttempt", "disarmLease", giveBack] },
          { guard: "fromHolder", target: "todo", actions: ["abortAttempt", "disarmLease", giveBack] },
        ],
        expire: [
          { guard: "expiryWasLast", target: "failed", actions: ["abortAttempt", "disarmLease", giveBack] },
          { guard: "fromHolder", target: "todo", actions: ["abortAttempt", "disarmLease", giveBack] },
        ],
        timeout: {
          guard: "fromHolder",
          target: "failed",
          actions: ["abortAttempt", "disarmLease", assign({ ...nobody, reason: TIMEOUT, retryable: true })],
        },
        cancel: {
          target: "cancelled",
          actions: ["abortAttempt", "disarmLease", assign(({ event }) => ({ ...nobody, reason: event.reason }))],
        },
      },
    },
    done: { type: "final" },
    failed: {
      on: {
        requeue: [
          { guard: "forgives", target: "todo", actions: assign({ refunded: ({ context }) => context.attempt }) },
          { guard: "mayRequeue", target: "todo" },
        ],
        cancel: { target: "cancelled", actions: assign({ reason: ({ event }) => event.reason }) },
      },
    },
    cancelled: { type: "final" },
  },
});

export type WorkItemSnapshot = SnapshotFrom<typeof workItemMachine>;

/** The machine's snapshot for an item known from a row, without sending it any event. */
export function workItemSnapshotOf(row: {
  readonly status: WorkItemState;
  readonly context: WorkItemInput & Partial<WorkItemContext>;
}): WorkItemSnapshot {
  return workItemMachine.resolveState({ value: row.status, context: workItemContext(row.context) });
}
