/**
 * A process that writes a journal until it is killed: `node journal-writer.ts DIRECTORY [BYTES_MAX]`. It prints one line for each
 * thing that a test waits for: `recovered SEQ`, `acknowledged SEQ` after each append, `failed CODE MESSAGE`.
 */
import { writeSync } from "node:fs";
import { nodeEnv } from "../../../src/base/node-env.ts";
import { SignalboxError } from "../../../src/base/errors.ts";
import type { Journal, JournalEntry } from "../../../src/journal/journal.ts";
import { sqliteJournal } from "../../../src/journal/sqlite-journal.ts";
import { RUN_ID, runRecord } from "../../support/journal-history.ts";

const SIZE = 40;
const UNDER_WAY = 4;

/** Written at once: a line that was printed stays printed, however the process ends. */
function say(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      // The pipe is full: the test reads slowly.
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** Claims and releases items in turn, for ever. */
class Writing {
  readonly #attempts: number[] = Array.from({ length: SIZE }, () => 0);
  readonly #claimed = new Set<number>();
  readonly #epoch: number;
  seq: number;

  constructor(run: {
    seq: number;
    epoch: number;
    items: readonly { item: number; attempt: number; status: string }[];
  }) {
    this.seq = run.seq;
    this.#epoch = run.epoch;
    for (const { item, attempt, status } of run.items) {
      this.#attempts[item] = attempt;
      if (status === "claimed") this.#claimed.add(item);
    }
  }

  next(): JournalEntry {
    const seq = ++this.seq;
    const item = (seq * 7) % SIZE;
    const claims = !this.#claimed.has(item);
    if (claims) this.#claimed.add(item);
    else this.#claimed.delete(item);
    const attempt = (this.#attempts[item]! += claims ? 1 : 0);
    const [event, from, to] = claims
      ? (["claim", "todo", "claimed"] as const)
      : (["release", "claimed", "todo"] as const);
    const about = {
      item,
      event: event,
      from: from,
      to: to,
      attempt,
      refunded: attempt - (claims ? 1 : 0),
      token: claims ? seq : 0,
    };
    const reason = claims ? {} : { reason: { code: "released", message: "x".repeat(seq % 300) } };
    return {
      seq,
      at: Date.now(),
      mono: performance.now(),
      epoch: this.#epoch,
      actor: `writer ${process.pid}`,
      ...about,
      ...reason,
    };
  }
}

async function begin(journal: Journal): Promise<Writing> {
  if ((await journal.runs()).length > 0) return new Writing(await journal.recover(RUN_ID));
  await journal.createRun(runRecord({ size: SIZE }));
  return new Writing({ seq: 0, epoch: 1, items: [] });
}

async function main(directory: string, databaseBytesMax: number | undefined): Promise<never> {
  const options = { directory, env: nodeEnv(), ...(databaseBytesMax === undefined ? {} : { databaseBytesMax }) };
  const journal = await sqliteJournal(options);
  const writing = await begin(journal);
  say(`recovered ${writing.seq}`);
  const underWay: Promise<unknown>[] = [];
  for (;;) {
    const entries = Array.from({ length: 1 + (writing.seq % 5) }, () => writing.next());
    const last = entries.at(-1)!.seq;
    underWay.push(journal.append(RUN_ID, entries)!.then(() => say(`acknowledged ${last}`)));
    if (underWay.length >= UNDER_WAY) await underWay.shift();
  }
}

try {
  await main(process.argv[2]!, process.argv[3] === undefined ? undefined : Number(process.argv[3]));
} catch (error) {
  const code = error instanceof SignalboxError ? error.code : "unknown";
  say(`failed ${code} ${error instanceof Error ? error.message : String(error)}`);
  process.exit(code === "state_in_use" ? 4 : 1);
}
