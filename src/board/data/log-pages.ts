/**
 * The audit log behind its latest rows, as far as somebody looks: pages that are asked for when they come into view.
 *
 * Q1 A page is kept whole or not at all, so a row that is there is the row of its version.
 * Q2 At most `PAGES_MAX` pages are kept; those that were looked at longest ago go first.
 * Q3 What a compaction has removed is no fault: the log begins behind it, and says so.
 */
import { messageOf } from "../../base/error-message.ts";
import { ApiProblem, type Api } from "./api.ts";
import { LOG_PAGE, logBase, readLog } from "./read-log.ts";
import type { Row } from "./wire.ts";

export interface LogState {
  /** Changes with everything that comes. */
  readonly version: number;
  /** The oldest version that is there any more; `undefined` until that is known. */
  readonly first: number | undefined;
  /** Why the last question was not answered. */
  readonly problem: string | undefined;
}

export const PAGES_MAX = 200;
const AT_ONCE = 2;

export class LogPages {
  readonly #api: Api;
  readonly #projectId: string;
  readonly #pages = new Map<number, readonly Row[]>();
  readonly #listeners = new Set<() => void>();
  #wanted: number[] = [];
  #underWay = new Set<number>();
  #line = new AbortController();
  #state: LogState = { version: 0, first: undefined, problem: undefined };

  constructor(api: Api, projectId: string) {
    this.#api = api;
    this.#projectId = projectId;
  }

  state = (): LogState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Ends what is under way. */
  stop(): void {
    this.#line.abort();
    this.#line = new AbortController();
    this.#wanted = [];
    this.#underWay = new Set();
  }

  row(seq: number): Row | undefined {
    const page = this.#pages.get(pageOf(seq));
    // It has no gaps, but may begin late.
    return page?.[seq - page[0]!.seq];
  }

  /** Asks for what is not there of these versions; what was wanted before and has not begun is forgotten. */
  want(from: number, to: number): void {
    this.#wanted = [];
    for (let number = pageOf(Math.max(1, from)); number <= pageOf(to); number++) {
      const page = this.#pages.get(number);
      if (page === undefined) this.#wanted.push(number);
      else this.#touch(number, page);
    }
    this.#go();
  }

  /** The version from which on everything below `seq` is there, without a gap. */
  loadedFrom(seq: number): number {
    let number = pageOf(seq - 1);
    while (number >= 0 && this.#pages.has(number)) number--;
    return Math.min(seq, (number + 1) * LOG_PAGE + 1);
  }

  #go(): void {
    if (this.#state.first === undefined) {
      void this.#ask(-1);
      return;
    }
    while (this.#underWay.size < AT_ONCE) {
      const number = this.#wanted.pop();
      if (number === undefined) return;
      if (!this.#underWay.has(number) && (number + 1) * LOG_PAGE >= this.#state.first) void this.#ask(number);
    }
  }

  /** A page, or with -1 where the log begins. */
  async #ask(number: number): Promise<void> {
    if (this.#underWay.has(number)) return;
    const line = this.#line;
    this.#underWay.add(number);
    try {
      if (number < 0) {
        const base = await logBase(this.#api, this.#projectId, line.signal);
        if (!line.signal.aborted) this.#tell({ first: base + 1, problem: undefined });
      } else {
        const rows = await this.#rowsOf(number, line.signal);
        if (!line.signal.aborted) this.#keep(number, rows);
      }
    } catch (error) {
      if (line.signal.aborted) return;
      // Q3: it was compacted since its beginning was asked for.
      const isRemoved = error instanceof ApiProblem && error.code === "history_removed";
      this.#tell(isRemoved ? { first: undefined } : { problem: messageOf(error) });
    } finally {
      if (!line.signal.aborted) {
        this.#underWay.delete(number);
        if (this.#state.problem === undefined) this.#go();
      }
    }
  }

  /** As far as the log goes. */
  async #rowsOf(number: number, signal: AbortSignal): Promise<readonly Row[]> {
    const stretch = { after: number * LOG_PAGE + this.#missing(number), until: (number + 1) * LOG_PAGE };
    const rows: Row[] = [];
    for await (const page of readLog(this.#api, this.#projectId, stretch, signal)) rows.push(...page);
    return rows;
  }

  /** How many of the page's versions are not there any more. */
  #missing(number: number): number {
    return Math.max(0, (this.#state.first ?? 1) - 1 - number * LOG_PAGE);
  }

  /** Q1: the last page is not whole yet; the latest rows are in the feed anyway. */
  #keep(number: number, rows: readonly Row[]): void {
    if (rows.at(-1)?.seq === (number + 1) * LOG_PAGE) this.#touch(number, rows);
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= PAGES_MAX) break;
      this.#pages.delete(oldest);
    }
    this.#tell({ problem: undefined });
  }

  /** Q2. A map keeps the order in which things were put in. */
  #touch(number: number, page: readonly Row[]): void {
    this.#pages.delete(number);
    this.#pages.set(number, page);
  }

  #tell(change: Partial<LogState>): void {
    this.#state = { ...this.#state, ...change, version: this.#state.version + 1 };
    for (const listener of this.#listeners) listener();
  }
}

function pageOf(seq: number): number {
  return Math.floor((seq - 1) / LOG_PAGE);
}
