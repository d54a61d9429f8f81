/**
 * Goal: what the system refuses while the lock of a repository is taken, held or let go never ends the process, and never leaves the
 * lock with somebody who does not want it (E1, E2). Method: real files, with one kind of call made to fail; each was found by a seed
 * of the simulation (test/regressions/simulated-seeds.test.ts).
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tryFileLock } from "../../src/git/file-lock.ts";
import { writeNote } from "../../src/git/holder-note.ts";
import { lockFiles } from "../../src/git/lock-files.ts";
import { ownSystem, type LockSystem } from "../../src/git/lock-system.ts";
import type { RepositoryLease } from "../../src/git/repository-lease.ts";
import { RepositoryLocks } from "../../src/git/repository-lock.ts";
import { virtualEnv } from "../support/virtual-env.ts";

const fail = (): never => {
  throw Object.assign(new Error("EROFS: read-only file system"), { code: "EROFS" });
};
/** What a request comes to. */
const outcomeOf = (request: Promise<RepositoryLease>): Promise<string> =>
  request.then(
    () => "had it",
    (error: Error & { readonly code?: string }) => error.code ?? error.message,
  );

function setUp(change: Partial<LockSystem>) {
  const commonDir = mkdtempSync(join(tmpdir(), "signalbox-taker-"));
  onTestFinished(() => rmSync(commonDir, { recursive: true }));
  const files = lockFiles(commonDir);
  ownSystem.makeFolder(files.queue);
  const env = virtualEnv();
  const locks = new RepositoryLocks({ ...ownSystem, ...change });
  return {
    env,
    files,
    lock: (timeoutMs: number, signal?: AbortSignal) => locks.lock(commonDir, env, { timeoutMs, signal }),
    /** Somebody else has it, until the answer is called. */
    occupy: () => tryFileLock(ownSystem, files.lock)!.release,
    isFree: () => !ownSystem.isLocked(files.lock),
  };
}

test("I17, L2: a lock is let go also when what its holder wrote cannot be removed", async () => {
  const { env, lock, isFree, occupy } = setUp({ remove: fail });
  await (await lock(0)).release();
  expect(isFree()).toBe(true);
  // Who had to wait has a place in the queue, which cannot be removed either.
  const release = occupy();
  const second = lock(1_000);
  release();
  await env.advance(100);
  await (await second).release();
  expect(isFree()).toBe(true);
  const busy = occupy();
  const told = outcomeOf(lock(50));
  await env.advance(50);
  expect(await told).toBe("repository_lock_timeout");
  busy();
  expect(env.armed).toBe(0);
});

test("L2: who waits in vain is told that the time is over, also when nobody can tell who holds the lock", async () => {
  const { env, lock, occupy } = setUp({ isLocked: fail });
  const release = occupy();
  const told = outcomeOf(lock(20));
  await env.advance(20);
  expect(await told).toBe("repository_lock_timeout");
  release();
});

test("E1: after a refusal nothing takes the lock for a request that has been given up since", async () => {
  let failures = 1;
  const write: LockSystem["write"] = (path, text) => (failures-- > 0 ? fail() : ownSystem.write(path, text));
  const { env, files, lock, isFree, occupy } = setUp({ write });
  // A holder that died left its note: the way on which the timer was lost.
  writeNote(ownSystem, files, { lease: "of a dead one", since: 0, purpose: "" });
  const release = occupy();
  const abort = new AbortController();
  const [first, second] = [lock(10_000), lock(10_000, abort.signal)];
  const told = [outcomeOf(first), outcomeOf(second)];
  release();
  await env.advance(2);
  expect(await told[0]).toBe("repository_lock_unavailable");
  abort.abort(new Error("given up"));
  expect(await told[1]).toBe("given up");
  expect(env.armed).toBe(0);
  await env.advance(1_000);
  expect(isFree()).toBe(true);
});

test("T1: a newcomer whose file is cleared before it is locked, as after a jump of the clock, comes again", async () => {
  let cleared = 0;
  const makeFile: LockSystem["makeFile"] = (path) => {
    ownSystem.makeFile(path);
    if (path.includes("/new-") && cleared++ < 2) ownSystem.remove(path);
  };
  const { env, lock, occupy } = setUp({ makeFile });
  const release = occupy();
  const given = lock(1_000);
  await env.advance(50);
  expect(cleared).toBeGreaterThan(2);
  release();
  await env.advance(50);
  expect((await given).held).toBe(true);
});

test("E2: who cannot look for what a dead holder left running says so, and tries again for the next one", async () => {
  let calls = 0;
  // At first one runs; the next look, which a timer makes, fails.
  const processesOfLease = (): number[] => [() => [1], fail, () => []][Math.min(calls++, 2)]!();
  const { env, files, lock } = setUp({ processesOfLease, signal: () => {} });
  writeNote(ownSystem, files, { lease: "of a dead one", since: 0, purpose: "" });
  const [first, second] = [lock(1_000), lock(1_000)];
  const told = outcomeOf(first);
  await env.advance(50);
  expect(await told).toBe("repository_lock_unavailable");
  expect((await second).held).toBe(true);
});

test("I17: a note that cannot be read just now is not taken for none: what a dead holder left running ends first", async () => {
  let failures = 1;
  const read: LockSystem["read"] = (path) => (failures-- > 0 ? fail() : ownSystem.read(path));
  let running = [1];
  const { env, files, lock } = setUp({ read, processesOfLease: () => running, signal: () => {} });
  writeNote(ownSystem, files, { lease: "of a dead one", since: 0, purpose: "" });
  const [first, second] = [lock(1_000), lock(1_000)];
  const told = outcomeOf(first);
  const given = outcomeOf(second);
  await env.advance(500);
  expect(await told).toBe("repository_lock_unavailable");
  expect(ownSystem.read(files.note)).toContain("of a dead one");
  running = [];
  await env.advance(500);
  expect(await given).toBe("had it");
});

test("a lock whose note cannot be read has a holder that nobody knows", async () => {
  const commonDir = mkdtempSync(join(tmpdir(), "signalbox-taker-"));
  onTestFinished(() => rmSync(commonDir, { recursive: true }));
  const lease = await new RepositoryLocks(ownSystem).lock(commonDir, virtualEnv(), { purpose: "a merge" });
  expect(new RepositoryLocks(ownSystem).stateOf(commonDir).holder).toMatchObject({ purpose: "a merge" });
  expect(new RepositoryLocks({ ...ownSystem, read: fail }).stateOf(commonDir).holder).toMatchObject({ pid: 0 });
  await lease.release();
});
