/**
 * A worker: claims items of a coordinator and works on each, so many at once.
 *
 * W1 It claims only what it has room for, one request at a time.
 * W2 After `stop` it claims nothing more. A claim that was granted while it was told to stop is found by its key and given back.
 * W3 It ends when nothing that it claimed is in its hands any more.
 * W4 A coordinator that does not answer, or has no place now, is asked again; a refusal that will not pass ends the worker.
 */
import { SignalboxError, type ErrorCode } from "../../base/errors.ts";
import type { Env } from "../../base/env.ts";
import type { Client } from "../../client/client.ts";
import type { Claim, ClaimNextWorkItem } from "../../client/shapes.ts";
import { pause } from "../../client/transport.ts";
import type { HeldItem } from "./held-item.ts";
import type { HeldEnding, TellWork } from "./work-news.ts";

export interface WorkerParts {
  readonly env: Env;
  readonly client: Client;
  readonly request: ClaimNextWorkItem;
  readonly cap: number;
  /** `once`: one item. `empty`: until there is nothing to claim and nothing in hand. */
  readonly until: "stopped" | "once" | "empty";
  readonly hold: (claim: Claim) => HeldItem;
  readonly tell: TellWork;
}

/** Refusals that pass. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  "server_unreachable",
  "cap_reached",
  "pressure",
  "stopping",
  "journal_unavailable",
]);
const PAUSE_MS = 2_000;
/** For an answer that was under way when the worker was told to stop. */
const WITHDRAW_MS = 500;

export class Worker {
  readonly #parts: WorkerParts;
  readonly #held = new Set<HeldItem>();
  readonly #stopping = new AbortController();
  #oneEnded = Promise.withResolvers<void>();
  readonly endings = new Map<HeldEnding, number>();
  /** What is wrong with this worker, when something is. */
  fault: string | undefined;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  /** Works until it is told to stop, or there is nothing to do. @throws SignalboxError for a refusal that will not pass */
  async work(): Promise<void> {
    const { cap, until } = this.#parts;
    try {
      while (!this.#isOver()) {
        if (this.#held.size >= cap) {
          await this.#oneEnded.promise;
          continue;
        }
        const claim = await this.#next();
        if (claim !== undefined) this.#take(claim);
        if (claim !== undefined && until === "once") break;
        if (claim !== undefined || until !== "empty") continue;
        if (this.#held.size === 0) break;
        await this.#oneEnded.promise;
      }
    } finally {
      while (this.#held.size > 0) await this.#oneEnded.promise;
    }
  }

  /** Gives back what it holds. The second time, and with `now`, commands are killed at once. */
  stop(options: { readonly now: boolean }): void {
    this.#stopping.abort(new Error("the worker stops"));
    for (const held of this.#held) held.stop(options);
  }

  #isOver(): boolean {
    return this.#stopping.signal.aborted || this.fault !== undefined;
  }

  #take(claim: Claim): void {
    const { hold, tell } = this.#parts;
    const held = hold(claim);
    this.#held.add(held);
    tell({ event: "claimed", item: claim.item, fencingToken: claim.fencingToken });
    if (this.#stopping.signal.aborted) held.stop({ now: false });
    void held.work().then((ending) => {
      this.endings.set(ending, (this.endings.get(ending) ?? 0) + 1);
      this.fault ??= held.fault;
      this.#held.delete(held);
      this.#oneEnded.resolve();
      this.#oneEnded = Promise.withResolvers();
    });
  }

  /** W2, W4. `undefined`: there was none. */
  async #next(): Promise<Claim | undefined> {
    const { client, request, env, tell, until } = this.#parts;
    const { signal } = this.#stopping;
    const idempotencyKey = `work-${env.nextId()}-${Math.floor(env.random() * 2 ** 52).toString(36)}`;
    try {
      const claim = await client.items.claimNext(request, { signal, idempotencyKey });
      tell({ event: "reached" });
      return claim;
    } catch (error) {
      if (signal.aborted) return this.#withdrawn(idempotencyKey);
      if (!(error instanceof SignalboxError) || !PASSING.has(error.code) || until !== "stopped") throw error;
      if (error.code !== "cap_reached") tell({ event: "unreachable", why: error.message });
      await pause(env, PAUSE_MS, signal).catch(() => {});
      return undefined;
    }
  }

  /** Asks once more under the same key: what was granted is answered again. */
  async #withdrawn(idempotencyKey: string): Promise<Claim | undefined> {
    const { client, request, env } = this.#parts;
    const enough = new AbortController();
    const stop = env.timers.after(WITHDRAW_MS, () => enough.abort(new Error("nothing was granted")));
    try {
      return await client.items.claimNext(request, { idempotencyKey, retryForMs: 0, signal: enough.signal });
    } catch {
      return undefined;
    } finally {
      stop();
    }
  }
}
