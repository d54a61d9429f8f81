import { SignalboxError } from "../../base/errors.ts";
import { harmless } from "../../base/harmless.ts";
import { Suggester } from "../../plan/suggest.ts";
import { inWords } from "../../scheduler/why-in-words.ts";
import type { Command } from "../io.ts";
import { nextCommand } from "../next-command.ts";
import { storedPlan } from "../stored-plan.ts";
import { openStore } from "../store.ts";
import { findRun, isInterrupted } from "../stored-run.ts";
import { whyFromStore } from "../stored-why.ts";
import { formatList } from "../view/format.ts";
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
    const { id, status } = await findRun(store.reader, options.run);
    const interrupted = isInterrupted(store.reader, status);
    const stored = await store.reader.read(id);
    const plan = storedPlan(stored.record);
    const number = plan.numberOf(options.item);
    if (number === undefined)
      throw unknownItem(
        options.item,
        id,
        plan.tasks.map(({ key }) => key),
      );
    const answer = whyFromStore(plan, stored, number);
    if (options.json === true) io.stdout.write(jsonDocument({ run_id: id, interrupted, ...answer }));
    else io.stdout.write(`${harmless(inWords(answer, io.env.clock.now()), { lines: true })}\n`);
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

function unknownItem(item: string, runId: string, keys: readonly string[]): SignalboxError {
  return new SignalboxError(
    "item_not_found",
    `expected an item of run ${runId}, got "${item}"; ${hintFor(item, keys)}`,
  );
}

function hintFor(item: string, keys: readonly string[]): string {
  const ofMatrix = keys.filter((key) => key.startsWith(`${item}[`));
  if (ofMatrix.length > 0) return `this task has several: ${formatList(ofMatrix)}`;
  const near = new Suggester().nearest(item, keys);
  return near === undefined ? "`signalbox show --all` lists its items" : `did you mean "${near}"?`;
}
