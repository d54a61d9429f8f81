/**
 * A project's events for as long as somebody listens, over as many connections as that takes.
 *
 * F1 Each event once, in order: a new connection begins behind the last event that was handed out, and what comes again is dropped.
 * F2 Also the first connection has a place where it begins: without `after`, the version at the time of the call. So nothing is lost
 *    when it breaks before its first event.
 * F3 A connection on which nothing comes is given up: the coordinator says something every 15 seconds.
 */
import { fromWireShallow } from "./camel-case.ts";
import { errorOf } from "./problem-error.ts";
import { readEvents } from "./read-events.ts";
import { ROUTES } from "./routes.ts";
import type { ProjectEvent } from "./shapes.ts";
import { pause, type CallOptions, type Transport } from "./transport.ts";

export interface FollowOptions extends Pick<CallOptions, "signal" | "retryForMs"> {
  /** Seq of the last event that is known; 0: from the first. Default: what happens from now on. */
  readonly after?: number;
  /** Milliseconds of silence after which the connection is given up and a new one made. Default 45,000. */
  readonly silenceMs?: number;
  /** Told when events come (`open`) and when none can (`lost`), so that whoever shows them can say so. */
  readonly onConnection?: (state: "open" | "lost") => void;
}

const SILENCE_MS = 45_000;
const FIRST_WAIT_MS = 100;
const WAIT_MS_MAX = 5_000;

/** @throws SignalboxError when the coordinator refuses, or is not reached for `retryForMs`; the reason of the signal */
export async function* followEvents(
  transport: Transport,
  projectId: string,
  options: FollowOptions,
): AsyncGenerator<ProjectEvent, void, undefined> {
  const { signal, retryForMs = transport.retryForMs, silenceMs = SILENCE_MS, onConnection } = options;
  const calls = { ...(signal !== undefined && { signal }), retryForMs };
  const { env } = transport;
  let seq = options.after ?? (await versionOf(transport, projectId, calls));
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(WAIT_MS_MAX, wait * 2)) {
    const headers = { "last-event-id": String(seq), accept: "text/event-stream" };
    const body = await transport.open({ route: ROUTES["projects.events"], id: projectId, headers, options: calls });
    const openedAt = env.clock.monotonic();
    onConnection?.("open");
    for await (const { data } of readEvents(body, { env, silenceMs })) {
      const event = eventIn(data);
      if (event.seq <= seq) continue;
      seq = event.seq;
      yield event;
    }
    onConnection?.("lost");
    signal?.throwIfAborted();
    if (env.clock.monotonic() - openedAt > WAIT_MS_MAX) wait = FIRST_WAIT_MS;
    await pause(env, wait, signal);
  }
}

async function versionOf(transport: Transport, id: string, options: CallOptions): Promise<number> {
  const { body } = await transport.send({ route: ROUTES["projects.progress"], id, options });
  if (typeof body === "object" && body !== null && "seq" in body && typeof body.seq === "number") return body.seq;
  throw errorOf(200, "", undefined);
}

function eventIn(data: string): ProjectEvent {
  try {
    const event: unknown = JSON.parse(data);
    if (typeof event === "object" && event !== null && "seq" in event && typeof event.seq === "number")
      // It has a version, so it is one of the coordinator's; they all have the rest.
      return fromWireShallow(event) as unknown as ProjectEvent;
  } catch {
    // Told below.
  }
  throw errorOf(200, "", undefined);
}
