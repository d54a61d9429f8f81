/**
 * Files as a condition of starting: two live items never hold files that overlap. Goes around a schedule, which still says what
 * may start and when; the engine tells when the slot of an item is free again.
 *
 * Items with the same files wait in one **lane**, in the order of the ready queue. A lane waits for one item, and its first asks
 * again when that one is free: so one answer costs what is let go, however many items wait.
 *
 * X1 An item holds its files from the moment in which `next` answers it until its slot is free. No two that hold any overlap.
 * X2 An item that waits here holds nothing, no places of pools either. The one that its lane waits for holds files that
 *    overlap, or will before the lane could: it is the first keeper, or of the same lane and back in the schedule.
 * X3 An item that has asked again and found its files held by one that started since it came, and does not have a better priority,
 *    `overtakesMax` times, becomes a **keeper**. Keepers have an order: nothing starts that overlaps with the first.
 * X4 The first keeper waits for live items only, so no two items ever wait for each other, and nobody waits for ever.
 */
import { assert } from "../base/assert.ts";
import type { Graph } from "../graph/graph.ts";
import { LIMITS } from "../base/limits.ts";
import { fileConflicts, type FileConflict, type FileConflicts, type FileSet } from "../items/file-conflicts.ts";
import type { PlacedSchedule } from "./pools.ts";
import { createReadyQueue, type ReadyQueue, type ReadyQueueOptions } from "./ready-queue.ts";
import type { Schedule } from "./schedule.ts";

export interface FileOptions {
  /** Patterns of what an item touches; `undefined`: none. */
  readonly filesOf: (item: number) => readonly string[] | undefined;
  /** Patterns of what several items may touch at once. */
  readonly shared: readonly string[];
  readonly priorityOf: ReadyQueueOptions["priorityOf"];
  readonly remainingPath: ReadyQueueOptions["remainingPath"];
  /** Default `LIMITS.filesOvertakesMax`. */
  readonly overtakesMax?: number;
}

/** What of an item's files is not free. */
export interface HeldFiles {
  /** Live items that hold some of it, each with its patterns. */
  readonly holders: readonly FileConflict<number>[];
  /** The item for which some of it is kept. */
  readonly keptFor: number | undefined;
}

export interface FileSchedule extends PlacedSchedule {
  /** Whether the item has waited for files and not started since: then it goes before others of its priority. */
  hasWaited(item: number): boolean;
  /** Lets an item that is live from before hold its files again. Again: nothing. */
  hold(item: number): void;
  /** The item may declare other files than before; it is not live. */
  filesChanged(item: number): void;
  /** Puts places of pools between this and the schedule that it goes around. What is live so far has none. */
  enclose<Places extends PlacedSchedule>(around: (base: Schedule) => Places): Places;
  /** What keeps an item from starting; `undefined` when its files are free. */
  heldFrom(item: number): HeldFiles | undefined;
}

interface Lane {
  readonly files: FileSet;
  /** Made for the first that waits: most never do. */
  queue: ReadyQueue | undefined;
  /** `undefined` exactly when nobody waits. */
  waitsFor: number | undefined;
}

/** Of an item that has waited and not started. */
interface Waited {
  /** How many had started when it came. */
  readonly since: number;
  /** How often it was overtaken. */
  times: number;
  /** A keeper waits in a lane of its own. */
  lane: Lane | undefined;
}

/**
 * @param base has to let an item that has waited here go before others of its priority: what comes later would overtake it
 *   each time that it asks again
 * @param places the same schedule, when its items take places that are given back while they wait for files */
export function withFiles(base: Schedule, options: FileOptions, places?: PlacedSchedule): FileSchedule {
  return new Files(base, options, places);
}

class Files implements FileSchedule {
  #base: Schedule;
  #places: PlacedSchedule | undefined;
  readonly #options: FileOptions;
  readonly #held: FileConflicts<number>;
  readonly #laneOfFiles = new Map<string, Lane>();
  /** Items that hold their files, each with how many had started when it did. */
  readonly #started = new Map<number, number>();
  #starts = 0;
  /** Items that wait here. */
  readonly #laneOf = new Map<number, Lane>();
  /** Lanes by the item that they wait for. */
  readonly #lanesBehind = new Map<number, Set<Lane>>();
  readonly #waited = new Map<number, Waited>();
  /** In the order in which they became so. */
  readonly #keepers = new Set<number>();
  /** Files of the first of them. */
  readonly #kept = fileConflicts<number>();

  constructor(base: Schedule, options: FileOptions, places: PlacedSchedule | undefined) {
    this.#base = base;
    this.#places = places;
    this.#options = options;
    // Who runs on a file system that tells cases apart loses next to nothing, who does not would lose work.
    this.#held = fileConflicts({ ignoreCase: true, shared: options.shared });
  }

  get liveItemsMax(): number {
    return this.#base.liveItemsMax;
  }

  get size(): number {
    return this.#base.size + this.#laneOf.size;
  }

  ready(item: number): void {
    if (!this.#laneOf.has(item)) this.#base.ready(item);
  }

  next(): number {
    for (;;) {
      const item = this.#base.next();
      if (item < 0 || this.#admits(item)) return item;
    }
  }

  settled(item: number): void {
    this.#leave(item);
    this.#base.settled(item);
  }

  blocked(item: number): void {
    this.#leave(item);
    this.#base.blocked(item);
  }

  freed(item: number): void {
    this.#places?.freed(item);
    if (!this.#started.delete(item)) return;
    this.#held.release(item);
    this.#wake(item);
  }

  retake(item: number): void {
    this.#places?.retake(item);
    this.hold(item);
  }

  hasWaited(item: number): boolean {
    return this.#waited.has(item);
  }

  hold(item: number): void {
    const files = this.#options.filesOf(item);
    if (files !== undefined && !this.#started.has(item)) this.#start(item, this.#laneFor(files).files);
  }

  filesChanged(item: number): void {
    assert(!this.#started.has(item), `item ${item} changes the files that it holds`);
    const waits = this.#laneOf.has(item);
    this.#leave(item);
    if (waits) this.#base.ready(item);
  }

  enclose<Places extends PlacedSchedule>(around: (base: Schedule) => Places): Places {
    const places = around(this.#base);
    this.#base = places;
    this.#places = places;
    return places;
  }

  reorder(item: number): void {
    const lane = this.#laneOf.get(item);
    if (lane === undefined) this.#base.reorder(item);
    else lane.queue?.reorder(item);
  }

  grew(graph: Graph, changed: readonly number[]): void {
    this.#base.grew(graph, changed);
  }

  get layerFloor(): number | undefined {
    return this.#base.layerFloor;
  }

  has(item: number): boolean {
    return this.#laneOf.has(item) || this.#base.has(item);
  }

  ahead(item: number): number {
    return this.#laneOf.has(item) ? -1 : this.#base.ahead(item);
  }

  layerHold(item: number): ReturnType<Schedule["layerHold"]> {
    return this.#base.layerHold(item);
  }

  fits(item: number): boolean {
    if (this.#places?.fits(item) === false) return false;
    const files = this.#options.filesOf(item);
    return files === undefined || this.#blockerOf(item, this.#laneFor(files).files) === undefined;
  }

  heldFrom(item: number): HeldFiles | undefined {
    const patterns = this.#options.filesOf(item);
    if (patterns === undefined) return undefined;
    const { files } = this.#laneFor(patterns);
    const holders = this.#held.conflictsOf(item, files);
    const keptFor = this.#keeperBefore(item, files);
    return holders.length === 0 && keptFor === undefined ? undefined : { holders, keptFor };
  }

  #admits(item: number): boolean {
    const patterns = this.#options.filesOf(item);
    // One that holds them already was live before this process was.
    if (patterns === undefined || this.#started.has(item)) return true;
    const lane = this.#laneFor(patterns);
    const blocker = this.#blockerOf(item, lane.files);
    if (blocker === undefined) {
      this.#start(item, lane.files);
      return true;
    }
    this.#places?.freed(item);
    this.#wait(item, this.#laneAsKeeper(item, lane, blocker) ?? lane, blocker);
    return false;
  }

  /** An item that has to be free before this one can start. */
  #blockerOf(item: number, files: FileSet): number | undefined {
    return this.#held.firstConflict(item, files)?.item ?? this.#keeperBefore(item, files);
  }

  #keeperBefore(item: number, files: FileSet): number | undefined {
    return this.#keepers.size === 0 ? undefined : this.#kept.firstConflict(item, files)?.item;
  }

  #start(item: number, files: FileSet): void {
    this.#forget(item);
    this.#started.set(item, ++this.#starts);
    this.#held.hold(item, files);
  }

  #wait(item: number, lane: Lane, blocker: number): void {
    this.#laneOf.set(item, lane);
    (lane.queue ??= this.#makeQueue()).push(item);
    // The others of the lane may have waited for this one to start.
    if (lane.waitsFor === undefined || lane.waitsFor === item) this.#waitFor(lane, blocker);
  }

  #waitFor(lane: Lane, item: number | undefined): void {
    if (lane.waitsFor !== undefined) this.#lanesBehind.get(lane.waitsFor)?.delete(lane);
    lane.waitsFor = item;
    if (item === undefined) return;
    const behind = this.#lanesBehind.get(item);
    if (behind === undefined) this.#lanesBehind.set(item, new Set([lane]));
    else behind.add(lane);
  }

  /** The first of each lane that waits for the item asks again; the others wait for that one. */
  #wake(item: number): void {
    const lanes = this.#lanesBehind.get(item);
    this.#lanesBehind.delete(item);
    for (const lane of lanes ?? []) {
      const first = lane.queue!.pop();
      this.#laneOf.delete(first);
      lane.waitsFor = undefined;
      if (lane.queue!.size > 0) this.#waitFor(lane, first);
      this.#base.ready(first);
    }
  }

  /** The item ends without being live, or while it is. */
  #leave(item: number): void {
    const lane = this.#laneOf.get(item);
    if (lane !== undefined) {
      this.#laneOf.delete(item);
      lane.queue!.remove(item);
      if (lane.queue!.size === 0) this.#waitFor(lane, undefined);
    }
    this.#forget(item);
    if (!this.#started.has(item)) this.#wake(item);
  }

  #forget(item: number): void {
    if (!this.#waited.delete(item)) return;
    const [first] = this.#keepers;
    if (!this.#keepers.delete(item) || item !== first) return;
    this.#kept.release(item);
    const [next] = this.#keepers;
    if (next !== undefined) this.#keep(next);
  }

  #keep(item: number): void {
    this.#kept.hold(item, this.#laneFor(this.#options.filesOf(item)!).files);
  }

  /** X3. Notes that the item has to wait, and answers where when it is a keeper. */
  #laneAsKeeper(item: number, { files }: Lane, blocker: number): Lane | undefined {
    const waited = this.#waited.get(item);
    if (waited === undefined) {
      this.#waited.set(item, { since: this.#starts, times: 0, lane: undefined });
      return undefined;
    }
    if (waited.lane !== undefined) return waited.lane;
    const { priorityOf, overtakesMax = LIMITS.filesOvertakesMax } = this.#options;
    const isOvertaken = this.#started.get(blocker)! > waited.since && priorityOf(blocker) >= priorityOf(item);
    if (isOvertaken) waited.times++;
    if (waited.times < overtakesMax) return undefined;
    waited.lane = { files, queue: undefined, waitsFor: undefined };
    this.#keepers.add(item);
    if (this.#keepers.size === 1) this.#keep(item);
    return waited.lane;
  }

  #laneFor(patterns: readonly string[]): Lane {
    const key = patterns.join("\0");
    let lane = this.#laneOfFiles.get(key);
    if (lane === undefined) {
      lane = { files: this.#held.read(patterns), queue: undefined, waitsFor: undefined };
      this.#laneOfFiles.set(key, lane);
    }
    return lane;
  }

  #makeQueue(): ReadyQueue {
    const { priorityOf, remainingPath } = this.#options;
    return createReadyQueue({ capacity: 0, priorityOf, remainingPath });
  }
}
