/** Server-sent events out of bytes. */
import type { Env } from "../base/env.ts";

/** One event of a stream. A comment, which only shows that the other side is there, is none. */
export interface StreamFrame {
  readonly id: string;
  readonly data: string;
}

/** Characters of one event; beyond them it is none of ours. */
const FRAME_CHARS_MAX = 64 * 1024 * 1024;

/**
 * The events of a stream, in order. Ends with the stream, when the connection breaks, and when nothing at all came for `silenceMs`:
 * a connection that is dead on one side only says nothing for ever.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  { env, silenceMs }: { readonly env: Env; readonly silenceMs: number },
): AsyncGenerator<StreamFrame, void, undefined> {
  const reader = body.getReader();
  const frames = new FrameParser();
  try {
    for (;;) {
      const chunk = await nextChunk(reader, env, silenceMs);
      if (chunk === undefined) return;
      yield* frames.take(chunk);
    }
  } finally {
    // Whoever stops listening lets the connection go; one that is broken already has nothing to say about it.
    void reader.cancel().catch(() => {});
  }
}

async function nextChunk(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  env: Env,
  silenceMs: number,
): Promise<Uint8Array | undefined> {
  let stop = (): void => {};
  const silence = new Promise<undefined>((resolve) => {
    stop = env.timers.after(silenceMs, () => resolve(undefined));
  });
  const chunk = reader.read().then(
    ({ value }) => value,
    () => undefined,
  );
  const first = await Promise.race([chunk, silence]);
  stop();
  return first;
}

class FrameParser {
  readonly #decoder = new TextDecoder();
  #rest = "";
  #id = "";
  #data: string[] = [];
  #chars = 0;

  *take(chunk: Uint8Array): Generator<StreamFrame> {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split("\n");
    // What follows the last end of a line is the beginning of the next chunk's first.
    this.#rest = lines.pop()!;
    for (const line of lines) {
      const frame = this.#line(line.endsWith("\r") ? line.slice(0, -1) : line);
      if (frame !== undefined) yield frame;
    }
    if (this.#rest.length + this.#chars > FRAME_CHARS_MAX) throw new Error("an event of the stream is too long");
  }

  #line(line: string): StreamFrame | undefined {
    if (line === "") {
      const frame = this.#data.length === 0 ? undefined : { id: this.#id, data: this.#data.join("\n") };
      this.#data = [];
      this.#chars = 0;
      return frame;
    }
    const colon = line.indexOf(":");
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    const field = colon < 0 ? line : line.slice(0, colon);
    if (field === "id") this.#id = value;
    if (field === "data") {
      this.#data.push(value);
      this.#chars += value.length;
    }
    return undefined;
  }
}
