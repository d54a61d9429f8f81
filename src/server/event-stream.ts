/**
 * A project's events as `text/event-stream`: the id of each is its seq, so a client that comes back with `Last-Event-ID` goes on
 * where it was.
 *
 * E1 Bytes are made only when the reader takes them (backpressure); what it has not taken waits in the journal, not here.
 * E2 A reader that takes nothing for `stalledMs` is cut: its connection is as good as gone.
 * E3 A comment every `pingMs` of silence shows both sides that the other is there.
 */
import type { Env } from "../base/env.ts";
import type { EventHub } from "./event-hub.ts";

export interface StreamOptions {
  readonly env: Env;
  /** Seq after which the stream begins. */
  readonly after: number;
  /** The client has gone. */
  readonly signal: AbortSignal;
  readonly onEnd: () => void;
  readonly pingMs?: number;
  readonly stalledMs?: number;
}

const PING = new TextEncoder().encode(": still here\n\n");

export function eventStream(hub: EventHub, options: StreamOptions): ReadableStream<Uint8Array> {
  const reader = new StreamReader(hub, options);
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) => reader.pull(controller),
      cancel: () => reader.end(),
    },
    { highWaterMark: 1 },
  );
}

class StreamReader {
  readonly #hub: EventHub;
  readonly #options: StreamOptions;
  #seq: number;
  #ended = false;
  #stopCutting: () => void = () => {};
  #stopWaiting: () => void = () => {};
  readonly #leave: () => void;

  constructor(hub: EventHub, options: StreamOptions) {
    this.#hub = hub;
    this.#options = options;
    this.#seq = options.after;
    this.#leave = hub.join();
    options.signal.addEventListener("abort", () => this.end(), { once: true });
  }

  /** The reader has room for more. */
  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#stopCutting();
    const bytes = await this.#next();
    if (this.#ended) return;
    if (bytes === undefined) {
      this.end();
      controller.close();
      return;
    }
    controller.enqueue(bytes);
    const { env, stalledMs = 60_000 } = this.#options;
    this.#stopCutting = env.timers.after(stalledMs, () => {
      this.end();
      controller.error(new Error("the reader of this stream takes nothing any more"));
    });
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopCutting();
    this.#stopWaiting();
    this.#leave();
    this.#options.onEnd();
  }

  /** The next bytes, when there are some; `undefined` when there will be none. */
  async #next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const page = await this.#hub.pageAfter(this.#seq);
      if (page !== undefined) {
        this.#seq = page.seq;
        return page.bytes;
      }
      if (this.#hub.isClosed || this.#ended) return undefined;
      if ((await this.#more()) === "ping") return PING;
    }
  }

  #more(): Promise<"more" | "ping"> {
    const { env, pingMs = 15_000 } = this.#options;
    return new Promise((resolve) => {
      const stopTimer = env.timers.after(pingMs, () => {
        forget();
        resolve("ping");
      });
      const forget = this.#hub.whenMore(() => {
        stopTimer();
        resolve("more");
      });
      this.#stopWaiting = () => {
        stopTimer();
        forget();
        resolve("more");
      };
    });
  }
}
