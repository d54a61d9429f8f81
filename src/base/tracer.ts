/**
 * What takes spans: the shape of OpenTelemetry's `Tracer`, as far as it is used here. `trace.getTracer("…")` of `@opentelemetry/api`
 * fits; so does anything else of this shape. Nothing here depends on that package.
 */

/** A span that has begun. */
export interface TracerSpan {
  setAttribute(name: string, value: string | number | boolean): unknown;
  /** `code`: 1 all is well, 2 it failed. */
  setStatus(status: { readonly code: number; readonly message?: string }): unknown;
  /** `endTime` in milliseconds since the epoch. */
  end(endTime?: number): void;
}

/** What a span is begun with. */
export interface TracerSpanOptions {
  /** 0 internal, 1 of a server. */
  readonly kind?: number;
  /** Milliseconds since the epoch. */
  readonly startTime?: number;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  readonly links?: { readonly context: TracerSpanContext }[];
}

/** How a span is named in other processes. */
export interface TracerSpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly isRemote?: boolean;
}

/** Begins spans: what OpenTelemetry calls a tracer. */
export interface Tracer {
  startSpan(name: string, options?: TracerSpanOptions): TracerSpan;
  /** Begins a span, and calls `work` while it is the one that others are begun below. */
  startActiveSpan<F extends (span: TracerSpan) => unknown>(
    name: string,
    options: TracerSpanOptions,
    work: F,
  ): ReturnType<F>;
}

export const SPAN_KIND = { internal: 0, server: 1 } as const;
export const SPAN_STATUS = { ok: 1, error: 2 } as const;

/** Does what concerns spans; after the first time that it throws it does nothing any more, so that nobody's work suffers. */
export function tracingGuard(onProblem: (problem: Error) => void): (work: () => void) => void {
  let isBroken = false;
  return (work) => {
    if (isBroken) return;
    try {
      work();
    } catch (cause) {
      isBroken = true;
      onProblem(new Error("the tracer threw and is not called any more", { cause }));
    }
  };
}
