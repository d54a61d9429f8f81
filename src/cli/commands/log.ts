import { SignalboxError } from "../../base/errors.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Command } from "../io.ts";
import { LogPrinter } from "../log-printer.ts";
import { planOfRun } from "../../engine/grown-plan.ts";
import { openStore } from "../store.ts";
import { findRun, hasEnded } from "../stored-run.ts";

export interface LogOptions {
  readonly run: string;
  readonly item?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
  readonly stateDir?: string;
}

const POLL_MS = 200;

/** Prints the audit log of a run, in order, whole; with `follow` until the run has ended. */
export const logCommand: Command<LogOptions> = async (io, options) => {
  const store = openStore(io, options.stateDir);
  try {
    const { id, baseSeq } = await findRun(store.reader, options.run);
    if (baseSeq !== undefined)
      io.stderr.write(`The log of this run was compacted: entries up to ${baseSeq} are not in it any more.\n`);
    const plan = planOfRun(await store.reader.read(id));
    const item = options.item === undefined ? undefined : numberOf(plan, options.item);
    const printer = new LogPrinter(io, { reader: store.reader, id, plan, json: options.json === true });
    for (;;) {
      // Asked before reading: what was written between is read in the next round.
      const ended = hasEnded((await findRun(store.reader, id)).status);
      await printer.printNew(item);
      if (options.follow !== true || ended || io.stdout.closed) return 0;
      await new Promise<void>((resolve) => void io.env.timers.after(POLL_MS, resolve));
    }
  } finally {
    await store.reader.close();
  }
};

function numberOf(plan: Plan, key: string): number {
  const number = plan.numberOf(key);
  if (number !== undefined) return number;
  throw new SignalboxError(
    "item_not_found",
    `expected an item of this run, got "${key}"; \`signalbox show --all\` lists its items`,
  );
}
