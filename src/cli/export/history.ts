/** A stored run as its exports see it: its items, each with what was tried, by the audit log. */
import type { ItemStatus } from "../../items/status.ts";
import type { Reason } from "../../items/reason.ts";
import { stageAfter, type ItemStage } from "../../items/stage.ts";
import type { ItemRow, JournalEntry, RecoveredRun, RunSummary } from "../../journal/journal.ts";
import type { Plan } from "../../plan/plan.ts";

/** How an attempt ended; `live`: not yet, `interrupted`: with the process that ran it. */
export type AttemptEnd = ItemStatus | "released" | "interrupted" | "live";

/** A stretch of time, in milliseconds since the epoch; fractions come from the process's own clock. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface ExportedAttempt extends Stretch {
  readonly attempt: number;
  /** Who worked on it. */
  readonly actor: string;
  readonly end: AttemptEnd;
  readonly reason?: Reason;
}

/** What went on beside the attempts: a preparation, a check, a taking back. */
export interface ExportedStage extends Stretch {
  readonly stage: ItemStage;
}

export interface ExportedItem {
  readonly number: number;
  readonly key: string;
  readonly row: ItemRow | undefined;
  readonly attempts: readonly ExportedAttempt[];
  readonly stages: readonly ExportedStage[];
}

/** Something that happened to the run as a whole. */
export interface ExportedMoment {
  readonly at: number;
  readonly event: string;
  readonly reason?: Reason;
}

export interface RunHistory {
  readonly summary: RunSummary;
  readonly stored: RecoveredRun;
  readonly plan: Plan;
  readonly interrupted: boolean;
  readonly items: readonly ExportedItem[];
  readonly moments: readonly ExportedMoment[];
}

interface Open {
  readonly entry: JournalEntry;
  readonly from: number;
}

/** Takes the entries of a run in order, and says what they come to. */
export class HistoryReader {
  readonly #attempts = new Map<number, ExportedAttempt[]>();
  readonly #stages = new Map<number, ExportedStage[]>();
  readonly #moments: ExportedMoment[] = [];
  readonly #claims = new Map<number, Open>();
  readonly #open = new Map<number, { readonly stage: ItemStage; readonly from: number }>();
  #epoch = 0;
  /** Wall clock minus own clock of this life of the run. */
  #offset = 0;
  #last = 0;
  /** The last thing that the life before this one said. */
  #lifeEnd = 0;

  take(entry: JournalEntry): void {
    if (entry.epoch !== this.#epoch) this.#newLife(entry);
    const at = this.#offset + entry.mono;
    this.#last = Math.max(this.#last, at);
    if (entry.item < 0) this.#aboutRun(entry, at);
    else if (entry.from !== entry.to) this.#moved(entry, at);
    else this.#noted(entry, at);
  }

  /** What was live when the log ends. */
  items(plan: Plan, rows: ReadonlyMap<number, ItemRow>, isInterrupted: boolean): ExportedItem[] {
    for (const [item, open] of this.#claims) this.#end(item, open, this.#last, isInterrupted ? "interrupted" : "live");
    this.#claims.clear();
    return plan.tasks.map(({ key }, number) => ({
      number,
      key,
      row: rows.get(number),
      attempts: this.#attempts.get(number) ?? [],
      stages: this.#stages.get(number) ?? [],
    }));
  }

  get moments(): readonly ExportedMoment[] {
    return this.#moments;
  }

  #newLife({ epoch, at, mono }: JournalEntry): void {
    this.#lifeEnd = this.#last;
    this.#epoch = epoch;
    this.#offset = at - mono;
  }

  #aboutRun({ event, from, to, reason }: JournalEntry, at: number): void {
    if (event === "answer") return;
    const name = from === to ? event : `run ${to}`;
    this.#moments.push({ at, event: name, ...(reason !== undefined && { reason }) });
  }

  #moved(entry: JournalEntry, at: number): void {
    const { item, from, to } = entry;
    this.#endStage(item, at);
    const open = this.#claims.get(item);
    this.#claims.delete(item);
    // Of a part that was compacted the end of an attempt may be gone: then nobody knows it.
    if (open !== undefined && from === "claimed" && to !== "claimed") {
      // Nobody knows when it ended whose process died: at the last thing that this said.
      const hasDied = entry.actor === "recovery" && entry.epoch !== open.entry.epoch;
      const end = hasDied ? "interrupted" : to === "todo" ? endInTodo(entry) : (to as ItemStatus);
      this.#end(item, open, hasDied ? Math.max(open.from, this.#lifeEnd) : at, end, entry.reason);
    }
    if (to === "claimed") this.#claims.set(item, { entry, from: at });
  }

  #end(item: number, { entry, from }: Open, to: number, end: AttemptEnd, reason?: Reason): void {
    const { attempt, actor } = entry;
    const list = this.#attempts.get(item) ?? [];
    list.push({ attempt, actor, from, to, end, ...(reason !== undefined && { reason }) });
    this.#attempts.set(item, list);
  }

  #noted(entry: JournalEntry, at: number): void {
    const stage = stageAfter(entry.event);
    if (stage === undefined) return;
    this.#endStage(entry.item, at);
    if (BEGINS.has(stage)) this.#open.set(entry.item, { from: at, stage });
  }

  /** Any note about the next stage ends one, and so does a transition. */
  #endStage(item: number, at: number): void {
    const open = this.#open.get(item);
    if (open === undefined) return;
    this.#open.delete(item);
    const list = this.#stages.get(item) ?? [];
    list.push({ stage: open.stage, from: open.from, to: at });
    this.#stages.set(item, list);
  }
}

const BEGINS: ReadonlySet<ItemStage> = new Set(["preparing", "verifying", "undoing"]);

/** An attempt that failed and may be followed by another, or one that was given back. */
function endInTodo({ event }: JournalEntry): AttemptEnd {
  return event === "release" || event === "requeue" ? "released" : "failed";
}
