/** Which run, and what of it, a person means with a word on the command line. */
import { SignalboxError } from "../base/errors.ts";
import type { RecoveredRun, RunSummary } from "../journal/journal.ts";
import type { Holder } from "../journal/run-lock.ts";
import { itemsNamed } from "../plan/named-items.ts";
import type { Plan } from "../plan/plan.ts";
import { Suggester } from "../plan/suggest.ts";
import type { Store } from "./store.ts";
import { planOfRun } from "../engine/grown-plan.ts";
import { findRun, findRunToResume, hasEnded } from "./stored-run.ts";
import { formatList } from "./view/format.ts";

export interface Target {
  readonly summary: RunSummary;
  readonly stored: RecoveredRun;
  readonly plan: Plan;
  /** The process that runs it; `undefined` when it has ended or was interrupted. */
  readonly holder: Holder | undefined;
  /** Numbers of the items that the word names; empty when it names the run. */
  readonly items: readonly number[];
}

/** The run to look at when none is named: the newest that has not ended, else the newest. */
export async function findTarget(store: Store, run: string | undefined): Promise<Target> {
  const { reader } = store;
  return targetOf(store, run === undefined ? await findRunToResume(reader) : await findRun(reader, run));
}

/** @throws SignalboxError `item_not_found` */
export async function findItem(store: Store, word: string, run: string | undefined): Promise<Target> {
  const target = await findTarget(store, run);
  const items = itemsNamed(target.plan, word);
  if (items.length === 0) throw unknownItem(word, target);
  return { ...target, items };
}

/** An item wins over a run: whoever means the run types more of its id. @throws SignalboxError `item_not_found` */
export async function findItemOrRun(store: Store, word: string, run: string | undefined): Promise<Target> {
  const target = await findTarget(store, run);
  const items = itemsNamed(target.plan, word);
  if (items.length > 0) return { ...target, items };
  const named = run === undefined ? await findRun(store.reader, word).catch(() => undefined) : undefined;
  if (named === undefined) throw unknownItem(word, target);
  return targetOf(store, named);
}

async function targetOf({ reader }: Store, summary: RunSummary): Promise<Target> {
  const stored = await reader.read(summary.id);
  const holder = hasEnded(summary.status) ? undefined : reader.holder();
  return { summary, stored, plan: planOfRun(stored), holder, items: [] };
}

export function unknownItem(item: string, { summary, plan }: Pick<Target, "summary" | "plan">): SignalboxError {
  const keys = plan.tasks.map(({ key }) => key);
  return new SignalboxError(
    "item_not_found",
    `expected an item of run ${summary.id}, got "${item}"; ${hintFor(item, keys)}`,
  );
}

function hintFor(item: string, keys: readonly string[]): string {
  const ofMatrix = keys.filter((key) => key.startsWith(`${item}[`));
  if (ofMatrix.length > 0) return `this task has several: ${formatList(ofMatrix)}`;
  const near = new Suggester().nearest(item, keys);
  return near === undefined ? "`signalbox show --all` lists its items" : `did you mean "${near}"?`;
}
