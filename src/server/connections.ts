/**
 * The connections of a server, and what is being served on each.
 *
 * N1 They are bounded. When all are taken, the one that has been idle longest makes room; one that is being served never does.
 * N4 So are the requests that one of them may send before the first is answered: a wait costs its sender nothing.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { LIMITS } from "../base/limits.ts";

/** What is being served on one connection: a client may send the next request before the answer to the last. */
interface Served {
  count: number;
  /** The last of them. Kept no longer than it is served: with it goes all that was made for it. */
  incoming: IncomingMessage | undefined;
  outgoing: ServerResponse | undefined;
}

export class Connections {
  readonly #open = new Map<Duplex, Served>();
  /** Idle longest first. */
  readonly #idle = new Set<Duplex>();

  constructor(server: Server) {
    server.on("connection", (socket: Duplex) => this.#opened(socket));
    // It is spoken on from here; whoever took it ends it.
    server.on("upgrade", ({ socket }: IncomingMessage) => this.#idle.delete(socket));
  }

  /** Those that wait for a request. */
  get idle(): ReadonlySet<Duplex> {
    return this.#idle;
  }

  /** A request has come. Answers how many are being served on its connection now. */
  begin(incoming: IncomingMessage, outgoing: ServerResponse): number {
    const served = this.#open.get(incoming.socket);
    if (served === undefined) return 0;
    this.#idle.delete(incoming.socket);
    served.incoming = incoming;
    served.outgoing = outgoing;
    return ++served.count;
  }

  /** Its answer is out, or its client gone. Says whether nothing is served on the connection any more. */
  end({ socket }: IncomingMessage, outgoing: ServerResponse): boolean {
    const served = this.#open.get(socket);
    if (served === undefined) return false;
    if (served.outgoing === outgoing) served.incoming = served.outgoing = undefined;
    if (--served.count > 0) return false;
    this.#idle.add(socket);
    return true;
  }

  /** The last request that is being served on it. */
  last(socket: Duplex): Readonly<Pick<Served, "incoming" | "outgoing">> | undefined {
    return this.#open.get(socket);
  }

  #opened(socket: Duplex): void {
    this.#open.set(socket, { count: 0, incoming: undefined, outgoing: undefined });
    this.#idle.add(socket);
    socket.once("close", () => {
      this.#open.delete(socket);
      this.#idle.delete(socket);
    });
    if (this.#open.size <= LIMITS.connectionsMax) return;
    const [oldest] = this.#idle;
    if (oldest === undefined || oldest === socket) socket.destroy();
    else oldest.destroy();
  }
}
