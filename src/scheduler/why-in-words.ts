import { durationText } from "../base/duration-text.ts";
import type { Hold, OpenNeed, WhyAnswer } from "./why.ts";

/** Names in one sentence; the others are counted. */
const NAMES_MAX = 5;

/** What is known of the run beside the answer. */
export interface WhyWords {
  /** Nobody runs it any more, although it has not ended: what is stored as going on was going on when that began. Default: somebody does. */
  readonly interrupted?: boolean;
}

/** What goes on, and what went on when the run was interrupted. */
const GOES_ON = { is: "is", now: "now" } as const;
const WENT_ON = { is: "was", now: "when the run was interrupted" } as const;

/**
 * A `why` answer as lines for people, the first about the item, then one for each hold.
 * @param nowMs the moment to count delays from, by the clock of their `untilMs`; without it a delay is said without its length
 */
export function inWords(answer: WhyAnswer, nowMs?: number, { interrupted = false }: WhyWords = {}): string {
  const { is, now } = interrupted ? WENT_ON : GOES_ON;
  switch (answer.state) {
    case "done":
      return `${answer.item} is done${undoInWords(answer, interrupted)}.`;
    case "claimed":
      return answer.stage === "verifying"
        ? `${answer.item} ${is} live ${now}: its work ${is} done and ${is} being verified.`
        : `${answer.item} ${is} live ${now}.`;
    case "cancelled":
      return `${answer.item} was cancelled${cancelInWords(answer.reason)}.`;
    case "skipped":
      return `${answer.item} was skipped: ${answer.reason}.`;
    case "failed":
      return `${answer.item} failed: ${answer.reason}.`;
    case "ready":
      return `${answer.item} is ready and starts ${interrupted ? "when the run goes on" : "as soon as the run turns to it"}.`;
    case "waiting":
      return [
        `${answer.item} waits:`,
        ...answer.for.map((hold) => `  ${holdInWords(hold, answer.item, nowMs, interrupted)}`),
        ...lastInWords(answer),
      ].join("\n");
  }
}

function lastInWords({ last }: Extract<WhyAnswer, { for: unknown }>): string[] {
  return last === undefined ? [] : [`Attempt ${last.attempt} of it ended: ${last.reason}.`];
}

/** Nothing where the reason says no more than that. */
function cancelInWords(reason = "cancelled"): string {
  return reason === "cancelled" ? "" : `: ${reason}`;
}

function undoInWords(
  { stage, stageReason = "no reason was given" }: Extract<WhyAnswer, { stageReason?: string }>,
  interrupted: boolean,
): string {
  if (stage === "undoing") return interrupted ? `, and was being undone ${WENT_ON.now}` : ", and is being undone";
  if (stage === "undone") return ", and was undone";
  return stage === "undo_failed" ? `, and its undo failed: ${stageReason}` : "";
}

function holdInWords(hold: Hold, item: string, nowMs: number | undefined, interrupted: boolean): string {
  switch (hold.kind) {
    case "needs":
      return `for ${hold.any === true ? "one of " : ""}${names(hold.items.map(needInWords))}`;
    case "blocked_by_failure":
      return `for a person: ${names(hold.items)} did not get done; mend what went wrong and retry it, or run the plan again`;
    case "cap":
      return `for a slot: ${hold.live} of ${hold.max} are taken, ${count(hold.ahead, "item goes", "items go")} first`;
    case "layer":
      return hold.layer < 0
        ? "for the first layer to start"
        : `for layer ${hold.layer} to end: ${count(hold.items, "item", "items")} to go`;
    case "pool":
      return `for ${count(hold.wanted, "place", "places")} of pool ${hold.pool}: ${takenInWords(hold)}`;
    case "files":
      return `for files: ${filesInWords(hold)}`;
    case "pressure":
      return `for the machine to have room again: ${hold.reason}; one item at a time goes on`;
    case "ending":
      return `for ${names(hold.items.map((each) => (each === item ? "what ran for it before" : each)))} to end: told to stop, and still running`;
    case "preparing":
      return `for its prepare: it ${interrupted ? `was being prepared ${WENT_ON.now}` : "is being prepared"}`;
    case "prepare":
      return `to be prepared: ${hold.live} of ${hold.max} places are taken`;
    case "delay":
      return nowMs === undefined
        ? "for its backoff to end"
        : `for its backoff to end, in ${durationText(hold.untilMs - nowMs)}`;
    case "paused":
      return "for the run to be resumed: it is paused";
    case "not_started":
      return "for the run to be started";
    case "out_of_scope":
      return "for nothing: it is outside the scope of this run";
    case "run_ended":
      return "for nothing: the run is ending or has ended, and nothing of it starts any more; retry it in a new run";
    case "claim":
      return "for somebody to claim it: it has no `run` of its own";
  }
}

function filesInWords({ by, keptFor }: Extract<Hold, { kind: "files" }>): string {
  const held = by.length === 0 ? [] : [names(by.map(({ item, files }) => `${item} holds ${names(files)}`))];
  const kept = keptFor === undefined ? [] : [`they are kept for ${keptFor}, which was overtaken too often`];
  return [...held, ...kept].join("; ");
}

function takenInWords({ taken, places, by, keptFor }: Extract<Hold, { kind: "pool" }>): string {
  const who = by.length === 0 ? "" : `, by ${names(by)}`;
  const kept = keptFor === undefined ? "" : `; what gets free is kept for ${keptFor}, which was overtaken too often`;
  return `${taken} of ${places} taken${who}${kept}`;
}

const UNTIL = {
  settled: " to end",
  failed: " to fail",
  passed: " to be done or skipped",
  missed: " to fail or be cancelled",
} as const;

function needInWords({ item, status, until }: OpenNeed): string {
  return `${item} (${status})${until === undefined ? "" : UNTIL[until]}`;
}

function names(all: readonly string[]): string {
  const shown = all.slice(0, NAMES_MAX).join(", ");
  return all.length > NAMES_MAX ? `${shown} and ${all.length - NAMES_MAX} more` : shown;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
