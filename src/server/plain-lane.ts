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
import { carriedOut, carryOut, checkHead, type AskedRequest, type Head } from "./answer-route.ts";
import { takeBody } from "./collecting-message.ts";
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
  /** Words of the path, the first being the one behind its slash; `undefined` where a parameter stands. */
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

const NOT_PLAIN = /[%#\\]|\/\./;
const PLAIN_HOST = /^[A-Za-z0-9.:[\]-]+$/;

/** F2 */
function isPlain({ url = "", headers, rawHeaders }: IncomingMessage): boolean {
  if (!url.startsWith("/") || NOT_PLAIN.test(url)) return false;
  if (headers.host === undefined || !PLAIN_HOST.test(headers.host)) return false;
  if (headers["transfer-encoding"] !== undefined) return false;
  if (Number(headers["content-length"] ?? 0) > LIMITS.requestBytesMax) return false;
  // Node has one member for each name, in lower case, however often it came.
  let names = 0;
  for (const _name in headers) names++;
  return names === rawHeaders.length / 2;
}

/** Of one method, by number of words. */
type KnownRoutes = ReadonlyMap<string, Known[][]>;

function knownOf(routes: readonly Route[]): KnownRoutes {
  const known = new Map<string, Known[][]>();
  for (const route of routes) {
    const parts = route.path.split("/").slice(1);
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
  const ends = wordEnds(url, byLength.length);
  for (const { route, words, names } of byLength[ends.length] ?? []) {
    if (!fits(words, url, ends)) continue;
    if (route.byHand === true) return undefined;
    return { route, params: paramsOf(words, names, url, ends) };
  }
  return undefined;
}

/** Where each word of the path ends, at most `max` of them. The words themselves are not made: each request would pay for all. */
function wordEnds(url: string, max: number): readonly number[] {
  const question = url.indexOf("?");
  const end = question < 0 ? url.length : question;
  const ends: number[] = [];
  // It begins with a slash (F2).
  for (let at = 0; at < end && ends.length < max;) {
    const slash = url.indexOf("/", at + 1);
    at = slash < 0 || slash > end ? end : slash;
    ends.push(at);
  }
  return ends;
}

function paramsOf(
  words: Known["words"],
  names: Known["names"],
  url: string,
  ends: readonly number[],
): Record<string, string> {
  // The names are those of our own routes.
  const params: Record<string, string> = {};
  let name = 0;
  for (let n = 0; n < words.length; n++)
    if (words[n] === undefined) params[names[name++]!] = url.slice(startOf(n, ends), ends[n]);
  return params;
}

function fits(words: Known["words"], url: string, ends: readonly number[]): boolean {
  for (let n = 0; n < words.length; n++) {
    const word = words[n];
    const start = startOf(n, ends);
    const length = ends[n]! - start;
    if (word === undefined ? length === 0 : length !== word.length || !url.startsWith(word, start)) return false;
  }
  return true;
}

function startOf(n: number, ends: readonly number[]): number {
  return n === 0 ? 1 : ends[n - 1]! + 1;
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
      takeBody(this.#incoming, (body) => this.#goOn(head, body));
    } catch (error) {
      this.#refuse(error);
    }
  }

  #goOn(head: Head, body: Uint8Array | undefined): void {
    try {
      this.#settle(carryOut(head, this, jsonOf(decoded(body))));
    } catch (error) {
      this.#refuse(error);
    }
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
function decoded(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) throw endedEarly();
  try {
    return decoder.decode(bytes);
  } catch {
    throw endedEarly();
  }
}
