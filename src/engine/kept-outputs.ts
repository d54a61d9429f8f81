/**
 * What the items of a run gave, for those that need them.
 *
 * O1 `bytes` is what all of them take in memory together, about; an item that gives another output gives back what the last one took.
 * O2 Whoever takes an output from outside asks first whether there is room. What the journal has is kept, whatever it takes.
 */
import type { Json } from "../base/json.ts";
import { jsonBytes } from "../base/json-bytes.ts";
import { LIMITS } from "../base/limits.ts";
import { SparseColumn } from "../base/sparse-column.ts";

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
    this.#bytes += jsonBytes(output) - (last === undefined ? 0 : jsonBytes(last));
    this.#column.set(item, output);
  }

  /** Why there is no room for one more, as the end of a sentence. */
  roomFault(output: Json): string | undefined {
    if (this.#bytes + jsonBytes(output) <= LIMITS.outputsBytesMax) return undefined;
    return `more than is left of the ${LIMITS.outputsBytesMax} bytes that all outputs of a run may take in memory`;
  }
}
