/**
 * What agents were told, held against the log. Each confirmed operation is one place of the log, between its question and its answer:
 * together with I3 (the log is a path of the machines) that is linearizability, with the log as the witness.
 */
import type { JournalEntry } from "../../src/journal/journal.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { replayLog } from "../support/replayed-log.ts";
import { checkOrder } from "./check-run-log.ts";
import type { Reply } from "./network.ts";
import type { Observer } from "./observer.ts";
import type { World } from "./world.ts";

export interface Operation {
  readonly kind: "create" | "claim" | "heartbeat" | "complete" | "fail" | "release" | "cancel" | "requeue";
  readonly path: string;
  readonly id?: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly leaseMs?: number;
}

export interface Begun {
  readonly operation: Operation;
  readonly agent: string;
  /** Version that was confirmed to somebody before it began. */
  readonly after: number;
  readonly at: number;
}

const EVENT_OF: Readonly<Record<string, string>> = { create: "add" };

export class ClaimChecks {
  /** The latest version that somebody was told of. */
  confirmed = 0;
  readonly #world: World;
  readonly #observer: Observer;
  /** Until when the lease of each item holds at least, by token. */
  readonly #leases = new Map<number, number>();
  readonly #titles = new Map<string, string>();

  constructor(world: World, observer: Observer) {
    this.#world = world;
    this.#observer = observer;
    observer.onEntry = (entry) => this.#checkExpiry(entry);
  }

  begin(operation: Operation, agent: string): Begun {
    return { operation, agent, after: this.confirmed, at: this.#world.now };
  }

  answered(begun: Begun, { status, body }: Reply): void {
    const { kind } = begun.operation;
    this.#world.log(`${begun.agent} ${kind} ${status}${status >= 400 ? ` ${body.code as string}` : ""}`);
    if (status >= 500) this.#world.violate("errors", `${kind} was answered with ${status}: ${JSON.stringify(body)}`);
    if (status >= 300 || status === 204) return;
    if (kind === "heartbeat") this.#renewed(begun.operation.body["fencing_token"] as number, begun);
    else if (kind === "claim") this.#claimed(begun, body);
    else this.#reported(begun, body);
  }

  /** What a reader was shown is a state that the item had, and not from before what was confirmed when it asked. */
  read(_: string, items: readonly unknown[], before: number): void {
    const { log } = this.#observer;
    for (const item of items as { id: string; seq: number; status: string }[]) {
      const number = this.#observer.numberOf(item.id);
      if (item.seq > log.length) this.#world.violate("I7", `version ${item.seq} is shown, ${log.length} is durable`);
      const entry = log[item.seq - 1];
      if (entry !== undefined && (entry.item !== number || entry.to !== item.status))
        this.#world.violate(
          "I10",
          `item ${number} is shown as ${item.status} in version ${item.seq}, which is ${entry.to}`,
        );
      const missed = log.slice(item.seq, before).find((later) => later.item === number);
      if (missed !== undefined)
        this.#world.violate("I10", `item ${number} is shown as it was before entry ${missed.seq}`);
    }
  }

  checkEnd(plan: Plan): void {
    const { log } = this.#observer;
    checkOrder(this.#world, log);
    try {
      replayLog(log, (item) => plan.tasks[item]!.attemptsMax);
    } catch (error) {
      this.#world.violate("I3", (error as Error).message);
    }
    const seen = new Set<string>();
    for (const { title = "" } of plan.tasks) {
      if (seen.has(title)) this.#world.violate("I13", `${title} was made twice`);
      seen.add(title);
    }
    for (const title of this.#titles.keys())
      if (!seen.has(title)) this.#world.violate("I7", `${title} was confirmed and is gone`);
    this.#checkNeeds(plan);
  }

  #claimed(begun: Begun, body: { item: { id: string }; fencing_token: number }): void {
    const token = body.fencing_token;
    const entry = this.#observer.log[token - 1];
    const number = this.#observer.numberOf(body.item.id);
    if (entry === undefined) this.#world.violate("I7", `a claim with token ${token} was confirmed and is not durable`);
    else if (entry.event !== "claim" || entry.item !== number || entry.actor !== begun.agent)
      this.#world.violate("I1", `token ${token} is not of a claim of item ${number} by ${begun.agent}`);
    this.#inOrder(begun, token);
    this.#renewed(token, begun);
  }

  #reported(begun: Begun, body: { id: string; seq: number; title: string }): void {
    const { log } = this.#observer;
    const { kind, body: asked } = begun.operation;
    const number = this.#observer.numberOf(body.id);
    if (kind === "create") this.#titles.set(body.title, body.id);
    if (body.seq > log.length) {
      this.#world.violate("I7", `${kind} of item ${number} was confirmed and is not durable`);
      return;
    }
    const event = EVENT_OF[kind] ?? kind;
    // A failed attempt may be put back in the same step.
    const entry = log
      .slice(Math.max(0, body.seq - 2), body.seq)
      .find((each) => each.item === number && each.event === event);
    if (entry === undefined) {
      // A second report of the same attempt says what the first one said.
      if (kind === "create" || kind === "requeue" || kind === "cancel")
        this.#world.violate("I2", `${kind} of item ${number} is not in the log at ${body.seq}`);
      return;
    }
    this.#inOrder(begun, entry.seq);
    const token = asked["fencing_token"];
    if (typeof token === "number") this.#checkFenced(entry, token);
  }

  /** I2: the claim under which it was reported was the last one then. */
  #checkFenced({ seq, item }: JournalEntry, token: number): void {
    const claim = this.#observer.log.slice(0, seq - 1).findLast((each) => each.item === item && each.event === "claim");
    if (claim?.seq !== token)
      this.#world.violate("I2", `item ${item} was reported under token ${token}, token ${claim?.seq} was in force`);
  }

  /** What was confirmed before somebody asked comes before what they got. */
  #inOrder({ after, operation }: Begun, seq: number): void {
    if (seq <= after)
      this.#world.violate("I1", `${operation.kind} came out as entry ${seq}, entry ${after} was confirmed before it`);
    this.confirmed = Math.max(this.confirmed, seq);
  }

  #renewed(token: number, { at, operation }: Begun): void {
    const until = at + (operation.leaseMs ?? 0);
    this.#leases.set(token, Math.max(until, this.#leases.get(token) ?? 0));
  }

  /** I14: a lease holds for as long as it was promised, whatever the wall clock does. */
  #checkExpiry({ item, event, from, seq, actor }: JournalEntry): void {
    const isOurs = event === "expire" || (event === "release" && actor === "recovery");
    if (!isOurs || from !== "claimed") return;
    const claim = this.#observer.log.slice(0, seq - 1).findLast((each) => each.item === item && each.event === "claim");
    const until = this.#leases.get(claim?.seq ?? 0) ?? 0;
    if (this.#world.now < until)
      this.#world.violate(
        "I14",
        `the lease of item ${item} ended ${(until - this.#world.now).toFixed(0)} ms before its time`,
      );
  }

  /** I4: nothing is claimed before what it needs is done. */
  #checkNeeds(plan: Plan): void {
    const done = new Set<number>();
    const { needs, needsStart } = plan.graph;
    for (const { item, event, to } of this.#observer.log) {
      if (event === "claim")
        for (let i = needsStart[item]!; i < needsStart[item + 1]!; i++)
          if (!done.has(needs[i]!))
            this.#world.violate("I4", `item ${item} was claimed before item ${needs[i]} was done`);
      if (to === "done") done.add(item);
    }
  }
}
