import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bytesIfThere, filesBelow, foldersIfThere, namesIfThere, textIfThere } from "../../src/base/if-there.ts";

test("what is missing is nothing; what is there and cannot be read is told", () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-there-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = (...names: string[]): string => join(folder, ...names);
  mkdirSync(path("one", "two"), { recursive: true });
  writeFileSync(path("one", "two", "file"), "text");
  symlinkSync(path("one"), path("link"));
  symlinkSync(path("circle"), path("circle"));
  expect(textIfThere(path("one", "two", "file"))).toBe("text");
  expect(bytesIfThere(path("one", "two", "file"))).toEqual(Buffer.from("text"));
  expect(namesIfThere(path("one"))).toEqual(["two"]);
  expect(foldersIfThere(folder)).toEqual(["one"]);
  expect(filesBelow(path("one"))).toEqual([path("one", "two", "file")]);
  // Not there, and below a file.
  for (const missing of [path("none"), path("one", "two", "file", "below")]) {
    expect([textIfThere(missing), bytesIfThere(missing)]).toEqual([undefined, undefined]);
    expect([namesIfThere(missing), foldersIfThere(missing), filesBelow(missing)]).toEqual([[], [], []]);
  }
  for (const read of [textIfThere, bytesIfThere]) expect(() => read(folder)).toThrow("EISDIR");
  for (const list of [namesIfThere, foldersIfThere, filesBelow]) expect(() => list(path("circle"))).toThrow("ELOOP");
});
