/** Replays a log through the machines, without an engine: every entry has to be an edge of a machine, and none may be missing (I3). */
import { initialTransition, transition } from "xstate";
import { runMachine, type RunMachineEvent, type RunMachineSnapshot } from "../../machines/run.ts";
import {
  workItemContext,
  workItemMachine,
  type WorkItemEvent,
  type WorkItemSnapshot,
} from "../../machines/work-item.ts";
import { NOT_YET } from "../journal/fold.ts";
import type { ItemRow, JournalEntry } from "../journal/journal.ts";

/** What moves a run or changes what it is told; every other entry about it is a note. */
const MOVES: ReadonlySet<string> = new Set([
  "start",
  "pause",
  "resume",
  "cancel",
  "abort",
  "drained",
  "rolledBack",
  "setCap",
]);

export interface ReplayOptions {
  readonly attemptsMaxOf: (item: number) => number;
  /** Whether the run undoes what it did when it fails. */
  readonly rollback: boolean;
}

export class LogReplay {
  readonly #options: ReplayOptions;
  readonly #items = new Map<number, WorkItemSnapshot>();
  #run: RunMachineSnapshot;

  constructor(options: ReplayOptions) {
    this.#options = options;
    const input = { runId: "replayed", name: "replayed", size: 1, liveItemsMax: 1, rollback: options.rollback };
    this.#run = initialTransition(runMachine, input)[0];
  }

  /** An item begins as a log that was compacted says. */
  begin({ item, status, attempt, refunded, token, holder }: ItemRow): void {
    const attemptsMax = this.#options.attemptsMaxOf(item);
    // Whether a failure could be tried again shows in what follows.
    const context = workItemContext({ attemptsMax, attempt, refunded, token, holder, retryable: status === "failed" });
    this.#items.set(item, workItemMachine.resolveState({ value: status, context }));
  }

  /** Takes the next entry. Answers what the machine does with it instead, in words; `undefined` when it does the same. */
  take(entry: JournalEntry): string | undefined {
    if (entry.item < 0) return this.#takeOfRun(entry);
    // An item that was added begins here.
    return entry.from === NOT_YET ? undefined : this.#takeOfItem(entry);
  }

  #takeOfItem(entry: JournalEntry): string | undefined {
    const input = { attemptsMax: this.#options.attemptsMaxOf(entry.item) };
    const before = this.#items.get(entry.item) ?? initialTransition(workItemMachine, input)[0];
    if (before.value !== entry.from) return `the item is ${before.value} by then`;
    const event = itemEventOf(entry, before);
    if (event === undefined) return "it has no such event for an item";
    const after = transition(workItemMachine, before, event)[0];
    if (after.value !== entry.to) return `${entry.event} leads to ${after.value} there`;
    const { attempt, refunded, token } = after.context;
    if (attempt !== entry.attempt || refunded !== entry.refunded || token !== entry.token)
      return `it counts ${attempt} attempts, ${refunded} of them forgiven, with token ${token}`;
    this.#items.set(entry.item, after);
    return undefined;
  }

  #takeOfRun(entry: JournalEntry): string | undefined {
    const before = this.#run.value.lifecycle;
    if (before !== entry.from) return `the run is ${before} by then`;
    if (MOVES.has(entry.event)) this.#run = transition(runMachine, this.#run, runEventOf(entry))[0];
    const after = this.#run.value.lifecycle;
    return after === entry.to ? undefined : `${entry.event} leads to ${after} there`;
  }
}

function itemEventOf(entry: JournalEntry, { context }: WorkItemSnapshot): WorkItemEvent | undefined {
  const reason = entry.reason ?? { code: "none" };
  // A note is what the machine does with a token that is not the current one: nothing.
  if (entry.from === entry.to) return { type: "complete", token: -1 };
  const { token } = context;
  switch (entry.event) {
    case "claim":
      return { type: "claim", holder: entry.actor, token: entry.token };
    case "fail":
      // Whether it could be tried again shows in what follows.
      return { type: "fail", token, reason, retryable: true };
    case "cancel":
      return { type: "cancel", reason };
    case "requeue":
      return { type: "requeue", reset: factsOf(entry)["reset"] === true };
    case "complete":
    case "timeout":
    case "release":
    case "expire":
      return { type: entry.event, token };
    default:
      return undefined;
  }
}

function runEventOf(entry: JournalEntry): RunMachineEvent {
  const { event, to } = entry;
  const reason = { code: "replayed" };
  switch (event) {
    case "cancel":
    case "abort":
      return { type: event, reason };
    case "drained":
      return { type: "drained", outcome: (to === "rollingBack" ? factsOf(entry)["outcome"] : to) as "done" };
    case "setCap":
      return { type: "setCap", liveItemsMax: Number(factsOf(entry)["live_items_max"]) };
    default:
      return { type: event as "start" };
  }
}

function factsOf({ data }: JournalEntry): Readonly<Record<string, unknown>> {
  return typeof data === "object" && data !== null ? (data as Readonly<Record<string, unknown>>) : {};
}
