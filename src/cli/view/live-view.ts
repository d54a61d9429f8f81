import type { Env } from "../../base/env.ts";
import { harmless } from "../../base/harmless.ts";
import type { RunEvent } from "../../engine/run.ts";
import type { Output } from "../terminal/output.ts";
import { Screen } from "../terminal/screen.ts";
import { renderFrame, totalOf, type FrameModel, type LiveLine } from "./frame.ts";
import { LiveItems } from "./live-items.ts";
import type { ProgressView, RunFacts } from "./progress-view.ts";

/** At most ten pictures a second; one a second when nothing happens, so that clocks go on. */
const FRAME_MS = 100;
const IDLE_FRAMES = 10;

/**
 * The live view of a terminal: a picture of the run, drawn in place.
 *
 * I1  At most one timer; none after `stop`. Events only mark the picture as old: their number does not matter.
 * I2  At most as many last lines are read for a picture as there are rows.
 */
export class LiveView implements ProgressView {
  readonly #facts: RunFacts;
  readonly #env: Env;
  readonly #output: Output;
  readonly #screen: Screen;
  readonly #items = new LiveItems();
  #startedAt = 0;
  #notice: string | undefined;
  #old = true;
  #idle = 0;
  #stopTimer: (() => void) | undefined;
  #stopResize: (() => void) | undefined;

  constructor(facts: RunFacts, env: Env, output: Output) {
    this.#facts = facts;
    this.#env = env;
    this.#output = output;
    this.#screen = new Screen(output);
  }

  start(): void {
    if (this.#stopTimer !== undefined) return;
    this.#startedAt = this.#env.clock.monotonic();
    this.#stopResize = this.#output.onResize(() => {
      this.#old = true;
    });
    this.#tick();
  }

  event(event: RunEvent): void {
    this.#items.apply(event);
    this.#old = true;
  }

  notice(text: string): void {
    this.#notice = text;
    this.#old = true;
  }

  say(line: string): void {
    this.#screen.print(harmless(line));
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopResize?.();
    this.#stopTimer = undefined;
    this.#stopResize = undefined;
    this.#screen.close();
  }

  #tick(): void {
    if (this.#old || ++this.#idle >= IDLE_FRAMES) this.#draw();
    this.#stopTimer = this.#env.timers.after(FRAME_MS, () => this.#tick());
  }

  #draw(): void {
    this.#old = false;
    this.#idle = 0;
    const { columns, rows } = this.#output.size();
    const size = { columns: columns - 1, rows: rows - 1, color: this.#output.color };
    this.#screen.show(renderFrame(this.#model(size.rows), size));
  }

  #model(rows: number): FrameModel {
    const now = this.#env.clock.monotonic();
    const counts = this.#facts.counts();
    const elapsedMs = now - this.#startedAt;
    const status = this.#facts.status();
    return {
      name: this.#facts.name,
      status: inWords(status),
      elapsedMs,
      remainingMs: status === "running" ? remainingMs(elapsedMs, counts.done, totalOf(counts)) : undefined,
      liveItemsMax: this.#facts.liveItemsMax(),
      counts,
      ready: this.#facts.ready(),
      live: this.#liveLines(now, rows),
      failures: this.#items.failures(),
      scope: this.#facts.scope,
      pressure: this.#facts.pressure(),
      notice: this.#notice,
    };
  }

  #liveLines(now: number, rows: number): LiveLine[] {
    const lines: LiveLine[] = [];
    for (const item of this.#items.live()) {
      const shown = lines.length < rows;
      const lastLine = shown ? this.#facts.lastLineOf(item.key) : undefined;
      lines.push({
        key: item.key,
        elapsedMs: now - item.since,
        attempt: item.attempt,
        stage: item.stage,
        lastLine,
      });
    }
    return lines;
  }
}

/** States of a run that are two words, as people write them. */
function inWords(status: string): string {
  return status === "rollingBack" ? "rolling back" : status;
}

const GUESS_AFTER_MS = 3_000;
const GUESS_AFTER_ITEMS = 5;

/** A guess from the pace so far; none while it would be worth nothing. */
export function remainingMs(elapsedMs: number, done: number, total: number): number | undefined {
  if (elapsedMs < GUESS_AFTER_MS || done < GUESS_AFTER_ITEMS || done * 10 < total || done >= total) return undefined;
  return (elapsedMs / done) * (total - done);
}
