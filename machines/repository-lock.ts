/**
 * Who may run git commands that change one repository: one at a time, in the order of asking. Between the first of the
 * queue and the lock stand other processes, so the lock is first being taken and then held; how it is taken is the
 * host's business. A pure function of state and event (L1); a wait that is over arrives as the event `timeout`.
 *
 * Q1 at most one ticket holds the lock, and it is none of those that wait.
 * Q2 the lock goes to the ticket that has waited longest: tickets grow with the order of asking, and `waiting` ascends.
 * Q3 a ticket is over for good when it was released, timed out, was aborted or its owner died; nothing said about it
 *    afterwards changes anything, and no number is given twice.
 * Q4 the lock is wanted exactly as long as somebody waits or holds: `free` if and only if there is no ticket at all.
 * Q5 these edges are all there are: whatever is not written here is no transition.
 */
import { setup, type SnapshotFrom } from "xstate";
import { MACHINE_VERSION } from "./work-item.ts";

/** One request for the lock. */
export interface LockTicket {
  /** Greater than every ticket before it. */
  readonly ticket: number;
  /** Whose it is: everything of one owner ends together. */
  readonly owner: string;
}

export interface RepositoryLockContext {
  readonly holder: LockTicket | undefined;
  /** In the order of asking. */
  readonly waiting: readonly LockTicket[];
  /** The greatest ticket there ever was. */
  readonly lastTicket: number;
}

export type RepositoryLockEvent =
  | ({ readonly type: "request" } & LockTicket)
  /** Nobody outside holds it any more: it is ours. */
  | { readonly type: "taken" }
  /** It cannot be taken at all, say because its file cannot be written: the first of the queue is told. */
  | { readonly type: "refuse" }
  | { readonly type: "timeout"; readonly ticket: number }
  | { readonly type: "abort"; readonly ticket: number }
  | { readonly type: "release"; readonly ticket: number }
  /** The owner is gone, and with it whatever it held or waited for. */
  | { readonly type: "die"; readonly owner: string };

const noop = (): void => {};

const machineSetup = setup({
  // XState reads these types only; the values are never used.
  types: { context: {} as RepositoryLockContext, events: {} as RepositoryLockEvent },
  actions: {
    /** Begin to take the lock, and send `taken` or `refuse`. */
    take: noop,
    /** Nobody wants it any more: stop taking it. */
    stopTaking: noop,
    /** The holder of the new context has it: tell it. */
    grant: noop,
    /** It was held and is no more: let others have it. */
    letGo: noop,
  },
  guards: {
    isNew: ({ context, event }) => event.type === "request" && event.ticket > context.lastTicket,
    fromHolder: ({ context, event }) => event.type === "release" && event.ticket === context.holder?.ticket,
    holderDies: ({ context, event }) => event.type === "die" && event.owner === context.holder?.owner,
    /** The holder ends, and nobody of those who wait is left either. */
    lastEnds: ({ context, event }) =>
      event.type === "release"
        ? event.ticket === context.holder?.ticket && context.waiting.length === 0
        : event.type === "die" &&
          event.owner === context.holder?.owner &&
          context.waiting.every(({ owner }) => owner === event.owner),
    isWaiting: ({ context, event }) => context.waiting.some(leavesBy(event)),
    onlyTheyWait: ({ context, event }) => context.waiting.every(leavesBy(event)),
    oneWaits: ({ context }) => context.waiting.length === 1,
  },
});

/** Which of those who wait an event sends away. */
function leavesBy(event: RepositoryLockEvent): (each: LockTicket) => boolean {
  if (event.type === "die") return ({ owner }) => owner === event.owner;
  if (event.type === "timeout" || event.type === "abort") return ({ ticket }) => ticket === event.ticket;
  return () => false;
}

const enqueue = machineSetup.assign(({ context, event }) =>
  event.type !== "request"
    ? {}
    : {
        waiting: [...context.waiting, { ticket: event.ticket, owner: event.owner }],
        lastTicket: event.ticket,
      },
);

const shift = machineSetup.assign(({ context }) => ({ holder: context.waiting[0], waiting: context.waiting.slice(1) }));
const dropFirst = machineSetup.assign(({ context }) => ({ waiting: context.waiting.slice(1) }));
const leave = machineSetup.assign(({ context, event }) => {
  const leaves = leavesBy(event);
  return { waiting: context.waiting.filter((each) => !leaves(each)) };
});
const end = machineSetup.assign({ holder: undefined });

const leaveTheQueue = [
  { guard: "onlyTheyWait", target: "free", actions: [leave, "stopTaking"] },
  { guard: "isWaiting", actions: leave },
] as const;

export const repositoryLockMachine = machineSetup.createMachine({
  id: "repositoryLock",
  version: MACHINE_VERSION,
  context: { holder: undefined, waiting: [], lastTicket: 0 },
  initial: "free",
  states: {
    free: {
      on: { request: { guard: "isNew", target: "taking", actions: [enqueue, "take"] } },
    },
    taking: {
      on: {
        request: { guard: "isNew", actions: enqueue },
        taken: { target: "held", actions: [shift, "grant"] },
        refuse: [{ guard: "oneWaits", target: "free", actions: [dropFirst, "stopTaking"] }, { actions: dropFirst }],
        timeout: leaveTheQueue,
        abort: leaveTheQueue,
        die: leaveTheQueue,
      },
    },
    held: {
      on: {
        request: { guard: "isNew", actions: enqueue },
        timeout: { guard: "isWaiting", actions: leave },
        abort: { guard: "isWaiting", actions: leave },
        release: [
          { guard: "lastEnds", target: "free", actions: [end, "letGo"] },
          { guard: "fromHolder", target: "taking", actions: [end, "letGo", "take"] },
        ],
        die: [
          { guard: "lastEnds", target: "free", actions: [leave, end, "letGo"] },
          { guard: "holderDies", target: "taking", actions: [leave, end, "letGo", "take"] },
          { guard: "isWaiting", actions: leave },
        ],
      },
    },
  },
});

export type RepositoryLockSnapshot = SnapshotFrom<typeof repositoryLockMachine>;
