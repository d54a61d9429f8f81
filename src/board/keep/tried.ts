/** What was tried of each item, and why it came to what it is, out of the audit log. */
import { attemptsOf, type Attempt } from "../data/attempts.ts";
import type { Item, Reason, Row } from "../data/wire.ts";

export class Tried {
  readonly #rows = new Map<string, Row[]>();
  #latest = 0;

  /** Wall clock of the last row, in milliseconds. */
  get latest(): number {
    return this.#latest;
  }

  /** Rows in order. */
  take(rows: readonly Row[]): void {
    const last = rows.at(-1);
    if (last !== undefined) this.#latest = Date.parse(last.at);
    for (const row of rows) {
      if (row.item_id === undefined || row.from === row.to) continue;
      const known = this.#rows.get(row.item_id);
      if (known === undefined) this.#rows.set(row.item_id, [row]);
      else known.push(row);
    }
  }

  attempts({ id, created_at }: Item): readonly Attempt[] {
    return attemptsOf(this.#rows.get(id) ?? [], Date.parse(created_at));
  }

  /** Why it is in the state that it is in. */
  reason({ id }: Item): Reason | undefined {
    return this.#rows.get(id)?.at(-1)?.reason;
  }
}
