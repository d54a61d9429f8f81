import { harmless } from "../../base/harmless.ts";
import { inWords } from "../../scheduler/why-in-words.ts";
import type { Command } from "../io.ts";
import { unknownItem } from "../item-target.ts";
import { nextCommand } from "../next-command.ts";
import { planOfRun } from "../../engine/grown-plan.ts";
import { openStore } from "../store.ts";
import { findRun, isInterrupted } from "../stored-run.ts";
import { whyFromStore } from "../stored-why.ts";
import { jsonDocument } from "../wire.ts";

export interface WhyOptions {
  readonly item: string;
  readonly run: string;
  readonly json?: boolean;
  readonly stateDir?: string;
}

/** Says what holds an item of a stored run, or how it ended. */
export const whyCommand: Command<WhyOptions> = async (io, options) => {
  const store = openStore(io, options.stateDir);
  try {
    const summary = await findRun(store.reader, options.run);
    const { id, status } = summary;
    const interrupted = isInterrupted(store.reader, status);
    const stored = await store.reader.read(id);
    const plan = planOfRun(stored);
    const number = plan.numberOf(options.item);
    if (number === undefined) throw unknownItem(options.item, { summary, plan });
    const answer = whyFromStore(plan, stored, number, { now: io.env.clock.now(), interrupted });
    if (options.json === true) io.stdout.write(jsonDocument({ run_id: id, interrupted, ...answer }));
    else io.stdout.write(`${harmless(inWords(answer, io.env.clock.now(), { interrupted }), { lines: true })}\n`);
    if (interrupted && options.json !== true) {
      io.stderr.write(
        `The run is interrupted, nothing of it is running. Go on with it:\n  ${nextCommand(io, store.stateDir, "resume", id)}\n`,
      );
    }
    return 0;
  } finally {
    await store.reader.close();
  }
};
