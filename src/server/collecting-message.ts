/**
 * A request of Node's server that can give its body in one piece, past the stream that it is: the events and ticks of a stream cost
 * a small request as much as half of what else Node does for it (docs/internals/benchmarks.md).
 *
 * C1 Of a message that is collected, one call tells: with the whole body, or with nothing when it ended early.
 * C2 One that is not collected is a stream as any other.
 * C3 A message that was told of keeps nothing of its body: its connection keeps the message until the next one comes.
 */
import { IncomingMessage } from "node:http";

type TakeBody = (body: Buffer | undefined) => void;

/** The whole body of a message whose length its head has told, whatever server it comes from; nothing when it ended early. */
export function takeBody(incoming: IncomingMessage, take: TakeBody): void {
  if (incoming instanceof CollectingMessage) return incoming.collect(take);
  const chunks: Buffer[] = [];
  incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
  incoming.on("end", () => take(wholeOf(chunks)));
  // An error of it is told only to those who listen, and this comes after it.
  incoming.on("close", () => {
    if (!incoming.complete) take(undefined);
  });
}

function wholeOf(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

export class CollectingMessage extends IncomingMessage {
  #take: TakeBody | undefined;
  #chunks: Buffer[] = [];

  /**
   * Whoever asks does so in the moment in which the request comes, before any of its body, and has looked at the length that its
   * head tells: Node holds it to that. The parser calls `take`, which therefore throws nothing.
   */
  collect(take: TakeBody): void {
    this.#take = take;
  }

  /** Nobody is told of it any more. */
  abandon(): void {
    this.#take = undefined;
    this.#chunks = [];
  }

  /** What comes, and `null` at the end. */
  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    if (this.#take === undefined) return super.push(chunk, encoding);
    if (chunk !== null) this.#chunks.push(chunk);
    else this.#tell(wholeOf(this.#chunks));
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
    this.#chunks = [];
    take?.(body);
  }
}
