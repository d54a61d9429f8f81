/**
 * The lock of a repository as this process sees it: a queue of its own, decided by `machines/repository-lock.ts`, whose first
 * takes the lock that counts between processes. Waiters of this process take turns in the order of asking; processes take
 * turns too, so that one with a hundred waiters does not keep another's only one from its turn.
 *
 * L1 there is one `RepositoryLock` for each repository while anybody holds or waits, found by the real path of its common
 *    folder; a folder that nobody needs is forgotten.
 * L2 every request ends once: with a lease, with an error, or with the reason of its signal.
 */
import { createActor, type Actor } from "xstate";
import { repositoryLockMachine } from "../../machines/repository-lock.ts";
import { assert } from "../base/assert.ts";
import { UsageError } from "../base/errors.ts";
import type { Env } from "../base/env.ts";
import { LIMITS } from "../base/limits.ts";
import { readNote, type LockHolder } from "./holder-note.ts";
import { GIT_LIMITS } from "./limits.ts";
import { lockTimedOut, lockUnavailable, tooManyWait } from "./lock-error.ts";
import { lockFiles, type LockFiles } from "./lock-files.ts";
import { ownSystem, type LockSystem } from "./lock-system.ts";
import { queuedProcesses } from "./lock-queue.ts";
import { LockTaker } from "./lock-taker.ts";
import { makeLease, type RepositoryLease } from "./repository-lease.ts";

export interface LockOptions {
  /** Ends the waiting when it is aborted; a lock that was got is not affected. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds to wait at most. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** What it is wanted for, in words, for people who ask who holds the lock. */
  readonly purpose?: string | undefined;
}

/** Who waits for a lock. */
export interface LockWaiter {
  readonly pid: number;
  /** Wall clock of the moment in which it asked, in milliseconds since the epoch. */
  readonly since: number;
  /** What for; `undefined` for another process, which says it when it holds the lock. */
  readonly purpose: string | undefined;
}

export interface LockState {
  /** `undefined`: nobody holds it. */
  readonly holder: LockHolder | undefined;
  /** First those of this process in their order, then one for each other process in theirs. */
  readonly waiting: readonly LockWaiter[];
}

type Outcome = RepositoryLease | { readonly error: unknown };

interface Waiter extends LockWaiter {
  readonly settle: (outcome: Outcome) => void;
}

/** The locks of all repositories, as one process sees them. */
export class RepositoryLocks {
  readonly #system: LockSystem;
  readonly #locks = new Map<string, RepositoryLock>();

  constructor(system: LockSystem) {
    this.#system = system;
  }

  /** Waits for the lock of the repository with this common folder (a real path), and holds it until the lease is released. */
  async lock(commonDir: string, env: Env, options: LockOptions): Promise<RepositoryLease> {
    const timeoutMs = options.timeoutMs ?? GIT_LIMITS.lockTimeoutMs;
    if (!(timeoutMs >= 0 && timeoutMs <= LIMITS.timerMsMax)) {
      throw new UsageError(`Expected timeoutMs to be from 0 to ${LIMITS.timerMsMax}, got ${timeoutMs}.`);
    }
    options.signal?.throwIfAborted();
    let lock = this.#locks.get(commonDir);
    if (lock === undefined) {
      lock = new RepositoryLock(commonDir, env, this.#system, () => this.#locks.delete(commonDir));
      this.#locks.set(commonDir, lock);
    }
    return await lock.request(env, { ...options, timeoutMs });
  }

  /** Who holds the lock and who waits, in this process and others, at this moment. */
  stateOf(commonDir: string): LockState {
    const files = lockFiles(commonDir);
    const lock = this.#locks.get(commonDir);
    const others = queuedProcesses(this.#system, files, lock?.place).map((each) => ({ ...each, purpose: undefined }));
    return { holder: currentHolder(this.#system, files), waiting: [...(lock?.waiting() ?? []), ...others] };
  }
}

/** Those of this process. */
export const repositoryLocks = new RepositoryLocks(ownSystem);

function currentHolder(system: LockSystem, files: LockFiles): LockHolder | undefined {
  if (!system.isLocked(files.lock)) return undefined;
  // It may have the lock and not yet have said who it is, or the disk does not tell.
  return noteIfTold(system, files) ?? { lease: "", pid: 0, host: "", since: 0, purpose: "" };
}

function noteIfTold(system: LockSystem, files: LockFiles): LockHolder | undefined {
  try {
    return readNote(system, files);
  } catch {
    return undefined;
  }
}

class RepositoryLock {
  readonly #commonDir: string;
  readonly #files: LockFiles;
  readonly #system: LockSystem;
  readonly #actor: Actor<typeof repositoryLockMachine>;
  readonly #taker: LockTaker;
  readonly #waiters = new Map<number, Waiter>();
  #lease = "";

  constructor(commonDir: string, env: Env, system: LockSystem, forget: () => void) {
    this.#commonDir = commonDir;
    this.#system = system;
    this.#files = lockFiles(commonDir);
    this.#taker = new LockTaker(this.#files, {
      env,
      system,
      purpose: () => this.#first()?.purpose ?? "",
      onTaken: (lease) => {
        this.#lease = lease;
        this.#actor.send({ type: "taken" });
      },
      onRefused: (error) => this.#refused(error),
    });
    const machine = repositoryLockMachine.provide({
      actions: {
        take: () => this.#taker.take(),
        stopTaking: () => this.#taker.stopTaking(),
        letGo: () => this.#taker.letGo(),
        grant: ({ context }) => this.#grant(context.holder?.ticket),
      },
    });
    this.#actor = createActor(machine);
    this.#actor.subscribe(({ value }) => value === "free" && forget());
    this.#actor.start();
  }

  get place() {
    return this.#taker.place;
  }

  waiting(): LockWaiter[] {
    return [...this.#waiters.values()].map(({ pid, since, purpose }) => ({ pid, since, purpose }));
  }

  async request(env: Env, { signal, timeoutMs, purpose = "" }: LockOptions & { timeoutMs: number }) {
    if (this.#waiters.size >= GIT_LIMITS.lockWaitersMax) throw tooManyWait(this.#commonDir, GIT_LIMITS.lockWaitersMax);
    const ticket = this.#actor.getSnapshot().context.lastTicket + 1;
    const outcome = await new Promise<Outcome>((resolve) => {
      const giveUp = (type: "abort" | "timeout", error: () => unknown): void => {
        const waiter = this.#waiters.get(ticket);
        const told = error();
        this.#actor.send({ type, ticket });
        waiter?.settle({ error: told });
      };
      const onAbort = (): void => giveUp("abort", () => signal?.reason);
      const disarm = env.timers.after(timeoutMs, () =>
        giveUp("timeout", () => lockTimedOut(this.#commonDir, timeoutMs, this.#holderIfTold(), this.#system.pid)),
      );
      signal?.addEventListener("abort", onAbort, { once: true });
      const settle: Waiter["settle"] = (outcome) => {
        this.#waiters.delete(ticket);
        disarm();
        signal?.removeEventListener("abort", onAbort);
        resolve(outcome);
      };
      this.#waiters.set(ticket, { pid: this.#system.pid, since: env.clock.now(), purpose, settle });
      this.#actor.send({ type: "request", ticket, owner: `process ${this.#system.pid}` });
    });
    if ("error" in outcome) throw outcome.error;
    return outcome;
  }

  /** The machine has the same order; but while it acts, its snapshot is still the one before. */
  #first(): Waiter | undefined {
    return this.#waiters.values().next().value;
  }

  /** Who holds the lock, for people; a disk that cannot tell keeps nobody from being told that the time is over. */
  #holderIfTold(): LockHolder | undefined {
    try {
      return currentHolder(this.#system, this.#files);
    } catch {
      return undefined;
    }
  }

  #grant(ticket: number | undefined): void {
    const waiter = ticket === undefined ? undefined : this.#waiters.get(ticket);
    assert(ticket !== undefined && waiter !== undefined, "the lock was granted to nobody who waits");
    const letGo = (): void => this.#actor.send({ type: "release", ticket });
    waiter.settle(makeLease(this.#lease, this.#commonDir, letGo));
  }

  #refused(error: unknown): void {
    const waiter = this.#first();
    this.#actor.send({ type: "refuse" });
    waiter?.settle({ error: lockUnavailable(this.#commonDir, error) });
  }
}
