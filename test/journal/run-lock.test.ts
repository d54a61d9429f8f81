// Goal: one holder at a time (I18), and a message that says who it is as far as that is known. Method: locks taken in this
// process; other processes in test/e2e/journal-process.test.ts.
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { acquireRunLock, currentHolder, lastHolder } from "../../src/journal/run-lock.ts";
import { stateFolder } from "../support/state-folder.ts";

function directory(): string {
  const path = stateFolder();
  mkdirSync(path, 0o700);
  return path;
}

function acquire(path: string): { release: () => void } {
  const lock = acquireRunLock(path, 1_000);
  onTestFinished(() => lock.release());
  return lock;
}

test("the lock is held by one, and free again when released, twice if need be", () => {
  const path = directory();
  expect(currentHolder(path)).toBeUndefined();
  const lock = acquire(path);
  expect(currentHolder(path)).toMatchObject({ pid: process.pid, host: hostname(), startedAt: 1_000 });
  expect(() => acquireRunLock(path, 2)).toThrow(`in use by this process (${process.pid}) already`);
  expect(currentHolder(path)).toMatchObject({ startedAt: 1_000 });
  lock.release();
  lock.release();
  expect(currentHolder(path)).toBeUndefined();
  acquire(path);
});

const claims: Readonly<Record<string, { readonly holder: (self: object) => string; readonly message: string }>> = {
  "a process on another machine": {
    holder: (self) => JSON.stringify({ ...self, pid: 77, host: "elsewhere" }),
    message: "in use by process 77 on elsewhere.",
  },
  "another process here": {
    holder: (self) => JSON.stringify({ ...self, pid: process.ppid }),
    message: `in use by process ${process.ppid}.`,
  },
  // Its successor has the lock but has not said so yet.
  "a process that is gone": {
    holder: (self) => JSON.stringify({ ...self, pid: 2 ** 30 }),
    message: `in use by process ${2 ** 30}.`,
  },
  "nobody, in a file cut short": { holder: () => "{", message: "in use by another process." },
  "somebody, in words of another program": { holder: () => '{"pid":"x"}', message: "in use by another process." },
  "nobody at all": { holder: () => "null", message: "in use by another process." },
};

test("who is named and gone is waited for: its successor has not said yet who it is; who lives, here or elsewhere, is not", () => {
  const path = directory();
  acquire(path);
  const file = join(path, "run.lock.json");
  const self = JSON.parse(readFileSync(file, "utf8")) as object;
  const waitedMs = (change: object): number => {
    writeFileSync(file, JSON.stringify({ ...self, ...change }));
    const startedAt = performance.now();
    expect(() => acquireRunLock(path, 2)).toThrow("in use");
    return performance.now() - startedAt;
  };
  const gone = 2 ** 30;
  expect(waitedMs({ pid: gone })).toBeGreaterThan(400);
  // Whether a process of another machine, or of another start of this one, lives cannot be seen from here.
  for (const known of [{}, { pid: gone, host: "elsewhere" }, { pid: gone, bootId: "another" }]) {
    // The machine may be slow, once or twice.
    expect(
      [1, 2, 3].some(() => waitedMs(known) < 400),
      JSON.stringify(known),
    ).toBe(true);
  }
});

test.each(Object.keys(claims))("when the file beside the lock names %s, the message says no more than that", (what) => {
  const path = directory();
  acquire(path);
  const file = join(path, "run.lock.json");
  const self = JSON.parse(readFileSync(file, "utf8")) as object;
  writeFileSync(file, claims[what]!.holder(self));
  expect(() => acquireRunLock(path, 2)).toThrow(
    expect.objectContaining({ code: "state_in_use", message: expect.stringContaining(claims[what]!.message) }),
  );
});

test("who took the lock last is read from a file that says all of it; what says less names nobody", () => {
  const path = directory();
  expect(lastHolder(path)).toBeUndefined();
  acquire(path);
  const self = lastHolder(path)!;
  expect(self).toMatchObject({ pid: process.pid, host: hostname(), startedAt: 1_000 });
  const told = (text: string): unknown => {
    writeFileSync(join(path, "run.lock.json"), text);
    return lastHolder(path);
  };
  expect(told(JSON.stringify({ ...self, more: 1 }))).toMatchObject(self);
  const wrong = [{ pid: 1.5 }, { pid: "7" }, { host: undefined }, { bootId: 1 }, { startedAt: "today" }];
  for (const change of wrong)
    expect(told(JSON.stringify({ ...self, ...change })), JSON.stringify(change)).toBeUndefined();
  for (const text of ["", "{", "null", "7", '"signalbox"']) expect(told(text), text).toBeUndefined();
});

test("a lock that is held is held by somebody, also when nothing says who", () => {
  const path = directory();
  acquire(path);
  writeFileSync(join(path, "run.lock.json"), "{");
  expect(currentHolder(path)).toEqual({ pid: 0, host: "", bootId: "", startedAt: 0 });
});

test("a lock that is there and cannot be looked at may be held: nobody takes it for free", () => {
  const path = directory();
  mkdirSync(join(path, "run.lock.db"));
  expect(currentHolder(path)).toEqual({ pid: 0, host: "", bootId: "", startedAt: 0 });
});

/** What this process has open below a folder, as Linux tells it. */
function openBelow(folder: string): string[] {
  return readdirSync("/proc/self/fd").flatMap((file) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${file}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return [];
    }
  });
}

test("K2: who asks, who is turned away and who gives it back leaves nothing open", () => {
  // Elsewhere the system does not say what is open.
  if (process.platform !== "linux") return;
  const path = directory();
  const lock = acquireRunLock(path, 1);
  expect(openBelow(path)).toEqual([join(path, "run.lock.db")]);
  for (let time = 0; time < 3; time++) {
    expect(currentHolder(path)).toBeDefined();
    expect(() => acquireRunLock(path, 2)).toThrow("in use");
  }
  // What SQLite may not close while the lock is held, it closes with it.
  lock.release();
  expect(currentHolder(path)).toBeUndefined();
  expect(openBelow(path)).toEqual([]);
});
