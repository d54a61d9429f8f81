/**
 * Work items that somebody outside this process does: an agent, a person, another service. The claim is the same transition of
 * the same machine as for a local attempt, in the same slots and journal; a lease stands in for the process that would be watched.
 *
 * I1 A claim is exclusive, whoever asks: an agent that asks twice is two askers, since names are not identities.
 * I2 A report is taken only with the token of the claim in force. A late one is refused, and stands in the audit log.
 * I5 A claim takes a slot, as a local attempt does: the cap holds for both together.
 * I7 Every answer is given when what it tells is durable.
 */
import { itemIdOf } from "../base/item-ids.ts";
import { SignalboxError, StaleFencingTokenError, UsageError } from "../base/errors.ts";
import { jsonCopy } from "../base/json-copy.ts";
import type { Json } from "../base/json.ts";
import { LIMITS } from "../base/limits.ts";
import { agentNameFault } from "../items/agent-name.ts";
import type { Reason } from "../items/reason.ts";
import { inWords } from "../scheduler/why-in-words.ts";
import type {
  Claim,
  ClaimedBy,
  ClaimNextRequest,
  ClaimRef,
  ClaimRequest,
  Claims,
  Heartbeat,
  HeartbeatFacts,
  TurnClaimRef,
} from "./claim.ts";
import type { ClaimWaiter, Suits } from "./claimable.ts";
import { inputsOf } from "./inputs.ts";
import type { Slot } from "./live-slots.ts";
import type { RunCore } from "./run-core.ts";
import { claim, DEADLINE, giveBack, noteLate, settle } from "./transitions.ts";
import type { StepTime } from "./turn.ts";
import { WallTimes } from "./wall-times.ts";
import { whyItem } from "./why-item.ts";

/** What claims need of the run around them. */
export interface ClaimsHost {
  /** Runs a command in a turn of a run that exists in the journal; resolves when what it decided is durable. */
  readonly ask: <T>(command: () => T | PromiseLike<T>, when?: StepTime) => Promise<T>;
  /** Lets through what the schedule allows now. */
  readonly admit: () => void;
}

/** Somebody who waits for the next item, and what is made of it for them. */
interface Asked<T> {
  readonly by: ClaimedBy;
  readonly wanted: ReadonlySet<string> | undefined;
  readonly suits: Suits | undefined;
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
  /** Called in the turn that grants the claim, or when there was none in time. */
  readonly answerTo: (claim: Claim | undefined) => T;
}

const LEASE_MS_MIN = 1_000;
const LEASE_MS_MAX = 86_400_000;

export class RemoteClaims implements Claims {
  readonly #core: RunCore;
  readonly #host: ClaimsHost;
  /** By item: how often somebody came too late since the claim with this token, the last one. */
  readonly #late = new Map<number, { readonly lastToken: number; count: number }>();

  readonly #wall: WallTimes;

  constructor(core: RunCore, host: ClaimsHost) {
    this.#core = core;
    this.#host = host;
    this.#wall = new WallTimes(core.parts.env.clock);
  }

  async claim(item: string, request: ClaimRequest): Promise<Claim> {
    checked(request);
    return await this.#host.ask(() => this.claimNow(item, request));
  }

  /** The same within a turn, as all that end in `Now`. */
  claimNow(item: string, request: ClaimRequest): Claim {
    const by = checked(request);
    const number = this.numberOf(item);
    this.#host.admit();
    this.#refuseUnclaimable(number);
    return this.#grant(number, by);
  }

  async claimNext(request: ClaimNextRequest): Promise<Claim | undefined> {
    return this.claimNextAnd(request, (claim) => claim);
  }

  /** Claims what should go first, and makes the answer in the same turn. */
  claimNextAnd<T>(
    request: ClaimNextRequest,
    answerTo: (claim: Claim | undefined) => T,
    suits?: Suits,
    when?: StepTime,
  ): Promise<T> {
    let asked: Asked<T>;
    try {
      asked = askedOf(request, answerTo, suits);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return Promise.reject(error);
    }
    const command = (): T | Promise<T> => {
      this.#host.admit();
      const item = this.#hasRoom() ? this.#core.claimable.best(asked.wanted, suits) : -1;
      if (item >= 0) return answerTo(this.#grant(item, asked.by));
      if (asked.waitMs <= 0 || asked.signal?.aborted === true) return answerTo(undefined);
      return this.#wait(asked);
    };
    return this.#host.ask(command, when);
  }

  async heartbeat(ref: ClaimRef, facts: HeartbeatFacts = {}): Promise<Heartbeat> {
    leaseOf(facts.leaseMs);
    return await this.#host.ask(() => this.heartbeatNow(ref, facts));
  }

  heartbeatNow(ref: TurnClaimRef, { leaseMs, note, progress, files }: HeartbeatFacts): Heartbeat {
    const lease = leaseOf(leaseMs);
    const core = this.#core;
    const item = this.numberOf(ref.item);
    const { table, deadlines } = core.parts;
    if (table.statusOf(item) === "cancelled" && table.lastToken[item] === ref.fencingToken)
      return { leaseExpiresAtMs: core.at, cancelRequested: true };
    const slot = this.#slotOf(item, ref);
    core.send(slot, { type: "heartbeat", token: slot.token, leaseMs: lease }, "claimed");
    deadlines.set(item * 4 + DEADLINE.lease, core.mono + lease);
    const data = { ...(progress !== undefined && { progress }), ...(files !== undefined && { files }) };
    const reason = note && { code: "progress", message: note.slice(0, LIMITS.reasonCharsMax) };
    if (reason !== undefined || Object.keys(data).length > 0) {
      core.record(item, "heartbeat", "claimed", {
        actor: slot.holder!,
        ...(reason !== undefined && reason !== "" && { reason }),
        ...(Object.keys(data).length > 0 && { data }),
      });
    }
    return { leaseExpiresAtMs: this.#wall.of(core.mono + lease), cancelRequested: false };
  }

  async complete(ref: ClaimRef, result: { readonly output?: Json } = {}): Promise<void> {
    outputOf(result.output);
    await this.#host.ask(() => this.completeNow(ref, result));
  }

  completeNow(ref: TurnClaimRef, { output }: { readonly output?: Json }): void {
    const copy = outputOf(output);
    const item = this.numberOf(ref.item);
    // The answer to the first report may have been lost on its way.
    if (this.#isOver(item, ref, "done") || this.#isVerifying(item, ref)) return;
    const slot = this.#slotOf(item, ref);
    const fault = copy === undefined ? undefined : this.#core.parts.table.outputs.roomFault(copy);
    if (fault !== undefined)
      throw new SignalboxError(
        "too_large",
        `expected an output that the run has room for, got one that takes ${fault}`,
      );
    settle(this.#core, slot, { kind: "done", ...(copy !== undefined && { output: copy }) });
  }

  async fail(
    ref: ClaimRef,
    failure: { readonly reason: Reason | string; readonly retryable?: boolean },
  ): Promise<void> {
    await this.#host.ask(() => this.failNow(ref, failure));
  }

  failNow(
    ref: TurnClaimRef,
    { reason, retryable = true }: { readonly reason: Reason | string; readonly retryable?: boolean },
  ): void {
    const why: Reason = typeof reason === "string" ? { code: "failed", message: reason } : reason;
    const item = this.numberOf(ref.item);
    if (this.#isOver(item, ref, "failed")) return;
    settle(this.#core, this.#slotOf(item, ref), { kind: "failed", reason: why, retryable });
  }

  async release(ref: ClaimRef, options: { readonly reason?: string } = {}): Promise<void> {
    await this.#host.ask(() => this.releaseNow(ref, options));
  }

  releaseNow(ref: TurnClaimRef, { reason = "given back" }: { readonly reason?: string }): void {
    const slot = this.#slotOf(this.numberOf(ref.item), ref);
    giveBack(this.#core, slot, { code: "released", message: reason }, slot.holder!);
    settle(this.#core, slot, { kind: "aborted" });
  }

  leaseExpiresAtMs(key: string): number | undefined {
    const ends = this.#core.parts.deadlines.at(this.numberOf(key) * 4 + DEADLINE.lease);
    return ends === undefined ? undefined : this.#wall.of(ends);
  }

  /** @throws SignalboxError `item_not_found` */
  numberOf(item: string | number): number {
    const { plan } = this.#core.parts;
    const number = typeof item === "string" ? plan.numberOf(item) : item;
    if (number !== undefined && plan.taskOf(number) !== undefined) return number;
    throw new SignalboxError(
      "item_not_found",
      `expected the key of an item of run ${this.#core.parts.runId}, got ${JSON.stringify(item)}`,
    );
  }

  #hasRoom(): boolean {
    const core = this.#core;
    return core.mayClaim && core.slots.live < core.cap;
  }

  #refuseUnclaimable(item: number): void {
    const core = this.#core;
    const { table, plan } = core.parts;
    const { key } = plan.taskOf(item)!;
    const status = table.statusOf(item);
    if (status === "claimed")
      throw new SignalboxError("already_claimed", `expected ${key} to be free, got a live claim`);
    if (status === "done" || status === "cancelled")
      throw new SignalboxError("already_settled", `expected ${key} to be open, got an item that is ${status}`);
    if (core.claimable.offers(item) && this.#hasRoom()) return;
    if (core.executorOf(item) !== undefined)
      throw new SignalboxError(
        "not_ready",
        `expected an item without \`run\`, got ${key}, which this process runs itself`,
      );
    const mustWait = core.endings.before(item).length > 0 || core.preparing?.holdsBack(item) === true;
    if (table.startable(item) && core.mayClaim && !mustWait) {
      const { slots, cap } = core;
      const got =
        slots.live < cap
          ? `; ${inWords(whyItem(core, key), core.at)}`
          : `, got ${slots.live} live items of at most ${cap}; try again when one has ended`;
      throw new SignalboxError("cap_reached", `expected a free place for ${key}${got}`);
    }
    throw new SignalboxError("not_ready", `expected ${key} to be ready; ${inWords(whyItem(core, key), core.at)}`);
  }

  #grant(item: number, by: ClaimedBy): Claim {
    const core = this.#core;
    core.claimable.remove(item);
    core.places?.retake(item);
    claim(core, item, by);
    const { table, plan, runId } = core.parts;
    return Object.freeze({
      item: plan.taskOf(item)!.key,
      itemId: itemIdOf(runId, item),
      attempt: table.attempt[item]!,
      fencingToken: table.token[item]!,
      leaseExpiresAtMs: this.#wall.of(core.mono + by.leaseMs),
      inputs: inputsOf(core, item),
    });
  }

  /** To somebody who has waited: nobody else's command is under way. */
  #grantDurably<T>(item: number, { by, answerTo }: Asked<T>, { resolve, reject }: PromiseWithResolvers<T>): void {
    const claim = this.#grant(item, by);
    try {
      const granted = answerTo(claim);
      this.#core.batch.replies.push({ resolve: () => resolve(granted), reject });
    } catch (error) {
      // Who asked hears of it; the loop, which serves others too, goes on.
      reject(error);
    }
  }

  #wait<T>(asked: Asked<T>): Promise<T> {
    const { claimable, parts } = this.#core;
    const { answerTo, signal } = asked;
    const answer = Promise.withResolvers<T>();
    // A journal that fails refuses the step and its answer: whoever waits hears of the first, and nobody of the second.
    answer.promise.catch(() => {});
    const end = (): void => {
      stopTimer();
      signal?.removeEventListener("abort", giveUp);
      claimable.leave(waiter);
    };
    const giveUp = (): void => {
      end();
      try {
        answer.resolve(answerTo(undefined));
      } catch (error) {
        answer.reject(error);
      }
    };
    const waiter: ClaimWaiter = {
      types: asked.wanted,
      suits: asked.suits,
      serve: (item) => {
        end();
        this.#grantDurably(item, asked, answer);
      },
      close: giveUp,
    };
    claimable.wait(waiter);
    const stopTimer = parts.env.timers.after(Math.min(asked.waitMs, LIMITS.timerMsMax), giveUp);
    signal?.addEventListener("abort", giveUp, { once: true });
    return answer.promise;
  }

  /** The same report has been taken before. */
  #isOver(item: number, { fencingToken }: TurnClaimRef, status: "done" | "failed"): boolean {
    const { table } = this.#core.parts;
    return table.statusOf(item) === status && table.lastToken[item] === fencingToken;
  }

  /** The report was taken, and its work is being checked. */
  #isVerifying(item: number, { fencingToken }: TurnClaimRef): boolean {
    const { table } = this.#core.parts;
    return table.stages.get(item) === "verifying" && table.token[item] === fencingToken;
  }

  #slotOf(item: number, { fencingToken }: TurnClaimRef): Slot {
    const core = this.#core;
    const { table, plan } = core.parts;
    const slot = core.slots.of(item);
    const current = table.token[item]!;
    if (slot?.holder !== undefined && slot.token === current && current === fencingToken) return slot;
    const { key } = plan.taskOf(item)!;
    this.#noteLate(item, fencingToken);
    throw new StaleFencingTokenError(
      // The token in force is not told in words: whoever is late would only have to try again with it.
      `expected the token of the claim in force of ${key}, got ${fencingToken}${current > 0 ? ", which is not it" : ": nobody holds it"}; stop working on it`,
      current,
    );
  }

  /** Somebody who never stops must not fill the log. */
  #noteLate(item: number, token: number): void {
    const lastToken = this.#core.parts.table.lastToken[item]!;
    let late = this.#late.get(item);
    if (late?.lastToken !== lastToken) this.#late.set(item, (late = { lastToken, count: 0 }));
    if (late.count++ < LIMITS.lateReportsMax) noteLate(this.#core, item, token);
  }
}

/** @throws UsageError */
function askedOf<T>(request: ClaimNextRequest, answerTo: Asked<T>["answerTo"], suits: Suits | undefined): Asked<T> {
  const { types, waitMs = 0, signal } = request;
  const wanted = types === undefined ? undefined : new Set(types);
  return { by: checked(request), wanted, suits, waitMs, signal, answerTo };
}

function checked({ agent, leaseMs, files }: ClaimRequest): ClaimedBy {
  const fault = agentNameFault(agent);
  if (fault !== undefined) throw new UsageError(`agent: ${fault}`);
  return { agent, leaseMs: leaseOf(leaseMs), facts: factsOf(files) };
}

/** @throws UsageError */
function factsOf(files: readonly string[] = []): ClaimedBy["facts"] {
  if (files.length > LIMITS.claimFilesMax || !files.every((file) => typeof file === "string"))
    throw new UsageError(`expected files to be at most ${LIMITS.claimFilesMax} patterns, got something else`);
  return files.length === 0 ? undefined : { data: { files: [...files] } };
}

/** @throws UsageError */
function outputOf(output: Json | undefined): Json | undefined {
  if (output === undefined) return undefined;
  const copy = jsonCopy(output);
  if (!copy.ok) throw new UsageError(`expected JSON as output, got ${copy.problem}`);
  return copy.value;
}

function leaseOf(leaseMs: number = LIMITS.leaseMsDefault): number {
  if (Number.isFinite(leaseMs) && leaseMs >= LEASE_MS_MIN && leaseMs <= LEASE_MS_MAX) return leaseMs;
  throw new UsageError(`expected leaseMs to be from ${LEASE_MS_MIN} to ${LEASE_MS_MAX} milliseconds, got ${leaseMs}`);
}
