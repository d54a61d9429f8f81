/**
 * The plain requests of Node's own server, which nearly all are: JSON in, JSON out, without the web's `Request`, `Response` and
 * streams in between. Those cost several times what everything else of a request does (docs/internals/benchmarks.md).
 *
 * F1 It answers what `fetch` would answer: the same gate, tokens, checks, routes and words.
 * F2 Whatever is not plain it leaves to `fetch`: a stream, a page, an escaped path, a strange Host, a header that came twice, a
 *    body of a length that is not told or too long.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { LIMITS } from "../base/limits.ts";
import { carriedOut, carryOut, checkHead, type AskedRequest } from "./answer-route.ts";
import { passGate, type GateFacts, type GateOptions } from "./gate.ts";
import { GUARDS, textOf, type PlainAnswer } from "./plain-answer.ts";
import { problemAnswer, told } from "./problem.ts";
import { endedEarly, jsonOf, refuseOtherTypes } from "./read-body.ts";
import type { Answer, Route } from "./route.ts";
import type { Doorkeeper } from "./tokens.ts";

/** Answers the request, or says `false` and has done nothing with it. */
export type PlainLane = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;

export interface PlainLaneOptions {
  readonly routes: readonly Route[];
  readonly gate: GateOptions;
  readonly doorkeeper: Doorkeeper;
  readonly onProblem: (problem: Error) => void;
}

interface Known {
  readonly route: Route;
  /** Words of the path; `undefined` where a parameter stands. */
  readonly words: readonly (string | undefined)[];
  readonly names: readonly string[];
}

interface Matched {
  readonly route: Route;
  readonly params: Record<string, string>;
}

export function plainLane(options: PlainLaneOptions): PlainLane {
  const known = knownOf(options.routes);
  return (incoming, outgoing) => {
    if (!isPlain(incoming)) return false;
    const matched = matchOf(known, incoming);
    if (matched === undefined) return false;
    new PlainRequest(options, matched, incoming, outgoing).begin();
    return true;
  };
}

const guards = Object.entries(GUARDS).flat();

function send(outgoing: ServerResponse, { status, headers, body }: PlainAnswer): void {
  // Name, value, name, value: what Node writes without looking through an object first.
  const lines = guards.slice();
  for (const name in headers) lines.push(name, headers[name]!);
  if (body !== undefined) lines.push("content-length", String(Buffer.byteLength(body)));
  outgoing.writeHead(status, lines).end(body);
}

const PLAIN_HOST = /^[A-Za-z0-9.:[\]-]+$/;

/** F2 */
function isPlain({ url = "", headers, rawHeaders }: IncomingMessage): boolean {
  if (!url.startsWith("/") || url.includes("%") || url.includes("/.") || url.includes("#") || url.includes("\\"))
    return false;
  if (headers.host === undefined || !PLAIN_HOST.test(headers.host)) return false;
  if (headers["transfer-encoding"] !== undefined) return false;
  if (Number(headers["content-length"] ?? 0) > LIMITS.requestBytesMax) return false;
  // Node has one member for each name, in lower case, however often it came.
  return Object.keys(headers).length === rawHeaders.length / 2;
}

/** Of one method, by number of words. */
type KnownRoutes = ReadonlyMap<string, Known[][]>;

function knownOf(routes: readonly Route[]): KnownRoutes {
  const known = new Map<string, Known[][]>();
  for (const route of routes) {
    const parts = route.path.split("/");
    const words = parts.map((part) => (part.startsWith("{") ? undefined : part));
    const names = parts.filter((part) => part.startsWith("{")).map((part) => part.slice(1, -1));
    const method = route.method.toUpperCase();
    const byLength = known.get(method) ?? [];
    known.set(method, byLength);
    (byLength[parts.length] ??= []).push({ route, words, names });
  }
  return known;
}

/** The first that fits is meant, as everywhere. */
function matchOf(known: KnownRoutes, { method = "", url = "" }: IncomingMessage): Matched | undefined {
  const byLength = known.get(method);
  if (byLength === undefined) return undefined;
  const end = url.indexOf("?");
  // Without a limit V8 would remember what each path was split into, and with a Map of paths each path.
  const parts = (end < 0 ? url : url.slice(0, end)).split("/", byLength.length);
  for (const { route, words, names } of byLength[parts.length] ?? []) {
    if (!fits(words, parts)) continue;
    if (route.byHand === true) return undefined;
    return { route, params: paramsOf(words, names, parts) };
  }
  return undefined;
}

function paramsOf(words: Known["words"], names: Known["names"], parts: readonly string[]): Record<string, string> {
  // The names are those of our own routes.
  const params: Record<string, string> = {};
  let name = 0;
  for (let n = 0; n < words.length; n++) if (words[n] === undefined) params[names[name++]!] = parts[n]!;
  return params;
}

function fits(words: Known["words"], parts: readonly string[]): boolean {
  for (let n = 0; n < words.length; n++)
    if (words[n] === undefined ? parts[n] === "" : words[n] !== parts[n]) return false;
  return true;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * A request of Node's server as the routes look at one, and its way to its answer. What comes in one moment is gone through in
 * that moment, without a promise: each would cost more than a check.
 */
class PlainRequest implements AskedRequest {
  readonly #options: PlainLaneOptions;
  readonly #matched: Matched;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  #gone: AbortController | undefined;

  constructor(options: PlainLaneOptions, matched: Matched, incoming: IncomingMessage, outgoing: ServerResponse) {
    this.#options = options;
    this.#matched = matched;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  get method(): string {
    return this.#incoming.method ?? "GET";
  }

  get url(): string {
    return this.#incoming.url ?? "/";
  }

  get headers(): { get(name: string): string | null } {
    return this;
  }

  get(name: string): string | null {
    const value = this.#incoming.headers[name];
    return typeof value === "string" ? value : null;
  }

  /** Made for the few who look at it. */
  get signal(): AbortSignal {
    if (this.#gone === undefined) {
      const gone = new AbortController();
      this.#gone = gone;
      this.#outgoing.once("close", () => gone.abort());
    }
    return this.#gone.signal;
  }

  begin(): void {
    const { route, params } = this.#matched;
    try {
      passGate(this.#options.gate, plainFactsOf(this.#incoming));
      const head = checkHead(this.#options.doorkeeper, route, this, params);
      if (route.body === undefined) return this.#settle(carryOut(head, this, undefined));
      refuseOtherTypes(this);
      this.#read((text) => this.#settle(carryOut(head, this, jsonOf(text))));
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** The whole body; its length is bounded by what the header says, which Node holds it to. */
  #read(take: (text: string) => void): void {
    const incoming = this.#incoming;
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      try {
        take(decoded(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
      } catch (error) {
        this.#refuse(error);
      }
    });
    // An error of it is told only to those who listen, and this comes after it.
    incoming.on("close", () => {
      if (!incoming.complete) this.#refuse(endedEarly());
    });
  }

  #settle(answer: Answer | Promise<Answer>): void {
    if (answer instanceof Promise)
      answer.then(
        (settled) => this.#answer(settled),
        (error: unknown) => this.#refuse(error),
      );
    else this.#answer(answer);
  }

  #answer(answer: Answer): void {
    let given: PlainAnswer;
    try {
      const final = carriedOut(answer);
      if (final instanceof Response)
        throw new TypeError(`${this.#matched.route.path} answers by hand: it needs byHand`);
      given = textOf(final.status, final.body, final.headers);
    } catch (error) {
      return this.#refuse(error);
    }
    send(this.#outgoing, given);
  }

  #refuse(error: unknown): void {
    send(this.#outgoing, problemAnswer(told(error, this.#options.onProblem)));
  }
}

/** What `gateFactsOf` tells of any request, of one that is plain (F2): there is one Host, and nothing has to be looked for. */
function plainFactsOf({ headers: { host, origin, "sec-fetch-site": fetchSite } }: IncomingMessage): GateFacts {
  return {
    hosts: host === undefined ? [] : [host],
    origin,
    fetchSite: typeof fetchSite === "string" ? fetchSite : undefined,
  };
}

/** @throws ProblemError `invalid_request` */
function decoded(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw endedEarly();
  }
}
