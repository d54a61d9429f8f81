/**
 * A page on this machine that shows what the actors do, and a WebSocket for Stately's inspector and other XState apps. Every address
 * needs the token, names a host of ours, and comes from a page of this machine or from no page at all.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { Env } from "../../base/env.ts";
import { FRAME_BYTES_MAX } from "./app-frames.ts";
import type { Bridge } from "./bridge.ts";
import { pageFile } from "./page/files.ts";
import { Watching } from "./watching.ts";

export interface InspectServerOptions {
  readonly bridge: Bridge;
  readonly env: Env;
  /** 0: any that is free. */
  readonly port: number;
}

export interface InspectServer {
  /** Address of the page, with its token. */
  readonly url: string;
  /** Sends what is still under way, for a second at most, and ends. */
  close(): Promise<void>;
}

/** Open connections at once. */
const CONNECTIONS_MAX = 64;

interface Door {
  readonly token: string;
  hosts: ReadonlySet<string>;
}

/** @throws what Node says when the port cannot be had */
export async function startInspectServer({ bridge, env, port }: InspectServerOptions): Promise<InspectServer> {
  const door: Door = { token: randomBytes(24).toString("base64url"), hosts: new Set() };
  const server = createServer(
    { maxHeaderSize: 8_192, headersTimeout: 10_000, requestTimeout: 10_000 },
    (request, response) => answer(door, request, response),
  );
  server.maxConnections = CONNECTIONS_MAX;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: FRAME_BYTES_MAX, perMessageDeflate: false });
  const watching = new Watching({ bridge, env, appPath: () => `/ws?token=${door.token}` });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = admitted(door, request);
    if (url?.pathname !== "/ws") {
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (connection) =>
      url.searchParams.get("mode") === "page" ? watching.page(connection) : watching.frames(connection),
    );
  });
  const taken = await listening(server, port);
  door.hosts = new Set([`127.0.0.1:${taken}`, `localhost:${taken}`]);
  return {
    url: `http://127.0.0.1:${taken}/?token=${door.token}`,
    close: async () => {
      await watching.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      for (const each of sockets.clients) each.terminate();
      await closed;
    },
  };
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // Loopback only: the token is for people who are on this machine.
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** The address that is asked for, when whoever asks may. */
function admitted({ token, hosts }: Door, request: IncomingMessage): URL | undefined {
  const host = (request.headers.host ?? "").toLowerCase();
  if (!hosts.has(host) || !(request.url ?? "").startsWith("/") || !isOfThisMachine(request.headers.origin))
    return undefined;
  const url = new URL(request.url ?? "/", "http://localhost");
  const given = url.searchParams.get("token") ?? "";
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token)) ? url : undefined;
}

/** Programs send no Origin. An app that is being developed runs on a port of this machine, and has the token from its developer. */
function isOfThisMachine(origin: string | undefined): boolean {
  return origin === undefined || /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/.test(origin);
}

function answer(door: Door, request: IncomingMessage, response: ServerResponse): void {
  const url = admitted(door, request);
  const place = { base: "", query: `?token=${door.token}` };
  const file = url === undefined || request.method !== "GET" ? undefined : pageFile(url.pathname, place);
  if (file !== undefined) {
    response.writeHead(200, file.headers).end(file.text);
    return;
  }
  const text = url === undefined ? "expected the address with its token\n" : "not here\n";
  const headers = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };
  response.writeHead(url === undefined ? 403 : 404, headers).end(text);
}
