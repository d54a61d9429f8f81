/** Goal and method: those of the campaign in `sync-order.ts`, small; and that it sees answers that come too early. */
import { describe, expect, test } from "vitest";
import { commitOrder } from "./commit-faults.ts";
import { syncOrder } from "./order.ts";
import { canTrace, syncOrderAudit } from "./sync-order.ts";

test("I7: nothing is printed or answered before the log that holds it is synced; without strace, before its commit", async () => {
  const { figures, faults } = await syncOrderAudit.run({ size: "small", seed: 1, say: () => {} });
  expect(faults).toEqual([]);
  // Both ways where there is strace; where there is none, the campaign shows less, and says which.
  expect(Object.keys(figures)).toHaveLength(canTrace() ? 6 : 2);
});

const WAL = "22</tmp/s/signalbox.db-wal>";
const written = (mark: string): string => `100 pwrite64(${WAL}, "..${mark}..", 4096, 32) = 4096`;
const answered = (mark: string): string =>
  `99 write(1<pipe:[1]>, "{\\"event\\":\\"item.done\\",\\"item\\":\\"${mark}\\"}", 40) = 40`;
const SYNC = `100 fdatasync(${WAL})   = 0`;
const early = (lines: readonly string[]): readonly string[] =>
  syncOrder(lines.join("\n"), (text) => text.includes("item.done")).early;

describe("what strace saw", () => {
  test("an answer behind its write and sync is in order", () => {
    expect(early([written("mark-0001"), SYNC, answered("mark-0001")])).toEqual([]);
  });

  test.each([
    ["is not synced", [written("mark-0001"), answered("mark-0001")], "not synced"],
    ["was never written", [SYNC, answered("mark-0001")], "nothing of it was written"],
    ["was synced before it was written", [SYNC, written("mark-0001"), answered("mark-0001")], "not synced"],
    [
      "was synced without success",
      [written("mark-0001"), `100 fdatasync(${WAL}) = -1 EIO (Input/output error)`, answered("mark-0001")],
      "not synced",
    ],
    [
      "was synced in another file",
      [written("mark-0001"), "100 fdatasync(23</tmp/s/other.jsonl>) = 0", answered("mark-0001")],
      "not synced",
    ],
    [
      "is being synced while it is answered",
      [
        written("mark-0001"),
        `100 fdatasync(${WAL} <unfinished ...>`,
        answered("mark-0001"),
        "100 <... fdatasync resumed>) = 0",
      ],
      "not synced",
    ],
    [
      "was written after the sync had begun",
      [
        `100 fdatasync(${WAL} <unfinished ...>`,
        written("mark-0001").replace("100", "101"),
        "100 <... fdatasync resumed>) = 0",
        answered("mark-0001"),
      ],
      "not synced",
    ],
  ])("an answer whose log %s is early", (_, lines, expected) => {
    expect(early(lines)).toEqual([expect.stringContaining(expected)]);
  });

  test("of two in one answer the one that is not synced is early", () => {
    const both = answered("mark-0001").replace("mark-0001", "mark-0001 mark-0002");
    expect(early([written("mark-0001"), SYNC, written("mark-0002"), both])).toEqual([
      expect.stringMatching(/^mark-0002/),
    ]);
  });
});

describe("what SQLite was told", () => {
  test.each([
    ["begin 2 wal\ncommit 2 wal\nacknowledged 1", 0],
    ["begin 2 wal\nacknowledged 1\ncommit 2 wal", 1],
    ["begin 2 wal\ncommit 2 wal\nacknowledged 1\nacknowledged 2", 1],
    ["begin 1 wal\ncommit 1 wal\nacknowledged 1", 1],
    ["begin 2 delete\ncommit 2 delete\nacknowledged 1", 1],
  ])("%j: %i faults", (notes, faults) => {
    expect(commitOrder(notes).faults).toHaveLength(faults);
  });
});
