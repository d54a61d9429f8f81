import type { Env } from "../base/env.ts";
import { failpoint } from "../base/failpoint.ts";
import { readNote, removeNote, writeNote } from "./holder-note.ts";
import { tryFileLock, type FileLock } from "./file-lock.ts";
import { Leftovers } from "./leftovers.ts";
import type { LockFiles } from "./lock-files.ts";
import { enterQueue, leaveQueue, placesBefore, queued, type QueuePlace } from "./lock-queue.ts";
import type { LockSystem } from "./lock-system.ts";
import { GIT_LIMITS } from "./limits.ts";

/** For whom the lock is being taken. */
export interface TakerHost {
  readonly env: Env;
  readonly system: LockSystem;
  /** What the one who will get it wants it for. */
  readonly purpose: () => string;
  readonly onTaken: (lease: string) => void;
  /** It cannot be taken; the taker goes on trying unless it is stopped. */
  readonly onRefused: (error: unknown) => void;
}

const FIRST_MS = 1_000;

/**
 * Takes a repository's lock for this process, in turns with other processes, and holds it until told to let go. It looks
 * again and again, because neither SQLite nor the kernel tells a process that its turn has come without blocking it.
 *
 * E1 while it takes, exactly one timer is armed between two of its steps, and `#disarm` is the one that stops it; none else.
 * E2 nothing that the system says is thrown at who tells it to take, to stop or to let go, or out of a timer.
 */
export class LockTaker {
  readonly #files: LockFiles;
  readonly #host: TakerHost;
  #place: QueuePlace | undefined;
  #lock: FileLock | undefined;
  #disarm: (() => void) | undefined;
  #since = 0;

  constructor(files: LockFiles, host: TakerHost) {
    this.#files = files;
    this.#host = host;
  }

  get place(): QueuePlace | undefined {
    return this.#place;
  }

  take(): void {
    this.#since = this.#host.env.clock.monotonic();
    this.#look();
  }

  stopTaking(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#leaveQueue();
    this.#unlock();
  }

  letGo(): void {
    removeNote(this.#host.system, this.#files);
    this.#unlock();
  }

  #look(): void {
    this.#disarm = undefined;
    const { env, system } = this.#host;
    try {
      system.makeFolder(this.#files.queue);
      // Who comes while others wait goes to the end of their queue, also after having held the lock just now.
      const mustWait = this.#place === undefined && queued(system, this.#files).length > 0;
      if (mustWait) this.#enterQueue();
      const before = this.#place === undefined ? 0 : placesBefore(system, this.#files, this.#place);
      // Who has to wait and got no place this time asks for one again.
      const isFirst = before === 0 && (this.#place !== undefined || !mustWait);
      if (isFirst) this.#lock = tryFileLock(system, this.#files.lock);
      if (this.#lock !== undefined) return this.#clearUp();
      if (this.#place === undefined && !mustWait) this.#enterQueue();
      this.#lookIn(lookMs(before, env.clock.monotonic() - this.#since));
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** The lock is ours. A note there is a holder's that died: what it left running ends first. @throws what the system says of the note */
  #clearUp(): void {
    const { env, system } = this.#host;
    const dead = readNote(system, this.#files);
    if (dead === undefined) return this.#hold();
    this.#awaitEndOf(new Leftovers(system, dead.lease), env.clock.monotonic());
  }

  #awaitEndOf(leftovers: Leftovers, since: number): void {
    const { clock, timers } = this.#host.env;
    this.#disarm = undefined;
    try {
      if (leftovers.areGone(clock.monotonic() - since)) return this.#hold();
    } catch (error) {
      return this.#refuse(error);
    }
    this.#disarm = timers.after(GIT_LIMITS.lockLookMsMax, () => this.#awaitEndOf(leftovers, since));
  }

  #hold(): void {
    const { env, system, purpose, onTaken } = this.#host;
    const lease = env.nextId();
    try {
      failpoint?.("repository-lock.taken");
      writeNote(system, this.#files, { lease, since: env.clock.now(), purpose: purpose() });
      failpoint?.("repository-lock.named");
      this.#leaveQueue();
    } catch (error) {
      return this.#refuse(error);
    }
    onTaken(lease);
  }

  #refuse(error: unknown): void {
    this.#unlock();
    // Somebody may wait behind the one who is told now; that one has the same right to try.
    this.#lookIn(GIT_LIMITS.lockLookMsMax);
    this.#host.onRefused(error);
  }

  #lookIn(ms: number): void {
    this.#disarm = this.#host.env.timers.after(ms, () => this.#look());
  }

  #enterQueue(): void {
    const { env, system } = this.#host;
    this.#place = enterQueue(system, this.#files, env.nextId(), env.clock.now());
  }

  #leaveQueue(): void {
    if (this.#place !== undefined) leaveQueue(this.#host.system, this.#files, this.#place);
    this.#place = undefined;
  }

  #unlock(): void {
    this.#lock?.release();
    this.#lock = undefined;
  }
}

/** The first looks often, for the lock stands still until it does; who stands further back has time. */
function lookMs(before: number, waitedMs: number): number {
  if (before === 0) return waitedMs < FIRST_MS ? GIT_LIMITS.lockLookMs : 5 * GIT_LIMITS.lockLookMs;
  return Math.min(GIT_LIMITS.lockLookMsMax, 2 * GIT_LIMITS.lockLookMs * before);
}
