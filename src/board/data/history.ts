/** When which item waited and ran, out of the whole audit log; and how many ran at once. */
import { attemptsOf, type Attempt } from "./attempts.ts";
import type { Picture } from "./item-store.ts";
import type { Item, Row } from "./wire.ts";

export interface ItemHistory {
  readonly item: Item;
  readonly attempts: readonly Attempt[];
  /** Wall clock of the first claim, and of the end of the last attempt; `undefined` while that goes on. */
  readonly startedAt: number;
  readonly endedAt: number | undefined;
}

/** Rows by item, in order; grows with the log. */
export class History {
  readonly #rows = new Map<string, Row[]>();
  #seq = 0;

  get seq(): number {
    return this.#seq;
  }

  /** Rows in order; those that were taken already are passed over. */
  take(rows: readonly Row[]): void {
    for (const row of rows) {
      if (row.seq <= this.#seq) continue;
      this.#seq = row.seq;
      if (row.item_id === undefined || row.from === row.to) continue;
      const known = this.#rows.get(row.item_id);
      if (known === undefined) this.#rows.set(row.item_id, [row]);
      else known.push(row);
    }
  }

  /** Items that ever ran, by when they first did. */
  of(items: readonly Item[]): ItemHistory[] {
    const found: ItemHistory[] = [];
    for (const item of items) {
      const attempts = attemptsOf(this.#rows.get(item.id) ?? [], Date.parse(item.created_at));
      const first = attempts[0];
      const last = attempts.at(-1);
      if (first !== undefined && last !== undefined)
        found.push({ item, attempts, startedAt: first.startedAt, endedAt: last.endedAt });
    }
    return found.sort((a, b) => a.startedAt - b.startedAt);
  }
}

/** The chain of needs that ended last: from the item that ended last back to one that waited for nothing. */
export function criticalPath(histories: readonly ItemHistory[], picture: Picture, nowMs: number): ReadonlySet<string> {
  const byId = new Map(histories.map((history) => [history.item.id, history]));
  const endOf = ({ endedAt = nowMs }: ItemHistory): number => endedAt;
  const latest = (some: readonly ItemHistory[]): ItemHistory | undefined =>
    some.reduce<ItemHistory | undefined>(
      (last, each) => (last === undefined || endOf(each) > endOf(last) ? each : last),
      undefined,
    );
  const path = new Set<string>();
  for (let at = latest(histories); at !== undefined && !path.has(at.item.id);) {
    path.add(at.item.id);
    const needs = picture.item(at.item.id)?.dependencies ?? [];
    at = latest(needs.map((id) => byId.get(id)).filter((each) => each !== undefined));
  }
  return path;
}

/** In each of so many equal parts of a time: how many attempts ran at once, at most. */
export function profileOf(histories: readonly ItemHistory[], from: number, to: number, parts: number): number[] {
  const changes: [at: number, by: 1 | -1][] = [];
  for (const { attempts } of histories) {
    for (const { startedAt, endedAt = to } of attempts) {
      if (endedAt < from || startedAt > to) continue;
      changes.push([Math.max(from, startedAt), 1], [endedAt, -1]);
    }
  }
  // What ends in the moment in which another begins makes room for it.
  changes.sort(([a, by], [b, other]) => a - b || by - other);
  const length = Math.max(1, to - from) / parts;
  let live = 0;
  let next = 0;
  return Array.from({ length: parts }, (_, part) => {
    const start = from + part * length;
    while (next < changes.length && changes[next]![0] <= start) live += changes[next++]![1];
    let most = live;
    for (; next < changes.length && changes[next]![0] < start + length; next++)
      most = Math.max(most, (live += changes[next]![1]));
    return most;
  });
}

/** Round steps for an axis of this length: at most `most` of them. */
export function ticksOf(from: number, to: number, most: number): number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];
  const length = (to - from) / 1_000;
  const step = (steps.find((each) => length / each <= most) ?? Math.ceil(length / most / 86_400) * 86_400) * 1_000;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, n) => first + n * step);
}
