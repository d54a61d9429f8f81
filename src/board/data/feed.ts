/**
 * Keeps the items and the log of one project up to date: the picture once, then the stream, whose events say when to ask what changed.
 *
 * F1 The stream is a doorbell: what an item is comes from the server's answer for a version, never from adding events up here. So
 *    nothing is lost by an event that was missed; the next answer has it.
 * F2 At most one question is under way, and at most ten a second begin, however many events come.
 * F3 After a break the stream goes on behind the last row that is here; a history that is not ours makes it begin anew.
 */
import { createActor, type Actor } from "xstate";
import type { PageEnv } from "./page-env.ts";
import { ApiProblem, type Api } from "./api.ts";
import { connectionMachine, retryDelayMs, type Connection } from "./connection.ts";
import { hasEnded, ItemStore } from "./item-store.ts";
import { LogBuffer, ROWS_MAX } from "./log-buffer.ts";
import { readLog } from "./read-log.ts";
import { readEvents } from "./sse.ts";
import type { ItemPage, Row, Snapshot } from "./wire.ts";

const BATCH_MS = 100;
const LEASES_MS = 10_000;
/** The server sends a sign of life every 15 seconds; a line that is silent for this long is dead. */
const SILENCE_MS_MAX = 40_000;
const FIRST_ROWS = 1_000;
const PAGE_ITEMS = 10_000;

export interface FeedParts {
  readonly api: Api;
  readonly env: PageEnv;
  readonly projectId: string;
  /** The page is in front of somebody. */
  readonly isShown: () => boolean;
}

export class Feed {
  readonly items = new ItemStore();
  readonly log = new LogBuffer();
  readonly connection: Actor<typeof connectionMachine> = createActor(connectionMachine);
  readonly #parts: FeedParts;
  /** Ends what is under way; a new one for each connection. */
  #line = new AbortController();
  #rows: Row[] = [];
  #seqAsked = 0;
  #asking = false;
  /** There the server's log begins. */
  #baseSeq = 0;
  #stopBatch: (() => void) | undefined;
  #stopLeases: () => void = () => {};
  #stopWaiting: () => void = () => {};
  #stopSilence: () => void = () => {};
  /** Wall clock of the last sign of life. */
  #heardAt = 0;

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  get heardAt(): number {
    return this.#heardAt;
  }

  start(): void {
    this.connection.start();
    this.connection.subscribe((state) => this.#enter(state.value));
    if (!this.#parts.isShown()) this.connection.send({ type: "hidden" });
    else this.#enter("connecting");
    this.#refreshLeases();
  }

  stop(): void {
    this.#hangUp();
    this.#stopLeases();
    this.connection.stop();
  }

  /** The page came into view, or went out of it. */
  see(isShown: boolean): void {
    this.connection.send({ type: isShown ? "shown" : "hidden" });
  }

  /** Tries again now. */
  retry(): void {
    this.connection.send({ type: "retry" });
  }

  #entered: Connection["value"] | undefined;

  #enter(value: Connection["value"]): void {
    if (value === this.#entered) return;
    this.#entered = value;
    this.#stopWaiting();
    if (value === "live") return;
    this.#hangUp();
    if (value === "connecting") void this.#connect();
    if (value !== "waiting") return;
    const { context } = this.connection.getSnapshot();
    this.#stopWaiting = this.#parts.env.timers.after(retryDelayMs(context), () => this.retry());
  }

  #hangUp(): void {
    this.#line.abort();
    this.#stopBatch?.();
    this.#stopBatch = undefined;
    this.#stopSilence();
    this.#stopWaiting();
    this.#asking = false;
  }

  async #connect(): Promise<void> {
    const line = new AbortController();
    this.#line = line;
    try {
      if (this.items.picture().seq === 0) await this.#begin(line.signal);
      await this.#follow(line.signal);
      if (hasEnded(this.items.picture())) this.connection.send({ type: "ended" });
      else this.#lose(line, "the server ended the stream");
    } catch (error) {
      this.#fail(line, error);
    }
  }

  #fail(line: AbortController, error: unknown): void {
    if (line.signal.aborted) return;
    const problem = error instanceof ApiProblem ? error : new ApiProblem("unreachable", 0, String(error));
    if (["unauthorized", "forbidden_role", "not_found"].includes(problem.code)) {
      this.connection.send({ type: "refused", why: problem.message });
      return;
    }
    if (problem.code === "invalid_request" || problem.code === "history_removed") {
      // F3: the server has another history than this page, for instance of a state directory that was put back, or no longer all of it.
      this.items.clear();
      this.log.clear();
    }
    this.#lose(line, problem.message);
  }

  #lose(line: AbortController, why: string): void {
    if (!line.signal.aborted) this.connection.send({ type: "lost", why });
  }

  /** The whole picture, and the end of the log: as much of it as says what the holders of items last said. */
  async #begin(signal: AbortSignal): Promise<void> {
    await this.#fetchItems("", signal);
    const { seq, items } = this.items.picture();
    this.log.clear();
    let first = seq - FIRST_ROWS;
    // The last move of a claimed item is its claim.
    for (const item of items) if (item.status === "claimed") first = Math.min(first, item.seq - 1);
    const stretch = { after: Math.max(this.#baseSeq, seq - ROWS_MAX, first), until: seq };
    for await (const rows of readLog(this.#parts.api, this.#parts.projectId, stretch, signal)) this.log.append(rows);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const after = Math.max(this.log.lastSeq, this.items.picture().seq - FIRST_ROWS, this.#baseSeq);
    const stream = await this.#parts.api.stream(`${this.#path}/events`, {
      signal,
      headers: { "last-event-id": String(after) },
    });
    this.#heard();
    await this.#catchUp(signal);
    this.connection.send({ type: "opened" });
    for await (const events of readEvents(stream)) {
      if (signal.aborted) return;
      this.#heard();
      // The server's own rows; see `Api.get`.
      for (const { data } of events) this.#rows.push(JSON.parse(data) as Row);
      if (events.length > 0) this.#soon(signal);
    }
    // What came last waits for nobody.
    if (!signal.aborted) await this.#catchUp(signal);
  }

  #heard(): void {
    const { clock, timers } = this.#parts.env;
    this.#heardAt = clock.now();
    this.#stopSilence();
    this.#stopSilence = timers.after(SILENCE_MS_MAX, () =>
      this.connection.send({ type: "lost", why: "the server has been silent for too long" }),
    );
  }

  /** F2. */
  #soon(signal: AbortSignal): void {
    if (this.#stopBatch !== undefined || this.#asking) return;
    this.#stopBatch = this.#parts.env.timers.after(BATCH_MS, () => {
      this.#stopBatch = undefined;
      this.#catchUp(signal).then(
        () => {
          if (this.#rows.length > 0) this.#soon(signal);
        },
        (error: unknown) => this.#fail(this.#line, error),
      );
    });
  }

  async #catchUp(signal: AbortSignal): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    this.#seqAsked = Math.max(this.#seqAsked, rows.at(-1)?.seq ?? 0);
    this.#asking = true;
    try {
      await this.#fetchItems(`since=${this.items.picture().seq}`, signal);
    } finally {
      this.#asking = false;
    }
    this.log.append(rows);
  }

  async #fetchItems(which: string, signal: AbortSignal): Promise<void> {
    const pages: Snapshot[] = [];
    let cursor: string | null = null;
    do {
      const page: string = cursor === null ? "" : `&cursor=${cursor}`;
      const answer: Snapshot = await this.#parts.api.get(`${this.#path}/snapshot?${which}&limit=${PAGE_ITEMS}${page}`, {
        signal,
      });
      pages.push(answer);
      this.#baseSeq = answer.base_seq;
      cursor = answer.next_cursor;
    } while (cursor !== null);
    this.items.apply(pages);
  }

  /** A sign of life makes a lease longer without an event: what is claimed is looked at now and then. */
  #refreshLeases(): void {
    this.#stopLeases = this.#parts.env.timers.after(LEASES_MS, () => {
      const { api, projectId } = this.#parts;
      const isWorth = this.connection.getSnapshot().value === "live" && this.items.picture().counts.claimed > 0;
      const path = `/api/work-items?project_id=${projectId}&status=claimed&limit=1000`;
      const asked = isWorth ? api.get<ItemPage>(path) : Promise.resolve(undefined);
      asked
        .then((page) => page && this.items.refresh(page.items))
        .catch(() => {})
        .finally(() => this.#refreshLeases());
    });
  }

  get #path(): string {
    return `/api/projects/${this.#parts.projectId}`;
  }
}
