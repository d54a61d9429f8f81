/** What happened in a simulation, line by line, and one number that stands for all of it. */
import type { JournalEntry } from "../../src/journal/journal.ts";

export class Trace {
  /** Kept only when somebody wants to read them: a campaign looks at the hash. */
  readonly #lines: string[] | undefined;
  #hash = 0x811c9dc5;
  #length = 0;

  constructor(keepsLines: boolean) {
    this.#lines = keepsLines ? [] : undefined;
  }

  add(at: number, line: string): void {
    const text = `${at.toFixed(1)} ${line}`;
    this.#hash = hashOf(text, this.#hash);
    this.#length++;
    this.#lines?.push(text);
  }

  get lines(): readonly string[] {
    return this.#lines ?? [];
  }

  get length(): number {
    return this.#length;
  }

  get hash(): string {
    return this.#hash.toString(16).padStart(8, "0");
  }
}

/** FNV-1a over the code units: fast, and enough to tell two texts apart that nobody made to collide. */
export function hashOf(text: string, from = 0x811c9dc5): number {
  let hash = from;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

export function entryLine({ seq, item, event, from, to, attempt, token, actor, reason }: JournalEntry): string {
  const who = item < 0 ? "run" : `item ${item}`;
  return `${seq} ${who} ${event} ${from}>${to} #${attempt} t${token} by ${actor}${reason === undefined ? "" : ` (${reason.code})`}`;
}
