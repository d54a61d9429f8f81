import { harmless } from "../../base/harmless.ts";
import { SignalboxError, UsageError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { askLiveRun } from "../ask-live-run.ts";
import type { Command, Io } from "../io.ts";
import { findItemOrRun, type Target } from "../item-target.ts";
import { changeLeftRun } from "../left-run.ts";
import { nextCommand } from "../next-command.ts";
import { openStore, type Store } from "../store.ts";
import { hasEnded } from "../stored-run.ts";
import { countOf, formatList } from "../view/format.ts";
import { jsonDocument } from "../wire.ts";

export interface CancelOptions {
  /** Key of an item, a task's id, a dotted id; else a run. */
  readonly word: string;
  readonly run?: string;
  readonly reason?: string;
  readonly withDependents?: boolean;
  readonly json?: boolean;
  readonly stateDir?: string;
}

/** What was cancelled: items, or a run with how it ended; one that has to be undone first has not. */
interface Cancelled {
  readonly items?: readonly string[];
  readonly outcome?: string;
  /** No item of the run is open any more. */
  readonly isAll?: boolean;
}

/** Cancels an item, everything below a dotted id, or a run; of a live run through its process, of an interrupted one itself. */
export const cancelCommand: Command<CancelOptions> = async (io, options) => {
  const { reason = "" } = options;
  if (reason.length > LIMITS.reasonCharsMax)
    throw new UsageError(`expected a reason of at most ${LIMITS.reasonCharsMax} characters, got ${reason.length}`);
  const store = openStore(io, options.stateDir);
  try {
    const target = await findItemOrRun(store, options.word, options.run);
    const { id, status } = target.summary;
    if (hasEnded(status))
      throw new SignalboxError(
        "already_settled",
        `expected a run that has not ended, to cancel ${options.word}, got run ${id}, which is ${status}`,
      );
    const cancelled = await cancel(io, store, target, options);
    tell(io, store, target, cancelled, options.json === true);
    return 0;
  } finally {
    await store.reader.close();
  }
};

async function cancel(io: Io, store: Store, target: Target, options: CancelOptions): Promise<Cancelled> {
  const { word, reason, withDependents } = options;
  const item = target.items.length === 0 ? undefined : word;
  if (target.holder !== undefined) {
    const runId = target.summary.id;
    return askLiveRun(io, store, target.holder, { runId, command: "cancel", item, reason, withDependents });
  }
  if (item === undefined) return cancelLeftRun(io, store, target, reason);
  return changeLeftRun(io, store.stateDir, target, async (run) => {
    const items = await run.cancelItem(item, {
      ...(reason !== undefined && { reason }),
      ...(withDependents !== undefined && { withDependents }),
    });
    const { todo, claimed } = run.snapshot().counts;
    return { items, isAll: todo + claimed === 0 };
  });
}

async function cancelLeftRun(io: Io, store: Store, target: Target, reason: string | undefined): Promise<Cancelled> {
  const { id, status } = target.summary;
  if (status === "rollingBack")
    throw new SignalboxError(
      "not_ready",
      `expected a run that goes on, to cancel it, got run ${id}, which is being rolled back; go on with that: ${nextCommand(io, store.stateDir, "resume", id)}`,
    );
  return changeLeftRun(io, store.stateDir, target, async (run) => {
    try {
      return { outcome: (await run.cancel(reason)).outcome };
    } catch (error) {
      if (run.snapshot().status !== "rollingBack") throw error;
      return {};
    }
  });
}

function tell(io: Io, store: Store, target: Target, cancelled: Cancelled, json: boolean): void {
  const { items, outcome, isAll } = cancelled;
  const { id } = target.summary;
  const goOn = nextCommand(io, store.stateDir, "resume", id);
  if (json) {
    io.stdout.write(jsonDocument({ run_id: id, cancelled: items ?? null, outcome: outcome ?? null }));
    return;
  }
  if (items === undefined) {
    if (outcome === undefined)
      io.stdout.write(`Run ${id} was cancelled. What it did is still to be undone. Go on with that:\n  ${goOn}\n`);
    else io.stdout.write(`Run ${id} was ended: ${outcome}. Nothing of it is running.\n`);
    return;
  }
  const keys = formatList(items.map((key) => harmless(key)));
  io.stdout.write(`Cancelled ${countOf(items.length, "item")}: ${keys}. Nothing of it is running.\n`);
  if (target.holder !== undefined) return;
  const next =
    isAll === true ? "Every item of the run has settled. End the run" : "The run is interrupted. Go on with it";
  io.stdout.write(`${next}:\n  ${goOn}\n`);
}
