/**
 * What the outside sees of one run, held against what its journal has: L3 and I7 nothing is seen that is not durable, I9 and I10 every picture
 * is the fold of the log up to its version, I12 events come in order, once, without a gap.
 */
import type { AttemptRequest } from "../../src/executors/executor.ts";
import type { Run } from "../../src/engine/run.ts";
import { applyEntry, isRunStatus } from "../../src/journal/fold.ts";
import type { ItemRow, Journal, JournalEntry, RecoveredRun } from "../../src/journal/journal.ts";
import type { RunSnapshot } from "../../src/items/snapshot.ts";
import { snapshotProblems } from "../../src/state/invariants.ts";
import type { JournalWatch } from "./disk-journal.ts";
import { entryLine } from "./trace.ts";
import type { Life, World } from "./world.ts";

export class Observer implements JournalWatch {
  /** Every entry that a sync has confirmed, in order. */
  readonly log: JournalEntry[] = [];
  readonly #world: World;
  /** The fold of the log so far. */
  readonly #rows = new Map<number, ItemRow>();
  readonly #undoneKeys = new Set<string>();
  #status = "planned";
  #seen = 0;
  /** Hears of every entry when it has become durable. */
  onEntry: (entry: JournalEntry) => void = () => {};
  #offs: (() => void)[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  synced(_: string, entries: readonly JournalEntry[]): void {
    for (const entry of entries) this.#take(entry);
  }

  #take(entry: JournalEntry): void {
    if (entry.seq !== this.log.length + 1)
      this.#world.violate("I9", `entry ${entry.seq} follows entry ${this.log.length}`);
    this.log.push(entry);
    if (entry.item >= 0) this.#rows.set(entry.item, applyEntry(this.#rows.get(entry.item), entry));
    else if (isRunStatus(entry.to)) this.#status = entry.to;
    this.#world.log(entryLine(entry));
    this.onEntry(entry);
  }

  /** Number of the item with this id; an id ends with it, counted from one. */
  numberOf(id: string): number {
    return Number.parseInt(id.slice(-8), 16) - 1;
  }

  rowOf(id: string): ItemRow | undefined {
    return this.#rows.get(this.numberOf(id));
  }

  /** The run was never stored: another one begins. */
  forget(): void {
    if (this.log.length > 0) this.#world.violate("I7", "a run that was confirmed is gone");
    this.#seen = 0;
  }

  isUndone(key: string): boolean {
    return this.#undoneKeys.has(key);
  }

  watch(run: Run, life: Life): void {
    this.#seen = run.snapshot().seq;
    const events = run.audit$.subscribe({
      next: (event) => {
        if (!life.isUp) return;
        if (event.seq !== this.#seen + 1) this.#world.violate("I12", `event ${event.seq} follows event ${this.#seen}`);
        this.#seen = event.seq;
        const stored = this.log[event.seq - 1];
        if (stored === undefined) this.#world.violate("I7", `event ${event.seq} is seen before it is durable`);
        else if (entryLine(stored) !== entryLine(event))
          this.#world.violate("I9", `${entryLine(event)} is not what is stored`);
        if (event.event === "undo" && event.key !== undefined) this.#undoneKeys.add(event.key);
      },
      error: () => {},
    });
    const pictures = run.changes$.subscribe({
      next: (snapshot) => {
        if (life.isUp) this.checkSnapshot(snapshot);
      },
      error: () => {},
    });
    this.#offs = [() => events.unsubscribe(), () => pictures.unsubscribe()];
  }

  unwatch(): void {
    for (const off of this.#offs.splice(0)) off();
  }

  /** I10: every part of it is of its version. Versions come in order, so the present fold is the one to compare with, mostly. */
  checkSnapshot(snapshot: RunSnapshot): void {
    const { log } = this;
    if (snapshot.seq > log.length) {
      this.#world.violate("I7", `version ${snapshot.seq} is seen, ${log.length} is durable`);
      return;
    }
    for (const problem of snapshotProblems(snapshot)) this.#world.violate("I10", problem);
    // An earlier version is one that waits for its reader; the entries since are folded when it is read again.
    if (snapshot.seq < log.length) return;
    if (snapshot.status !== this.#status)
      this.#world.violate("I10", `version ${snapshot.seq} is ${snapshot.status}, its log says ${this.#status}`);
    for (const { number, key, status, attempt, seq } of snapshot.items) {
      const row = this.#rows.get(number);
      const isSame =
        row === undefined ? status === "todo" && attempt === 0 : row.status === status && row.attempt === attempt;
      if (!isSame || (row !== undefined && row.seq < seq))
        this.#world.violate(
          "I10",
          `${key} is ${status} #${attempt} in version ${snapshot.seq}, its log says ${row?.status} #${row?.attempt}`,
        );
    }
  }

  /** I7: nothing starts before its claim is durable. */
  checkStarted({ item, token, attempt }: AttemptRequest): void {
    const claim = this.log[token - 1];
    if (claim?.event !== "claim" || claim.attempt !== attempt)
      this.#world.violate("I7", `${item} #${attempt} starts, its claim is not durable`);
  }

  /** I7, I9: what was confirmed is there, and what is read is its fold. */
  async recovered(recovered: RecoveredRun, journal: Journal): Promise<void> {
    const stored = await journal.audit(recovered.record.id, { limit: 100_000 });
    const known = this.log.length;
    for (let i = 0; i < known; i++) {
      const [before, after] = [this.log[i]!, stored[i]];
      if (after === undefined || entryLine(before) !== entryLine(after)) {
        this.#world.violate(
          "I7",
          `entry ${i + 1} of ${known} was confirmed and is ${after === undefined ? "gone" : "another"}`,
        );
        return;
      }
    }
    // What was not confirmed may have been kept.
    for (const entry of stored.slice(known)) this.#take(entry);
    if (recovered.status !== this.#status)
      this.#world.violate("I9", `recovered as ${recovered.status}, the fold is ${this.#status}`);
    for (const row of recovered.items) {
      if (JSON.stringify(row) !== JSON.stringify(this.#rows.get(row.item)))
        this.#world.violate(
          "I9",
          `item ${row.item} is recovered as ${row.status}, its fold is ${this.#rows.get(row.item)?.status}`,
        );
    }
  }
}
