/**
 * A run as spans: one for the run, and below it one for each attempt, from its claim to its end.
 *
 * X1 They are made of what the run publishes: a span tells only what is durable, and a run without a tracer does nothing for it.
 * X2 As many spans are open as items are live, and one for the run.
 * X3 A tracer that throws is not called any more; the run goes on.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { messageOf } from "../base/error-message.ts";
import { itemIdOf } from "../base/item-ids.ts";
import { SPAN_STATUS, tracingGuard, type Tracer, type TracerSpan } from "../base/tracer.ts";
import type { ItemSnapshot } from "../items/snapshot.ts";
import type { Run, RunEvent } from "./run.ts";

export interface TraceOptions {
  readonly tracer: Tracer;
  /** A run that has no end of its own gets no span: its attempts would all be parts of one trace that nobody can look at. */
  readonly isOpen: boolean;
  readonly onProblem: (problem: Error) => void;
}

interface Live {
  readonly span: TracerSpan;
  readonly at: number;
  /** `undefined` when it was claimed in an earlier life. */
  readonly mono: number | undefined;
}

export function traceRun(run: Run, options: TraceOptions): void {
  const guard = tracingGuard(options.onProblem);
  const trace = new RunTrace(run, options);
  run.audit$.subscribe({
    next: (event) => guard(() => trace.take(event)),
    complete: () => guard(() => trace.end(undefined)),
    error: (error: unknown) => guard(() => trace.end(messageOf(error))),
  });
}

class RunTrace {
  readonly #run: Run;
  readonly #options: TraceOptions;
  readonly #live = new Map<number, Live>();
  #whole: TracerSpan | undefined;
  /** Does it where the span of the run is the active one, or where the run was made. */
  #below: <R>(work: () => R) => R = AsyncLocalStorage.snapshot();
  /** What is held since before a restart. */
  readonly #held: readonly ItemSnapshot[];
  #begun = false;

  constructor(run: Run, options: TraceOptions) {
    this.#run = run;
    this.#options = options;
    this.#held = [...run.snapshot().items].filter(({ status }) => status === "claimed");
  }

  take(event: RunEvent): void {
    if (!this.#begun) this.#begin(event.at);
    const { item, from, to } = event;
    if (item < 0) this.#ofRun(event);
    else if (from !== "claimed" && to === "claimed")
      this.#open(item, event, { key: event.key ?? "", attempt: event.attempt, holder: event.actor });
    else if (from === "claimed" && to !== "claimed") this.#ended(event);
  }

  /** The process has no part in the run any more; with a message: it broke. */
  end(problem: string | undefined): void {
    for (const { span } of this.#live.values()) {
      span.setAttribute("signalbox.item.status", "interrupted");
      span.end();
    }
    this.#live.clear();
    if (problem !== undefined) this.#whole?.setStatus({ code: SPAN_STATUS.error, message: problem });
    this.#whole?.end();
    this.#whole = undefined;
  }

  #begin(at: number): void {
    this.#begun = true;
    if (!this.#options.isOpen) this.#beginWhole(at);
    for (const { number, key, attempt, claimedAt = at, holder } of this.#held)
      this.#open(number, { at: claimedAt, mono: undefined }, { key, attempt, holder });
  }

  #beginWhole(at: number): void {
    const { id, plan } = this.#run;
    const attributes = { "signalbox.run.id": id, "signalbox.run.name": plan.name };
    this.#below(() =>
      this.#options.tracer.startActiveSpan("run", { startTime: at, attributes }, (span) => {
        this.#whole = span;
        this.#below = AsyncLocalStorage.snapshot();
      }),
    );
  }

  #open(
    item: number,
    { at, mono }: Pick<Live, "at" | "mono">,
    { key, attempt, holder }: { readonly key: string; readonly attempt: number; readonly holder: string | undefined },
  ): void {
    const attributes = {
      "signalbox.run.id": this.#run.id,
      "signalbox.item.key": key,
      "signalbox.item.id": itemIdOf(this.#run.id, item),
      "signalbox.item.attempt": attempt,
      ...(holder !== undefined && { "signalbox.item.holder": holder }),
    };
    const span = this.#below(() => this.#options.tracer.startSpan("attempt", { startTime: at, attributes }));
    this.#live.set(item, { span, at, mono });
  }

  #ended({ item, at, mono, to, reason }: RunEvent): void {
    const live = this.#live.get(item);
    if (live === undefined) return;
    this.#live.delete(item);
    const { span } = live;
    span.setAttribute("signalbox.item.status", to);
    if (to === "done") span.setStatus({ code: SPAN_STATUS.ok });
    if (reason !== undefined) span.setAttribute(to === "failed" ? "error.type" : "signalbox.item.reason", reason.code);
    if (to === "failed")
      span.setStatus({ code: SPAN_STATUS.error, ...(reason?.message !== undefined && { message: reason.message }) });
    // The wall clock may have been set meanwhile; how long it took does not depend on that.
    span.end(live.mono === undefined ? at : live.at + Math.max(0, mono - live.mono));
  }

  #ofRun({ name, result, to, at }: RunEvent): void {
    if (name !== "run.finished") return;
    this.#whole?.setAttribute("signalbox.run.outcome", to);
    if (to === "failed" || to === "stalled") {
      const failed = result?.failures.length ?? 0;
      const message = `${failed} ${failed === 1 ? "item" : "items"} failed`;
      this.#whole?.setStatus({ code: SPAN_STATUS.error, message });
    } else if (to === "done") this.#whole?.setStatus({ code: SPAN_STATUS.ok });
    this.#whole?.end(at);
    this.#whole = undefined;
  }
}
