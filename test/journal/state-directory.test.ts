// Goal: a state directory that cannot be used is refused in words that help, and one that can is left as it was found.
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareStateDirectory, stateError } from "../../src/journal/state-directory.ts";
import { stateFolder } from "../support/state-folder.ts";

const unusable: Readonly<Record<string, { readonly make: (directory: string) => string; readonly reason: string }>> = {
  "a file in its place": {
    make: (directory) => (writeFileSync(directory, ""), directory),
    reason: "a file is in the way",
  },
  "a file on the way to it": {
    make: (directory) => (writeFileSync(directory, ""), join(directory, "state")),
    reason: "a part of its path is a file",
  },
  // A superuser may write to any ordinary directory, but cannot make one among the processes.
  "a directory that may not be written": {
    make: (directory) => {
      if (process.getuid?.() === 0) return "/proc/signalbox/state";
      mkdirSync(directory, { mode: 0o500 });
      return join(directory, "state");
    },
    reason: process.getuid?.() === 0 ? "no directory can be made there" : "you may not write there",
  },
  "a circle of links": {
    make: (directory) => (symlinkSync(directory, directory), join(directory, "state")),
    reason: "circle of links",
  },
  "a path that is too long": {
    make: (directory) => join(directory, "x".repeat(300)),
    reason: "its path is too long",
  },
  "a directory in place of the database": {
    make: (directory) => (mkdirSync(join(directory, "signalbox.db"), { recursive: true }), directory),
    reason: "it is not an ordinary file",
  },
  "a link in place of the database": {
    make: (directory) => (mkdirSync(directory), symlinkSync("/etc/passwd", join(directory, "signalbox.db")), directory),
    reason: "it is not an ordinary file",
  },
};

test.each(Object.keys(unusable))("%s is refused in words that help", (what) => {
  const { make, reason } = unusable[what]!;
  const path = make(stateFolder());
  const refused = { code: "state_unwritable", message: expect.stringMatching(new RegExp(`${reason}.*--state-dir`)) };
  expect(() => prepareStateDirectory(path)).toThrow(expect.objectContaining(refused));
});

test("preparing twice changes nothing", () => {
  const directory = join(stateFolder(), "a", "b");
  prepareStateDirectory(directory);
  writeFileSync(join(directory, ".gitignore"), "mine\n");
  chmodSync(directory, 0o750);
  prepareStateDirectory(directory);
  expect(readFileSync(join(directory, ".gitignore"), "utf8")).toBe("mine\n");
  expect(statSync(directory).mode & 0o777).toBe(0o750);
});

test("a directory of another user into which others may write is refused", () => {
  const directory = stateFolder();
  mkdirSync(directory);
  chmodSync(directory, 0o777);
  // Only a superuser can give a directory away; for anybody else the folder of temporary files is such a one.
  const superuser = process.getuid?.() === 0;
  if (superuser) chownSync(directory, 12_345, 12_345);
  const foreign = superuser ? directory : "/var/tmp";
  expect(() => prepareStateDirectory(foreign)).toThrow("it belongs to another user and others may write to it");
});

test("an error that is not of the file system stays as it is", () => {
  const error = new TypeError("x");
  expect(stateError("d", error)).toBe(error);
});
