import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "../base/json.ts";
import type { AttemptFiles } from "./attempt-files.ts";

/** Where one attempt finds its inputs. */
export interface InputsPlace {
  readonly path: string;
  /** For the runner to write there before the start; empty: the file is written here (`written`). */
  readonly text: string;
  /** The file was too big to travel to the runner and is being written here. */
  readonly written: Promise<void> | undefined;
  readonly slot: number | undefined;
}

const TRAVELS_CHARS_MAX = 32 * 1024;
const NUMBERED = /^inputs-\d+\.json$/;

/**
 * Files of inputs. Most are small and many, and creating and deleting a file costs more than starting its command does; so
 * live attempts have a numbered file each, which the next attempt with that number overwrites. `{}` is no exception: a command
 * may write to its file or remove it, and that must not reach another.
 *
 * I1  No two live attempts have one file, and each file is written anew before its attempt starts.
 */
export class InputsFiles {
  readonly #folders = new Set<string>();
  readonly #free: number[] = [];
  #slots = 0;

  /** @throws Error of the file system when the run's folder cannot be made. */
  place(files: AttemptFiles, inputs: Readonly<Record<string, Json>>): InputsPlace {
    this.#makeFolder(files.folder);
    const text = JSON.stringify(inputs);
    if (text.length > TRAVELS_CHARS_MAX) {
      return {
        path: files.bigInputs,
        text: "",
        written: writeFile(files.bigInputs, text, { mode: 0o600 }),
        slot: undefined,
      };
    }
    const slot = this.#free.pop() ?? this.#slots++;
    return { path: numbered(files.folder, slot), text, written: undefined, slot };
  }

  /** The attempt is over. */
  release({ path, slot, written }: InputsPlace): void {
    if (slot !== undefined) this.#free.push(slot);
    // It may never have come to be.
    if (written !== undefined) written.then(() => unlink(path)).catch(() => {});
  }

  /** Nothing is live any more: takes away what is not needed by then, also that of a process before which was killed. */
  clear(): void {
    for (const folder of this.#folders) clearFolder(folder);
    this.#folders.clear();
  }

  #makeFolder(folder: string): void {
    if (this.#folders.has(folder)) return;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folders.add(folder);
  }
}

function clearFolder(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      // A command may have made a folder of it.
      if (NUMBERED.test(name)) rmSync(join(folder, name), { recursive: true, force: true });
    }
  } catch {
    // A command took the folder away or locked it; what is left harms nobody.
  }
}

function numbered(folder: string, slot: number): string {
  return join(folder, `inputs-${slot}.json`);
}
