/**
 * The order in which processes get a repository's lock. Each process that waits has one file in the queue's folder, locked by
 * it, so that the kernel tells whether it still lives. The names order them. The queue is for fairness only: that just one
 * process holds the lock is the lock's own business, whatever the queue says.
 *
 * T1 a file that others see in the queue is locked as long as its process lives and waits: it is locked before it gets its
 *    name there.
 * T2 a newcomer's number is greater than all that it sees; two that come at once may get the same, and their names decide.
 * T3 who has a place keeps it until it has the lock or gives up; a dead one's place is cleared by whoever comes to it.
 */
import { join } from "node:path";
import { tryFileLock, type FileLock } from "./file-lock.ts";
import type { LockFiles } from "./lock-files.ts";
import type { LockSystem } from "./lock-system.ts";

/** This process's place in the queue. */
export interface QueuePlace {
  readonly name: string;
  readonly file: FileLock;
}

/** A process that waits, as the queue shows it. */
export interface QueuedProcess {
  readonly pid: number;
  /** Wall clock, in milliseconds since the epoch. */
  readonly since: number;
}

const PLACE = /^\d{12}-(\d+)-[\w-]+$/;
const NEWCOMER = /^new-\d+-[\w-]+$/;
/** A file that got no place within this time was left by a process that died while it came. */
const NEWCOMER_MS_MAX = 60_000;

/** The names in the queue, in order; those of dead processes too. */
export function queued(system: LockSystem, { queue }: LockFiles): string[] {
  return system
    .namesIn(queue)
    .filter((name) => PLACE.test(name))
    .toSorted();
}

/** Goes to the end of the queue. `unique` makes the name its own; `undefined`: somebody looked at the new file or cleared it just then. */
export function enterQueue(system: LockSystem, files: LockFiles, unique: string, now: number): QueuePlace | undefined {
  system.makeFolder(files.queue);
  clearNewcomers(system, files, now);
  const temporary = join(files.queue, `new-${system.pid}-${unique}`);
  const file = tryFileLock(system, temporary);
  if (file === undefined) return undefined;
  try {
    const last = queued(system, files).at(-1);
    const number = last === undefined ? 1 : Number(last.slice(0, 12)) + 1;
    const name = `${String(number).padStart(12, "0")}-${system.pid}-${unique}`;
    system.rename(temporary, join(files.queue, name));
    return { name, file };
  } catch (error) {
    file.release();
    throw error;
  }
}

/** Gives the place up. */
export function leaveQueue(system: LockSystem, files: LockFiles, { name, file }: QueuePlace): void {
  clear(system, join(files.queue, name));
  file.release();
}

/** A file that cannot be removed holds nobody up, for its lock is free: whoever comes to it next tries again. */
function clear(system: LockSystem, path: string): void {
  try {
    system.remove(path);
  } catch {
    // It stays.
  }
}

/** How many are before it: only the nearest is asked whether it lives, which is enough to know whether the place is the first. */
export function placesBefore(system: LockSystem, files: LockFiles, place: QueuePlace): number {
  const before = queued(system, files).filter((name) => name < place.name);
  for (let nearest = before.at(-1); nearest !== undefined; nearest = before.at(-1)) {
    if (system.isLocked(join(files.queue, nearest))) break;
    clear(system, join(files.queue, nearest));
    before.pop();
  }
  return before.length;
}

/** The living processes in the queue, in order. `own` is this process's place, which is not asked. */
export function queuedProcesses(system: LockSystem, files: LockFiles, own: QueuePlace | undefined): QueuedProcess[] {
  return queued(system, files).flatMap((name) => {
    const path = join(files.queue, name);
    const since = system.changedAt(path);
    if (since === undefined || name === own?.name || !system.isLocked(path)) return [];
    return [{ pid: Number(PLACE.exec(name)?.[1]), since }];
  });
}

function clearNewcomers(system: LockSystem, files: LockFiles, now: number): void {
  for (const name of system.namesIn(files.queue)) {
    if (!NEWCOMER.test(name)) continue;
    const path = join(files.queue, name);
    const since = system.changedAt(path);
    if (since !== undefined && now - since > NEWCOMER_MS_MAX && !system.isLocked(path)) clear(system, path);
  }
}
