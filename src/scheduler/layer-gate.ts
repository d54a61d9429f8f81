/**
 * The barrier of the fork-join schedule: a layer ends before the next begins. It knows which layer is open and how many items
 * of the layers up to it are in hand, that is between `enter` and `leave`.
 *
 * G1 `#inHand` counts the items in state IN_HAND; all of them are of the open layer or an earlier one.
 * G2 An item is HELD exactly while it waits for a layer that has not opened; it is then in `#held[layer]`.
 * G3 Layers open in ascending order, each at most once, and finish at most once.
 */
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
}

const AWAY = 0;
const HELD = 1;
const IN_HAND = 2;

export class LayerGate {
  readonly #layerOf: Int32Array;
  readonly #sizeOf: Int32Array;
  readonly #onLayer: ((boundary: LayerBoundary) => void) | undefined;
  readonly #state: Uint8Array;
  readonly #held: Set<number>[];
  #heldCount = 0;
  #inHand = 0;
  /** -1 until the first layer opens. */
  #open = -1;
  #isFinished = true;

  constructor(options: LayerGateOptions) {
    const { layerOf, count } = layersOf(options.graph);
    this.#layerOf = layerOf;
    this.#sizeOf = sizesOf(layerOf, count, options.inScope);
    this.#onLayer = options.onLayer;
    this.#state = new Uint8Array(options.graph.size);
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
