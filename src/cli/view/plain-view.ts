import { durationText } from "../../base/duration-text.ts";
import { harmless } from "../../base/harmless.ts";
import { isSkipped } from "../../items/skip.ts";
import type { Env } from "../../base/env.ts";
import type { RunEvent } from "../../engine/run.ts";
import type { Output } from "../terminal/output.ts";
import { paintFor, type Paint } from "../terminal/style.ts";
import { totalOf } from "./frame.ts";
import { countOf, formatCount } from "./format.ts";
import { LiveItems } from "./live-items.ts";
import type { ProgressView, RunFacts } from "./progress-view.ts";
import { describeReason } from "./reason.ts";
import { stageOfEvent } from "./stage.ts";

/** A plan up to this size gets a line for each start too. */
const STARTS_SHOWN_UP_TO = 200;
/** After so many lines only counts are told, now and then. */
const LINES_MAX = 1_000;
const COUNTS_EVERY_MS = 10_000;

/**
 * Progress as plain lines, for a pipe or a log: each line is whole, in order, and stays.
 *
 * I1  At most `LINES_MAX` lines about items, then one line in `COUNTS_EVERY_MS`.
 */
export class PlainView implements ProgressView {
  readonly #facts: RunFacts;
  readonly #env: Env;
  readonly #output: Output;
  readonly #paint: Paint;
  readonly #items = new LiveItems();
  #lines = 0;
  #countsAt = 0;

  constructor(facts: RunFacts, env: Env, output: Output) {
    this.#facts = facts;
    this.#env = env;
    this.#output = output;
    this.#paint = paintFor(output.color);
  }

  start(): void {
    const { name, total, runId, scope } = this.#facts;
    const part = scope === undefined ? "" : `, ${formatCount(totalOf(scope.counts))} in scope ${harmless(scope.words)}`;
    this.#output.write(`${harmless(name)}: ${countOf(total, "item")}${part}, run ${runId}\n`);
  }

  event(event: RunEvent): void {
    const since = event.key === undefined ? undefined : this.#items.since(event.key);
    const line =
      event.key === undefined
        ? this.#lineOfRun(event)
        : this.#lineOf(event, harmless(event.key), since === undefined ? 0 : event.mono - since);
    this.#items.apply(event);
    if (line === undefined) return;
    if (this.#lines++ < LINES_MAX) this.#output.write(`${line}\n`);
    else this.#tellCounts(this.#env.clock.monotonic());
  }

  notice(text: string): void {
    this.#output.write(`${text}\n`);
  }

  say(line: string): void {
    this.#output.write(`${harmless(line)}\n`);
  }

  stop(): void {}

  #lineOfRun({ name, reason }: RunEvent): string | undefined {
    const why = (): string => harmless(describeReason(reason));
    if (name === "pressure.raised") return `${this.#paint("warn", "wait  ")}  new items wait: ${why()}`;
    if (name === "run.rolling_back") return `${this.#paint("warn", "back  ")}  what is done is undone, last first`;
    if (name === "pressure.lowered") return `${this.#paint("warn", "go on ")}  new items start again: ${why()}`;
    return undefined;
  }

  #lineOf(event: RunEvent, key: string, liveMs: number): string | undefined {
    if (event.from === event.to) return this.#noteLine(event, key, liveMs);
    switch (event.to) {
      case "claimed":
        if (this.#facts.total > STARTS_SHOWN_UP_TO) return undefined;
        return `${this.#paint("live", "start ")}  ${key}${event.attempt > 1 ? ` (attempt ${event.attempt})` : ""}`;
      case "done":
        return `${this.#paint("good", "done  ")}  ${key}  ${durationText(liveMs)}`;
      case "failed":
        return `${this.#paint("bad", "failed")}  ${key}  ${durationText(liveMs)}  ${harmless(describeReason(event.reason))}`;
      case "cancelled":
        return `${this.#paint("warn", isSkipped(event.to, event.reason) ? "skip  " : "cancel")}  ${key}  ${harmless(describeReason(event.reason))}`;
      case "todo":
        return `${this.#paint("warn", "again ")}  ${key}  ${harmless(describeReason(event.reason))}`;
      default:
        return undefined;
    }
  }

  #noteLine(event: RunEvent, key: string, liveMs: number): string | undefined {
    const stage = stageOfEvent(event);
    if (stage === "undone") return `${this.#paint("warn", "undone")}  ${key}  ${durationText(liveMs)}`;
    if (stage !== "undo_failed") return undefined;
    return `${this.#paint("bad", "not undone")}  ${key}  ${harmless(describeReason(event.reason))}`;
  }

  #tellCounts(now: number): void {
    if (now - this.#countsAt < COUNTS_EVERY_MS) return;
    this.#countsAt = now;
    const counts = this.#facts.counts();
    const failed = counts.failed > 0 ? `, ${formatCount(counts.failed)} failed` : "";
    const { scope } = this.#facts;
    const part =
      scope === undefined
        ? ""
        : `; scope ${harmless(scope.words)}: ${formatCount(scope.counts.done)} of ${formatCount(totalOf(scope.counts))} done`;
    this.#output.write(
      `${formatCount(counts.done)} of ${formatCount(totalOf(counts))} done${failed}, ${formatCount(counts.claimed)} live${part}\n`,
    );
  }
}
