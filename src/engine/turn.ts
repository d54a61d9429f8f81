/**
 * One step of a run as its caller makes it: what is asked for, and what it came to, in one turn of the loop. Everything that
 * a turn does is one batch: durable together, or not at all (I8). Nothing of it may be told before that.
 */
import type { Json } from "../base/json.ts";
import type { Reason } from "../items/reason.ts";
import type { Plan, PlanDefinition } from "../plan/plan.ts";
import type { ItemSnapshot } from "../items/snapshot.ts";
import type { Claim, ClaimNextRequest, ClaimRequest, Heartbeat, HeartbeatFacts, TurnClaimRef } from "./claim.ts";

/** Names a request that may come again. */
export interface RequestKey {
  /** What the client calls it: 1 to 200 characters. */
  readonly key: string;
  /** Equal for equal requests. */
  readonly fingerprint: string;
}

/** An answer, and whether it was given before. */
export interface Answered<T> {
  readonly answer: T;
  readonly isRepeated: boolean;
}

/** What can be asked of a run in one step. Each method throws what the method of the same name of `Run` or `Claims` throws. */
export interface Turn {
  /** Wall clock of the step. */
  readonly at: number;
  /** Seq of the last entry so far. */
  readonly seq: number;
  /** The plan with what this turn has added. */
  readonly plan: Plan;
  /** An item as it is now, by its key. @throws SignalboxError `item_not_found` */
  item(key: string): ItemSnapshot;
  /** An item as it is now, by its number. */
  itemAt(number: number): ItemSnapshot;
  /** `defaults`: values for those of these tasks that do not say otherwise. */
  add(tasks: PlanDefinition["tasks"], defaults?: PlanDefinition["defaults"]): readonly string[];
  claim(key: string, request: ClaimRequest): Claim;
  heartbeat(claim: TurnClaimRef, facts?: HeartbeatFacts): Heartbeat;
  complete(claim: TurnClaimRef, result?: { readonly output?: Json }): void;
  fail(claim: TurnClaimRef, failure: { readonly reason: Reason | string; readonly retryable?: boolean }): void;
  release(claim: TurnClaimRef, options?: { readonly reason?: string }): void;
  cancel(key: string, options?: { readonly reason?: string; readonly actor?: string }): readonly string[];
  retry(key: string, options?: { readonly actor?: string }): readonly string[];
  /** Leaves a note on an item: an entry of the audit log that moves nothing. */
  note(key: string, text: string, actor: string): void;
}

/** Who asks for whatever should go first, as far as it may be theirs. */
export interface NextRequest extends ClaimNextRequest {
  /** Asked in the step that would grant the item, by its number. Default: any may be had. */
  readonly suits?: ((turn: Turn, item: number) => boolean) | undefined;
}

/** When a step is made: at once, or together with what else is asked of the run before the event loop turns. */
export type StepTime = "now" | "together";

/** Steps of a run, each with the answer that its caller makes of it. */
export interface RunTurns {
  /**
   * Makes one step: what `work` asks for becomes durable together, with the answer that it makes of it. The promise resolves then.
   * With a key the answer is stored in the same step, and given again to the same request, also after a restart.
   * `work` must do at most one thing that can be refused, and do it first.
   * @throws SignalboxError `request_key_reused`, and what `work` throws
   */
  turn<T extends Json>(work: (turn: Turn) => T, request?: RequestKey, when?: StepTime): Promise<Answered<T>>;
  /** The same for whoever wants the item that should go first: `work` gets the claim, or `undefined` when there was none in time. */
  turnNext<T extends Json>(
    asked: NextRequest,
    work: (turn: Turn, claim: Claim | undefined) => T,
    request?: RequestKey,
    when?: StepTime,
  ): Promise<Answered<T>>;
}
