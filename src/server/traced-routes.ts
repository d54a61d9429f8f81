/**
 * Requests as spans: one for each that reached its route, so past gate, token and checks. Without a tracer the routes are as
 * they were.
 */
import {
  SPAN_KIND,
  SPAN_STATUS,
  tracingGuard,
  type Tracer,
  type TracerSpan,
  type TracerSpanContext,
} from "../base/tracer.ts";
import { problemOf } from "./problem.ts";
import type { Answer, Route } from "./route.ts";

export function tracedRoutes(
  routes: readonly Route[],
  tracer: Tracer | undefined,
  onProblem: (problem: Error) => void,
): readonly Route[] {
  if (tracer === undefined) return routes;
  const guard = tracingGuard(onProblem);
  return routes.map((route) => ({
    ...route,
    handle: async (call) => {
      let span: TracerSpan | undefined;
      guard(() => (span = begin(tracer, route, call.headers.get("traceparent"))));
      try {
        const answer = await route.handle(call);
        guard(() => answered(span, answer.status));
        return answer;
      } catch (error) {
        guard(() => refused(span, error));
        throw error;
      }
    },
  }));
}

function begin(tracer: Tracer, { method, path }: Route, traceparent: string | null): TracerSpan {
  const verb = method.toUpperCase();
  const cause = traceparent === null ? undefined : contextOf(traceparent);
  return tracer.startSpan(`${verb} ${path}`, {
    kind: SPAN_KIND.server,
    attributes: { "http.request.method": verb, "http.route": path },
    ...(cause !== undefined && { links: [{ context: cause }] }),
  });
}

function answered(span: TracerSpan | undefined, status: Answer["status"]): void {
  span?.setAttribute("http.response.status_code", status);
  span?.end();
}

function refused(span: TracerSpan | undefined, error: unknown): void {
  const { code, status } = problemOf(error);
  span?.setAttribute("error.type", code);
  // A refusal is an answer; only what the server could not do is an error of its.
  if (status >= 500) span?.setStatus({ code: SPAN_STATUS.error, message: code });
  answered(span, status);
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Who asked, as W3C Trace Context names it; `undefined` for anything else. */
export function contextOf(traceparent: string): TracerSpanContext | undefined {
  const [, traceId = "", spanId = "", flags = ""] = TRACEPARENT.exec(traceparent) ?? [];
  if (/^0*$/.test(traceId) || /^0*$/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}
