/**
 * Tells a write-ahead log that was damaged from one that merely ends early. SQLite takes both the same way: it stops at the first
 * frame whose checksum is wrong and drops everything behind it in silence. After a crash that is right, for the last
 * transaction may be half-written. But every commit is on the disk before the next transaction begins, so a
 * complete transaction with frames behind it can only be unreadable because something changed it later, and then what
 * SQLite would drop was acknowledged (invariant I9).
 *
 * Only right for a log that one process wrote, with `synchronous=FULL`, since it was last emptied; the writer empties it when it opens.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { systemCode } from "../../base/error-code.ts";

const HEADER = 32;
const FRAME_HEADER = 24;

/** The two halves of the running checksum. */
type Sum = readonly [number, number];

/** What is wrong with the log beside this database, or `undefined`. A log that is not there is fine. @throws what the system says */
export function walDamage(walPath: string): string | undefined {
  let file: number;
  try {
    file = openSync(walPath, "r");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    return new WalScan(file).damage();
  } finally {
    closeSync(file);
  }
}

class WalScan {
  readonly #file: number;
  readonly #size: number;
  readonly #header = Buffer.alloc(HEADER);
  readonly #littleEndian: boolean;
  #sum0 = 0;
  #sum1 = 0;

  constructor(file: number) {
    this.#file = file;
    this.#size = fstatSync(file).size;
    readSync(file, this.#header, 0, HEADER, 0);
    this.#littleEndian = (this.#header.readUInt32BE(0) & 1) === 0;
  }

  damage(): string | undefined {
    if (this.#size <= HEADER + FRAME_HEADER) return undefined;
    const pageSize = this.#header.readUInt32BE(8);
    const plausible = pageSize >= 512 && pageSize <= 65_536 && (pageSize & (pageSize - 1)) === 0;
    if (!plausible) return "the head of its log makes no sense";
    this.#add(this.#header.subarray(0, 24));
    if (!this.#sumIs(this.#header, 24))
      return this.#committedBehind(HEADER, pageSize, undefined) ? "the head of its log is damaged" : undefined;
    return this.#frames(pageSize);
  }

  #frames(pageSize: number): string | undefined {
    const frame = Buffer.alloc(FRAME_HEADER + pageSize);
    const salts = this.#header.subarray(16, 24);
    for (let at = HEADER; at + frame.length <= this.#size; at += frame.length) {
      readSync(this.#file, frame, 0, frame.length, at);
      const before: Sum = [this.#sum0, this.#sum1];
      this.#addFrame(frame);
      const isSummed = this.#sumIs(frame, 16);
      if (isSummed && salts.equals(frame.subarray(8, 16))) continue;
      const number = (at - HEADER) / frame.length + 1;
      const isCommit = isSummed ? frame.readUInt32BE(4) !== 0 : this.#lostItsMark(frame, before);
      const next = isCommit ? at + frame.length : at;
      return this.#committedBehind(next, pageSize, salts, isCommit)
        ? `frame ${number} of its log is damaged, with committed transactions behind it`
        : undefined;
    }
    return undefined;
  }

  /**
   * Whether a frame would be right as the end of a transaction: it says that it is none, but one bit more makes its checksum right. The
   * mark of an end is the size of the database in pages, and of a power of two a single bit is all there is.
   */
  #lostItsMark(frame: Buffer, before: Sum): boolean {
    if (frame.readUInt32BE(4) !== 0) return false;
    const marked = Buffer.from(frame);
    for (let bit = 0; bit < 32; bit++) {
      marked.writeUInt32BE((1 << bit) >>> 0, 4);
      [this.#sum0, this.#sum1] = before;
      this.#addFrame(marked);
      if (this.#sumIs(marked, 16)) return true;
    }
    return false;
  }

  /**
   * Whether from here on a transaction of this log ends and another one follows: the first was on the disk by then. `committed`: one has
   * ended just before. The frames of this log are known by its salts, which their checksums do not cover: that a frame with other
   * salts is of this log all the same, as its checksum says, is told by who calls.
   */
  #committedBehind(start: number, pageSize: number, salts: Buffer | undefined, ended = false): boolean {
    const head = Buffer.alloc(FRAME_HEADER);
    let wanted = salts;
    let committed = ended;
    for (let at = start; at + FRAME_HEADER + pageSize <= this.#size; at += FRAME_HEADER + pageSize) {
      readSync(this.#file, head, 0, FRAME_HEADER, at);
      wanted ??= Buffer.from(head.subarray(8, 16));
      if (!wanted.equals(head.subarray(8, 16))) continue;
      if (committed) return true;
      committed = head.readUInt32BE(4) !== 0;
    }
    return false;
  }

  /** All of a frame but its salts and its checksum. */
  #addFrame(frame: Buffer): void {
    this.#add(frame.subarray(0, 8));
    this.#add(frame.subarray(FRAME_HEADER));
  }

  /** SQLite's running checksum over pairs of 32-bit words. */
  #add(bytes: Buffer): void {
    let sum0 = this.#sum0;
    let sum1 = this.#sum1;
    for (let at = 0; at < bytes.length; at += 8) {
      sum0 = (sum0 + (this.#littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)) + sum1) >>> 0;
      sum1 = (sum1 + (this.#littleEndian ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4)) + sum0) >>> 0;
    }
    this.#sum0 = sum0;
    this.#sum1 = sum1;
  }

  #sumIs(bytes: Buffer, at: number): boolean {
    return bytes.readUInt32BE(at) === this.#sum0 && bytes.readUInt32BE(at + 4) === this.#sum1;
  }
}
