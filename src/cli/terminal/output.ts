import type { WriteStream } from "node:tty";

/**
 * A stream that people or programs read from.
 *
 * I1  A reader that went away (`| head`, a closed terminal) is not an error: what is written after that is dropped.
 * I2  `flushed` resolves when everything written before has left the process, or can never leave it.
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
  /** `true` once the reader has gone. */
  readonly closed: boolean;
  flushed(): Promise<void>;
}

/** What a reader's going away looks like: a closed pipe, a terminal that was hung up. */
const GONE = new Set(["EPIPE", "EIO", "ECONNRESET", "ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END"]);

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
  #closed = false;

  constructor(stream: NodeJS.WritableStream, flags: OutputFlags) {
    this.#stream = stream;
    this.isTerminal = flags.isTerminal;
    this.color = flags.color;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (!GONE.has(error.code ?? "")) throw error;
      this.#closed = true;
    });
  }

  get closed(): boolean {
    return this.#closed;
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
