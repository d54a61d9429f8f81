/**
 * The page below a path of another server, which says who may: what a request was admitted by is the server's business, never asked here again.
 *
 * M1 Pages and files hold nothing of any run: only a connection that the server has let in gets to see one.
 * M2 A ticket lets a program of the user's in that cannot send a token as the page does. It is for this and nothing else, is made only when a page is open,
 *    and ends with the server.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { Env } from "../../base/env.ts";
import type { Run } from "../../engine/run.ts";
import { FRAME_BYTES_MAX } from "./app-frames.ts";
import { Bridge } from "./bridge.ts";
import { pageFile, type PageFile } from "./page/files.ts";
import { Watching } from "./watching.ts";

export interface MountedInspection {
  /** Shows a run. Answers what ends that. */
  watch(run: Run): () => void;
  /** The file at this path; `undefined` when there is none. */
  file(path: string): PageFile | undefined;
  /** M2. Whether this is the ticket of a program. */
  knows(ticket: string): boolean;
  /** Speaks with whoever the server has let in. */
  connect(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Sends what is still under way, for a second at most, and ends every connection. */
  close(): Promise<void>;
}

export interface MountedInspectionOptions {
  readonly env: Env;
  /** Path of the page, without a slash behind it. */
  readonly base: string;
}

/** Connections at once. */
const CONNECTIONS_MAX = 64;
/** What the page offers beside its token, which is not answered. */
const PROTOCOL = "signalbox.inspect";

export function mountInspection({ env, base }: MountedInspectionOptions): MountedInspection {
  const bridge = new Bridge({ clock: env.clock });
  let ticket: string | undefined;
  const appPath = (): string => `${base}/ws?ticket=${(ticket ??= randomBytes(24).toString("base64url"))}`;
  const watching = new Watching({ bridge, env, appPath });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: FRAME_BYTES_MAX,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });
  return {
    watch: (run) => bridge.watch(run),
    file: (path) =>
      path === base
        ? pageFile("/", { base, query: "" })
        : path.startsWith(`${base}/`)
          ? pageFile(path.slice(base.length), { base, query: "" })
          : undefined,
    knows: (given) => ticket !== undefined && isSame(given, ticket),
    connect: (request, socket, head) => {
      if (sockets.clients.size >= CONNECTIONS_MAX) {
        socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      const { searchParams } = new URL(request.url ?? "/", "http://localhost");
      sockets.handleUpgrade(request, socket, head, (connection) =>
        searchParams.get("mode") === "page" ? watching.page(connection) : watching.frames(connection),
      );
    },
    close: async () => {
      await watching.close();
      for (const each of sockets.clients) each.terminate();
    },
  };
}

/** In a time that says nothing about either. */
function isSame(given: string, ticket: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(ticket));
}
