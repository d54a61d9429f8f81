import type { Json } from "../base/json.ts";
import type { Reason } from "../items/reason.ts";

/** Who asks for an item, and for how long. */
export interface ClaimRequest {
  /**
   * Who asks: 1 to 128 printable characters, shown to people. Not `local`, `engine`, `recovery`, `user`, `cli` or `signal`, under which
   * the log tells what was none of the agents.
   */
  readonly agent: string;
  /** How long the claim holds without a heartbeat, in milliseconds: 1,000 to a day. Default 5 minutes. */
  readonly leaseMs?: number;
  /** What it will touch beside the files of the task, as patterns. Stands in the audit log; nothing waits for it here. */
  readonly files?: readonly string[];
}

/** A checked request, as an item's claim takes it. */
export interface ClaimedBy {
  readonly agent: string;
  readonly leaseMs: number;
  /** What stands in the log with the claim; most have nothing. */
  readonly facts: { readonly data: { readonly files: readonly string[] } } | undefined;
}

/** Who asks for whatever should go first. */
export interface ClaimNextRequest extends ClaimRequest {
  /** Kinds of work (`type` of a task) that it does. Default: any. */
  readonly types?: readonly string[];
  /** How long to wait for an item, in milliseconds. Default 0: answer at once. */
  readonly waitMs?: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** A claim that was granted. `item` and `fencingToken` go with every report. */
export interface Claim {
  readonly item: string;
  readonly itemId: string;
  readonly attempt: number;
  readonly fencingToken: number;
  /** Wall clock. */
  readonly leaseExpiresAtMs: number;
  /** Outputs of the item's needs, by task id. */
  readonly inputs: Readonly<Record<string, Json>>;
}

/** Which claim a report is about. */
export type ClaimRef = Pick<Claim, "item" | "fencingToken">;

/** The same within a step, where an item may be named by its number too: nobody has to look for its key. */
export interface TurnClaimRef {
  readonly item: string | number;
  readonly fencingToken: number;
}

/** What a sign of life tells beside that. */
export interface HeartbeatFacts {
  /** As in `ClaimRequest`. */
  readonly leaseMs?: number;
  /** A line for the audit log. */
  readonly note?: string;
  /** How much is done, 0 to 1; for people. */
  readonly progress?: number;
  /** Paths that were touched so far. */
  readonly files?: readonly string[];
}

/** The answer to a sign of life. */
export interface Heartbeat {
  readonly leaseExpiresAtMs: number;
  /** The item was cancelled: whoever works on it should stop. */
  readonly cancelRequested: boolean;
}

/** What workers outside this process may do with the items of a run that have no `run` of their own. */
export interface Claims {
  /**
   * Takes this item. @throws SignalboxError `item_not_found`, `already_claimed`, `already_settled`, `not_ready` (the message says
   * what holds it), `cap_reached`
   */
  claim(item: string, request: ClaimRequest): Promise<Claim>;
  /** Takes the item that should go first; `undefined` when there was none in time. @throws SignalboxError `cap_reached` when too many wait */
  claimNext(request: ClaimNextRequest): Promise<Claim | undefined>;
  /** Says that the work goes on: the lease starts anew. @throws StaleFencingTokenError */
  heartbeat(claim: ClaimRef, facts?: HeartbeatFacts): Promise<Heartbeat>;
  /** The work is done. The same report twice is answered twice. @throws StaleFencingTokenError */
  complete(claim: ClaimRef, result?: { readonly output?: Json }): Promise<void>;
  /** The work failed. `retryable` (default `true`) allows another attempt within the budget. @throws StaleFencingTokenError */
  fail(claim: ClaimRef, failure: { readonly reason: Reason | string; readonly retryable?: boolean }): Promise<void>;
  /** Gives the item back without spending the attempt. @throws StaleFencingTokenError */
  release(claim: ClaimRef, options?: { readonly reason?: string }): Promise<void>;
  /** When the lease of this item ends, by the wall clock; `undefined` when nobody outside holds it. */
  leaseExpiresAtMs(item: string): number | undefined;
}
