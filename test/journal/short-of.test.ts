/**
 * Goal: where the machine has no more files, processes or memory for a journal, or for the thread that writes it, that is told, with what to allow
 * more of: not as a bug, and not as a directory that is somebody else's. Method: a process that may have no more, and one file more each time,
 * until the journal opens; so each of the steps in between has its turn to fail.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { stateFolder } from "../support/state-folder.ts";

interface Told {
  readonly way: "write" | "read" | "backup" | "large";
  readonly code: string;
  readonly message: string;
}

const SHORT_OF = fileURLToPath(new URL("../support/journal-short-of.ts", import.meta.url));

function told(shortOf: "files" | "threads" | "memory"): readonly Told[] {
  const words = ["-c", 'ulimit -n 64; exec "$0" "$@"', process.execPath, SHORT_OF, shortOf, stateFolder()];
  const text = execFileSync("sh", words, { encoding: "utf8" });
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Told);
}

test("files: every step on the way to an open journal", () => {
  // Elsewhere nobody limits them like this.
  if (process.platform === "win32") return;
  const all = told("files");
  const waysOf = (said: string) => new Set(all.filter(({ message }) => message.includes(said)).map(({ way }) => way));
  // Which steps come between the first and the last depends on how soon the system has back what a thread had.
  expect(waysOf("Worker initialization failure")).toEqual(new Set(["write", "backup"]));
  expect(waysOf("unable to open database")).toContain("read");
  for (const { way, code, message } of all) {
    expect(message).toMatch(/\. Allow more open files \(`ulimit -n`\)(, more processes .* or more memory)?\.$/);
    expect(["journal_unavailable", way === "backup" && "state_unwritable"]).toContain(code);
  }
});

test("processes: no thread can be started", () => {
  // Elsewhere nobody sets the limits of another process.
  if (process.platform !== "linux") return;
  const all = told("threads");
  expect(all.map(({ way, code }) => [way, code])).toEqual([
    ["write", "journal_unavailable"],
    ["backup", "journal_unavailable"],
  ]);
  for (const { message } of all)
    expect(message).toMatch(/ to run, got: EAGAIN\. Allow more .* more processes \(`ulimit -u`\)/);
});

test("memory: none for what is read", () => {
  if (process.platform !== "linux") return;
  const message = expect.stringMatching(/ cannot be used: out of memory\. Allow more memory\.$/);
  expect(told("memory")).toEqual([{ way: "large", code: "journal_unavailable", message }]);
});
