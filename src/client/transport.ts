/**
 * Requests to a coordinator, sent again while that can help.
 *
 * T1 A request is sent again only when it cannot do twice what was asked once: it reads, or it carries a key under which the
 *    coordinator keeps its answer, or the coordinator said that it did nothing (429, 503).
 * T2 One call has one key, however often it is sent.
 * T3 Sending again ends: after `retryForMs` from the first failure, or when the caller's signal is aborted. A wait is never shorter
 *    than the coordinator asked for.
 * T4 The token goes to the address for which it was given and nowhere else: redirects are refused.
 */
import type { Env } from "../base/env.ts";
import { SignalboxError, UsageError } from "../base/errors.ts";
import { toWire } from "./camel-case.ts";
import { errorOf, ServerUnreachableError } from "./problem-error.ts";
import type { ClientRoute } from "./routes.ts";

/** What a single call may say otherwise. */
export interface CallOptions {
  /** Gives the call up; it is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** The same key gives the same answer. Default: a new one for each call, kept over its own repetitions. */
  readonly idempotencyKey?: string;
  /** Milliseconds in which a failed request is sent again, from its first failure; 0: never. Default: the client's. */
  readonly retryForMs?: number;
  /** Milliseconds that one request may take, beside the time that it asked the coordinator to wait. Default: the client's. */
  readonly timeoutMs?: number;
}

export interface TransportOptions {
  readonly url: string | (() => string);
  readonly token: string | ((url: string) => string | Promise<string>) | undefined;
  readonly fetch: typeof fetch;
  readonly env: Env;
  readonly retryForMs: number;
  readonly timeoutMs: number;
}

/** One call, before it is a request. */
export interface Call {
  readonly route: ClientRoute;
  readonly id?: string;
  readonly query?: object;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly options?: CallOptions | undefined;
  /** Milliseconds that the coordinator was asked to wait. */
  readonly waitMs?: number;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const FIRST_WAIT_MS = 100;
const WAIT_MS_MAX = 5_000;

/** What came of sending a request once. */
type Attempt<T> = { readonly value: T } | Failure;

interface Failure {
  readonly error: SignalboxError;
  /** The same request may go better in a while. */
  readonly isPassing: boolean;
  /** It is known that nothing was done. */
  readonly didNothing: boolean;
  readonly waitMs: number;
}

/** A request, and the coordinator to which it goes. */
interface Addressed {
  readonly request: Request;
  readonly base: URL;
}

export class Transport {
  readonly env: Env;
  readonly retryForMs: number;
  readonly #options: TransportOptions;

  /** @throws UsageError when the address is none of HTTP */
  constructor(options: TransportOptions) {
    this.env = options.env;
    this.retryForMs = options.retryForMs;
    this.#options = options;
    if (typeof options.url === "string") baseOf(options.url);
  }

  /** Sends a call and reads its answer. @throws SignalboxError, or the reason of the caller's signal */
  async send(call: Call): Promise<Reply> {
    const read = async (response: Response) => ({ status: response.status, text: await response.text() });
    const { status, text } = await this.#again(call, read);
    if (text === "") return { status, body: undefined };
    try {
      return { status, body: JSON.parse(text) };
    } catch {
      throw errorOf(status, text, undefined);
    }
  }

  /** Opens a stream; its bytes are for the caller to read, until it aborts the signal. */
  async open(call: Call): Promise<ReadableStream<Uint8Array>> {
    const body = await this.#again(call, async (response) => response.body);
    if (body === null) throw errorOf(200, "", undefined);
    return body;
  }

  /** T1, T2, T3. */
  async #again<T>(call: Call, read: (response: Response) => Promise<T>): Promise<T> {
    const { signal, retryForMs = this.retryForMs, idempotencyKey } = call.options ?? {};
    const key = call.route.takesKey === true ? (idempotencyKey ?? this.#newKey()) : undefined;
    const isSafe = key !== undefined || call.route.isHarmless === true;
    let failedAt: number | undefined;
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(WAIT_MS_MAX, wait * 2)) {
      signal?.throwIfAborted();
      const attempt = await this.#sent(call, key, read);
      if ("value" in attempt) return attempt.value;
      const now = this.env.clock.monotonic();
      failedAt ??= now;
      const pauseMs = Math.max(attempt.waitMs, wait * (0.5 + this.env.random() / 2));
      const mayRepeat = attempt.isPassing && (isSafe || attempt.didNothing);
      if (!mayRepeat || now + pauseMs - failedAt > retryForMs) throw attempt.error;
      await pause(this.env, pauseMs, signal);
    }
  }

  async #sent<T>(call: Call, key: string | undefined, read: (response: Response) => Promise<T>): Promise<Attempt<T>> {
    let addressed: Addressed;
    try {
      addressed = await this.#addressed(call, key);
    } catch (error) {
      // Nobody is there who may have the token; there may be again.
      if (!(error instanceof SignalboxError) || error.code !== "server_unreachable") throw error;
      return { error, isPassing: true, didNothing: true, waitMs: 0 };
    }
    return this.#once(addressed, call, read);
  }

  async #once<T>(
    { request, base }: Addressed,
    { options = {}, waitMs = 0 }: Call,
    read: (response: Response) => Promise<T>,
  ): Promise<Attempt<T>> {
    const { signal, timeoutMs = this.#options.timeoutMs } = options;
    const timer = new AbortController();
    const late = (): void => timer.abort(new Error(`no answer came within ${timeoutMs + waitMs} ms`));
    const stop = this.env.timers.after(timeoutMs + waitMs, late);
    try {
      const either = signal === undefined ? timer.signal : AbortSignal.any([timer.signal, signal]);
      const response = await this.#options.fetch(request, { signal: either });
      if (response.ok || response.status === 304) return { value: await read(response) };
      return refusal(response, await response.text());
    } catch (error) {
      signal?.throwIfAborted();
      const unreachable = new ServerUnreachableError(base.href, causeInWords(error), error);
      return { error: unreachable, isPassing: true, didNothing: false, waitMs: 0 };
    } finally {
      stop();
    }
  }

  /** T4. The address is asked for each time: a coordinator may come back at another one. */
  async #addressed({ route, id, query, body, headers }: Call, key: string | undefined): Promise<Addressed> {
    const { url: given, token } = this.#options;
    const place = typeof given === "function" ? given() : given;
    const base = baseOf(place);
    const url = new URL(`.${route.path.replace("{id}", encodeURIComponent(id ?? ""))}`, base);
    for (const [name, value] of Object.entries(toWire(query ?? {}) as object))
      url.searchParams.set(name, String(value));
    const bearer = typeof token === "function" ? await token(place) : token;
    const request = new Request(url, {
      method: route.method.toUpperCase(),
      redirect: "error",
      headers: {
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        ...(key !== undefined && { "idempotency-key": key }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(toWire(body)) }),
    });
    return { request, base };
  }

  /** Unlike any other's: the same key of two clients would give one the answer of the other. */
  #newKey(): string {
    const chance = Math.floor(this.env.random() * 2 ** 52).toString(36);
    return `${this.env.nextId()}-${chance}`;
  }
}

/** Statuses of which the coordinator, or a proxy before it, says that they pass. */
const PASSING = new Set([429, 502, 503, 504]);

function refusal({ status, headers }: Response, text: string): Failure {
  const retryAfterMs = retryAfterIn(headers);
  const error = errorOf(status, text, retryAfterMs);
  // A proxy that lost its server cannot know how far a request came; the coordinator does.
  const didNothing = (status === 429 || status === 503) && error.code !== "unexpected_answer";
  return { error, isPassing: PASSING.has(status), didNothing, waitMs: retryAfterMs ?? 0 };
}

/** The coordinator says seconds; a date, which HTTP allows too, is as good as nothing. */
function retryAfterIn(headers: Headers): number | undefined {
  const text = headers.get("retry-after") ?? "";
  return /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : undefined;
}

/** @throws UsageError */
function baseOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  if (url === undefined || !isHttp || url.username !== "" || url.password !== "")
    throw new UsageError(
      `expected the address of a coordinator, such as http://127.0.0.1:4747, without name and password, got ${JSON.stringify(text.slice(0, 200))}`,
    );
  url.search = "";
  url.hash = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** Fetch says little itself; its cause does. */
function causeInWords(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(inner instanceof Error)) return String(inner);
  const code = "code" in inner && typeof inner.code === "string" ? inner.code : undefined;
  if (code === "ECONNREFUSED") return "nothing listens there";
  return inner.message === "" ? (code ?? inner.name) : inner.message;
}

/** Waits; rejected with the signal's reason when it is aborted. */
export function pause(env: Env, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = (): void => {
      stop();
      // The reason is whatever the caller chose.
      reject(signal?.reason as Error);
    };
    const stop = env.timers.after(ms, () => {
      signal?.removeEventListener("abort", give);
      resolve();
    });
    if (signal?.aborted === true) give();
    else signal?.addEventListener("abort", give, { once: true });
  });
}
