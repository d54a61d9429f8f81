/**
 * What the items of a run gave, for those that need them.
 *
 * O1 `bytes` is what all of them take in memory together, about; an item that gives another output gives back what the last one took.
 * O2 Whoever takes an output from outside asks first whether there is room. What the journal has is kept, whatever it takes.
 * O3 There is always room for a small one: no item can be kept from its end by what others gave.
 */
import type { Json } from "../base/json.ts";
import { mostSize } from "../base/rough-size.ts";
import { LIMITS } from "../base/limits.ts";
import { SparseColumn } from "../base/sparse-column.ts";

/** Less than a plan may say of an item. */
const SMALL_BYTES = 4_096;

export class KeptOutputs {
  readonly #column: SparseColumn<Json>;
  #bytes = 0;

  /** For items below `length`. */
  constructor(length: number) {
    this.#column = new SparseColumn(length);
  }

  get size(): number {
    return this.#column.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** There are more items. */
  grow(length: number): void {
    this.#column.grow(length);
  }

  get(item: number): Json | undefined {
    return this.#column.get(item);
  }

  set(item: number, output: Json): void {
    const last = this.#column.get(item);
    this.#bytes += mostSize(output) - (last === undefined ? 0 : mostSize(last));
    this.#column.set(item, output);
  }

  /** Why there is no room for one more, as the end of a sentence. */
  roomFault(output: Json): string | undefined {
    const bytes = mostSize(output);
    if (bytes <= SMALL_BYTES || this.#bytes + bytes <= LIMITS.outputsBytesMax) return undefined;
    const room = `the ${LIMITS.outputsBytesMax} bytes that all outputs of a run may take in memory`;
    return `more than is left of ${room}; one of up to ${SMALL_BYTES} always has room`;
  }
}
