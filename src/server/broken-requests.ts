/**
 * Requests that Node's server refuses before a handler sees them: bytes that are no HTTP, headers without end, a body that is not what
 * was announced. They get a problem with a code like every other refusal.
 *
 * B1 An answer is written only where it can be taken for nothing else: not behind the beginning of another one; and an earlier request
 *    of the connection that is still being served gets its own, as if nothing had followed.
 * B2 The connection ends with it.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { CollectingMessage } from "./collecting-message.ts";
import type { Connections } from "./connections.ts";
import { GUARDS } from "./plain-answer.ts";
import { problemAnswer, ProblemError, type ProblemCode } from "./problem.ts";

interface Refusal {
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
}

const NOT_HTTP: Refusal = { status: 400, code: "invalid_request", detail: "expected a request of HTTP/1.1, got none" };

const NO_TUNNEL: Refusal = {
  status: 405,
  code: "method_not_allowed",
  detail: "expected another method, got CONNECT",
};
const NO_EXPECTATION: Refusal = {
  status: 417,
  code: "invalid_request",
  detail: "expected no Expect but 100-continue, got another",
};

/** By what Node calls it. Their statuses say more than that of the code. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: "too_large", detail: "expected at most 16 KiB of headers, got more" },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: "too_large",
    detail: "expected chunks without long extensions, got more",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: "invalid_request",
    detail: "expected a whole request in time, got a part of one",
  },
};

/** What Node's server does not hand on as a request is answered here. */
export function refuseBroken(server: Server, connections: Connections): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET") return void socket.destroy();
    const { incoming, answers = [] } = connections.servedOn(socket) ?? {};
    const refusal = REFUSALS[error.code ?? ""] ?? NOT_HTTP;
    const last = answers.at(-1);
    if (incoming?.complete === false && last !== undefined) refuseRequest(incoming, last, refusal);
    else if (last !== undefined) endBehind(last, socket);
    else refuse(connections, socket, refusal);
  });
  server.on("connect", (_, socket) => {
    const last = connections.servedOn(socket)?.answers.at(-1);
    if (last !== undefined) endBehind(last, socket);
    else refuse(connections, socket, NO_TUNNEL);
  });
  server.on("checkExpectation", (incoming: IncomingMessage, outgoing: ServerResponse) =>
    refuseRequest(incoming, outgoing, NO_EXPECTATION),
  );
}

/** Its body does not come whole, or is none: Node puts the answer behind those to earlier ones, and ends the connection with it. */
function refuseRequest(incoming: IncomingMessage, outgoing: ServerResponse, refusal: Refusal): void {
  // It was refused before, and its answer waits for an earlier one.
  if (outgoing.writableEnded) return;
  if (outgoing.headersSent) return void incoming.socket.destroy();
  // What comes late of the body must not be carried out: it was said that it is not.
  if (incoming instanceof CollectingMessage) incoming.abandon();
  const { headers, body } = answerOf(refusal);
  outgoing.writeHead(refusal.status, headers).end(body);
}

/** What follows is no request that could be answered. Those before it are served as if nothing had come. */
function endBehind(last: ServerResponse, socket: Duplex): void {
  if (isEnding.has(socket)) return;
  isEnding.add(socket);
  last.once("close", () => socket.destroy());
}

/** Bytes that are no HTTP come as often as their sender likes. */
const isEnding = new WeakSet<Duplex>();

function refuse(connections: Connections, socket: Duplex, refusal: Refusal): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { headers, body } = answerOf(refusal);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`${[`HTTP/1.1 ${refusal.status} Refused`, ...lines].join("\r\n")}\r\n\r\n${body}`);
  connections.linger(socket);
}

function answerOf({ status, code, detail }: Refusal): {
  readonly headers: Record<string, string>;
  readonly body: string;
} {
  const { headers, body = "" } = problemAnswer(new ProblemError(code, detail), status);
  const length = String(Buffer.byteLength(body));
  return { headers: { ...GUARDS, ...headers, connection: "close", "content-length": length }, body };
}
