import type { JournalEntry } from "../journal/journal.ts";

export interface ItemTime {
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** When items were added, and when something last happened to them: the fold of a project's entries. */
export class ItemTimes {
  readonly #projectAt: number;
  readonly #times = new Map<number, { createdAt: number; updatedAt: number }>();

  /** Items that no entry has added are as old as the project: `projectAt`. */
  constructor(projectAt: number) {
    this.#projectAt = projectAt;
  }

  /** Entries come in order; those about the project itself change nothing. */
  take({ item, at, from }: Pick<JournalEntry, "item" | "at" | "from">): void {
    if (item < 0) return;
    const known = this.#times.get(item);
    if (from === "new") this.#times.set(item, { createdAt: at, updatedAt: at });
    else if (known === undefined) this.#times.set(item, { createdAt: this.#projectAt, updatedAt: at });
    else known.updatedAt = Math.max(known.updatedAt, at);
  }

  of(item: number): ItemTime {
    return this.#times.get(item) ?? { createdAt: this.#projectAt, updatedAt: this.#projectAt };
  }
}
