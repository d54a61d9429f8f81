/**
 * A disk as disks are: what was written stands in a cache until a sync, and what a crash leaves of the cache is a matter of luck: all of it,
 * some of it, pieces of it, and not in the order in which it was written.
 *
 * D1 What a sync has confirmed is there after any crash.
 * D2 A record is taken back whole or not at all: what follows the first one that is broken, or that does not follow the one before it,
 *    is the torn tail. A broken record among those that were confirmed is damage, and nothing is dropped then.
 */
import { hashOf } from "./trace.ts";
import type { Life, World } from "./world.ts";

/** One write, as the platters or the cache have it. */
interface Sector {
  text: string;
  isSynced: boolean;
}

export type Mounted =
  | { readonly kind: "clean"; readonly records: readonly string[] }
  | { readonly kind: "damaged"; readonly at: number };

export class Disk {
  /** The process that has the lock. */
  holder: Life | undefined;
  #sectors: Sector[] = [];
  #lastSum = 0;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** What was confirmed, in order. */
  confirmed(): string[] {
    return this.#sectors.filter(({ isSynced }) => isSynced).map(({ text }) => text.slice(text.indexOf(" ") + 1));
  }

  /** Writes records into the cache; the answer confirms them. */
  write(records: readonly string[]): () => void {
    const written = records.map((body): Sector => {
      this.#lastSum = hashOf(body, this.#lastSum);
      return { text: `${this.#lastSum} ${body}`, isSynced: false };
    });
    this.#sectors.push(...written);
    return () => {
      for (const sector of written) sector.isSynced = true;
    };
  }

  /** A write that failed half-way: some bytes of it may stand there. */
  writeShort(records: readonly string[]): void {
    const { random } = this.#world;
    this.write(records);
    const sector = this.#sectors.at(-1)!;
    sector.text = sector.text.slice(0, random.int(0, sector.text.length - 1));
  }

  /** The machine loses power, or the process its cache. */
  crash(): void {
    const { random, planted } = this.#world;
    const before = this.#sectors.length;
    const kept: Sector[] = [];
    for (const sector of this.#sectors) {
      const luck = random.next();
      if (sector.isSynced || luck < 0.4) kept.push(sector);
      else if (luck < 0.65) kept.push({ ...sector, text: sector.text.slice(0, random.int(0, 40)) });
    }
    if (planted === "synced record lost" && kept.length > 2 && random.chance(0.3)) kept.pop();
    this.#sectors = kept;
    this.#world.log(`the disk keeps ${kept.length} of ${before} records`);
  }

  /** Turns one bit of a confirmed record over; the answer turns it back. `undefined` when there is none before the last. */
  flipBit(): (() => void) | undefined {
    const { random } = this.#world;
    const synced = this.#sectors.findLastIndex(({ isSynced }) => isSynced);
    if (synced < 1) return undefined;
    const sector = this.#sectors[random.int(0, synced - 1)]!;
    const { text } = sector;
    const at = random.int(0, text.length - 1);
    sector.text = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
    this.#world.log("a bit of the disk turns over");
    return () => void (sector.text = text);
  }

  /** Reads what is there, drops the torn tail, and goes on behind it. */
  mount(): Mounted {
    const { planted } = this.#world;
    const records: string[] = [];
    let sum = 0;
    for (const [index, { text, isSynced }] of this.#sectors.entries()) {
      const space = text.indexOf(" ");
      const body = text.slice(space + 1);
      const expected = hashOf(body, sum);
      const isWhole = space > 0 && text.slice(0, space) === String(expected);
      if (!isWhole && planted === "torn tail kept" && !isSynced) continue;
      if (!isWhole && planted === "checksum not looked at" && isJson(body)) {
        records.push(body);
        sum = Number(text.slice(0, space));
        continue;
      }
      if (!isWhole) {
        if (this.#sectors.slice(index).some((sector) => sector.isSynced)) return { kind: "damaged", at: index };
        this.#sectors.length = index;
        break;
      }
      records.push(body);
      sum = expected;
    }
    this.#lastSum = sum;
    for (const sector of this.#sectors) sector.isSynced = true;
    return { kind: "clean", records };
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
