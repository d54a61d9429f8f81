/**
 * Which items are prepared when. A prepare runs beside the live items, in a place of its own; what it answers is kept until its
 * item is done, by the hash of what it was made from.
 *
 * P1 At most `limit` prepares run at once. A place is free again only when nothing of its prepare runs any more.
 * P2 An item with `prepare` is let through only when what was prepared for its present inputs is here.
 * P3 A prepare that has succeeded does not run again for the same hash: for no other attempt, and in no later life of the run.
 * P4 While all slots are taken, at most `cap + limit` items of this process are being prepared or wait prepared. While one is free
 *    the next is prepared whatever waits, since that may wait for something else: a pool, a layer.
 * P5 `sequential` prepares an item when its turn has come, and nothing ahead of that.
 */
import type { Json } from "../base/json.ts";
import type { ItemStatus } from "../items/status.ts";
import { createReadyQueue, type ReadyQueue } from "../scheduler/ready-queue.ts";
import type { Batch } from "./batch.ts";
import { newSlot, type Slot } from "./live-slots.ts";

/** What a prepare answered, and the hash of what it was made from. */
export interface Prepared {
  readonly hash: string;
  readonly output: Json | undefined;
}

export interface PreparingParts {
  /** Prepares at once. */
  readonly limit: number;
  readonly hasPrepare: (item: number) => boolean;
  readonly priorityOf: (item: number) => number;
  /** The longest chain behind it. */
  readonly pathOf: (item: number) => number;
  /** Its layer has not begun. */
  readonly isHeld: (item: number) => boolean;
  /** No look-ahead (P5). */
  readonly inOrder: boolean;
  /** Hash of what the item would be prepared from now. */
  readonly hashOf: (item: number) => string;
  /** This process runs it itself. */
  readonly isOurs: (item: number) => boolean;
  /** What was prepared is needed when the item is done, too: its undo sees it. */
  readonly isKept: (item: number) => boolean;
}

/** What the cap leaves room for. */
export interface Room {
  /** Taken slots. */
  readonly live: number;
  readonly cap: number;
  /** The machine is short of something: nothing is done ahead. */
  readonly isShort: boolean;
}

/** Above every priority: behind a layer that has not begun. */
const HELD_PRIORITY = 10;

export class Preparing {
  readonly limit: number;
  readonly #parts: PreparingParts;
  /** Items whose turn it is already: a slot was free for them. */
  readonly #due: ReadyQueue;
  readonly #ahead: ReadyQueue;
  /** May start but for their prepare. */
  readonly #open = new Set<number>();
  /** Of these, those that the schedule does not have: they come back when they are prepared. */
  readonly #away = new Set<number>();
  /** Let through and not claimed yet. */
  readonly #passed = new Set<number>();
  /** Of these, those that wait for a slot of ours. */
  readonly #waiting = new Set<number>();
  readonly #results = new Map<number, Prepared>();
  readonly #running = new Map<number, { readonly slot: Slot; readonly hash: string }>();
  #ending = 0;
  #stopped = 0;
  readonly #gone = new Map<number, (() => void)[]>();

  constructor(parts: PreparingParts) {
    this.#parts = parts;
    this.limit = parts.limit;
    const priorityOf = (item: number): number => parts.priorityOf(item) + (parts.isHeld(item) ? HELD_PRIORITY : 0);
    this.#due = createReadyQueue({ capacity: 0, priorityOf, remainingPath: parts.pathOf });
    this.#ahead = createReadyQueue({ capacity: 0, priorityOf, remainingPath: parts.pathOf });
  }

  /** Prepares that run, those that are ending included. */
  get live(): number {
    return this.#running.size;
  }

  /** Prepares that were told to stop and still run. */
  get ending(): number {
    return this.#ending;
  }

  /** How many were told so since the beginning. */
  get stopped(): number {
    return this.#stopped;
  }

  isEnding(item: number): boolean {
    return this.slotOf(item)?.stopping !== undefined;
  }

  /** Items that could start but for their prepare and that no queue of the schedule counts. */
  get away(): number {
    return this.#away.size;
  }

  /** It may start: whether it is let through. When not, it is prepared, and has to be offered again then. */
  offered(item: number, isScheduled: boolean): boolean {
    if (!this.#has(item)) return true;
    if (isScheduled) this.#away.delete(item);
    else this.#away.add(item);
    if (!this.#running.has(item) && this.#results.get(item)?.hash === this.#parts.hashOf(item)) {
      this.#forget(item);
      this.#passed.add(item);
      if (this.#parts.isOurs(item)) this.#waiting.add(item);
      return true;
    }
    this.#passed.delete(item);
    this.#waiting.delete(item);
    this.#open.add(item);
    if (!this.#running.has(item) && !this.#due.has(item) && !this.#parts.inOrder) queue(this.#ahead, item);
    return false;
  }

  /** Whether an item must not be claimed, since it is not prepared (P2). */
  holdsBack(item: number): boolean {
    return this.#has(item) && !this.#passed.has(item);
  }

  /** A slot was free for an item that is not prepared: it goes first now. */
  turnOf(item: number): void {
    // Not open: it waits for another attempt, and is offered again then.
    if (!this.#open.has(item)) return;
    this.#away.add(item);
    this.#ahead.remove(item);
    if (!this.#running.has(item)) queue(this.#due, item);
  }

  /** The item to prepare now, which leaves the queue; -1 when there is none or no room (P1, P4). */
  next({ live, cap, isShort }: Room): number {
    if (this.live >= this.limit) return -1;
    const hasFreeSlot = live + this.live < cap;
    if (!hasFreeSlot && (isShort || this.#waiting.size + this.live >= cap + this.limit)) return -1;
    const item = this.#due.pop();
    return item >= 0 ? item : this.#ahead.pop();
  }

  /** Takes a place for an item that `next` answered. */
  begin(item: number, token: number): Slot {
    const slot = newSlot(-1);
    slot.item = item;
    slot.token = token;
    slot.stage = "prepare";
    slot.phase = "pending";
    this.#running.set(item, { slot, hash: this.#parts.hashOf(item) });
    return slot;
  }

  /** Nothing of it runs any more. */
  free(slot: Slot): void {
    if (slot.stopping !== undefined) this.#ending--;
    slot.phase = "ended";
    slot.abort = undefined;
    this.#running.delete(slot.item);
    for (const resolve of this.#gone.get(slot.item) ?? []) resolve();
    this.#gone.delete(slot.item);
  }

  /** Keeps what the prepare in this slot answered; before `free`. Answers what a journal has to know of it. */
  keep({ item }: Slot, output: Json | undefined): Prepared {
    const prepared = { hash: this.#running.get(item)!.hash, output };
    this.#results.set(item, prepared);
    return prepared;
  }

  /** Takes what an earlier life of the run has prepared for an item that is in this state now. */
  load(item: number, prepared: Prepared, status: ItemStatus): void {
    const isOver = status === "done" || status === "cancelled";
    if (this.#has(item) && (!isOver || this.#parts.isKept(item))) this.#results.set(item, prepared);
  }

  outputOf(item: number): Json | undefined {
    return this.#results.get(item)?.output;
  }

  slotOf(item: number): Slot | undefined {
    return this.#running.get(item)?.slot;
  }

  /** A copy: the caller may free slots while it goes through them. */
  taken(): Slot[] {
    return Array.from(this.#running.values(), ({ slot }) => slot);
  }

  /** Resolves when no prepare of the item runs any more. */
  gone(item: number): Promise<void> {
    if (!this.#running.has(item)) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#gone.get(item);
    if (waiting === undefined) this.#gone.set(item, [resolve]);
    else waiting.push(resolve);
    return promise;
  }

  claimed(item: number): void {
    this.#passed.delete(item);
    this.#waiting.delete(item);
  }

  /** It may not start any more. What is being prepared goes on: it may be what is asked for later. */
  withdraw(item: number): void {
    this.#forget(item);
    this.#passed.delete(item);
    this.#waiting.delete(item);
  }

  /** What was prepared for it does not count any more. */
  drop(item: number): void {
    this.#results.delete(item);
  }

  /** The item has ended. One that has failed may be tried again. */
  ended(item: number, status: ItemStatus, batch: Batch): void {
    if (!this.#has(item)) return;
    this.withdraw(item);
    if (status !== "failed" && !this.#parts.isKept(item)) this.#results.delete(item);
    const slot = this.slotOf(item);
    if (slot !== undefined) this.stop(slot, batch, status);
  }

  /** Nothing is prepared any more in this life of the run. */
  stopAll(batch: Batch, reason: string): void {
    for (const slot of this.taken()) this.stop(slot, batch, reason);
  }

  /** The prepare is to stop, for this reason; its place stays taken until it has. */
  stop(slot: Slot, batch: Batch, reason: string): void {
    if (slot.stopping !== undefined || slot.phase === "ended") return;
    slot.stopping = reason;
    this.#ending++;
    this.#stopped++;
    batch.aborts.push({ slot, token: slot.token, reason });
  }

  /** The prepares that an item waits for which could be prepared else; `undefined` for any other. */
  waitOf(item: number): { readonly live: number; readonly max: number } | undefined {
    if (!this.#open.has(item) || this.#running.has(item) || this.live < this.limit) return undefined;
    return { live: this.live, max: this.limit };
  }

  #has(item: number): boolean {
    return this.#parts.hasPrepare(item);
  }

  #forget(item: number): void {
    this.#open.delete(item);
    this.#away.delete(item);
    this.#ahead.remove(item);
    this.#due.remove(item);
  }
}

function queue(queued: ReadyQueue, item: number): void {
  if (!queued.has(item)) queued.push(item);
}
