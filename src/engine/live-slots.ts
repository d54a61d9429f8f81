/**
 * The places of live items: each holds one item actor and the attempt that runs for it.
 *
 * I5 At most `capacity` slots are taken at any instant; a slot is free again only when its executor has reported that
 *    nothing of the attempt runs any more. Slot ids are reused, since every new actor id costs the parent memory for ever.
 */
import type { AnyActorRef } from "xstate";
import { withRoom } from "../base/room.ts";
import type { Json } from "../base/json.ts";
import type { AbortAttempt, Stage } from "../executors/executor.ts";

export interface Slot {
  readonly number: number;
  /** Id of the actor in it: `slot-0`, … */
  readonly id: string;
  item: number;
  token: number;
  /** `undefined` once the actor has settled or was dropped. */
  actor: AnyActorRef | undefined;
  abort: AbortAttempt | undefined;
  /** What of the item runs in it. */
  stage: Stage;
  /** What the work came to, while that is being verified. */
  output: Json | undefined;
  /** `pending`: its claim is not durable yet; `running`: an executor has it; `ended`: the executor has reported. */
  phase: "pending" | "running" | "ended";
  /** Why the attempt was told to stop; `undefined` while it is not. */
  stopping: string | undefined;
  /** Who outside this process holds the item; `undefined` for an attempt of our own. */
  holder: string | undefined;
  /** Monotonic time of the claim: its live time counts from there, as its timeout does and as the log says; -1 for no attempt. */
  since: number;
}

export class LiveSlots {
  readonly #all: Slot[] = [];
  readonly #free: Slot[] = [];
  /** 1 + number of the slot that an item has; 0 for none. Not a Map: one that is churned keeps garbage alive. */
  #ofItem: Uint16Array;
  /** Told when the slot of an item is free again. */
  onFree: ((item: number) => void) | undefined;
  readonly #ending = new Set<Slot>();
  #stopped = 0;
  #live = 0;
  #peak = 0;
  /** Who waits for a slot to be free, by its number. */
  readonly #waiting = new Map<number, (() => void)[]>();

  constructor(items: number) {
    this.#ofItem = new Uint16Array(items);
  }

  /** There are more items. */
  grow(items: number): void {
    this.#ofItem = withRoom(this.#ofItem, items);
  }

  /** Slots taken now: claimed items, and attempts that are still ending. */
  get live(): number {
    return this.#live;
  }

  get peak(): number {
    return this.#peak;
  }

  /** Slots of attempts that were told to stop because their item has moved on. */
  get ending(): ReadonlySet<Slot> {
    return this.#ending;
  }

  /** How many were told so since the beginning. */
  get stopped(): number {
    return this.#stopped;
  }

  /** The attempt is to stop, for this reason; its slot stays taken until it has. */
  stop(slot: Slot, reason: string): void {
    slot.stopping = reason;
    this.#ending.add(slot);
    this.#stopped++;
  }

  take(item: number, token: number): Slot {
    const slot = this.#free.pop() ?? this.#grow();
    slot.item = item;
    slot.token = token;
    slot.abort = undefined;
    slot.stage = "run";
    slot.phase = "pending";
    slot.stopping = undefined;
    slot.holder = undefined;
    slot.since = -1;
    this.#ofItem[item] = slot.number + 1;
    this.#live++;
    if (this.#live > this.#peak) this.#peak = this.#live;
    return slot;
  }

  free(slot: Slot): void {
    this.#ofItem[slot.item] = 0;
    this.#live--;
    if (slot.stopping !== undefined) this.#ending.delete(slot);
    slot.actor = undefined;
    slot.abort = undefined;
    slot.output = undefined;
    slot.phase = "ended";
    this.#free.push(slot);
    this.onFree?.(slot.item);
    if (this.#waiting.size > 0) this.#tell(slot.number);
  }

  /** Resolves when nothing runs any more of the attempt that an item has a slot for; at once when it has none. */
  gone(item: number): Promise<void> {
    const slot = this.of(item);
    if (slot === undefined) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(slot.number);
    if (waiting === undefined) this.#waiting.set(slot.number, [resolve]);
    else waiting.push(resolve);
    return promise;
  }

  #tell(number: number): void {
    for (const resolve of this.#waiting.get(number) ?? []) resolve();
    this.#waiting.delete(number);
  }

  of(item: number): Slot | undefined {
    const number = this.#ofItem[item]!;
    return number === 0 ? undefined : this.#all[number - 1];
  }

  /** A copy: the caller may free slots while it goes through them. */
  taken(): Slot[] {
    return this.#all.filter((slot) => this.#ofItem[slot.item] === slot.number + 1);
  }

  #grow(): Slot {
    const slot = newSlot(this.#all.length);
    this.#all.push(slot);
    return slot;
  }
}

/** A place that nothing has. */
export function newSlot(number: number): Slot {
  return {
    number,
    id: `slot-${number}`,
    item: -1,
    token: 0,
    actor: undefined,
    abort: undefined,
    stage: "run",
    output: undefined,
    phase: "ended",
    stopping: undefined,
    holder: undefined,
    since: -1,
  };
}
