/**
 * A handler on a port of this machine, with Node's HTTP server.
 *
 * N2 A request has to arrive in time; a client that stops reading holds up nobody but itself.
 * N3 Closing takes nothing new, lets requests under way end within the grace, then ends what is left.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import type { Env } from "../base/env.ts";
import { failpoint } from "../base/failpoint.ts";
import { UsageError } from "../base/errors.ts";
import { NO_LOG, type Log } from "../base/log.ts";
import type { GateFacts } from "./gate.ts";
import type { PlainLane } from "./plain-lane.ts";
import { CollectingMessage } from "./collecting-message.ts";
import { Connections } from "./connections.ts";
import { refuseBroken } from "./broken-requests.ts";
import { GUARDS } from "./plain-answer.ts";
import { problemAnswer, ProblemError, problemResponse } from "./problem.ts";
import { requestTeller } from "./request-log.ts";
import { keepTickShape } from "./tick-shape.ts";

export interface ListenOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly env: Env;
  /** Asked first. Default: everything goes to the handler. */
  readonly lane?: PlainLane;
  /** Told of every request. Default: nobody. */
  readonly log?: Log;
  /** Takes connections that ask to speak in another way. Default: such a wish is passed over. */
  readonly upgrades?: Upgrades | undefined;
  /** Bytes of answers that nobody takes (N5). Default: the limit of that name. */
  readonly unsentBytesMax?: number;
}

/** Connections that ask to speak in another way, such as a WebSocket. */
export interface Upgrades {
  /** Whether it is for this; anything else is answered as if it had not asked. */
  readonly wants: (request: IncomingMessage) => boolean;
  /** Nothing was checked yet: not even the gate. */
  readonly take: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Takes nothing new; resolves when nothing is under way any more. */
  close(graceMs: number): Promise<void>;
}

/** What `facts` answers for the requests of this server: headers as they came, doubled ones too. */
const raw = new WeakMap<Request, GateFacts>();

export function rawFacts(request: Request): GateFacts {
  const facts = raw.get(request);
  return facts ?? { hosts: [], origin: undefined, fetchSite: undefined };
}

/** @throws UsageError when the port is taken or the host is none of this machine */
export async function listen(
  handle: (request: Request) => Promise<Response>,
  { host = "127.0.0.1", port, env, lane = () => false, log = NO_LOG, upgrades, unsentBytesMax }: ListenOptions,
): Promise<Listening> {
  keepTickShape();
  const listener = getRequestListener(
    (request, { incoming }) => {
      raw.set(request, gateFactsOf(incoming as IncomingMessage));
      return handle(request);
    },
    {
      overrideGlobalObjects: false,
      // A Host that no address can have, for instance.
      errorHandler: () =>
        problemResponse(new ProblemError("invalid_request", "expected a request, got one that is none")),
    },
  );
  const server = createServer(
    {
      IncomingMessage: CollectingMessage,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 2_000,
      maxHeaderSize: 16_384,
      // The gate refuses it, with a problem.
      requireHostHeader: false,
      insecureHTTPParser: false,
      shouldUpgradeCallback: (incoming) => upgrades?.wants(incoming) ?? false,
    },
    (incoming, outgoing) => {
      const served = connections.begin(incoming, outgoing);
      const tell = requestTeller(log, env, incoming, outgoing);
      // It comes once. `once` would cost each request as much as what happens then.
      outgoing.on("close", () => {
        // N3. Nothing new is taken on a connection that stays open for it.
        if (connections.end(served, outgoing) && !server.listening) incoming.socket.destroySoon();
        tell?.();
      });
      const fault = connections.tooMuch(served);
      if (fault !== undefined) return refuseMore(outgoing, fault);
      if (!lane(incoming, outgoing)) void listener(incoming, outgoing);
    },
  );
  if (upgrades !== undefined) server.on("upgrade", upgrades.take);
  const connections = new Connections(server, env.timers, unsentBytesMax);
  refuseBroken(server, connections);
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => reject(cannotListen(error, host, port));
    server.once("error", refuse);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", refuse);
      resolve();
    });
  });
  // A server that listens on a port has such an address.
  const address = server.address() as AddressInfo;
  const shown = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${shown}:${address.port}`,
    port: address.port,
    close: (graceMs) => close(server, connections, env, graceMs),
  };
}

/** N4, N5 */
function refuseMore(outgoing: ServerResponse, fault: string): void {
  const { status, headers, body = "" } = problemAnswer(new ProblemError("cap_reached", `expected ${fault}`));
  outgoing.writeHead(status, { ...GUARDS, ...headers, "content-length": Buffer.byteLength(body) }).end(body);
}

/** The headers of a request as they came. */
export function gateFactsOf(incoming: IncomingMessage): GateFacts {
  const hosts: string[] = [];
  const { rawHeaders } = incoming;
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]!.toLowerCase() === "host") hosts.push(rawHeaders[i + 1]!);
  // A whole address in the request line would be the one that counts, whatever Host says.
  const whole = !(incoming.url ?? "").startsWith("/");
  const site = incoming.headers["sec-fetch-site"];
  return {
    hosts: whole ? [] : hosts,
    origin: incoming.headers.origin,
    fetchSite: typeof site === "string" ? site : undefined,
  };
}

async function close(server: Server, connections: Connections, env: Env, graceMs: number): Promise<void> {
  failpoint?.("server.close");
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  connections.stop();
  for (const socket of connections.idle()) socket.destroy();
  const stopTimer = env.timers.after(graceMs, () => server.closeAllConnections());
  await closed;
  stopTimer();
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): UsageError {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: "something else listens there; give another one with --port, or 0 for any",
    EACCES: "you may not use that port; give one above 1023 with --port",
    EADDRNOTAVAIL: "this machine has no such address; give one of its own with --host",
    ENOTFOUND: "there is no such host; give an address of this machine with --host",
  };
  return new UsageError(`expected to listen on ${host}:${port}, but ${why[error.code ?? ""] ?? error.message}`, {
    cause: error,
  });
}
