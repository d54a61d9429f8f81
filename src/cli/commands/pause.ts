import { SignalboxError } from "../../base/errors.ts";
import { askLiveRun } from "../ask-live-run.ts";
import type { Command } from "../io.ts";
import { findTarget } from "../item-target.ts";
import { nextCommand } from "../next-command.ts";
import { openStore } from "../store.ts";
import { jsonDocument } from "../wire.ts";

export interface PauseOptions {
  readonly run?: string;
  readonly json?: boolean;
  readonly stateDir?: string;
}

/** Lets a live run start nothing more until it is resumed. */
export const pauseCommand: Command<PauseOptions> = async (io, options) => {
  const store = openStore(io, options.stateDir);
  try {
    const { summary, holder } = await findTarget(store, options.run);
    if (holder === undefined)
      throw new SignalboxError(
        "not_ready",
        `expected a live run, to pause it, got run ${summary.id}, which nobody is running`,
      );
    await askLiveRun(io, store, holder, { runId: summary.id, command: "pause" });
    if (options.json === true) io.stdout.write(jsonDocument({ run_id: summary.id, status: "paused" }));
    else
      io.stdout.write(
        `Run ${summary.id} is paused: live items go on, nothing new starts. Let it go on:\n  ${nextCommand(io, store.stateDir, "resume", summary.id)}\n`,
      );
    return 0;
  } finally {
    await store.reader.close();
  }
};
