/** What is different between two versions, item by item, out of the rows between them: from what to what, who did the last of it, and when. */
import type { Row } from "./wire.ts";

export interface Change {
  /** Of the item; `undefined` is the run itself. */
  readonly id: string | undefined;
  readonly key: string | undefined;
  /** A state; `new` is an item that was not there. */
  readonly from: string;
  readonly to: string;
  /** Fields that were changed. */
  readonly edited: readonly string[];
  /** Who had a hand in it, in the order in which they came. */
  readonly actors: readonly string[];
  /** Events between both versions that moved or changed it. */
  readonly count: number;
  /** The last of them. */
  readonly last: Row;
}

/** In the order of their last events, latest first. Words that were left on an item change nothing of it. */
export class Changes {
  readonly #byId = new Map<string | undefined, Change>();

  /** Rows in order. */
  take(rows: readonly Row[]): void {
    for (const row of rows) {
      const edited = row.event === "item.edited" && Array.isArray(row["changed"]) ? row["changed"].map(String) : [];
      if (row.from !== row.to || edited.length > 0) this.#put(row, edited);
    }
  }

  list(): Change[] {
    return [...this.#byId.values()].sort((a, b) => b.last.seq - a.last.seq);
  }

  #put(row: Row, edited: readonly string[]): void {
    const { item_id: id, item: key, from, to } = row;
    const known = this.#byId.get(id);
    this.#byId.set(id, {
      id,
      key,
      from: known?.from ?? from,
      to,
      edited: [...new Set([...(known?.edited ?? []), ...edited])],
      actors: [...new Set([...(known?.actors ?? []), row.actor])],
      count: (known?.count ?? 0) + 1,
      last: row,
    });
  }
}
