// Goal: a log is judged by the checksums that stand in it, also one that a machine of the other order of bytes wrote. Method: a log that
// SQLite wrote, with its checksums written anew in that order; damage that a crash leaves and damage that it does not: damage.test.ts.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Database } from "../../src/journal/sqlite/database.ts";
import { walDamage } from "../../src/journal/sqlite/wal.ts";
import { stateFolder } from "../support/state-folder.ts";

const [HEADER, FRAME] = [32, 24 + 4096];

/** A log of several transactions, the last of which has several frames, as it stands on the disk. */
function log(): { path: string; bytes: Buffer } {
  const folder = stateFolder();
  mkdirSync(folder);
  const database = new Database(join(folder, "a.db"));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (n INTEGER)");
  for (let n = 0; n < 5; n++) database.exec(`INSERT INTO t VALUES (${n})`);
  database.exec(
    "INSERT INTO t SELECT n FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 3000) SELECT n FROM c)",
  );
  const path = join(folder, "copy.db-wal");
  copyFileSync(join(folder, "a.db-wal"), path);
  database.close();
  return { path, bytes: readFileSync(path) };
}

/** SQLite's running checksum over words whose first byte counts most. */
function withBigEndianSums(from: Buffer): Buffer {
  const bytes = Buffer.from(from);
  let [sum0, sum1] = [0, 0];
  const add = (start: number, end: number): void => {
    for (let at = start; at < end; at += 8) {
      sum0 = (sum0 + bytes.readUInt32BE(at) + sum1) >>> 0;
      sum1 = (sum1 + bytes.readUInt32BE(at + 4) + sum0) >>> 0;
    }
  };
  const write = (at: number): void => {
    bytes.writeUInt32BE(sum0, at);
    bytes.writeUInt32BE(sum1, at + 4);
  };
  bytes.writeUInt32BE(bytes.readUInt32BE(0) | 1, 0);
  add(0, 24);
  write(24);
  for (let at = HEADER; at + FRAME <= bytes.length; at += FRAME) {
    add(at, at + 8);
    add(at + 24, at + FRAME);
    write(at + 16);
  }
  return bytes;
}

test("I9: checksums are read in the order of bytes that the log says it has", () => {
  const { path, bytes } = log();
  expect([bytes.readUInt32BE(0) & 1, walDamage(path)]).toEqual([0, undefined]);
  const big = withBigEndianSums(bytes);
  writeFileSync(path, big);
  expect(walDamage(path)).toBeUndefined();
  // What says the other order than it has is damaged from its head on, and so is a frame of one that says it rightly.
  const wrong = Buffer.from(big);
  wrong.writeUInt32BE(big.readUInt32BE(0) & ~1, 0);
  writeFileSync(path, wrong);
  expect(walDamage(path)).toBe("the head of its log is damaged");
  big[HEADER + FRAME + 100]! ^= 1;
  writeFileSync(path, big);
  expect(walDamage(path)).toBe("frame 2 of its log is damaged, with committed transactions behind it");
});

test("a last transaction of which any frame is damaged is one that a crash has cut short", () => {
  const { path, bytes } = log();
  const frames = (bytes.length - HEADER) / FRAME;
  const isEnd = (frame: number): boolean => bytes.readUInt32BE(HEADER + frame * FRAME + 4) !== 0;
  const ends = Array.from({ length: frames }, (_, frame) => frame).filter(isEnd);
  const [before, last] = [ends.at(-2)!, ends.at(-1)!];
  expect(last - before).toBeGreaterThan(3);
  for (let frame = before; frame <= last; frame++) {
    const damaged = Buffer.from(bytes);
    damaged[HEADER + frame * FRAME + 100]! ^= 1;
    writeFileSync(path, damaged);
    const number = frame + 1;
    const expected =
      frame === before ? `frame ${number} of its log is damaged, with committed transactions behind it` : undefined;
    expect(walDamage(path), `frame ${number} of ${frames}`).toBe(expected);
  }
});

test("a log of one transaction whose head is damaged is one that a crash has cut short: nothing of it was acknowledged", () => {
  const { path, bytes } = log();
  let frames = 1;
  while (bytes.readUInt32BE(HEADER + (frames - 1) * FRAME + 4) === 0) frames++;
  const first = Buffer.from(bytes.subarray(0, HEADER + frames * FRAME));
  first[13]! ^= 1;
  writeFileSync(path, first);
  expect(walDamage(path)).toBeUndefined();
  // With one frame more, whole, something was written behind a transaction that was acknowledged.
  const more = Buffer.concat([first, bytes.subarray(first.length, first.length + FRAME)]);
  writeFileSync(path, more);
  expect(walDamage(path)).toBe("the head of its log is damaged");
  writeFileSync(path, more.subarray(0, -1));
  expect(walDamage(path)).toBeUndefined();
});

test("I9: a transaction whose mark of its end is gone is damaged when another one follows, and cut short when it is the last", () => {
  const { path, bytes } = log();
  // While the database has two pages its size, which is the mark, is a single bit.
  let frames = 0;
  while (bytes.readUInt32BE(HEADER + frames * FRAME + 4) === 2 || frames < 2) frames++;
  const small = bytes.subarray(0, HEADER + frames * FRAME);
  expect(frames).toBeGreaterThan(4);
  const withoutMark = (frame: number): string | undefined => {
    const damaged = Buffer.from(small);
    expect(damaged.readUInt32BE(HEADER + frame * FRAME + 4)).toBe(2);
    damaged.writeUInt32BE(0, HEADER + frame * FRAME + 4);
    writeFileSync(path, damaged);
    return walDamage(path);
  };
  expect(withoutMark(frames - 1)).toBeUndefined();
  expect(withoutMark(frames - 2)).toBe(
    `frame ${frames - 1} of its log is damaged, with committed transactions behind it`,
  );
});

test("I9: a whole frame of which only the log's name is damaged ends a transaction of this log all the same", () => {
  const { path, bytes } = log();
  const small = bytes.subarray(0, HEADER + 4 * FRAME);
  const renamed = (frame: number): string | undefined => {
    const damaged = Buffer.from(small);
    damaged[HEADER + frame * FRAME + 9]! ^= 1;
    writeFileSync(path, damaged);
    return walDamage(path);
  };
  expect(renamed(3), "the last one may be of an older log").toBeUndefined();
  expect(renamed(2)).toBe("frame 3 of its log is damaged, with committed transactions behind it");
});
