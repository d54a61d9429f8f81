/**
 * The barrier of the fork-join schedule: a layer ends before the next begins. It knows which layer is open and how many items
 * of the layers up to it are in hand, that is between `enter` and `leave`.
 *
 * G1 `#inHand` counts the items in state IN_HAND; all of them are of the open layer or an earlier one.
 * G2 An item is HELD exactly while it waits for a layer that has not opened; it is then in `#held[layer]`.
 * G2b An item that is added or edited is in no layer that has finished: it has a floor.
 * G3 Layers open in ascending order, each at most once, and finish at most once.
 */
import { withRoom } from "../base/room.ts";
import type { Graph } from "../graph/graph.ts";
import { layersOf } from "../graph/layers.ts";

/** A layer has started, or nothing of it is in hand any more. `items` is the size of the layer. */
export interface LayerBoundary {
  readonly kind: "started" | "finished";
  readonly layer: number;
  readonly items: number;
}

export interface LayerGateOptions {
  readonly graph: Graph;
  /** Items that belong to the run. Default: all. */
  readonly inScope?: ((item: number) => boolean) | undefined;
  readonly onLayer?: ((boundary: LayerBoundary) => void) | undefined;
  /** The last layer that an earlier life of the run opened, so that it is not opened again. */
  readonly opened?: { readonly layer: number; readonly isFinished: boolean } | undefined;
  /** The earliest layer of an item that was added or edited in an earlier life; `undefined`: any. */
  readonly floorOf?: ((item: number) => number | undefined) | undefined;
}

const AWAY = 0;
const HELD = 1;
const IN_HAND = 2;

export class LayerGate {
  #layerOf: Int32Array;
  #sizeOf: Int32Array;
  readonly #inScope: LayerGateOptions["inScope"];
  /** By item: the earliest layer it may be in; only of those that were added or edited. */
  readonly #floors = new Map<number, number>();
  readonly #onLayer: ((boundary: LayerBoundary) => void) | undefined;
  #state: Uint8Array;
  readonly #held: Set<number>[];
  #heldCount = 0;
  #inHand = 0;
  /** -1 until the first layer opens. */
  #open = -1;
  #isFinished = true;

  constructor(options: LayerGateOptions) {
    const { graph, floorOf } = options;
    if (floorOf !== undefined) for (let item = 0; item < graph.size; item++) this.#setFloor(item, floorOf(item));
    const { layerOf, count } = this.#layersOf(graph);
    this.#inScope = options.inScope;
    this.#layerOf = layerOf;
    this.#sizeOf = sizesOf(layerOf, count, options.inScope);
    this.#onLayer = options.onLayer;
    this.#state = new Uint8Array(graph.size);
    this.#held = Array.from({ length: count }, () => new Set());
    if (options.opened === undefined) return;
    this.#open = options.opened.layer;
    this.#isFinished = options.opened.isFinished;
  }

  /** The layer that is open; -1 before the first. */
  get open(): number {
    return this.#open;
  }

  get inHand(): number {
    return this.#inHand;
  }

  get heldCount(): number {
    return this.#heldCount;
  }

  /** The earliest layer that has not finished. */
  get floor(): number {
    return this.#isFinished ? this.#open + 1 : this.#open;
  }

  /** Items were added or edited; none of these is here now, or it is let in already. What waits behind them may be in another layer now. */
  grew(graph: Graph, changed: readonly number[]): void {
    for (const item of changed) this.#setFloor(item, this.floor);
    const { layerOf, count } = this.#layersOf(graph);
    while (this.#held.length < count) this.#held.push(new Set());
    this.#state = withRoom(this.#state, graph.size);
    for (const [layer, items] of this.#held.entries()) {
      for (const item of items) {
        if (layerOf[item] === layer) continue;
        items.delete(item);
        this.#held[layerOf[item]!]!.add(item);
      }
    }
    this.#layerOf = layerOf;
    this.#sizeOf = sizesOf(layerOf, count, this.#inScope);
  }

  #setFloor(item: number, floor: number | undefined): void {
    if (floor !== undefined && floor > 0) this.#floors.set(item, floor);
  }

  #layersOf(graph: Graph): { readonly layerOf: Int32Array; readonly count: number } {
    const floors = this.#floors;
    return layersOf(graph, floors.size === 0 ? undefined : (item) => floors.get(item) ?? 0);
  }

  isHeld(item: number): boolean {
    return this.#state[item] === HELD;
  }

  /** Whether the item may start under the open layer; else it is held until its layer opens. */
  enter(item: number): boolean {
    const state = this.#state[item];
    if (state === IN_HAND) return true;
    if (state === HELD) return false;
    const layer = this.#layerOf[item]!;
    if (layer <= this.#open) {
      this.#state[item] = IN_HAND;
      this.#inHand++;
      return true;
    }
    this.#state[item] = HELD;
    this.#held[layer]!.add(item);
    this.#heldCount++;
    return false;
  }

  /** The item has ended, or cannot run; one that is not here is fine. */
  leave(item: number): void {
    const state = this.#state[item];
    this.#state[item] = AWAY;
    if (state === HELD) {
      this.#held[this.#layerOf[item]!]!.delete(item);
      this.#heldCount--;
    } else if (state === IN_HAND && --this.#inHand === 0) this.#finish();
  }

  /** When nothing is in hand, opens the earliest layer with an item that is held. Answers the items that it let in. */
  openNext(): readonly number[] {
    if (this.#inHand > 0 || this.#heldCount === 0) return [];
    let layer = this.#open + 1;
    while (this.#held[layer]!.size === 0) layer++;
    const items = [...this.#held[layer]!];
    this.#held[layer]!.clear();
    this.#heldCount -= items.length;
    for (const item of items) this.#state[item] = IN_HAND;
    this.#inHand = items.length;
    this.#open = layer;
    this.#isFinished = false;
    this.#onLayer?.({ kind: "started", layer, items: this.#sizeOf[layer]! });
    return items;
  }

  #finish(): void {
    // An item that a person put back into a layer that is over does not make it end twice (G3).
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#onLayer?.({ kind: "finished", layer: this.#open, items: this.#sizeOf[this.#open]! });
  }
}

function sizesOf(layerOf: Int32Array, count: number, inScope: LayerGateOptions["inScope"]): Int32Array {
  const sizes = new Int32Array(count);
  layerOf.forEach((layer, item) => {
    if (inScope === undefined || inScope(item)) sizes[layer]!++;
  });
  return sizes;
}
