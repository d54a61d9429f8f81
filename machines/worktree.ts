/**
 * One worktree of an item, from the intent to make it until nothing is left of it. A pure function of state and event
 * (law L1): the host records an event first and touches git after, so that what a crash leaves is always known.
 *
 * W1 git is touched only while it is `creating` or `removing`: both are recorded before.
 * W2 an event whose token is not the current one changes nothing: who lost the worktree cannot move it any more.
 * W3 `take` needs a token greater than every one before it; the one who takes a worktree of the dead is its only owner.
 * W4 only what was whole once is ready again: half a worktree can only be removed.
 * W5 `findings` are there exactly while it is `kept`: what would be lost is said, or nothing is.
 * W6 `removed` is for ever, and can be reached from everywhere.
 */
import { setup, type SnapshotFrom } from "xstate";
import type { MachineReason } from "./reason.ts";
import { MACHINE_VERSION } from "./work-item.ts";

export const worktreeStates = ["planned", "creating", "ready", "removing", "kept", "orphaned", "removed"] as const;
export type WorktreeState = (typeof worktreeStates)[number];

export interface WorktreeContext {
  /** Who owns it: the greatest token there ever was. */
  readonly token: number;
  /** Whether it was `ready` once: then somebody may have worked in it. */
  readonly wasReady: boolean;
  /** Why it was not removed: what would be lost with it. */
  readonly findings: readonly string[];
  /** Why it is an orphan; `undefined` in every other state. */
  readonly reason: MachineReason | undefined;
}

export interface WorktreeInput {
  /** The first owner's token, 1 or greater. */
  readonly token: number;
}

export type WorktreeEvent =
  /** Git is about to make it. */
  | { readonly type: "create"; readonly token: number }
  /** It is whole: checked out, set up, and may be worked in. */
  | { readonly type: "created"; readonly token: number }
  /** Git is about to remove it, or what there is of it. */
  | { readonly type: "remove"; readonly token: number }
  /** Nothing is left of it. */
  | { readonly type: "removed"; readonly token: number }
  /** It stays, for it holds what would be lost. */
  | { readonly type: "keep"; readonly token: number; readonly findings: readonly string[] }
  /** What was under way could not be brought to its end. */
  | { readonly type: "fail"; readonly token: number; readonly reason: MachineReason }
  /** Its owner is dead: it belongs to whoever says so first. */
  | { readonly type: "take"; readonly token: number }
  /** Its new owner works on in it. */
  | { readonly type: "adopt"; readonly token: number };

const OWNER_GONE: MachineReason = { code: "owner_gone" };

const machineSetup = setup({
  // XState reads these types only; the values are never used.
  types: { context: {} as WorktreeContext, events: {} as WorktreeEvent, input: {} as WorktreeInput },
  guards: {
    fromOwner: ({ context, event }) => event.token === context.token,
    findsSomething: ({ context, event }) =>
      event.type === "keep" && event.token === context.token && event.findings.length > 0,
    mayTake: ({ context, event }) => event.type === "take" && event.token > context.token,
    mayAdopt: ({ context, event }) => event.token === context.token && context.wasReady,
  },
});

const becomeReady = machineSetup.assign({ wasReady: true, findings: [], reason: undefined });
const beginRemoval = machineSetup.assign({ findings: [], reason: undefined });
const take = machineSetup.assign(({ event }) => ({ token: event.token, findings: [], reason: OWNER_GONE }));
const keep = machineSetup.assign(({ event }) => ({ findings: event.type === "keep" ? event.findings : [] }));
const fail = machineSetup.assign(({ event }) => ({ reason: event.type === "fail" ? event.reason : undefined }));

const taken = { guard: "mayTake", target: "orphaned", actions: take } as const;
const failed = { guard: "fromOwner", target: "orphaned", actions: fail } as const;
const removal = { guard: "fromOwner", target: "removing", actions: beginRemoval } as const;
const adopted = { guard: "mayAdopt", target: "ready", actions: becomeReady } as const;

/** The rules of one worktree. It has no effects: who sends an event does the work between two of them. */
export const worktreeMachine = machineSetup.createMachine({
  id: "worktree",
  version: MACHINE_VERSION,
  context: ({ input }) => ({ token: input.token, wasReady: false, findings: [], reason: undefined }),
  initial: "planned",
  states: {
    planned: {
      on: {
        create: { guard: "fromOwner", target: "creating" },
        // Nothing was touched, so nothing is left.
        removed: { guard: "fromOwner", target: "removed" },
        take: taken,
      },
    },
    creating: {
      on: {
        created: { guard: "fromOwner", target: "ready", actions: becomeReady },
        remove: removal,
        fail: failed,
        take: taken,
      },
    },
    ready: { on: { remove: removal, take: taken } },
    removing: {
      on: {
        removed: { guard: "fromOwner", target: "removed" },
        keep: { guard: "findsSomething", target: "kept", actions: keep },
        fail: failed,
        take: taken,
      },
    },
    kept: { on: { remove: removal, adopt: { ...adopted }, take: taken } },
    orphaned: { on: { remove: removal, adopt: { ...adopted }, take: taken } },
    removed: { type: "final" },
  },
});

export type WorktreeSnapshot = SnapshotFrom<typeof worktreeMachine>;
