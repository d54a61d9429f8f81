import { withRoom } from "../base/room.ts";
import type { JournalEntry } from "../journal/journal.ts";

export interface ItemTime {
  readonly createdAt: number;
  readonly updatedAt: number;
}

/**
 * When items were added, and when something last happened to them: the fold of a project's entries. The time of the last entry
 * counts, whatever the clock did: it is what a stored item tells after a restart.
 */
export class ItemTimes {
  readonly #projectAt: number;
  /** By number of item; 0 where no entry has told. Columns, since each request looks and a map of all items lies all over memory. */
  #createdAt = new Float64Array(0);
  #updatedAt = new Float64Array(0);

  /** Items that no entry has added are as old as the project: `projectAt`. */
  constructor(projectAt: number) {
    this.#projectAt = projectAt;
  }

  /** Entries come in order; those about the project itself change nothing. */
  take({ item, at, from }: Pick<JournalEntry, "item" | "at" | "from">): void {
    if (item < 0) return;
    if (item >= this.#updatedAt.length) {
      this.#createdAt = withRoom(this.#createdAt, item + 1);
      this.#updatedAt = withRoom(this.#updatedAt, item + 1);
    }
    if (from === "new") this.#createdAt[item] = at;
    this.#updatedAt[item] = at;
  }

  of(item: number): ItemTime {
    // What lies beyond the columns is read as `undefined`.
    return { createdAt: this.#createdAt[item] || this.#projectAt, updatedAt: this.#updatedAt[item] || this.#projectAt };
  }
}
