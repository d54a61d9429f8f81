/**
 * A request of Node's server that can give its body in one piece, past the stream that it is: the events and ticks of a stream cost
 * a small request as much as half of what else Node does for it (docs/internals/benchmarks.md).
 *
 * C1 Of a message that is collected, one call tells: with the whole body, or with nothing when it ended early.
 * C2 One that is not collected is a stream as any other.
 */
import { IncomingMessage } from "node:http";

export type TakeBody = (body: Buffer | undefined) => void;

export class CollectingMessage extends IncomingMessage {
  #take: TakeBody | undefined;
  readonly #chunks: Buffer[] = [];

  /**
   * Whoever asks does so in the moment in which the request comes, before any of its body, and has looked at the length that its
   * head tells: Node holds it to that. The parser calls `take`, which therefore throws nothing.
   */
  collect(take: TakeBody): void {
    this.#take = take;
  }

  /** What comes, and `null` at the end. */
  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    if (this.#take === undefined) return super.push(chunk, encoding);
    if (chunk !== null) this.#chunks.push(chunk);
    else this.#tell(this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks));
    return true;
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#tell(undefined);
    super._destroy(error, callback);
  }

  /** C1. A message that was told of can still be destroyed: its client goes before it has its answer. */
  #tell(body: Buffer | undefined): void {
    const take = this.#take;
    this.#take = undefined;
    take?.(body);
  }
}
