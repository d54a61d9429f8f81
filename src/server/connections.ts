/**
 * The connections of a server, and what is being served on each.
 *
 * N1 They are bounded. When all are taken, the one that has been idle longest makes room; one that is being served never does.
 * N4 So are the requests that one of them may send before the first is answered: a wait costs its sender nothing.
 * N5 So are answers that nobody takes: who has not taken what was made for him is asked to before more is made, who takes nothing for
 *    a while is cut, and when all of them together take too much, so is the one who takes most.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Timers } from "../base/env.ts";
import { LIMITS } from "../base/limits.ts";

/** How often it is looked at what was not taken. */
const LOOK_MS = 1_000;
/** Who takes nothing of an answer for so long is cut, after twice as long at the latest. */
const STALL_MS = 30_000;
/** Until a connection is cut on which a refusal was the last word: its client may still be reading it. */
const LINGER_MS = 2_000;

/** One connection, and what is being served on it: a client may send the next request before the answer to the last. */
export interface Served {
  /** The answers that are not out, oldest first. Kept no longer than that: with them goes all that was made for them. */
  readonly answers: ServerResponse[];
  /** The request of the last of them. */
  incoming: IncomingMessage | undefined;
  /** Grows from one connection that begins to wait for a request to the next; -1 while this one does not wait. */
  idleSince: number;
}

export class Connections {
  readonly #open = new Map<Duplex, Served>();
  readonly #timers: Timers;
  readonly #unsentMax: number;
  #stopLooking: (() => void) | undefined;
  #moments = 0;

  /** `unsentMax`: bytes of all answers together that were not taken. */
  constructor(server: Server, timers: Timers, unsentMax: number = LIMITS.unsentBytesMax) {
    this.#timers = timers;
    this.#unsentMax = unsentMax;
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
    served.answers.push(outgoing);
    this.#stopLooking ??= this.#timers.after(LOOK_MS, () => this.#look());
    return served;
  }

  /** N4, N5. Why the request that has just begun is not served, as what was expected and what was got. */
  tooMuch({ answers }: Served): string | undefined {
    if (answers.length === 1) return undefined;
    if (answers.length > LIMITS.requestsOfConnectionMax)
      return `at most ${LIMITS.requestsOfConnectionMax} requests of one connection at once, got one more`;
    if (unsentOf(answers) <= LIMITS.unsentOfConnectionBytesMax) return undefined;
    return "the answers before to be taken first, got one more request";
  }

  /** An answer is out, or its client gone. Says whether nothing is served on the connection any more. */
  end(served: Served, outgoing: ServerResponse): boolean {
    const at = served.answers.indexOf(outgoing);
    if (at >= 0) served.answers.splice(at, 1);
    if (served.answers.length > 0) return false;
    served.incoming = undefined;
    served.idleSince = ++this.#moments;
    return true;
  }

  /** What is being served on it. */
  servedOn(socket: Duplex): Readonly<Served> | undefined {
    return this.#open.get(socket);
  }

  /** The last word was said on it: it makes room for others, and ends soon whatever its client does. */
  linger(socket: Duplex): void {
    const served = this.#open.get(socket);
    if (served !== undefined) served.idleSince = ++this.#moments;
    const stop = this.#timers.after(LINGER_MS, () => socket.destroy());
    socket.once("close", stop);
  }

  /** Looks no more at what was not taken. */
  stop(): void {
    this.#stopLooking?.();
  }

  /** N5 */
  #look(): void {
    this.#stopLooking = undefined;
    let unsent = 0;
    let most: { readonly socket: Duplex; readonly bytes: number } | undefined;
    let isServing = false;
    for (const [socket, { answers }] of this.#open) {
      if (answers.length === 0) continue;
      isServing = true;
      const bytes = unsentOf(answers);
      unsent += bytes;
      if (bytes > (most?.bytes ?? 0)) most = { socket, bytes };
      watchStall(socket as Socket, bytes);
    }
    const isTooMuch = most !== undefined && unsent > this.#unsentMax;
    if (isTooMuch) most!.socket.destroy();
    if (isServing) this.#stopLooking = this.#timers.after(isTooMuch ? 0 : LOOK_MS, () => this.#look());
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
  return { answers: [], incoming: undefined, idleSince: -1 };
}

/** Bytes of answers that are made and not taken. */
function unsentOf(answers: readonly ServerResponse[]): number {
  let bytes = 0;
  for (const { writableLength } of answers) bytes += writableLength;
  return bytes;
}

/** Node's timeout of a socket knows whether a slow client takes something. It is not for those who wait for an answer. */
function watchStall(socket: Socket, unsent: number): void {
  if (unsent > 0 && socket.timeout !== STALL_MS) socket.setTimeout(STALL_MS);
  else if (unsent === 0 && socket.timeout === STALL_MS) socket.setTimeout(0);
}
