/** A line for each request that was answered: what was asked, of which item or project, what came of it, and how long it took. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Env } from "../base/env.ts";
import type { Log, LogLevel } from "../base/log.ts";

const OF_ITEM = /^\/api\/work-items\/([^/]+)/;
const OF_PROJECT = /^\/api\/projects\/([^/]+)/;
const PATH_CHARS_MAX = 200;

/** Notes the request now; what it answers writes its line when its answer is out, or the client gone. */
export function requestTeller(
  log: Log,
  env: Env,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): (() => void) | undefined {
  if (!log.tells("error")) return undefined;
  const began = env.clock.monotonic();
  return () => {
    const { statusCode, writableFinished } = outgoing;
    const level = levelOf(statusCode);
    if (!log.tells(level)) return;
    // Without the query: what people search for is theirs, and a token does not belong there but has been seen there.
    const path = (incoming.url ?? "").split("?", 1)[0]!.slice(0, PATH_CHARS_MAX);
    log.write(level, "request", {
      method: incoming.method,
      path,
      status: statusCode,
      ms: Math.round((env.clock.monotonic() - began) * 10) / 10,
      item: OF_ITEM.exec(path)?.[1],
      run_id: OF_PROJECT.exec(path)?.[1],
      gone: writableFinished ? undefined : true,
    });
  };
}

/** Refusals are everyday; what the server could not do is not. */
function levelOf(status: number): LogLevel {
  if (status < 500) return "debug";
  return status === 503 ? "warn" : "error";
}
