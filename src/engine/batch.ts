import type { JournalEntry } from "../journal/journal.ts";
import type { RunMachineSnapshot } from "../../machines/run.ts";
import type { Plan } from "../plan/plan.ts";
import type { ItemSnapshot } from "../items/snapshot.ts";
import type { Stage } from "../executors/executor.ts";
import type { Slot } from "./live-slots.ts";

export interface Reply {
  resolve(): void;
  reject(error: unknown): void;
}

/** A slot and what it was taken for. By the time of the commit it may be free, or taken for something else. */
export interface Start {
  readonly slot: Slot;
  readonly token: number;
  readonly stage: Stage;
}

/** What this slot is taken for now. */
export const startOf = (slot: Slot): Start => ({ slot, token: slot.token, stage: slot.stage });

/**
 * What has happened since the last commit: entries that become durable together, and everything that must wait until they are.
 * L2: effects, replies and snapshots of a batch are carried out in `orchestrator.ts` after its commit, in this order:
 * snapshot, streams, replies, aborts, starts; but what an executor that `startsFirst` runs is started before all of them.
 */
export interface Batch {
  /** Complete when a journal or a listener wants them; else only what concerns the run itself. */
  readonly entries: JournalEntry[];
  /** Seq of the last entry; 0 while there is none. */
  seq: number;
  /** It holds an entry about the run itself. */
  aboutRun: boolean;
  /** Items with entries in this batch, each once or more. */
  readonly dirty: number[];
  /** Their rows as they are at the end of the batch; filled when it is sealed. */
  leaves: ItemSnapshot[];
  readonly starts: Start[];
  readonly aborts: { readonly slot: Slot; readonly token: number; readonly reason: string }[];
  /** Who waits for this batch to be durable. */
  readonly replies: Reply[];
  /** The run machine's state, when it changed. */
  run: RunMachineSnapshot | undefined;
  /** The plan, when it has changed. */
  plan: Plan | undefined;
}

export function emptyBatch(): Batch {
  return {
    entries: [],
    seq: 0,
    aboutRun: false,
    dirty: [],
    leaves: [],
    starts: [],
    aborts: [],
    replies: [],
    run: undefined,
    plan: undefined,
  };
}

export function isEmpty(batch: Batch): boolean {
  return batch.seq === 0 && batch.replies.length === 0 && batch.aborts.length === 0 && batch.starts.length === 0;
}

/** Has what a batch without entries brings about carried out with the one before it. */
export function join(last: Batch, { replies, aborts, starts }: Batch): void {
  last.replies.push(...replies);
  last.aborts.push(...aborts);
  last.starts.push(...starts);
}
