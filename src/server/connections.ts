/**
 * The connections of a server, and what is being served on each.
 *
 * N1 They are bounded. When all are taken, the one that has been idle longest makes room; one that is being served never does.
 * N4 So are the requests that one of them may send before the first is answered: a wait costs its sender nothing.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { LIMITS } from "../base/limits.ts";

/** One connection, and what is being served on it: a client may send the next request before the answer to the last. */
export interface Served {
  count: number;
  /** The last of them. Kept no longer than it is served: with it goes all that was made for it. */
  incoming: IncomingMessage | undefined;
  outgoing: ServerResponse | undefined;
  /** Grows from one connection that begins to wait for a request to the next; -1 while this one does not wait. */
  idleSince: number;
}

export class Connections {
  readonly #open = new Map<Duplex, Served>();
  #moments = 0;

  constructor(server: Server) {
    server.on("connection", (socket: Duplex) => this.#opened(socket));
    // It is spoken on from here; whoever took it ends it.
    server.on("upgrade", ({ socket }: IncomingMessage) => {
      const served = this.#open.get(socket);
      if (served !== undefined) served.idleSince = -1;
    });
  }

  /** Those that wait for a request. */
  idle(): Duplex[] {
    return [...this.#open].filter(([, { idleSince }]) => idleSince >= 0).map(([socket]) => socket);
  }

  /** A request has come. Answers what is being served on its connection now. */
  begin(incoming: IncomingMessage, outgoing: ServerResponse): Served {
    const served = this.#open.get(incoming.socket) ?? newServed();
    served.idleSince = -1;
    served.incoming = incoming;
    served.outgoing = outgoing;
    served.count++;
    return served;
  }

  /** An answer is out, or its client gone. Says whether nothing is served on the connection any more. */
  end(served: Served, outgoing: ServerResponse): boolean {
    if (served.outgoing === outgoing) served.incoming = served.outgoing = undefined;
    if (--served.count > 0) return false;
    served.idleSince = ++this.#moments;
    return true;
  }

  /** The last request that is being served on it. */
  last(socket: Duplex): Readonly<Pick<Served, "incoming" | "outgoing">> | undefined {
    return this.#open.get(socket);
  }

  #opened(socket: Duplex): void {
    const served = newServed();
    served.idleSince = ++this.#moments;
    this.#open.set(socket, served);
    socket.once("close", () => this.#open.delete(socket));
    if (this.#open.size <= LIMITS.connectionsMax) return;
    const oldest = this.#idleLongest();
    if (oldest === undefined || oldest === socket) socket.destroy();
    else oldest.destroy();
  }

  /** Looks at all: it is asked only when there are too many. To keep them in order would cost each request more. */
  #idleLongest(): Duplex | undefined {
    let longest: Duplex | undefined;
    let since = Infinity;
    for (const [socket, { idleSince }] of this.#open) {
      if (idleSince < 0 || idleSince >= since) continue;
      longest = socket;
      since = idleSince;
    }
    return longest;
  }
}

function newServed(): Served {
  return { count: 0, incoming: undefined, outgoing: undefined, idleSince: -1 };
}
