/** What must hold of a repository's lock (I17), seen from outside: by the files, and by those who work under it. */
import type { LockFiles } from "../../src/git/lock-files.ts";
import type { LockMachine, LockProcess } from "./lock-machine.ts";
import type { World } from "./world.ts";

/** A free lock is taken within this time by somebody who lives and waits, when nobody is held up. */
const FREE_MS_MAX = 1_000;

/** A place in the queue, from the moment in which others see it. */
interface Place {
  readonly name: string;
  readonly by: LockProcess;
  /** How often each other process got the lock since. */
  readonly passedBy: Map<LockProcess, number>;
}

export class LockChecks {
  /** Turns that were had. */
  turns = 0;
  readonly #world: World;
  readonly #files: LockFiles;
  readonly #machine: () => LockMachine;
  readonly #places = new Set<Place>();
  /** Who works under the lock, as far as they know. */
  readonly #working = new Set<LockProcess>();
  /** Who has the lock for itself, from its note on. */
  #named: LockProcess | undefined;
  /** Whose note was the last. */
  #lastLease = "";
  #freeSince = 0;

  constructor(world: World, files: LockFiles, machine: () => LockMachine) {
    this.#world = world;
    this.#files = files;
    this.#machine = machine;
  }

  onRename(by: LockProcess, from: string, to: string): void {
    if (to === this.#files.note) return this.#onNamed(by);
    if (!to.startsWith(this.#files.queue)) return;
    const name = to.slice(this.#files.queue.length + 1);
    this.#places.add({ name, by, passedBy: new Map() });
    this.#world.log(`${by.life.name} waits at ${name.slice(0, 12)}`);
    if (!from.includes("/new-")) this.#world.violate("I17", `${from} became a place`);
  }

  onRemove(by: LockProcess, path: string): void {
    if (path === this.#files.note) {
      if (this.#named !== by && this.#isUp(this.#named))
        this.#world.violate("I17", "the note of a living holder was removed");
      this.#named = undefined;
      return;
    }
    for (const place of this.#places) {
      if (path !== `${this.#files.queue}/${place.name}`) continue;
      if (place.by !== by && this.#isUp(place.by))
        this.#world.violate("I17", `${by.life.name} cleared the place of ${place.by.life.name}, which lives`);
      this.#places.delete(place);
    }
  }

  onLock(by: LockProcess, path: string): void {
    if (path === this.#files.lock) this.#world.log(`${by.life.name} takes the lock`);
  }

  onUnlock(by: LockProcess, path: string): void {
    // A place is given up with its lock, also when its file cannot be removed.
    for (const place of this.#places) if (path === `${this.#files.queue}/${place.name}`) this.#places.delete(place);
    if (path !== this.#files.lock) return;
    this.#world.log(`${by.life.name} frees the lock`);
    if (this.#named === by) this.#named = undefined;
    this.#freeSince = this.#world.now;
  }

  onDeath(who: LockProcess): void {
    this.#working.delete(who);
    if (this.#named === who) this.#named = undefined;
    for (const place of this.#places) if (place.by === who) this.#places.delete(place);
    this.#freeSince = this.#world.now;
  }

  begins(who: LockProcess, lease: string): void {
    this.turns++;
    this.#lastLease = lease;
    for (const other of this.#working)
      if (this.#isUp(other)) this.#world.violate("I17", `${who.life.name} works while ${other.life.name} does`);
    this.#working.add(who);
  }

  ends(who: LockProcess): void {
    this.#working.delete(who);
  }

  /** Looked at now and then: is the lock free, though somebody waits whom nothing holds up? */
  look(waiting: readonly LockProcess[]): void {
    const { now } = this.#world;
    const machine = this.#machine();
    if (waiting.length === 0 || machine.holderOf(this.#files.lock) !== undefined) {
      this.#freeSince = now;
      return;
    }
    const since = Math.max(this.#freeSince, machine.disturbedAt);
    if (now - since > FREE_MS_MAX)
      this.#world.violate("I17", `the lock is free since ${since.toFixed(0)} ms, and ${waiting[0]!.life.name} waits`);
  }

  /** The first place must be of somebody who lives, once all is well; nothing else may be left of those who live. */
  checkEnd(living: Iterable<LockProcess>): void {
    const holder = this.#machine().holderOf(this.#files.lock);
    if (holder !== undefined)
      this.#world.violate("I17", `${holder.life.name} has the lock at the end, and nobody wants it`);
    for (const { by, name } of this.#places)
      if (this.#isUp(by)) this.#world.violate("I17", `${by.life.name} left its place ${name} behind`);
    for (const { life } of living)
      if (life.armed > 0) this.#world.violate("I17", `${life.name} has ${life.armed} timers left, and nothing to do`);
  }

  #onNamed(by: LockProcess): void {
    if (this.#named !== undefined && this.#named !== by && this.#isUp(this.#named))
      this.#world.violate("I17", `${by.life.name} names itself the holder, and ${this.#named.life.name} still is`);
    this.#named = by;
    this.#countPasses(by);
    const left = this.#machine().childrenOf(this.#lastLease);
    if (left.length > 0)
      this.#world.violate("I17", `${by.life.name} has the lock while ${left.length} commands of a dead holder run`);
  }

  /** Who was just coming when a place was taken may be before it, once. */
  #countPasses(by: LockProcess): void {
    for (const { by: other, name, passedBy } of this.#places) {
      if (other === by || !this.#isUp(other)) continue;
      const passed = (passedBy.get(by) ?? 0) + 1;
      passedBy.set(by, passed);
      if (passed > 1)
        this.#world.violate(
          "I17",
          `${by.life.name} got the lock ${passed} times while ${other.life.name} waited at ${name}`,
        );
    }
  }

  #isUp(who: LockProcess | undefined): boolean {
    return who?.life.isUp === true;
  }
}
