import { itemIdOf } from "../base/item-ids.ts";
import { harmless } from "../base/harmless.ts";
import { planOfRun } from "../engine/grown-plan.ts";
import { eventNameOf } from "../engine/event-name.ts";
import type { RunEvent } from "../engine/run.ts";
import { auditPages } from "../journal/audit-pages.ts";
import type { JournalEntry, JournalReader } from "../journal/journal.ts";
import type { Plan } from "../plan/plan.ts";
import type { Io } from "./io.ts";
import { storedResultOnWire } from "./stored-result.ts";
import { findRun } from "./stored-run.ts";
import { paintFor } from "./terminal/style.ts";
import { countOf, formatTime } from "./view/format.ts";
import { stageInWords, stageOfEvent } from "./view/stage.ts";
import { toneOf } from "./view/table.ts";
import { ToldWorktrees, type ToldWorktree } from "./told-worktrees.ts";
import { eventOnWire } from "../engine/event-on-wire.ts";
import { jsonLine } from "./wire.ts";

export interface LogParts {
  readonly reader: JournalReader;
  readonly id: string;
  readonly plan: Plan;
  readonly json: boolean;
  /** Print only how the run ended. */
  readonly endOnly?: boolean;
}

/** Prints entries of a stored run as events, each once and in order. */
export class LogPrinter {
  readonly #io: Io;
  readonly #parts: LogParts;
  #plan: Plan;
  #after: number | undefined;
  readonly #claims = new Map<number, JournalEntry>();
  readonly #liveMs = new Map<number, number>();
  #peak = 0;
  #raised: JournalEntry | undefined;
  #pressureMs = 0;
  readonly #worktrees = new ToldWorktrees();

  constructor(io: Io, parts: LogParts) {
    this.#io = io;
    this.#parts = parts;
    this.#plan = parts.plan;
  }

  /** Prints every entry that was not printed yet, page by page, no faster than they are read. */
  async printNew(item: number | undefined): Promise<void> {
    const { reader, id, endOnly } = this.#parts;
    const { stdout } = this.#io;
    const pages = auditPages(reader, id, {
      ...(this.#after !== undefined && { after: this.#after }),
      ...(item !== undefined && { item }),
      // How it ended is still there when all else is gone.
      ...(endOnly === true && { withGaps: true }),
    });
    for await (const page of pages) {
      // Items that were added since the plan was read.
      if (page.some((entry) => entry.item >= this.#plan.graph.size)) this.#plan = planOfRun(await reader.read(id));
      for (const entry of page) await this.#print(entry);
      this.#after = page.at(-1)!.seq;
      if (stdout.closed) return;
      await stdout.flushed();
    }
  }

  async #print(entry: JournalEntry): Promise<void> {
    const { id, json, endOnly } = this.#parts;
    if (entry.from !== entry.to) this.#count(entry);
    else this.#note(entry);
    const event = eventOf(entry, id, this.#plan);
    const isEnd = event.name === "run.finished";
    if (isEnd) this.#endPressure(entry);
    if (endOnly === true && !isEnd) return;
    const line = json
      ? jsonLine({ ...eventOnWire(event), ...(isEnd ? await this.#result() : {}) })
      : `${inWords(this.#io, event)}\n`;
    this.#io.stdout.write(line);
  }

  #count(entry: JournalEntry): void {
    const { item, to, mono, epoch } = entry;
    // A join takes no place.
    if (item < 0 || this.#plan.taskOf(item)!.join !== undefined) return;
    const claim = this.#claims.get(item);
    // Nobody knows when an attempt ended whose process died: only times within one process can be told.
    if (claim?.epoch === epoch) this.#liveMs.set(item, (this.#liveMs.get(item) ?? 0) + mono - claim.mono);
    this.#claims.delete(item);
    if (to === "claimed") this.#claims.set(item, entry);
    this.#peak = Math.max(this.#peak, this.#claims.size);
  }

  #note(entry: JournalEntry): void {
    const { event, item, data } = entry;
    this.#countPressure(entry);
    if (event !== "worktree_removed" && event !== "worktree_kept") return;
    // About the run: what a dead process had left, or an undo had.
    const facts = data as Partial<ToldWorktree> & { readonly path: string };
    const key = item < 0 ? facts.item : this.#plan.taskOf(item)!.key;
    if (key !== undefined) this.#worktrees.note({ ...facts, item: key });
  }

  /** Also what lasted to the end of the run. Nobody knows how long it lasted in a process that died. */
  #countPressure(entry: JournalEntry): void {
    if (entry.event === "pressure" && this.#raised?.epoch !== entry.epoch) this.#raised = entry;
    else if (entry.event === "calm") this.#endPressure(entry);
  }

  #endPressure({ epoch, mono }: JournalEntry): void {
    if (this.#raised?.epoch === epoch) this.#pressureMs += mono - this.#raised.mono;
    this.#raised = undefined;
  }

  async #result(): Promise<object> {
    const { reader, id } = this.#parts;
    const stored = await reader.read(id);
    return storedResultOnWire(planOfRun(stored), await findRun(reader, id), stored, {
      liveItemsPeak: this.#peak,
      liveMs: this.#liveMs,
      pressureMs: this.#pressureMs,
      worktrees: this.#worktrees.inOrder(),
    });
  }
}

function eventOf(entry: JournalEntry, runId: string, plan: Plan): RunEvent {
  const about = entry.item < 0 ? {} : { key: plan.taskOf(entry.item)!.key, itemId: itemIdOf(runId, entry.item) };
  return { ...entry, runId, name: eventNameOf(entry), ...about };
}

function inWords(io: Io, event: RunEvent): string {
  const { seq, at, name, key, attempt, from, to, actor, reason } = event;
  const paint = paintFor(io.stdout.color);
  const about =
    key === undefined ? layerInWords(event) : `  ${harmless(key)}${attempt > 1 ? ` (attempt ${attempt})` : ""}`;
  const stage = key === undefined ? undefined : stageOfEvent(event);
  const moved =
    from !== to ? `  ${from} -> ${paint(toneOf(to), to)}` : stage === undefined ? "" : `  ${stageInWords(stage)}`;
  const why = reason === undefined ? "" : `  ${harmless(reason.message ?? reason.code)}`;
  return `${formatTime(at)}  ${String(seq).padStart(5)}  ${name.padEnd(14)}${about}${moved}  ${paint("dim", `by ${harmless(actor)}`)}${why}`;
}

/** Which layer begins or is over, of how many items; nothing for other events. */
function layerInWords({ name, data }: RunEvent): string {
  if (name !== "layer.started" && name !== "layer.finished") return "";
  const { index, count } = data as { readonly index: number; readonly count: number };
  return `  layer ${index}, ${countOf(count, "item")}`;
}
