/** What the registry knows of one worktree, and how an event changes it. */
import { transition } from "xstate";
import {
  worktreeMachine,
  type WorktreeContext,
  type WorktreeEvent,
  type WorktreeState,
} from "../../../machines/worktree.ts";
import type { Owner } from "./owner.ts";
import type { ObservedWork, SavedWork } from "./work-facts.ts";

/** A port range of its own, so that the servers of two items do not meet. */
export interface PortRange {
  readonly first: number;
  readonly count: number;
}

/** A path that was put into the worktree before anybody worked in it, and how it looked then. */
export interface MadePath {
  readonly path: string;
  readonly signature: string;
}

/** What is decided about a worktree before anything is touched. */
export interface WorktreePlan {
  /** Unique for ever: the name of its folder and of its folder in git, and so a proof of whose they are. */
  readonly name: string;
  readonly runId: string;
  readonly item: string;
  /** The repository's common directory, as a real path. */
  readonly repository: string;
  /** Where it stands, as a real path. */
  readonly path: string;
  /** The commit that it begins with. */
  readonly base: string;
  /** The branch that it has checked out, without `refs/heads/`; `undefined`: none (detached). */
  readonly branch: string | undefined;
  /** Whether the branch is made for it, and may go with it when nothing was committed. */
  readonly ownBranch: boolean;
  /** It was made to take back what was done in an earlier one. */
  readonly forUndo?: boolean;
  readonly owner: Owner;
}

export interface WorktreeEntry extends WorktreePlan, WorktreeContext {
  readonly status: WorktreeState;
  readonly ports: PortRange | undefined;
  readonly made: readonly MadePath[];
  /** What was done in it, when somebody looked. */
  readonly work: ObservedWork | undefined;
  /** Of `work`, what its item had not declared in its `files`. */
  readonly undeclared: readonly string[];
  /** What was saved before it was removed. */
  readonly saved: SavedWork | undefined;
  /** Whether the branch that was made for it stayed when it was removed; not there as long as nobody has seen it. */
  readonly branchLeft?: boolean;
}

/** What says where a worktree stands, and under which name git knows it. */
export type WorktreePlace = Pick<WorktreeEntry, "name" | "path" | "repository">;

export type EntryEvent = WorktreeEvent;

/** The entry after an event, by the rules of the machine; the very same entry when the event means nothing to it. */
export function nextEntry(entry: WorktreeEntry, event: EntryEvent): WorktreeEntry {
  const { status, token, wasReady, findings, reason } = entry;
  const before = worktreeMachine.resolveState({ value: status, context: { token, wasReady, findings, reason } });
  const [after] = transition(worktreeMachine, before, event);
  return after === before ? entry : { ...entry, ...after.context, status: after.value };
}

/** The first entry of a plan. */
export function entryOf(plan: WorktreePlan): WorktreeEntry {
  return {
    ...plan,
    status: "planned",
    token: 1,
    wasReady: false,
    findings: [],
    reason: undefined,
    ports: undefined,
    made: [],
    work: undefined,
    undeclared: [],
    saved: undefined,
  };
}
