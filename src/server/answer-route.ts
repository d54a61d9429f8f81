/** What a route answers to a request, whatever server the request came to. */
import { createHash } from "node:crypto";
import { failpoint } from "../base/failpoint.ts";
import type { RequestKey } from "../engine/turn.ts";
import { z } from "zod";
import { checked } from "./check.ts";
import { ProblemError } from "./problem.ts";
import type { Answer, Call, Route } from "./route.ts";
import type { Doorkeeper, Role } from "./tokens.ts";

/** What is looked at of a request. The web's `Request` has it. */
export interface AskedRequest {
  readonly method: string;
  /** With or without scheme and host. */
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

export interface Asked {
  readonly request: AskedRequest;
  /** Called once, when it is known who sends it. @throws ProblemError `invalid_request`, `too_large` */
  readonly readBody: () => Promise<unknown>;
}

/** @throws ProblemError `unauthorized`, `forbidden_role` */
export function admit(doorkeeper: Doorkeeper, { headers }: Pick<AskedRequest, "headers">, role: Role): Role {
  return doorkeeper.admit(headers.get("authorization") ?? undefined, role);
}

/** S1: the token first, then the path and query, then the body. */
export async function answerRoute(
  doorkeeper: Doorkeeper,
  route: Route,
  { request, readBody }: Asked,
  pathParams: Record<string, string>,
): Promise<Answer> {
  const letIn = checkHead(doorkeeper, route, request, pathParams);
  return carriedOut(await carryOut(letIn, request, route.body === undefined ? undefined : await readBody()));
}

/** What the request came to is durable; nobody was told of it. */
export function carriedOut(answer: Answer): Answer {
  failpoint?.("server.answer");
  return answer;
}

/** A request as far as it can be judged before its body is read. */
export interface Head {
  readonly route: Route;
  readonly role: Role;
  readonly params: unknown;
  readonly query: unknown;
}

/** S1. @throws ProblemError */
export function checkHead(
  doorkeeper: Doorkeeper,
  route: Route,
  request: AskedRequest,
  pathParams: Record<string, string>,
): Head {
  const role = route.role === undefined ? "read" : admit(doorkeeper, request, route.role);
  const params = checked(route.params, pathParams, "path");
  return { route, role, params, query: checked(route.query, queryOf(request, route), "query") };
}

/** The rest of it, with what was read as its body. @throws ProblemError, and what the route throws */
export function carryOut(
  { route, role, params, query }: Head,
  request: AskedRequest,
  read: unknown,
): Answer | Promise<Answer> {
  const body = route.body === undefined ? undefined : checked(route.body, read, "body");
  const key = route.takesKey === true ? requestOf(request, body) : undefined;
  failpoint?.("server.handle");
  return route.handle(new CheckedCall({ params, query, body, request: key, role }, request) as never);
}

type Checked = Omit<Call<unknown, unknown, unknown>, "headers" | "signal">;

/**
 * A call whose parts have been checked. A class: the getter of a literal is made for each call, among the old objects, where it
 * keeps the whole request until the next full collection.
 */
class CheckedCall implements Call<unknown, unknown, unknown> {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly request: RequestKey | undefined;
  readonly role: Role;
  readonly #asked: AskedRequest;

  constructor({ params, query, body, request, role }: Checked, asked: AskedRequest) {
    this.params = params;
    this.query = query;
    this.body = body;
    this.request = request;
    this.role = role;
    this.#asked = asked;
  }

  get headers(): AskedRequest["headers"] {
    return this.#asked.headers;
  }

  /** Made for the few who look at it. */
  get signal(): AbortSignal {
    return this.#asked.signal;
  }
}

/** Where a path is put whose host does not matter any more. */
const ANYWHERE = "http://127.0.0.1";
const KEY = /^[!-~]{1,200}$/;

/** The same key is the same request only when it asks the same of the same path. */
function requestOf({ method, url, headers }: AskedRequest, body: unknown): RequestKey | undefined {
  const key = headers.get("idempotency-key");
  if (key === null) return undefined;
  if (!KEY.test(key))
    throw new ProblemError(
      "invalid_request",
      "expected an Idempotency-Key of 1 to 200 printable characters, got another",
    );
  const asked = JSON.stringify([method, new URL(url, ANYWHERE).pathname, body ?? null]);
  return { key, fingerprint: createHash("sha256").update(asked).digest("hex") };
}

const NO_QUERY: Readonly<Record<string, string>> = Object.freeze({});

function queryOf({ url }: AskedRequest, { query }: Route): Readonly<Record<string, string>> {
  if (!url.includes("?")) return NO_QUERY;
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  const given = new URL(url, ANYWHERE).searchParams;
  const names = [...given.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new ProblemError("invalid_request", "expected each parameter of the query once, got one twice");
  if (query === undefined && names.length > 0) throw new ProblemError("invalid_request", "expected no query, got one");
  for (const [name, value] of given) {
    // Nothing, blanks and other ways to write a number would all be taken for one.
    if (isNumber(query, name) && !NUMBER.test(value))
      throw new ProblemError("invalid_request", `query/${name}: expected a number in digits, got something else`);
    values[name] = value;
  }
  return values;
}

const NUMBER = /^-?\d{1,20}(\.\d{1,20})?$/;

function isNumber(query: Route["query"], name: string): boolean {
  const field: unknown = query?.shape[name];
  return (field instanceof z.ZodOptional ? field.unwrap() : field) instanceof z.ZodNumber;
}
