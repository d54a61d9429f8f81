import type { WriteStream } from "node:tty";

/**
 * A stream that people or programs read from.
 *
 * I1  A reader that went away (`| head`, a closed terminal) is not an error: what is written after that is dropped.
 * I2  `flushed` resolves when everything written before has left the process, or can never leave it.
 * I3  Output that cannot be written for another reason (a full disk) is kept as `failure` and told to `onFailure`, once;
 *     what is written after that is dropped.
 */
export interface Output {
  /** Writes text as it is. */
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Colours wanted here. */
  readonly color: boolean;
  /** Size now; a guess when it is no terminal. */
  size(): { readonly columns: number; readonly rows: number };
  onResize(listener: () => void): () => void;
  /** `true` once nothing can be written any more. */
  readonly closed: boolean;
  /** Why it could not be written; a reader that has gone is no failure. */
  readonly failure: Error | undefined;
  /** At once when it has failed already. */
  onFailure(listener: (error: Error) => void): () => void;
  flushed(): Promise<void>;
}

/** What a reader's going away looks like. A terminal that was hung up says EIO; from a file that is a bad disk. */
const GONE = new Set(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END"]);

export interface OutputFlags {
  readonly isTerminal: boolean;
  readonly color: boolean;
}

export function streamOutput(stream: NodeJS.WritableStream, flags: OutputFlags): Output {
  return new StreamOutput(stream, flags);
}

class StreamOutput implements Output {
  readonly isTerminal: boolean;
  readonly color: boolean;
  readonly #stream: NodeJS.WritableStream & Partial<Pick<WriteStream, "columns" | "rows">>;
  readonly #failureListeners = new Set<(error: Error) => void>();
  #closed = false;
  #failure: Error | undefined;

  constructor(stream: NodeJS.WritableStream, flags: OutputFlags) {
    this.#stream = stream;
    this.isTerminal = flags.isTerminal;
    this.color = flags.color;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      const code = error.code ?? "";
      const first = !this.#closed;
      this.#closed = true;
      if (first && !GONE.has(code) && !(flags.isTerminal && code === "EIO")) this.#fail(error);
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  onFailure(listener: (error: Error) => void): () => void {
    if (this.#failure === undefined) this.#failureListeners.add(listener);
    else listener(this.#failure);
    return () => void this.#failureListeners.delete(listener);
  }

  #fail(error: Error): void {
    this.#failure = error;
    for (const listener of this.#failureListeners) listener(error);
  }

  write(text: string): void {
    if (!this.#closed && text !== "") this.#stream.write(text);
  }

  size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.#stream.columns || 80, rows: this.#stream.rows || 24 };
  }

  onResize(listener: () => void): () => void {
    this.#stream.on("resize", listener);
    return () => void this.#stream.off("resize", listener);
  }

  flushed(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stream.write("", () => resolve());
    });
  }
}
