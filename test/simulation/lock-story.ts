/**
 * Processes that take turns at the lock of one repository while they are killed and held up between any two calls of the system, their
 * calls fail, clocks jump, numbers of processes come again, and commands outlive who started them. Then all is well, and everybody has
 * to get what is asked for.
 */
import { lockFiles } from "../../src/git/lock-files.ts";
import type { RepositoryLease } from "../../src/git/repository-lease.ts";
import { RepositoryLocks } from "../../src/git/repository-lock.ts";
import { LockChecks } from "./lock-checks.ts";
import { LockMachine, type LockProcess } from "./lock-machine.ts";
import { Life, type World } from "./world.ts";

const FOLDER = "/repository/.git";
/** Within this virtual time everything must be done once nothing goes wrong any more. */
const QUIET_MS = 20_000;
const LOOK_MS = 100;
const DAY_MS = 86_400_000;

export async function playLock(world: World): Promise<LockStory> {
  const story = new LockStory(world);
  story.begin();
  const isWell = await world.run(() => story.isOver, story.roughUntil + QUIET_MS);
  if (isWell) story.checkEnd();
  else world.violate("I17", `not everybody gets the lock: ${story.describe()}`);
  return story;
}

/** One of those who want the lock: a line of work that goes on in a new process when its old one has died. */
interface Worker {
  readonly name: string;
  /** Turns that it still wants. */
  left: number;
  present: Present | undefined;
}

interface Present {
  readonly process: LockProcess;
  readonly locks: RepositoryLocks;
  /** Requests that have not ended. */
  waiting: number;
}

export class LockStory {
  readonly roughUntil: number;
  lives = 0;
  readonly checks: LockChecks;
  readonly #world: World;
  readonly #machine: LockMachine;
  readonly #workers: readonly Worker[];

  constructor(world: World) {
    const { random } = world;
    this.#world = world;
    this.roughUntil = random.int(0, 600);
    const files = lockFiles(FOLDER);
    this.checks = new LockChecks(world, files, () => this.#machine);
    this.#machine = new LockMachine(world, {
      onRename: (by, from, to) => this.checks.onRename(by, from, to),
      onRemove: (by, path) => this.checks.onRemove(by, path),
      onLock: (by, path) => this.checks.onLock(by, path),
      onUnlock: (by, path) => this.checks.onUnlock(by, path),
      kill: (who) => this.#kill(who),
    });
    this.#workers = ["ada", "bob", "cyd", "dan"]
      .slice(0, random.int(2, 4))
      .map((name) => ({ name, left: random.int(1, 5), present: undefined }));
  }

  get isOver(): boolean {
    if (this.#world.now < this.roughUntil) return false;
    return this.#workers.every(({ left, present }) => left === 0 && present?.waiting === 0);
  }

  begin(): void {
    const { random } = this.#world;
    if (this.roughUntil > 0) {
      const harsh = random.pick([0.3, 1, 3]);
      this.#machine.odds = {
        stop: 0.02 * harsh,
        kill: random.chance(0.7) ? 0.002 * harsh : 0,
        fail: random.chance(0.4) ? 0.004 * harsh : 0,
      };
      this.#plagueLater();
      if (random.chance(0.2)) this.#tidyLater();
    }
    for (const worker of this.#workers) this.#startLife(worker);
    this.#world.after(this.roughUntil, () => {
      this.#machine.odds = { stop: 0, kill: 0, fail: 0 };
      this.#world.log("all is well from now on");
    });
    this.#lookLater();
  }

  describe(): string {
    return this.#workers
      .map(({ name, left, present }) => `${name} wants ${left} turns more, ${present?.waiting ?? 0} asked for`)
      .join("; ");
  }

  checkEnd(): void {
    this.checks.checkEnd(this.#machine.living);
  }

  #startLife(worker: Worker): void {
    const life = new Life(this.#world, `${worker.name} ${++this.lives}`);
    const process = this.#machine.start(life);
    const present = { process, locks: new RepositoryLocks(this.#machine.systemOf(process)), waiting: 0 };
    worker.present = present;
    this.#world.log(`${life.name} is process ${process.pid}`);
    const lanes = this.#world.random.int(1, 2);
    for (let lane = 0; lane < lanes; lane++) this.#wantLater(worker, present);
  }

  #wantLater(worker: Worker, present: Present): void {
    this.#world.after(this.#world.random.int(0, 40), () => this.#want(worker, present), present.process.life);
  }

  #want(worker: Worker, present: Present): void {
    const { random } = this.#world;
    if (worker.left === 0) return;
    worker.left--;
    present.waiting++;
    const { process, locks } = present;
    const { life } = process;
    const isPatient = this.#world.now >= this.roughUntil || random.chance(0.7);
    const timeoutMs = isPatient ? 30_000 : random.int(0, 60);
    const abort = isPatient ? undefined : random.chance(0.3) ? new AbortController() : undefined;
    if (abort !== undefined) this.#world.after(random.int(0, 60), () => abort.abort(new Error("aborted")), life);
    const askedAt = this.#world.now;
    const failuresBefore = process.failures;
    this.#world.log(`${life.name} asks for ${timeoutMs} ms`);
    locks.lock(FOLDER, life.env, { timeoutMs, signal: abort?.signal, purpose: worker.name }).then(
      (lease) => life.isUp && this.#work(worker, present, lease),
      (error: Error & { readonly code?: string }) => {
        if (!life.isUp) return;
        this.#world.log(`${life.name} is told ${error.code ?? error.message}`);
        const isRight =
          (error.code === "repository_lock_timeout" && this.#world.now - askedAt >= timeoutMs - 0.001) ||
          (error.code === "repository_lock_unavailable" && process.failures > failuresBefore) ||
          (abort?.signal.aborted === true && error === abort.signal.reason);
        if (!isRight) this.#world.violate("I17", `${life.name} asked in vain: ${error.message}`);
        this.#over(worker, present);
      },
    );
  }

  #work(worker: Worker, present: Present, lease: RepositoryLease): void {
    const { random } = this.#world;
    const { process } = present;
    this.checks.begins(process, lease.id);
    this.#world.log(`${process.life.name} has the lock`);
    const ms = random.int(0, 25);
    if (random.chance(0.3)) {
      const child = {
        lease: lease.id,
        pid: 1_000 + random.int(0, 9_999),
        endsAt: this.#world.now + random.int(0, ms),
        tidiesUpMs: random.chance(0.7) ? random.int(0, 400) : undefined,
      };
      this.#machine.children.add(child);
      // A holder waits for what it started; one that is killed does not.
      process.orphans = () => void (child.endsAt = this.#world.now + random.int(0, 3_000));
    }
    this.#world.after(
      ms,
      () => {
        process.orphans = undefined;
        this.#world.log(`${process.life.name} lets it go`);
        this.checks.ends(process);
        lease
          .release()
          .catch((error: Error) => this.#world.violate("I17", `a lease cannot be released: ${error.message}`));
        this.#over(worker, present);
      },
      process.life,
    );
  }

  #over(worker: Worker, present: Present): void {
    present.waiting--;
    this.#wantLater(worker, present);
  }

  #kill(who: LockProcess): void {
    const worker = this.#workers.find(({ present }) => present?.process === who);
    if (worker === undefined || !who.life.isUp) return;
    who.orphans?.();
    this.#machine.end(who);
    this.checks.onDeath(who);
    const lost = worker.present!.waiting;
    worker.present!.waiting = 0;
    worker.left += lost;
    this.#world.after(this.#world.random.int(0, 50), () => this.#startLife(worker));
  }

  #plagueLater(): void {
    this.#world.after(this.#world.random.int(1, 200), () => {
      if (this.#world.now >= this.roughUntil) return;
      this.#plague();
      this.#plagueLater();
    });
  }

  #plague(): void {
    const { random } = this.#world;
    const present = random.pick(this.#workers).present;
    const kind = random.int(0, 4);
    if (kind <= 1 && present !== undefined) this.#kill(present.process);
    else if (kind <= 3 && present !== undefined) {
      present.process.life.pause(random.int(1, 500));
      this.#machine.disturbedAt = this.#world.now + 500;
    } else {
      this.#world.wall += random.pick([-DAY_MS, -1_000, 61_000, 3_600_000, DAY_MS]);
      this.#world.log("the wall clock jumps");
    }
  }

  /** Somebody deletes the lock file by hand, but never while it is locked: from then on that lock would protect nothing (K2). */
  #tidyLater(): void {
    this.#world.after(this.#world.random.int(1, 30), () => {
      if (this.#world.now >= this.roughUntil) return;
      const { lock } = lockFiles(FOLDER);
      if (this.#machine.holderOf(lock) === undefined) this.#machine.deleteByHand(lock);
      this.#tidyLater();
    });
  }

  #lookLater(): void {
    this.#world.after(LOOK_MS, () => {
      const waiting = this.#workers.flatMap(({ present }) =>
        present !== undefined && present.waiting > 0 && present.process.life.isUp ? [present.process] : [],
      );
      this.checks.look(waiting);
      this.#lookLater();
    });
  }
}
