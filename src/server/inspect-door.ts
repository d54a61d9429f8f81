/**
 * Who gets to see the actors of the runs below `/inspect`.
 *
 * D1 The gate comes first, as for every request; a browser says with its Origin whose page it runs.
 * D2 The page of this server sends its token as a subprotocol, which no log or address ever has; its role is at least `plan`, for an actor's
 *    context tells everything, fencing tokens too. A program of the user's has a ticket, which opens this and nothing else.
 * D3 Whoever is refused is told no more than which of both was missing.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Run } from "../engine/run.ts";
import type { Pages } from "./board-pages.ts";
import { passGate, type GateOptions } from "./gate.ts";
import { gateFactsOf, type Upgrades } from "./listen.ts";
import { ProblemError, problemOf } from "./problem.ts";
import type { Doorkeeper, Role } from "./tokens.ts";

/** What shows the actors, as `signalbox/inspect` has it (`mountInspection`). */
export interface Inspection {
  /** Shows a run. Answers what ends that. */
  watch(run: Run): () => void;
  /** The file at this path; it holds nothing of any run. */
  file(path: string): { readonly headers: Readonly<Record<string, string>>; readonly text: string } | undefined;
  /** Whether this lets a program in. */
  knows(ticket: string): boolean;
  /** Speaks with whoever was let in. */
  connect(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): Promise<void>;
}

/** Where it is. */
export const INSPECT_PATH = "/inspect";
const SOCKET_PATH = `${INSPECT_PATH}/ws`;
const ROLE: Role = "plan";

/** The pages of `others`, and those that show the actors. */
export function withInspection(inspection: Inspection, others: Pages | undefined): Pages {
  return (request) => {
    const { pathname } = new URL(request.url);
    const isAsked = request.method === "GET" && pathname.startsWith(INSPECT_PATH);
    const file = isAsked ? inspection.file(pathname) : undefined;
    return file === undefined ? others?.(request) : new Response(file.text, { headers: file.headers });
  };
}

/** Lets in who may. */
export function inspectSockets(inspection: Inspection, gate: GateOptions, doorkeeper: Doorkeeper): Upgrades {
  return {
    wants: ({ url = "", headers }) =>
      headers.upgrade?.toLowerCase() === "websocket" && (url === SOCKET_PATH || url.startsWith(`${SOCKET_PATH}?`)),
    take: (request, socket, head) => {
      try {
        passGate(gate, gateFactsOf(request));
        const ticket = new URL(request.url ?? "", "http://localhost").searchParams.get("ticket");
        if (ticket === null) doorkeeper.admit(authorizationOf(request), ROLE);
        else if (!inspection.knows(ticket)) throw new ProblemError("unauthorized", "expected a ticket of this server");
      } catch (error) {
        const { status } = problemOf(error);
        socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      inspection.connect(request, socket, head);
    },
  };
}

/** D2. Programs that can send a header may send the token there, as everywhere. */
function authorizationOf({ headers }: IncomingMessage): string | undefined {
  const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((each) => each.trim());
  const token = offered.find((each) => each.startsWith("token."))?.slice("token.".length);
  return token === undefined ? headers.authorization : `Bearer ${token}`;
}
