/** Replays a log through the machines, without any engine: I3, every entry is an edge of a machine and none is missing. */
import { initialTransition, transition } from "xstate";
import { runMachine, type RunMachineEvent } from "../../machines/run.ts";
import { workItemMachine, type WorkItemEvent, type WorkItemSnapshot } from "../../machines/work-item.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";

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

/** @throws Error that names the first entry that is no edge */
export function replayLog(
  entries: readonly JournalEntry[],
  attemptsMax: (item: number) => number,
  rollback = false,
): void {
  const items = new Map<number, WorkItemSnapshot>();
  let run = initialTransition(runMachine, { runId: "r", name: "replay", size: 1, liveItemsMax: 1, rollback })[0];
  for (const entry of entries) {
    const fail = (is: string): never => {
      throw new Error(`the machine was ${is}, the log says ${JSON.stringify(entry)}`);
    };
    // An item that was added begins here.
    if (entry.from === "new") continue;
    if (entry.item >= 0) {
      const input = { attemptsMax: attemptsMax(entry.item) };
      const before = items.get(entry.item) ?? initialTransition(workItemMachine, input)[0];
      if (before.value !== entry.from) fail(before.value);
      const after = transition(workItemMachine, before, eventOf(entry, before))[0];
      if (after.value !== entry.to) fail(`${before.value} and became ${after.value}`);
      const { attempt, refunded, token } = after.context;
      if (attempt !== entry.attempt || refunded !== entry.refunded || token !== entry.token)
        fail(JSON.stringify(after.context));
      items.set(entry.item, after);
    } else {
      const before = run.value.lifecycle;
      if (before !== entry.from) fail(before);
      if (MOVES.has(entry.event)) run = transition(runMachine, run, runEventOf(entry))[0];
      if (run.value.lifecycle !== entry.to) fail(`${before} and became ${run.value.lifecycle}`);
    }
  }
}

function eventOf(entry: JournalEntry, { context }: WorkItemSnapshot): WorkItemEvent {
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
      return { type: "requeue", reset: (entry.data as { reset?: boolean }).reset === true };
    case "complete":
    case "timeout":
    case "release":
    case "expire":
      return { type: entry.event, token };
    default:
      throw new Error(`no event of an item: ${entry.event}`);
  }
}

function runEventOf({ event, to, data }: JournalEntry): RunMachineEvent {
  const reason = { code: "replayed" };
  switch (event) {
    case "start":
    case "pause":
    case "resume":
      return { type: event };
    case "cancel":
    case "abort":
      return { type: event, reason };
    case "drained":
      return {
        type: "drained",
        outcome: (to === "rollingBack" ? (data as { outcome: string }).outcome : to) as "done",
      };
    case "rolledBack":
      return { type: "rolledBack" };
    case "setCap":
      return { type: "setCap", liveItemsMax: (data as { live_items_max: number }).live_items_max };
    default:
      throw new Error(`no event of a run: ${event}`);
  }
}
