/**
 * Goal: inside one process, the lock of a repository goes to one after the other in the order of asking, and every request
 * ends once. Method: real repositories and files. test/git/lock-processes.test.ts has the processes,
 * test/properties/repository-lock.test.ts any order of commands.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { lockFiles } from "../../src/git/lock-files.ts";
import { tryFileLock } from "../../src/git/file-lock.ts";
import { ownSystem } from "../../src/git/lock-system.ts";
import { openRepository, type Repository } from "../../src/git/repository.ts";
import { startWithNoFilesLeft } from "../support/commands.ts";
import { git, gitRepository } from "../support/git-repository.ts";
import { virtualEnv } from "../support/virtual-env.ts";

const env = nodeEnv();
const opened = (path = gitRepository()): Promise<Repository> => openRepository(path, { env });

describe("one lock", () => {
  test("S3-02: requests get it one at a time, in the order of asking", async () => {
    const repository = await opened();
    const order: number[] = [];
    let inside = 0;
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        await using lease = await repository.lock();
        expect([++inside, lease.held]).toEqual([1, true]);
        order.push(index);
        await env.timers.nextTurn();
        inside--;
      }),
    );
    expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  test("S3-03: a link, a trailing slash, a relative path, a folder inside, a linked worktree: one repository, one lock", async () => {
    const path = gitRepository();
    const link = join(path, "..", "link");
    symlinkSync(path, link);
    const linked = join(path, "..", "linked");
    git(path, "worktree", "add", "-q", "--detach", linked);
    mkdirSync(join(path, "inside"));
    const ways = [link, `${path}/`, relative(process.cwd(), path), join(path, "inside"), linked, join(path, ".git")];
    await using _held = await (await opened(path)).lock();
    for (const way of ways) {
      const repository = await opened(way);
      expect(repository.commonDir).toBe(join(path, ".git"));
      await expect(repository.lock({ timeoutMs: 5 })).rejects.toMatchObject({ code: "repository_lock_timeout" });
    }
    expect((await opened(linked)).topLevel).toBe(linked);
  });

  test("S3-04: different repositories never wait for each other", async () => {
    const [one, other] = [await opened(), await opened()];
    await using _held = await one.lock();
    await using lease = await other.lock({ timeoutMs: 0 });
    expect(lease.held).toBe(true);
  });

  test("a bare repository has one, and a folder that is in none has none", async () => {
    const path = join(gitRepository(), "..", "bare.git");
    mkdirSync(path);
    git(path, "init", "-q", "--bare");
    const repository = await opened(path);
    expect(repository).toMatchObject({ commonDir: path, topLevel: undefined, directory: path });
    await (await repository.lock()).release();
    const outside = join(path, "..", "outside");
    mkdirSync(outside);
    await expect(opened(outside)).rejects.toMatchObject({ code: "not_a_repository", exitCode: 128 });
    await expect(opened(join(outside, "missing"))).rejects.toMatchObject({ code: "git_unavailable" });
  });
});

describe("releasing", () => {
  test("S3-02: a lease is released once; again changes nothing, even when somebody else holds the lock by then", async () => {
    const repository = await opened();
    const first = await repository.lock();
    const second = repository.lock();
    await Promise.all([first.release(), first.release()]);
    await using held = await second;
    await first.release();
    expect([first.held, held.held]).toEqual([false, true]);
    await expect(repository.lock({ timeoutMs: 5 })).rejects.toMatchObject({ code: "repository_lock_timeout" });
  });

  test("S3-04: a holder that throws has released it when its block ends", async () => {
    const repository = await opened();
    const failing = async (): Promise<void> => {
      await using _lease = await repository.lock();
      throw new Error("the work failed");
    };
    await expect(failing()).rejects.toThrow("the work failed");
    await (await repository.lock({ timeoutMs: 0 })).release();
  });
});

describe("waiting", () => {
  test("S3-02: an aborted request ends with the signal's reason at once, and the others go on in their order", async () => {
    const repository = await opened();
    const held = await repository.lock();
    const controller = new AbortController();
    const aborted = repository.lock({ signal: controller.signal });
    const next = repository.lock();
    controller.abort(new Error("not needed any more"));
    await expect(aborted).rejects.toThrow("not needed any more");
    await held.release();
    await (await next).release();
  });

  test("a signal that is aborted already means no waiting at all; one that is aborted later does not touch the lease", async () => {
    const repository = await opened();
    await expect(repository.lock({ signal: AbortSignal.abort(new Error("gone")) })).rejects.toThrow("gone");
    const controller = new AbortController();
    await using lease = await repository.lock({ signal: controller.signal });
    controller.abort();
    expect(lease.held).toBe(true);
  });

  test("S3-05: a request waits for 30 seconds unless told otherwise, and then says who holds the lock and what for", async () => {
    const virtual = virtualEnv();
    const repository = await openRepository(gitRepository(), { env });
    const late = await openRepository(repository.commonDir, { env: virtual });
    await using _held = await repository.lock({ purpose: "a long merge" });
    const outcome = late.lock().catch((error: unknown) => error);
    await virtual.advance(29_999);
    expect(repository.lockState().waiting).toHaveLength(1);
    await virtual.advance(1);
    expect(await outcome).toMatchObject({
      code: "repository_lock_timeout",
      message: `Expected the lock of the repository ${repository.commonDir} within 30000 ms, but process ${process.pid} (this one) holds it for a long merge. Wait for it to end, end that process, or allow more time.`,
      holder: { pid: process.pid, purpose: "a long merge" },
    });
    expect(repository.lockState().waiting).toEqual([]);
    expect(virtual.armed).toBe(0);
  });

  test.each([-1, Number.NaN, Infinity])("a timeout of %s is refused", async (timeoutMs) => {
    await expect((await opened()).lock({ timeoutMs })).rejects.toMatchObject({ code: "invalid_usage" });
  });

  test("a lock that somebody outside this queue holds is waited for until it is let go", async () => {
    const repository = await opened();
    await (await repository.lock()).release();
    // As another process would hold it; SQLite keeps connections of one process apart too.
    const outside = tryFileLock(ownSystem, lockFiles(repository.commonDir).lock)!;
    const waiting = repository.lock();
    await expect(repository.lock({ timeoutMs: 20 })).rejects.toMatchObject({ code: "repository_lock_timeout" });
    outside.release();
    await (await waiting).release();
    expect(readdirSync(lockFiles(repository.commonDir).queue)).toEqual([]);
  });
});

describe("seeing", () => {
  test("who holds the lock, what for, and who waits, is visible from everywhere", async () => {
    const repository = await opened();
    expect(repository.lockState()).toEqual({ holder: undefined, waiting: [] });
    const lease = await repository.lock({ purpose: "worktree add" });
    const waiting = repository.lock({ purpose: "worktree remove" });
    const other = await opened(repository.directory);
    expect(other.lockState()).toEqual({
      holder: {
        lease: lease.id,
        pid: process.pid,
        host: expect.any(String),
        since: expect.any(Number),
        purpose: "worktree add",
      },
      waiting: [{ pid: process.pid, since: expect.any(Number), purpose: "worktree remove" }],
    });
    await lease.release();
    await (await waiting).release();
    expect(repository.lockState()).toEqual({ holder: undefined, waiting: [] });
  });
});

describe("its files", () => {
  test("only their owner may read them, and git does not see them as its own", async () => {
    const repository = await opened();
    await using _lease = await repository.lock();
    const { folder, lock, note, queue } = lockFiles(repository.commonDir);
    const modes = [folder, queue, lock, note].map((path) => (statSync(path).mode & 0o777).toString(8));
    expect(modes).toEqual(["700", "700", "600", "600"]);
    expect(git(repository.directory, "status", "--porcelain")).toBe("");
    expect(git(repository.directory, "fsck")).toBe("");
  });

  test("a note, a queue and files that died with somebody hold nobody up", async () => {
    const repository = await opened();
    const { queue, note, lock } = lockFiles(repository.commonDir);
    mkdirSync(queue, { recursive: true });
    writeFileSync(lock, "");
    writeFileSync(join(queue, "000000000007-1-dead"), "");
    writeFileSync(join(queue, "new-1-dead"), "");
    writeFileSync(note, "{ not even JSON");
    await using lease = await repository.lock({ timeoutMs: 5_000 });
    expect(lease.held).toBe(true);
    expect(readdirSync(queue)).toEqual(["new-1-dead"]);
    expect(JSON.parse(readFileSync(note, "utf8"))).toMatchObject({ lease: lease.id });
  });

  test("their folder may be deleted while nobody holds the lock", async () => {
    const repository = await opened();
    await (await repository.lock()).release();
    rmSync(lockFiles(repository.commonDir).folder, { recursive: true });
    await (await repository.lock()).release();
  });

  test("a folder that cannot be made is told to everyone who waits", async () => {
    const repository = await opened();
    writeFileSync(join(repository.commonDir, "signalbox"), "in the way");
    const outcomes = await Promise.allSettled([repository.lock(), repository.lock(), repository.lock()]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: { code: "repository_lock_unavailable", commonDir: repository.commonDir },
      });
    }
    rmSync(join(repository.commonDir, "signalbox"));
    await (await repository.lock()).release();
  });

  test("too many open files are told as such: the folder is nobody else's for that", async () => {
    const [refused, again] = await startWithNoFilesLeft("lock", gitRepository());
    expect(refused).toMatch(/^Expected to write to .*\. Allow more open files \(`ulimit -n`\)\.$/);
    expect(again).toBe("started");
  });
});
