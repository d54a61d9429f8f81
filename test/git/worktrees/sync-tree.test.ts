/**
 * Goal: what is put on the disk is the folder that was named, all of it, and comes to an end. Method: real folders with what stands in folders of
 * builds; a bug would look like a test that never ends, or an error about a file that is not ours.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { syncTree } from "../../../src/git/worktrees/sync-tree.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-tree-"));
  mkdirSync(join(folder, "a/b/c"), { recursive: true });
  writeFileSync(join(folder, "a/b/c/file"), "text");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("links are names: not followed in circles, nor out of the folder, nor to where nothing is", async () => {
  for (const name of ["one", "two", "three"]) symlinkSync(".", join(folder, "a", name));
  symlinkSync("/", join(folder, "a/b/root"));
  symlinkSync("nowhere", join(folder, "a/b/dangling"));
  await syncTree(Buffer.from(folder));
});

test("a name that is no text is a name too", async () => {
  // Elsewhere such names cannot be.
  if (process.platform !== "linux") return;
  const odd = Buffer.concat([Buffer.from(join(folder, "caf")), Buffer.from([0xe9])]);
  mkdirSync(odd);
  writeFileSync(Buffer.concat([odd, Buffer.from("/x"), Buffer.from([0xff])]), "");
  await syncTree(Buffer.from(folder));
});

test("what is not there is an error", async () => {
  rmSync(folder, { recursive: true });
  await expect(syncTree(Buffer.from(folder))).rejects.toThrow("ENOENT");
});
