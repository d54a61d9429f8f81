/**
 * A page on this machine that shows what the actors do, and a WebSocket for Stately's inspector and other XState apps. Every address
 * needs the token, names a host of ours, and comes from a page of this machine or from no page at all.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import type { Env } from "../../base/env.ts";
import { AppFrames, FRAME_BYTES_MAX } from "./app-frames.ts";
import type { Bridge } from "./bridge.ts";
import { PageViewer } from "./page-viewer.ts";
import { PAGE_HTML } from "./page/html.ts";
import { PAGE_SCRIPT } from "./page/script.ts";
import { PAGE_STYLE } from "./page/style.ts";
import { STATELY_HTML, STATELY_SCRIPT } from "./page/stately.ts";
import { Viewer } from "./viewer.ts";

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
const CLOSE_MS = 1_000;
const INSPECTOR = "https://stately.ai";
const POLICY = `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

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
  const watching = new Watching(bridge, env);
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

const FILES: Readonly<Record<string, readonly [type: string, text: string]>> = {
  "/": ["text/html", PAGE_HTML],
  "/page.js": ["text/javascript", PAGE_SCRIPT],
  "/page.css": ["text/css", PAGE_STYLE],
  "/stately": ["text/html", STATELY_HTML],
  "/stately.js": ["text/javascript", STATELY_SCRIPT],
};

function answer(door: Door, request: IncomingMessage, response: ServerResponse): void {
  const url = admitted(door, request);
  const file = url === undefined || request.method !== "GET" ? undefined : FILES[url.pathname];
  const [type, text] = file ?? [
    "text/plain",
    url === undefined ? "expected the address with its token\n" : "not here\n",
  ];
  const policy = url?.pathname === "/stately" ? `${POLICY}; frame-src ${INSPECTOR}` : POLICY;
  response.writeHead(file === undefined ? (url === undefined ? 403 : 404) : 200, {
    "content-type": `${type}; charset=utf-8`,
    "content-security-policy": policy,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  });
  // The files that the page loads carry the token on.
  response.end(text.replaceAll("TOKEN", door.token));
}

/** Everybody who is connected: viewers, and apps that send frames of their own. */
class Watching {
  readonly #bridge: Bridge;
  readonly #env: Env;
  readonly #viewers = new Map<WebSocket, Viewer>();
  readonly #pages = new Set<PageViewer>();
  readonly #apps: AppFrames;
  #lastApp = 0;

  constructor(bridge: Bridge, env: Env) {
    this.#bridge = bridge;
    this.#env = env;
    this.#apps = new AppFrames((text) => this.#passOn(text));
  }

  /** Stately's inspector, or an app: who sends frames is an app, and gets none. */
  frames(connection: WebSocket): void {
    const app = ++this.#lastApp;
    const viewer = new Viewer({
      bridge: this.#bridge,
      env: this.#env,
      outlet: { send: (text) => connection.send(text), waiting: () => connection.bufferedAmount },
      missed: () => {},
    });
    this.#viewers.set(connection, viewer);
    for (const text of this.#apps.replay()) connection.send(text);
    connection.on("message", (data, isBinary) => {
      this.#forget(connection);
      if (isBinary || !this.#apps.take(app, textOf(data))) connection.close(1003, "expected a frame of an inspector");
    });
    connection.on("close", () => this.#forget(connection));
    connection.on("error", () => connection.terminate());
  }

  page(connection: WebSocket): void {
    const page = new PageViewer({ bridge: this.#bridge, env: this.#env, apps: this.#apps, connection });
    this.#pages.add(page);
    connection.on("message", (data, isBinary) => {
      if (isBinary || !page.take(textOf(data))) connection.close(1003, "expected a message of the page");
    });
    connection.on("close", () => {
      this.#pages.delete(page);
      page.close();
    });
    connection.on("error", () => connection.terminate());
  }

  async close(): Promise<void> {
    await Promise.all([...this.#viewers.values(), ...this.#pages].map((each) => each.drained(CLOSE_MS)));
    for (const viewer of this.#viewers.values()) viewer.close();
    for (const page of this.#pages) page.close();
    for (const connection of this.#viewers.keys()) connection.close(1001, "the run has ended");
  }

  #forget(connection: WebSocket): void {
    this.#viewers.get(connection)?.close();
    this.#viewers.delete(connection);
  }

  #passOn(text: string): void {
    for (const connection of this.#viewers.keys())
      if (connection.bufferedAmount < FRAME_BYTES_MAX * 8) connection.send(text);
    for (const page of this.#pages) page.passOn(text);
  }
}

function textOf(data: unknown): string {
  return Buffer.isBuffer(data) ? data.toString("utf8") : "";
}
