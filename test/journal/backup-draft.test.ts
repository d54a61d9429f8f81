import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { draftOf, removeDraft, removeLeftDrafts, removeOldDrafts } from "../../src/journal/backup-draft.ts";

const dead = spawnSync("true").pid;
const folderWith = (...names: string[]): string => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-drafts-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of names) writeFileSync(join(folder, name), "");
  return folder;
};

test("B3: the drafts of one copy go when their process has; those of others, and of the living, stay", () => {
  const mine = `copy.db.${process.pid}.part`;
  const others = [mine, "copy.db", `other.db.${dead}.part`, "copy.db.x.part", `xcopy.db.${dead}.part`];
  const folder = folderWith(`copy.db.${dead}.part`, `copy.db.${dead}.part-journal`, ...others);
  removeLeftDrafts(join(folder, "copy.db"));
  expect(readdirSync(folder).toSorted()).toEqual(others.toSorted());
  expect(draftOf(join(folder, "copy.db"))).toBe(join(folder, mine));
  removeDraft(join(folder, "copy.db"));
  expect(readdirSync(folder)).not.toContain(mine);
  removeLeftDrafts(join(folder, "nothing", "copy.db"));
});

test("U2: in a folder of copies a draft goes only when nobody has written to it for long: another machine may use it too", () => {
  const [old, fresh, strange] = [`a.db.${dead}.part`, `b.db.${dead}.part`, `c.txt.${dead}.part`];
  const folder = folderWith(old, fresh, strange, "a.db");
  const now = Date.now();
  for (const name of [old, strange, "a.db"]) utimesSync(join(folder, name), 0, now / 1_000 - 7_200);
  removeOldDrafts(folder, { name: /^[a-z]\.db$/, now, idleMs: 3_600_000 });
  expect(readdirSync(folder).toSorted()).toEqual(["a.db", fresh, strange].toSorted());
});
