/** Carries out what is asked for in one step of a run of this process. Called within a turn; nothing here has an effect (law L2). */
import { SignalboxError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { LIMITS } from "../base/limits.ts";
import type { Reason } from "../items/reason.ts";
import type { Plan, PlanDefinition } from "../plan/plan.ts";
import type { ItemSnapshot } from "../items/snapshot.ts";
import type { Claim, ClaimRequest, Heartbeat, HeartbeatFacts, TurnClaimRef } from "./claim.ts";
import { addItems } from "./grow.ts";
import { cancelItems, itemsToCancel, itemsToRetry, retryItems } from "./item-commands.ts";
import type { RemoteClaims } from "./remote-claims.ts";
import type { RunCore } from "./run-core.ts";
import type { Turn } from "./turn.ts";

export class LocalTurn implements Turn {
  readonly #core: RunCore;
  readonly #claims: RemoteClaims;
  readonly #begun: () => boolean;

  constructor(core: RunCore, claims: RemoteClaims, begun: () => boolean) {
    this.#core = core;
    this.#claims = claims;
    this.#begun = begun;
  }

  get at(): number {
    return this.#core.at;
  }

  get seq(): number {
    return this.#core.seq;
  }

  get plan(): Plan {
    return this.#core.parts.plan;
  }

  item(key: string): ItemSnapshot {
    return this.itemAt(this.#claims.numberOf(key));
  }

  itemAt(number: number): ItemSnapshot {
    return this.#core.parts.table.snapshotOf(number);
  }

  add(tasks: PlanDefinition["tasks"], defaults?: PlanDefinition["defaults"]): readonly string[] {
    return this.#keys(addItems(this.#core, { tasks, ...(defaults && { defaults }) }, this.#begun()));
  }

  claim(key: string, request: ClaimRequest): Claim {
    return this.#claims.claimNow(key, request);
  }

  heartbeat(claim: TurnClaimRef, facts: HeartbeatFacts = {}): Heartbeat {
    return this.#claims.heartbeatNow(claim, facts);
  }

  complete(claim: TurnClaimRef, result: { readonly output?: Json } = {}): void {
    this.#claims.completeNow(claim, result);
  }

  fail(claim: TurnClaimRef, failure: { readonly reason: Reason | string; readonly retryable?: boolean }): void {
    this.#claims.failNow(claim, failure);
  }

  release(claim: TurnClaimRef, options: { readonly reason?: string } = {}): void {
    this.#claims.releaseNow(claim, options);
  }

  cancel(key: string, { reason = "cancelled", actor = "user" } = {}): readonly string[] {
    const named = itemsToCancel(this.#core, key, false);
    return this.#keys(cancelItems(this.#core, key, named, { code: "cancelled", message: reason }, actor));
  }

  retry(key: string, { actor = "user" } = {}): readonly string[] {
    return this.#keys(retryItems(this.#core, key, itemsToRetry(this.#core, key), actor));
  }

  note(key: string, text: string, actor: string): void {
    const item = this.#claims.numberOf(key);
    if (this.#core.parts.table.stages.has(item))
      throw new SignalboxError(
        "not_ready",
        `expected an item that is not being verified or undone, got ${key}; try again later`,
      );
    const message = text.slice(0, LIMITS.reasonCharsMax);
    this.#core.record(item, "note", this.#core.parts.table.statusOf(item), { actor, data: { note: message } });
  }

  #keys(items: readonly number[]): readonly string[] {
    return items.map((item) => this.plan.taskOf(item)!.key);
  }
}
