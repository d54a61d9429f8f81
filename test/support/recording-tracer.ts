/** A tracer that keeps its spans: like OpenTelemetry's it knows which span is the active one from the chain of calls. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Tracer, TracerSpan, TracerSpanOptions } from "../../src/base/tracer.ts";

export class RecordedSpan implements TracerSpan {
  readonly name: string;
  readonly parent: RecordedSpan | undefined;
  readonly options: TracerSpanOptions;
  readonly attributes: Record<string, string | number | boolean>;
  status: { readonly code: number; readonly message?: string } | undefined;
  /** Each time that it was ended. */
  readonly ends: (number | undefined)[] = [];

  constructor(name: string, parent: RecordedSpan | undefined, options: TracerSpanOptions) {
    this.name = name;
    this.parent = parent;
    this.options = options;
    this.attributes = { ...options.attributes };
  }

  setAttribute(name: string, value: string | number | boolean): this {
    this.attributes[name] = value;
    return this;
  }

  setStatus(status: { readonly code: number; readonly message?: string }): this {
    this.status = status;
    return this;
  }

  end(at?: number): void {
    this.ends.push(at);
  }
}

export class RecordingTracer implements Tracer {
  readonly spans: RecordedSpan[] = [];
  readonly #active = new AsyncLocalStorage<RecordedSpan>();

  startSpan(name: string, options: TracerSpanOptions = {}): RecordedSpan {
    const span = new RecordedSpan(name, this.#active.getStore(), options);
    this.spans.push(span);
    return span;
  }

  startActiveSpan<F extends (span: TracerSpan) => unknown>(
    name: string,
    options: TracerSpanOptions,
    work: F,
  ): ReturnType<F> {
    const span = this.startSpan(name, options);
    return this.#active.run(span, () => work(span) as ReturnType<F>);
  }

  named(name: string): RecordedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }
}
