// Goal: a state directory that cannot be used is refused in words that help, and one that can is left as it was found.
import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
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
    make: (directory) => (mkdirSync(join(directory, "signalbox.db"), { recursive: true, mode: 0o700 }), directory),
    reason: "it is not an ordinary file",
  },
  "a link in place of the database": {
    make: (directory) => (
      mkdirSync(directory, 0o700),
      symlinkSync("/etc/passwd", join(directory, "signalbox.db")),
      directory
    ),
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
  expect(readFileSync(join(directory, ".gitignore"), "utf8")).toBe("*\n");
  expect([directory, join(directory, ".gitignore")].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
  writeFileSync(join(directory, ".gitignore"), "mine\n");
  chmodSync(directory, 0o750);
  prepareStateDirectory(directory);
  expect(readFileSync(join(directory, ".gitignore"), "utf8")).toBe("mine\n");
  expect(statSync(directory).mode & 0o777).toBe(0o750);
});

test.each([0o770, 0o720, 0o702, 0o1777])(
  "a directory into which others may write (%o) is refused, with what to type",
  (mode) => {
    const directory = stateFolder();
    mkdirSync(directory);
    chmodSync(directory, mode);
    const refused = {
      code: "state_unwritable",
      message: expect.stringContaining(`others may write to it. Keep them out with \`chmod go-w ${directory}\``),
    };
    expect(() => prepareStateDirectory(directory)).toThrow(expect.objectContaining(refused));
    expect(readdirSync(directory)).toEqual([]);
    chmodSync(directory, mode & ~0o022);
    prepareStateDirectory(directory);
  },
);

test("the command to type names a directory with any characters as one word", () => {
  const directory = `${stateFolder()} it's`;
  mkdirSync(directory);
  chmodSync(directory, 0o777);
  expect(() => prepareStateDirectory(directory)).toThrow(`chmod go-w '${directory.replace("'", "'\\''")}'`);
});

test("an error that is not of the file system stays as it is", () => {
  const error = new TypeError("x");
  expect(stateError("d", error)).toBe(error);
});

test("an error of the file system that has no words of its own is told in those of the system", () => {
  const error = Object.assign(new Error("EIO: i/o error, open 'd'"), { code: "EIO", syscall: "open" });
  const told = { code: "state_unwritable", cause: error };
  expect(stateError("d", error)).toMatchObject(told);
  expect(String(stateError("d", error))).toContain("but EIO: i/o error, open 'd'. Give another state directory");
  const nameless = Object.assign(new Error("it went wrong"), { syscall: "open" });
  expect(String(stateError("d", nameless))).toContain("but it went wrong.");
});
