/**
 * A part of an audit log as a file that outlives it: a line that says what it is, a line of JSON for each entry, and a line with
 * their number and checksum, the one by which the journal knows them.
 *
 * X1 A file has its name only when all of it was on the disk and was read again and found to be what the journal has.
 * X2 It is for its owner only: it holds what agents said.
 */
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { makeFolder, syncNames } from "../base/durable-names.ts";
import { isOfSystem } from "../base/error-code.ts";
import { JournalCorruptError, SignalboxError } from "../base/errors.ts";
import { adviceIfExhausted } from "../base/exhausted.ts";
import { failpoint } from "../base/failpoint.ts";
import type { JournalEntry } from "./journal.ts";
import { transitionLine } from "./sqlite/sums.ts";

const FORMAT = "signalbox-audit-log";
const VERSION = 1;
/** Bytes that are read at once. */
const CHUNK_BYTES = 1024 * 1024;

/** Which part of which log. */
export interface LogPart {
  readonly runId: string;
  readonly name: string;
  /** Seq before the first entry. */
  readonly after: number;
  /** Seq of the last one. */
  readonly upTo: number;
  /** Checksum of everything before. */
  readonly sumBefore: number;
}

/** What an exported log says of itself, once all of it was read and found to be true. */
export interface ExportedLog extends LogPart {
  readonly entries: number;
  /** Checksum of everything up to the last entry. */
  readonly sum: number;
}

/** The entry as text for the checksum of a log, as the store that wrote it has it. */
function sumOf(entry: JournalEntry, before: number): number {
  // Of what is not there this makes no text, and neither has the line one.
  const texts = { reason: JSON.stringify(entry.reason), data: JSON.stringify(entry.data) };
  return crc32(transitionLine({ ...entry, ...texts }), before);
}

/** The checksum of a log goes on over these. */
export function sumOfEntries(entries: Iterable<JournalEntry>, before: number): number {
  let sum = before;
  for (const entry of entries) sum = sumOf(entry, sum);
  return sum;
}

/**
 * Writes the file, syncs it and reads it again; answers its path. A file of the same part, which an export left that was cut
 * short, is replaced.
 * @param sum what the checksum has to come to
 * @throws SignalboxError `state_unwritable`, JournalCorruptError when what was read again is something else
 */
export async function exportLog(
  directory: string,
  part: LogPart,
  entries: AsyncIterable<readonly JournalEntry[]>,
  sum: number,
): Promise<string> {
  const file = join(directory, `${part.runId}-${part.after + 1}-${part.upTo}.jsonl`);
  const draft = `${file}.part`;
  try {
    makeFolder(directory, 0o700);
    await rm(draft, { force: true });
    await writeDraft(draft, part, entries, sum);
    failpoint?.("export.written");
    const { sum: found } = await readExportedLog(draft);
    if (found !== sum) throw damaged(draft, `entries with the checksum ${sum}`, String(found));
    failpoint?.("export.name");
    await rename(draft, file);
    failpoint?.("export.named");
    syncNames(directory);
    return file;
  } catch (error) {
    // What is not there need not go.
    await rm(draft).catch(() => {});
    throw fileError(directory, error);
  }
}

async function writeDraft(
  path: string,
  part: LogPart,
  pages: AsyncIterable<readonly JournalEntry[]>,
  sum: number,
): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    const { runId, name, after, upTo, sumBefore } = part;
    const head = { format: FORMAT, version: VERSION, run_id: runId, name, after, up_to: upTo, sum_before: sumBefore };
    await handle.writeFile(`${JSON.stringify(head)}\n`);
    for await (const page of pages) await handle.writeFile(page.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    await handle.writeFile(`${JSON.stringify({ entries: upTo - after, sum })}\n`);
    failpoint?.("export.sync");
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Reads such a file whole.
 * @param onEntry is told of each entry, in order, before the file is known to be sound
 * @throws JournalCorruptError when it is not what was written
 */
export async function readExportedLog(
  path: string,
  onEntry: (entry: JournalEntry) => void = () => {},
): Promise<ExportedLog> {
  const handle = await open(path, "r");
  try {
    const reading = new Reading(path, onEntry);
    for await (const line of linesOf(handle)) reading.take(line);
    return reading.result();
  } finally {
    await handle.close();
  }
}

async function* linesOf(handle: FileHandle): AsyncGenerator<string> {
  const bytes = Buffer.alloc(CHUNK_BYTES);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for (;;) {
    const { bytesRead } = await handle.read(bytes, 0, CHUNK_BYTES, null);
    rest += decoder.decode(bytes.subarray(0, bytesRead), { stream: bytesRead > 0 });
    const lines = rest.split("\n");
    rest = lines.pop()!;
    yield* lines;
    if (bytesRead === 0) break;
  }
  if (rest !== "") yield rest;
}

class Reading {
  readonly #path: string;
  readonly #onEntry: (entry: JournalEntry) => void;
  #part: LogPart | undefined;
  #end: { readonly entries: number; readonly sum: number } | undefined;
  #seq = 0;
  #sum = 0;

  constructor(path: string, onEntry: (entry: JournalEntry) => void) {
    this.#path = path;
    this.#onEntry = onEntry;
  }

  take(line: string): void {
    const value = this.#valueOf(line);
    if (this.#part === undefined) this.#begin(value);
    else if (this.#end !== undefined) throw damaged(this.#path, "nothing after its last line", "more");
    else if (this.#seq === this.#part.upTo)
      this.#end = { entries: numberIn(value, "entries"), sum: numberIn(value, "sum") };
    else this.#takeEntry(value as unknown as JournalEntry);
  }

  #valueOf(line: string): Readonly<Record<string, unknown>> {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
    } catch {
      // Told below.
    }
    throw damaged(this.#path, "a line of JSON", line.slice(0, 80));
  }

  #begin(value: Readonly<Record<string, unknown>>): void {
    const { format, version, run_id: runId, name } = value;
    if (format !== FORMAT || version !== VERSION || typeof runId !== "string" || typeof name !== "string")
      throw damaged(this.#path, `an audit log of version ${VERSION}`, JSON.stringify(value).slice(0, 80));
    const [after, upTo, sumBefore] = [
      numberIn(value, "after"),
      numberIn(value, "up_to"),
      numberIn(value, "sum_before"),
    ];
    this.#part = { runId, name, after, upTo, sumBefore };
    this.#seq = after;
    this.#sum = sumBefore;
  }

  #takeEntry(entry: JournalEntry): void {
    if (entry.seq !== this.#seq + 1) throw damaged(this.#path, `entry ${this.#seq + 1}`, `entry ${entry.seq}`);
    this.#seq = entry.seq;
    this.#sum = sumOf(entry, this.#sum);
    this.#onEntry(entry);
  }

  result(): ExportedLog {
    const part = this.#part;
    const end = this.#end;
    if (part === undefined || end === undefined) throw damaged(this.#path, "a whole file", "a part of one");
    const entries = part.upTo - part.after;
    if (end.entries !== entries) throw damaged(this.#path, `${entries} entries`, String(end.entries));
    if (end.sum !== this.#sum) throw damaged(this.#path, `the checksum ${end.sum}`, String(this.#sum));
    return { ...part, entries, sum: end.sum };
  }
}

function numberIn(value: Readonly<Record<string, unknown>>, key: string): number {
  const found = value[key];
  return typeof found === "number" ? found : Number.NaN;
}

function damaged(path: string, expected: string, got: string): JournalCorruptError {
  return new JournalCorruptError(
    `The exported log ${path} is damaged: expected ${expected}, got ${got}. Nothing of the journal was removed for it.`,
  );
}

function fileError(directory: string, error: unknown): unknown {
  if (!isOfSystem(error)) return error;
  const advice = adviceIfExhausted(error) ?? "Make room, or name another directory.";
  return new SignalboxError(
    "state_unwritable",
    `expected to write an audit log to ${directory}, but it cannot be: ${error.message}; nothing was removed. ${advice}`,
    { cause: error },
  );
}
