/**
 * The file in which a copy is made before it has its name: `NAME.PID.part` beside it. A process that is killed leaves it behind; who
 * comes next takes it away.
 */
import { readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { processState } from "../base/other-process.ts";

/** SQLite's own files beside a draft. */
const BESIDE = ["", "-journal", "-wal", "-shm"] as const;
const DRAFT = /^(.+)\.(\d+)\.part(?:-journal|-wal|-shm)?$/;

export function draftOf(target: string): string {
  return `${target}.${process.pid}.part`;
}

/** Takes away what this process has made of a copy so far; nothing when there is nothing. */
export function removeDraft(target: string): void {
  for (const ending of BESIDE) rmSync(`${draftOf(target)}${ending}`, { force: true });
}

/** Drafts of this copy whose process is no more. */
export function removeLeftDrafts(target: string): void {
  const name = basename(target);
  removeLeft(dirname(target), (of) => of === name);
}

/**
 * Drafts of a folder's copies whose process is no more, and that nobody has written to for `idleMs`: another machine may use the folder,
 * too, and its processes are not seen here.
 */
export function removeOldDrafts(
  folder: string,
  { name, now, idleMs }: { readonly name: RegExp; readonly now: number; readonly idleMs: number },
): void {
  removeLeft(folder, (of, path) => name.test(of) && now - statSync(path).mtimeMs > idleMs);
}

function removeLeft(folder: string, isMeant: (of: string, path: string) => boolean): void {
  for (const file of filesIn(folder)) {
    const [, of, pid] = DRAFT.exec(file) ?? [];
    if (of === undefined || processState(Number(pid)) !== "gone") continue;
    try {
      const path = join(folder, file);
      if (isMeant(of, path)) rmSync(path, { force: true });
    } catch {
      // It is gone, or not ours to take away: it is in nobody's way.
    }
  }
}

/** A folder that cannot be read is told of by whoever writes into it. */
function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
