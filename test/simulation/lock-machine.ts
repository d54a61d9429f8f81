/**
 * One machine as the processes on it share it: files, the kernel's locks on them, process numbers that are given again, and commands that
 * outlive who started them.
 *
 * M1 A lock is on a file, whatever path leads to it; a dead process has none.
 * M2 Before each call of a process others may go on for a while, it may die, or the call may fail without having done anything.
 * M3 What a dead process still calls does nothing: its code runs on for a moment, as nobody can stop it in the middle of a function.
 */
import type { LockSystem } from "../../src/git/lock-system.ts";
import type { Life, World } from "./world.ts";

interface SharedFile {
  readonly identity: number;
  text: string;
  changedAt: number;
  lockedBy: LockProcess | undefined;
  /** Wall clock of the moment in which it was locked. */
  lockedAt: number;
  /** Who looks whether it is locked holds it shared for that moment, as SQLite does. */
  lookers: number;
}

/** A process, as the machine knows it. */
export interface LockProcess {
  readonly life: Life;
  readonly pid: number;
  /** Calls of it that were made to fail. */
  failures: number;
  /** What becomes of the commands that it started when it dies. */
  orphans: (() => void) | undefined;
}

/** What a holder started. */
export interface Child {
  readonly lease: string;
  readonly pid: number;
  endsAt: number;
  /** How long it goes on after it was asked to end; `undefined`: it does not listen. */
  readonly tidiesUpMs: number | undefined;
}

/** Who watches what happens to the files. */
export interface MachineWatch {
  readonly onRename: (by: LockProcess, from: string, to: string) => void;
  readonly onRemove: (by: LockProcess, path: string, lockedBy: LockProcess | undefined) => void;
  readonly onLock: (by: LockProcess, path: string) => void;
  readonly onUnlock: (by: LockProcess, path: string) => void;
  /** Ends a process in the middle of a call. */
  readonly kill: (who: LockProcess) => void;
}

/** How often a call is met by each. */
interface Odds {
  readonly stop: number;
  readonly kill: number;
  readonly fail: number;
}

const DEPTH_MAX = 4;
const PID_MAX = 6;

export class LockMachine {
  readonly living = new Set<LockProcess>();
  readonly children = new Set<Child>();
  odds: Odds = { stop: 0, kill: 0, fail: 0 };
  /** Virtual time at which somebody was last held up or ended, or a call failed. */
  disturbedAt = 0;
  readonly #world: World;
  readonly #watch: MachineWatch;
  readonly #files = new Map<string, SharedFile>();
  readonly #folders = new Set<string>();
  #identities = 0;
  #depth = 0;

  constructor(world: World, watch: MachineWatch) {
    this.#world = world;
    this.#watch = watch;
  }

  start(life: Life): LockProcess {
    const { random } = this.#world;
    const taken = new Set([...this.living].map(({ pid }) => pid));
    let pid = random.int(1, PID_MAX);
    while (taken.has(pid)) pid = (pid % PID_MAX) + 1;
    const started = { life, pid, failures: 0, orphans: undefined };
    this.living.add(started);
    return started;
  }

  end(who: LockProcess): void {
    this.living.delete(who);
    this.disturbedAt = this.#world.now;
    who.life.kill();
    if (this.#world.planted === "lock outlives its holder") return;
    for (const file of this.#files.values()) if (file.lockedBy === who) file.lockedBy = undefined;
  }

  /** Who has this file locked and lives. */
  holderOf(path: string): LockProcess | undefined {
    const by = this.#files.get(path)?.lockedBy;
    return by !== undefined && this.living.has(by) ? by : undefined;
  }

  /** Somebody tidies up by hand. */
  deleteByHand(path: string): void {
    if (this.#files.delete(path)) this.#world.log(`somebody deletes ${path}`);
  }

  childrenOf(lease: string): Child[] {
    return [...this.children].filter((child) => child.lease === lease && child.endsAt > this.#world.now);
  }

  /** What a process sees of the machine. */
  systemOf(who: LockProcess): LockSystem {
    const call = <T>(what: string, ifDead: T, act: () => T): T => this.#call(who, what, ifDead, act);
    return {
      pid: who.pid,
      host: "here",
      makeFolder: (path) => call("mkdir", undefined, () => void this.#folders.add(path)),
      namesIn: (folder) => call("readdir", [], () => this.#namesIn(folder)),
      makeFile: (path) => call("open", undefined, () => void this.#fileAt(path)),
      identityOf: (path) => call("stat", undefined, () => this.#identityOf(path)),
      changedAt: (path) => call("stat", undefined, () => this.#files.get(path)?.changedAt),
      read: (path) => call("read", "", () => this.#read(path)),
      write: (path, text) => call("write", undefined, () => this.#write(path, text)),
      rename: (from, to) => call("rename", undefined, () => this.#rename(who, from, to)),
      remove: (path) => call("unlink", undefined, () => this.#remove(who, path)),
      lock: (path) => call("lock", undefined, () => this.#lock(who, path)),
      isLocked: (path) => call("look", true, () => this.#isLocked(who, path)),
      processesOfLease: (lease) => call("ps", [], () => this.childrenOf(lease).map(({ pid }) => pid)),
      signal: (pid, signal) => call("kill", undefined, () => this.#signal(pid, signal)),
    };
  }

  #call<T>(who: LockProcess, what: string, ifDead: T, act: () => T): T {
    this.#interrupt(who);
    if (!who.life.isUp) return ifDead;
    if (this.#world.random.chance(this.odds.fail)) {
      who.failures++;
      this.disturbedAt = this.#world.now;
      const code = this.#world.random.pick(["EIO", "ENOSPC", "EMFILE", "EROFS"]);
      this.#world.log(`${who.life.name}: ${what} fails with ${code}`);
      throw Object.assign(new Error(`${code}: ${what} failed`), { code });
    }
    return act();
  }

  /** Between two calls anything may happen (M2). */
  #interrupt(who: LockProcess): void {
    const { random } = this.#world;
    if (!who.life.isUp) return;
    if (random.chance(this.odds.kill)) return this.#watch.kill(who);
    if (this.#depth >= DEPTH_MAX || !random.chance(this.odds.stop)) return;
    this.#depth++;
    this.#world.meanwhile(random.chance(0.2) ? random.int(20, 400) : random.int(1, 30) / 5, who.life);
    this.disturbedAt = this.#world.now;
    this.#depth--;
  }

  #fileAt(path: string): SharedFile {
    let file = this.#files.get(path);
    if (file === undefined) {
      const changedAt = this.#wall();
      file = { identity: ++this.#identities, text: "", changedAt, lockedBy: undefined, lockedAt: 0, lookers: 0 };
      this.#files.set(path, file);
    }
    return file;
  }

  #wall(): number {
    return this.#world.wall + this.#world.now;
  }

  #namesIn(folder: string): string[] {
    if (this.#world.planted === "lock queue not asked" && folder.endsWith("/queue")) return [];
    const start = `${folder}/`;
    return [...this.#files.keys()].filter((path) => path.startsWith(start)).map((path) => path.slice(start.length));
  }

  #identityOf(path: string): number | undefined {
    const identity = this.#files.get(path)?.identity;
    return this.#world.planted === "locked file not compared" && identity !== undefined ? 1 : identity;
  }

  #read(path: string): string {
    const file = this.#files.get(path);
    if (file === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
    return file.text;
  }

  #write(path: string, text: string): void {
    const file = this.#fileAt(path);
    file.text = text;
    file.changedAt = this.#wall();
  }

  #rename(who: LockProcess, from: string, to: string): void {
    const file = this.#files.get(from);
    if (file === undefined) throw Object.assign(new Error(`ENOENT: ${from}`), { code: "ENOENT" });
    this.#files.delete(from);
    this.#files.set(to, file);
    this.#watch.onRename(who, from, to);
  }

  #remove(who: LockProcess, path: string): void {
    const file = this.#files.get(path);
    if (file === undefined) return;
    this.#files.delete(path);
    this.#watch.onRemove(who, path, file.lockedBy);
  }

  #lock(who: LockProcess, path: string): (() => void) | undefined {
    // SQLite opens the file, and makes one when there is none; what it locks then is that file, whatever the path leads to by now.
    const file = this.#fileAt(path);
    this.#interrupt(who);
    if (!who.life.isUp || !this.#isFree(file, who) || file.lookers > 0) return undefined;
    file.lockedBy = who;
    file.lockedAt = this.#world.now;
    this.#watch.onLock(who, path);
    return () => {
      if (file.lockedBy !== who || !who.life.isUp) return;
      file.lockedBy = undefined;
      for (const [place, each] of this.#files) if (each === file) this.#watch.onUnlock(who, place);
    };
  }

  #isFree({ lockedBy, lockedAt }: SharedFile, who: LockProcess): boolean {
    if (lockedBy === undefined) return true;
    const { planted, now } = this.#world;
    // Planted: whoever held a lock for long is taken for dead.
    if (planted === "old lock is broken") return now - lockedAt > 100;
    if (planted !== "lock outlives its holder") return false;
    // Planted: a lock is a file with a process's number, and another process may look at it before this one writes its own.
    const seems = [...this.living].some(({ pid }) => pid === lockedBy.pid);
    this.#interrupt(who);
    return !seems;
  }

  #isLocked(who: LockProcess, path: string): boolean {
    const file = this.#files.get(path);
    if (file === undefined) return false;
    const { lockedBy } = file;
    if (lockedBy !== undefined) return !this.#isFree(file, who);
    file.lookers++;
    this.#interrupt(who);
    file.lookers--;
    return false;
  }

  #signal(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
    for (const child of this.children) {
      if (child.pid !== pid) continue;
      if (signal === "SIGKILL") child.endsAt = this.#world.now;
      else if (child.tidiesUpMs !== undefined)
        child.endsAt = Math.min(child.endsAt, this.#world.now + child.tidiesUpMs);
    }
  }
}
