/**
 * Requests that Node's server refuses before a handler sees them: bytes that are no HTTP, headers without end, a body that is not what
 * was announced. They get a problem with a code like every other refusal.
 *
 * B1 An answer is written only where it can be taken for nothing else: not behind the beginning of another one; and an earlier request
 *    of the connection that is still being served gets its own, as if nothing had followed.
 * B2 The connection ends with it.
 */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Connections } from "./connections.ts";
import { GUARDS } from "./plain-answer.ts";
import { problemAnswer, ProblemError, type ProblemCode } from "./problem.ts";

interface Refusal {
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
}

const NOT_HTTP: Refusal = { status: 400, code: "invalid_request", detail: "expected a request of HTTP/1.1, got none" };

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
    const { incoming, outgoing } = connections.last(socket) ?? {};
    if (error.code === "ECONNRESET" || (incoming?.complete === false && outgoing?.headersSent === true))
      socket.destroy();
    else if (incoming?.complete === true) outgoing?.once("close", () => socket.destroy());
    else refuse(socket, REFUSALS[error.code ?? ""] ?? NOT_HTTP);
  });
  server.on("connect", (_, socket) =>
    refuse(socket, { status: 405, code: "method_not_allowed", detail: "expected another method, got CONNECT" }),
  );
  server.on("checkExpectation", ({ socket }: IncomingMessage) =>
    refuse(socket, {
      status: 417,
      code: "invalid_request",
      detail: "expected no Expect but 100-continue, got another",
    }),
  );
}

function refuse(socket: Duplex, { status, code, detail }: Refusal): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { headers, body = "" } = problemAnswer(new ProblemError(code, detail), status);
  const lines = Object.entries({
    ...GUARDS,
    ...headers,
    connection: "close",
    "content-length": Buffer.byteLength(body),
  });
  const head = [`HTTP/1.1 ${status} Refused`, ...lines.map(([name, value]) => `${name}: ${value}`)].join("\r\n");
  socket.end(`${head}\r\n\r\n${body}`);
}
