import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { Env } from "../base/env.ts";
import { harmless } from "../base/harmless.ts";

const CHECK_MS = 100;
const TAIL_BYTES_PER_LINE = 512;
const LINE_CHARS_MAX = 500;
/** Of the end of a log that is cut; moved in one go, so not much. */
const TAIL_KEPT_BYTES_MAX = 1024 * 1024;
/** For what was written while the end was copied; a command that prints faster than that loses some of it. */
const LOOKS_MAX = 3;

/**
 * The last lines of a log, newest last, harmless to show. Reads at most half a kilobyte for each line that is asked for;
 * what stands before that is not looked at. Empty when there is no such file.
 */
export function tailOfLog(path: string, lines: number): string[] {
  const text = lastBytes(path, Math.max(4_096, lines * TAIL_BYTES_PER_LINE));
  const all = harmless(text, { lines: true })
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
  return all
    .slice(-lines)
    .map((line) => (line.length > LINE_CHARS_MAX ? `${line.slice(0, LINE_CHARS_MAX - 1)}…` : line));
}

function lastBytes(path: string, bytesMax: number): string {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const { size } = fstatSync(file);
    const buffer = Buffer.allocUnsafe(Math.min(size, bytesMax));
    const bytes = readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString("utf8", 0, bytes);
  } catch {
    return "";
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

interface Watched {
  readonly path: string;
  /** Bytes cut out so far, and length of the note that says so. */
  omitted: number;
  noteBytes: number;
}

/**
 * Keeps logs of running commands below a size without standing between command and file: it looks at them from time to time,
 * and of one that has grown too big it keeps the beginning and the end. The command never waits for it and never gets an
 * error; in exchange a log may be bigger than the limit for as long as it takes to look again.
 */
export class LogLimiter {
  readonly #env: Env;
  readonly #bytesMax: number;
  readonly #watched = new Map<string, Watched>();
  #isLooking = false;

  constructor(env: Env, bytesMax: number) {
    this.#env = env;
    this.#bytesMax = bytesMax;
  }

  watch(path: string): void {
    this.#watched.set(path, { path, omitted: 0, noteBytes: 0 });
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#look();
  }

  /** Its writer has ended with a log of this size. */
  unwatch(path: string, bytes: number): void {
    const watched = this.#watched.get(path);
    this.#watched.delete(path);
    if (watched !== undefined && bytes > this.#bytesMax) this.#cut(watched);
  }

  async #look(): Promise<void> {
    while (this.#watched.size > 0) {
      await new Promise<void>((resolve) => void this.#env.timers.after(CHECK_MS, resolve));
      for (const watched of this.#watched.values()) {
        const size = await stat(watched.path).then(
          (stats) => stats.size,
          () => 0,
        );
        if (size > this.#bytesMax && this.#watched.has(watched.path)) this.#cut(watched);
      }
    }
    this.#isLooking = false;
  }

  /**
   * The command writes at the end, wherever that is (O_APPEND), so the file can be cut under its hands: the end is copied behind
   * the beginning, then the rest is dropped. What it writes between the last look at the size and the drop is lost, so that is
   * microseconds, not a turn of the event loop.
   */
  #cut(watched: Watched): void {
    const headBytes = Math.floor(this.#bytesMax / 4);
    let file: number | undefined;
    try {
      file = openSync(watched.path, "r+");
      let { size } = fstatSync(file);
      if (size <= this.#bytesMax) return;
      const buffer = Buffer.allocUnsafe(Math.min(headBytes, TAIL_KEPT_BYTES_MAX));
      watched.omitted += size - headBytes - buffer.length - watched.noteBytes;
      const note = Buffer.from(`\n[signalbox: about ${watched.omitted} bytes are left out here]\n`);
      watched.noteBytes = note.length;
      let at = headBytes + writeSync(file, note, 0, note.length, headBytes);
      at += copy(file, buffer, size - buffer.length, at);
      for (let looks = 0; looks < LOOKS_MAX && fstatSync(file).size > size; looks++) {
        const from = Math.max(size, fstatSync(file).size - buffer.length);
        const bytes = copy(file, buffer, from, at);
        at += bytes;
        size = from + bytes;
      }
      ftruncateSync(file, at);
    } catch {
      // A log that was removed, or a disk that is full: nothing that should fail the item.
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
}

function copy(file: number, buffer: Buffer, from: number, to: number): number {
  return writeSync(file, buffer, 0, readSync(file, buffer, 0, buffer.length, from), to);
}
