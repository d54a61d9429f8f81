/**
 * The journal of a simulated process: the rules of the store (`RunLedger`, the fold) are the product's, only what is under them is not SQLite
 * but a disk that the simulation breaks. Many appends share a sync, as in the product.
 *
 * J1 An append resolves when a sync that began after its write has ended, in call order.
 * J2 Readers see what was synced, no more.
 * J3 After a failed write nothing is taken any more.
 */
import { JournalCorruptError, JournalUnavailableError, StateInUseError } from "../../src/base/errors.ts";
import type {
  Compaction,
  CompactOptions,
  ItemRow,
  Journal,
  JournalEntry,
  RecoveredRun,
  RunRecord,
} from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import type { Disk } from "./disk.ts";
import type { Planted } from "./planted.ts";
import type { Life, World } from "./world.ts";

/** What the disk holds as one record. */
export type StoredRecord =
  | { readonly kind: "run"; readonly record: RunRecord }
  | { readonly kind: "entries"; readonly runId: string; readonly entries: readonly JournalEntry[] }
  | { readonly kind: "epoch"; readonly runId: string }
  | { readonly kind: "compact"; readonly runId: string; readonly upTo: number };

interface Waiting {
  readonly texts: readonly string[];
  readonly apply: () => Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface DiskFaults {
  /** How likely a write fails for good. */
  readonly failure: number;
  /** How likely a sync takes very long. */
  readonly stall: number;
  /** Ends the process while the sync is under way. */
  readonly crash?: (() => void) | undefined;
}

/** What the checks hear of a journal. */
export interface JournalWatch {
  /** Entries that have become durable. */
  readonly synced: (runId: string, entries: readonly JournalEntry[]) => void;
  /** What the next process is told of the run. */
  readonly recovered: (recovered: RecoveredRun, journal: Journal) => Promise<void>;
}

/** @throws StateInUseError, JournalCorruptError */
export async function diskJournal(
  world: World,
  life: Life,
  disk: Disk,
  faults: () => DiskFaults,
  watch: JournalWatch,
): Promise<Journal> {
  const { holder } = disk;
  if (holder !== undefined && holder !== life && holder.isUp && world.planted !== "two processes on one journal")
    throw new StateInUseError(`expected a state directory that is free, got one that ${holder.name} has`, undefined);
  disk.holder = life;
  const mounted = disk.mount();
  if (mounted.kind === "damaged") {
    disk.holder = undefined;
    throw new JournalCorruptError(`expected a whole record ${mounted.at}, got a broken one`);
  }
  const image = memoryJournal();
  for (const text of mounted.records) await applied(image, JSON.parse(text) as StoredRecord);
  return new DiskJournal({ world, life, disk, faults, watch, image });
}

async function applied(image: Journal, record: StoredRecord): Promise<RecoveredRun | undefined> {
  if (record.kind === "run") await image.createRun(record.record);
  else if (record.kind === "epoch") return image.recover(record.runId);
  else if (record.kind === "compact") await image.compact(record.runId, { upTo: record.upTo, exportTo: false });
  else await image.append(record.runId, record.entries);
  return undefined;
}

interface Parts {
  readonly world: World;
  readonly life: Life;
  readonly disk: Disk;
  readonly faults: () => DiskFaults;
  readonly watch: JournalWatch;
  readonly image: Journal;
}

class DiskJournal implements Journal {
  readonly durable = true;
  readonly #parts: Parts;
  readonly #waiting: Waiting[] = [];
  #isSyncing = false;
  #refusal: string | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  createRun(record: RunRecord): Promise<void> {
    return this.#write([{ kind: "run", record }], () => this.#parts.image.createRun(record));
  }

  append(runId: string, entries: readonly JournalEntry[]): Promise<void> {
    const { image, world, watch } = this.#parts;
    const records = splitBy(world, entries).map((part): StoredRecord => ({ kind: "entries", runId, entries: part }));
    const isEarly = world.planted === "answered before the sync" && world.random.chance(0.3);
    const written = this.#write(records, async () => {
      await image.append(runId, entries);
      watch.synced(runId, entries);
    });
    if (!isEarly) return written;
    written.catch(() => {});
    return Promise.resolve();
  }

  async recover(runId: string): Promise<RecoveredRun> {
    let recovered: RecoveredRun | undefined;
    await this.#write([{ kind: "epoch", runId }], async () => {
      recovered = await this.#parts.image.recover(runId);
    });
    // `apply` ran before the write resolved.
    await this.#parts.watch.recovered(recovered!, this);
    return this.#parts.world.planted === undefined
      ? recovered!
      : plantedRecovery(this.#parts.world.planted, recovered!);
  }

  async compact(runId: string, { upTo }: CompactOptions): Promise<Compaction> {
    let compaction: Compaction | undefined;
    await this.#write([{ kind: "compact", runId, upTo }], async () => {
      compaction = await this.#parts.image.compact(runId, { upTo, exportTo: false });
    });
    // `apply` ran before the write resolved.
    return compaction!;
  }

  runs: Journal["runs"] = (options) => this.#parts.image.runs(options);
  read: Journal["read"] = (runId) => this.#parts.image.read(runId);
  audit: Journal["audit"] = (runId, options) => this.#parts.image.audit(runId, options);

  async close(): Promise<void> {
    this.#refusal ??= "it is closed";
    if (this.#parts.disk.holder === this.#parts.life) this.#parts.disk.holder = undefined;
  }

  #write(records: readonly StoredRecord[], apply: () => Promise<void>): Promise<void> {
    if (this.#refusal !== undefined)
      return Promise.reject(new JournalUnavailableError(`The journal takes nothing more: ${this.#refusal}.`));
    const texts = records.map((record) => JSON.stringify(record));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ texts, apply, resolve, reject });
      this.#sync();
    });
  }

  #sync(): void {
    const { world, life, disk, faults } = this.#parts;
    if (this.#isSyncing || this.#waiting.length === 0) return;
    this.#isSyncing = true;
    const batch = this.#waiting.splice(0);
    const { failure, stall, crash } = faults();
    const texts = batch.flatMap((each) => each.texts);
    const took = world.random.chance(stall) ? world.random.int(500, 20_000) : world.random.next() * 8;
    if (world.random.chance(failure)) {
      disk.writeShort(texts);
      world.after(took, () => this.#fail(batch), life);
      return;
    }
    const confirm = disk.write(texts);
    if (crash !== undefined) world.after(took * world.random.next(), crash, life);
    world.after(took, () => void this.#synced(batch, confirm), life);
  }

  async #synced(batch: readonly Waiting[], confirm: () => void): Promise<void> {
    const { world } = this.#parts;
    confirm();
    try {
      for (const { apply } of batch) await apply();
    } catch (error) {
      return this.#fail(batch, error as Error);
    }
    for (const { resolve } of batch) resolve();
    if (world.planted === "answered with another's sync") for (const { resolve } of this.#waiting) resolve();
    this.#isSyncing = false;
    this.#sync();
  }

  #fail(batch: readonly Waiting[], error = new Error("no space left on device")): void {
    this.#parts.world.log(`the disk of ${this.#parts.life.name} fails`);
    this.#refusal = error.message;
    for (const { reject } of [...batch, ...this.#waiting.splice(0)])
      reject(new JournalUnavailableError(`The journal takes nothing more: ${error.message}.`));
  }
}

/** Planted: what belongs together is written apart. */
function splitBy({ planted, random }: World, entries: readonly JournalEntry[]): (readonly JournalEntry[])[] {
  const isAnswer = ({ event, item }: JournalEntry): boolean => item < 0 && event === "answer";
  if (planted === "a batch in two records" && entries.length > 1) {
    const at = random.int(1, entries.length - 1);
    return [entries.slice(0, at), entries.slice(at)];
  }
  if (planted === "answer in a record of its own" && entries.length > 1 && isAnswer(entries.at(-1)!))
    return [entries.slice(0, -1), entries.slice(-1)];
  return [entries];
}

/** Planted: what a process that goes on believes of the one before it. */
function plantedRecovery(planted: Planted, recovered: RecoveredRun): RecoveredRun {
  const items = recovered.items.map((row): ItemRow => {
    const { stage: _, ...unstaged } = row;
    const { holder: __, ...unheld } = row;
    if (planted === "undone twice after a crash") return unstaged;
    if (planted === "claims not kept over a restart") return unheld;
    if (planted === "interrupted attempt counts as done" && row.status === "claimed")
      return { ...row, status: "done", settledAt: 1 };
    return row;
  });
  return { ...recovered, items };
}
