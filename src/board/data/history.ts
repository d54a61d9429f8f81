/** When which item waited and ran, out of the whole audit log; and how many ran at once. */
import { AttemptLog, type Attempt } from "./attempts.ts";
import type { Item, Row } from "./wire.ts";

export interface ItemHistory {
  readonly item: Item;
  readonly attempts: readonly Attempt[];
  /** Wall clock from which it waited for nothing but a place: it was there, and all that it needs had ended. */
  readonly readyAt: number;
  /** Wall clock of the first claim, and of the end of the last attempt; `undefined` while that goes on. */
  readonly startedAt: number;
  readonly endedAt: number | undefined;
}

/** Attempts by item; grows with the log. */
export class History {
  readonly #logs = new Map<string, AttemptLog>();
  readonly #known = new WeakMap<AttemptLog, { readonly version: number; readonly history: ItemHistory | undefined }>();
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
      let log = this.#logs.get(row.item_id);
      // Its first row is of when it was made, or of when it first moved.
      if (log === undefined) this.#logs.set(row.item_id, (log = new AttemptLog(Date.parse(row.at))));
      log.take(row);
    }
  }

  /** Items that had run at this version, by default by now, by when they first did. */
  of(items: readonly Item[], at?: number): ItemHistory[] {
    const found: ItemHistory[] = [];
    for (const item of items) {
      const log = this.#logs.get(item.id);
      if (log === undefined) continue;
      const history = at === undefined ? this.#now(item, log) : this.#made(item, upTo(log.attempts, at));
      if (history !== undefined) found.push(history);
    }
    return found.sort((a, b) => a.startedAt - b.startedAt);
  }

  /** Most items have not moved since the last time: theirs is the same object again. */
  #now(item: Item, log: AttemptLog): ItemHistory | undefined {
    const known = this.#known.get(log);
    if (known?.version === log.version && known.history?.item === item) return known.history;
    const history = this.#made(item, log.attempts);
    this.#known.set(log, { version: log.version, history });
    return history;
  }

  #made(item: Item, attempts: readonly Attempt[]): ItemHistory | undefined {
    const [first] = attempts;
    if (first === undefined) return undefined;
    const { endedAt } = attempts.at(-1)!;
    return { item, attempts, readyAt: this.#readyAt(item, first), startedAt: first.startedAt, endedAt };
  }

  #readyAt({ created_at, dependencies }: Item, { startedAt }: Attempt): number {
    let at = Date.parse(created_at);
    for (const need of dependencies) {
      const ended = this.#logs.get(need)?.attempts.at(-1)?.endedAt ?? 0;
      // A need that was tried again after the item had begun was not what it waited for.
      if (ended > at && ended <= startedAt) at = ended;
    }
    return Math.min(at, startedAt);
  }
}

function upTo(attempts: readonly Attempt[], seq: number): Attempt[] {
  return attempts
    .filter((attempt) => attempt.seq <= seq)
    .map((attempt) =>
      (attempt.endSeq ?? 0) <= seq ? attempt : { ...attempt, endedAt: undefined, to: undefined, endSeq: undefined },
    );
}

/** When an attempt began to wait: the first one when nothing but a place was missing. */
export function waitedFrom({ attempts, readyAt }: ItemHistory, attempt: Attempt): number {
  return attempt === attempts[0] ? readyAt : attempt.queuedAt;
}

/** The chain of needs that ended last: from the item that ended last back to one that waited for nothing. */
export function criticalPath(histories: readonly ItemHistory[], nowMs: number): ReadonlySet<string> {
  const byId = new Map(histories.map((history) => [history.item.id, history]));
  const endOf = ({ endedAt = nowMs }: ItemHistory): number => endedAt;
  const latest = (some: Iterable<ItemHistory | undefined>): ItemHistory | undefined => {
    let last: ItemHistory | undefined;
    for (const each of some) if (each !== undefined && (last === undefined || endOf(each) > endOf(last))) last = each;
    return last;
  };
  const path = new Set<string>();
  for (let at = latest(histories); at !== undefined && !path.has(at.item.id);) {
    path.add(at.item.id);
    at = latest(at.item.dependencies.map((id) => byId.get(id)));
  }
  return path;
}

/** When attempts began and ended, each in order: what overlaps is counted from these. */
export interface Changes {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

/** `nowMs` is where what goes on ends for now. */
export function changesOf(histories: readonly ItemHistory[], nowMs: number): Changes {
  let count = 0;
  for (const { attempts } of histories) count += attempts.length;
  const starts = new Float64Array(count);
  const ends = new Float64Array(count);
  for (const { attempts } of histories)
    for (const { startedAt, endedAt = nowMs } of attempts) {
      starts[--count] = startedAt;
      ends[count] = Math.max(startedAt, endedAt);
    }
  return { starts: starts.sort(), ends: ends.sort() };
}

/** In each of so many equal parts of a time: how many attempts ran at once, at most. */
export function profileOf({ starts, ends }: Changes, from: number, to: number, parts: number): number[] {
  const length = Math.max(1, to - from) / parts;
  let [began, ended] = [0, 0];
  const isStartNext = (): boolean => began < starts.length && !(ended < ends.length && ends[ended]! <= starts[began]!);
  /** What ends in the moment in which another begins makes room for it. */
  const step = (): number => (isStartNext() ? ++began - ended : began - ++ended);
  const nextAt = (): number =>
    Math.min(starts[began] ?? Number.POSITIVE_INFINITY, ends[ended] ?? Number.POSITIVE_INFINITY);
  return Array.from({ length: parts }, (_, part) => {
    const start = from + part * length;
    while (nextAt() <= start) step();
    let most = began - ended;
    while (nextAt() < start + length) most = Math.max(most, step());
    return most;
  });
}

const STEPS_S = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200,
  86_400,
];

/** Round steps for an axis of this length: at most `most` of them. */
export function ticksOf(from: number, to: number, most: number): number[] {
  const length = (to - from) / 1_000;
  const step = (STEPS_S.find((each) => length / each <= most) ?? Math.ceil(length / most / 86_400) * 86_400) * 1_000;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, n) => first + n * step);
}
