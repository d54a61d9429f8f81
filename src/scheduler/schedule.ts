/**
 * Which ready item starts next, under each schedule. The engine tells what became ready and what settled, and asks for the
 * next item; nothing in here knows time, slots or attempts.
 *
 * An item is **in hand** from `ready` to `settled`: it waits here, or it is live, or it waits for its next attempt.
 *
 * C1 `next` answers each item once for each `ready`.
 * C2 `layers`: an item of a later layer is never answered while one of an earlier or the open layer is in hand.
 * C3 `layers`: a layer never waits for what cannot run. Items behind a failure are never ready, so they are never in hand;
 *    once nothing of the open layer is in hand, the earliest layer with a ready item opens.
 * C4 `sequential`: items are answered in the order of their numbers, which is topological, the next one only when the one
 *    before has settled.
 */
import type { Graph } from "../graph/graph.ts";
import { LayerGate, type LayerGateOptions } from "./layer-gate.ts";
import { createReadyQueue, type ReadyQueue, type ReadyQueueOptions } from "./ready-queue.ts";

/** Same words as `schedule` of a plan; the compiler holds them together where the engine passes one on. */
export type ScheduleKind = "as-ready" | "layers" | "sequential";

export interface ScheduleOptions {
  readonly graph: Graph;
  readonly priorityOf: ReadyQueueOptions["priorityOf"];
  readonly remainingPath: ReadyQueueOptions["remainingPath"];
  /** Items that belong to the run; the others do not count as items of a layer. Default: all. */
  readonly inScope?: LayerGateOptions["inScope"];
  /** Told when a layer starts, before `next` answers its first item, and when nothing of it is in hand any more. */
  readonly onLayer?: LayerGateOptions["onLayer"];
  readonly opened?: LayerGateOptions["opened"];
  readonly floorOf?: LayerGateOptions["floorOf"];
}

export interface Schedule {
  /** Live items at most, whatever the cap says: 1 for `sequential`, else infinite. */
  readonly liveItemsMax: number;
  /** Items that wait here, those behind a layer included. */
  readonly size: number;
  /**
   * The needs of the item are met and no delay holds it: it may start. Said again when an attempt is over and another may
   * follow. An item that waits here already stays where it is.
   */
  ready(item: number): void;
  /** The item to start next, which leaves; -1 when none may start now. */
  next(): number;
  /** The item has ended, from wherever it was: done, failed for good, cancelled. Saying it twice is fine. */
  settled(item: number): void;
  /** Something that the item needs has ended badly: it will not run before a person steps in. Never ready, it holds nobody back. */
  blocked(item: number): void;
  /** Whether the item waits here. */
  has(item: number): boolean;
  /** How many would be answered before it; -1 when it cannot be answered now. */
  ahead(item: number): number;
  /** What holds back an item that waits here: the open layer, and how many items of it are in hand. */
  layerHold(item: number): { readonly layer: number; readonly items: number } | undefined;
  /** The priority or the remaining path of the item has changed. One that does not wait here is fine. */
  reorder(item: number): void;
  /** The run has more items, or other needs; those that are new or were edited. None of these waits here for a later layer. */
  grew(graph: Graph, changed: readonly number[]): void;
  /** The earliest layer that takes further items; `undefined` where there are no layers. */
  readonly layerFloor: number | undefined;
}

export function createSchedule(kind: ScheduleKind, options: ScheduleOptions): Schedule {
  const capacity = options.graph.size;
  switch (kind) {
    case "as-ready":
      return asReady(createReadyQueue({ ...options, capacity }));
    case "layers":
      return inLayers(createReadyQueue({ ...options, capacity }), new LayerGate(options));
    case "sequential":
      return oneByOne(createReadyQueue({ capacity, priorityOf: () => 0, remainingPath: (item) => -item }));
  }
}

function asReady(queue: ReadyQueue): Schedule {
  return {
    liveItemsMax: Infinity,
    get size() {
      return queue.size;
    },
    ready: (item) => join(queue, item),
    next: () => queue.pop(),
    settled: (item) => void queue.remove(item),
    blocked: (item) => void queue.remove(item),
    has: (item) => queue.has(item),
    ahead: (item) => queue.ahead(item),
    layerHold: () => undefined,
    reorder: (item) => queue.reorder(item),
    grew: () => {},
    layerFloor: undefined,
  };
}

function inLayers(queue: ReadyQueue, gate: LayerGate): Schedule {
  const leave = (item: number): void => {
    queue.remove(item);
    gate.leave(item);
  };
  return {
    liveItemsMax: Infinity,
    get size() {
      return queue.size + gate.heldCount;
    },
    ready(item) {
      if (gate.enter(item)) join(queue, item);
    },
    next() {
      if (queue.size === 0) for (const item of gate.openNext()) queue.push(item);
      return queue.pop();
    },
    settled: leave,
    blocked: leave,
    has: (item) => queue.has(item) || gate.isHeld(item),
    ahead: (item) => queue.ahead(item),
    layerHold: (item) => (gate.isHeld(item) ? { layer: gate.open, items: gate.inHand } : undefined),
    reorder: (item) => queue.reorder(item),
    grew: (graph, changed) => gate.grew(graph, changed),
    get layerFloor() {
      return gate.floor;
    },
  };
}

function oneByOne(queue: ReadyQueue): Schedule {
  /** The item that was answered last and has not settled; -1 when there is none. */
  let current = -1;
  const leave = (item: number): void => {
    if (item === current) current = -1;
    queue.remove(item);
  };
  return {
    liveItemsMax: 1,
    get size() {
      return queue.size;
    },
    ready(item) {
      // Back for another attempt; nothing else has started since (C4).
      if (item === current) current = -1;
      join(queue, item);
    },
    next() {
      if (current !== -1) return -1;
      current = queue.pop();
      return current;
    },
    settled: leave,
    blocked: leave,
    has: (item) => queue.has(item),
    ahead: (item) => queue.ahead(item),
    layerHold: () => undefined,
    // Nothing changes the order of the plan.
    reorder: () => {},
    grew: () => {},
    layerFloor: undefined,
  };
}

function join(queue: ReadyQueue, item: number): void {
  if (!queue.has(item)) queue.push(item);
}
