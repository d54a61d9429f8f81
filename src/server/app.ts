/**
 * The routes as one fetch handler.
 *
 * S1 The gate comes first, then the token, then the body: nothing of a request is read before it is known who sends it.
 * S2 Every answer that is no success is a problem with a code, whatever went wrong.
 * S3 What a client gets never tells the text of an unexpected error; `onProblem` does.
 */
import { createHash } from "node:crypto";
import { Hono } from "hono";
import type { RequestKey } from "../engine/turn.ts";
import type { Pages } from "./board-pages.ts";
import { checked } from "./check.ts";
import { factsOf, passGate, type GateFacts, type GateOptions } from "./gate.ts";
import { ProblemError, problemOf, problemResponse } from "./problem.ts";
import { readJson } from "./read-body.ts";
import type { Answer, Route } from "./route.ts";
import type { Doorkeeper, Role } from "./tokens.ts";

/** Something that speaks in a way of its own at one path, to whoever has passed the gate with a token. */
export interface Endpoint {
  readonly path: string;
  /** The least role. */
  readonly role: Role;
  /** `call` asks the routes, as if past the gate. */
  readonly handle: (request: Request, call: (request: Request) => Promise<Response>) => Promise<Response>;
}

export interface AppOptions {
  readonly routes: readonly Route[];
  readonly endpoints?: readonly Endpoint[];
  readonly gate: GateOptions;
  readonly doorkeeper: Doorkeeper;
  /** Answers what is no route, such as the board's page. */
  readonly pages?: Pages;
  /** Told of what is a fault of the server's. */
  readonly onProblem: (problem: Error) => void;
}

/** What the host knows of a request that the web's `Request` has lost: for instance that a header came twice. */
export type FactsOf = (request: Request) => GateFacts;

/** A handler for any server that speaks in web requests. */
export function handlerOf(options: AppOptions, facts: FactsOf = factsOf): (request: Request) => Promise<Response> {
  const app = new Hono();
  const methods = new Map<string, string[]>();
  for (const each of options.routes) {
    const path = each.path.replaceAll(/\{(\w+)\}/g, ":$1");
    methods.set(path, [...(methods.get(path) ?? []), each.method.toUpperCase()]);
    app.on(each.method.toUpperCase(), path, (context) =>
      respond(options, each, context.req.raw, context.req.param() as Record<string, string>),
    );
  }
  for (const { path, role, handle } of options.endpoints ?? [])
    app.all(path, ({ req: { raw } }) => {
      admit(options.doorkeeper, raw, role);
      return handle(raw, async (request) => app.fetch(request));
    });
  for (const [path, allowed] of methods)
    app.all(path, () => {
      throw new ProblemError("method_not_allowed", `expected ${allowed.join(" or ")}, got another method`, {
        headers: { allow: allowed.join(", ") },
      });
    });
  app.notFound(() => problemResponse(new ProblemError("not_found", "expected a path of this interface, got another")));
  app.onError((error) => problemResponse(told(error, options.onProblem)));
  return async (request) => {
    try {
      passGate(options.gate, facts(request));
      const page = options.pages?.(request);
      if (page !== undefined) return guarded(page);
      return guarded(await app.fetch(request));
    } catch (error) {
      return guarded(problemResponse(told(error, options.onProblem)));
    }
  };
}

function told(error: unknown, onProblem: (problem: Error) => void): ProblemError {
  const problem = problemOf(error);
  if (problem.code === "internal")
    onProblem(problem.cause instanceof Error ? problem.cause : new Error(String(problem.cause)));
  return problem;
}

function admit(doorkeeper: Doorkeeper, { headers }: Request, role: Role): Role {
  return doorkeeper.admit(headers.get("authorization") ?? undefined, role);
}

async function respond(
  { doorkeeper }: AppOptions,
  route: Route,
  request: Request,
  pathParams: Record<string, string>,
): Promise<Response> {
  const role = route.role === undefined ? "read" : admit(doorkeeper, request, route.role);
  const params = checked(route.params, pathParams, "path");
  const query = checked(route.query, queryOf(request, route), "query");
  const body = route.body === undefined ? undefined : checked(route.body, await readJson(request), "body");
  const { headers, signal } = request;
  const key = route.takesKey === true ? requestOf(request, body) : undefined;
  return responseOf(await route.handle({ params, query, body, request: key, role, headers, signal } as never));
}

const KEY = /^[!-~]{1,200}$/;

/** The same key is the same request only when it asks the same of the same path. */
function requestOf({ method, url, headers }: Request, body: unknown): RequestKey | undefined {
  const key = headers.get("idempotency-key");
  if (key === null) return undefined;
  if (!KEY.test(key))
    throw new ProblemError(
      "invalid_request",
      "expected an Idempotency-Key of 1 to 200 printable characters, got another",
    );
  const asked = JSON.stringify([method, new URL(url).pathname, body ?? null]);
  return { key, fingerprint: createHash("sha256").update(asked).digest("hex") };
}

function queryOf(request: Request, { query }: Route): Record<string, string> {
  const given = new URL(request.url).searchParams;
  const names = [...given.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new ProblemError("invalid_request", "expected each parameter of the query once, got one twice");
  if (query === undefined && names.length > 0) throw new ProblemError("invalid_request", "expected no query, got one");
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of given) values[name] = value;
  return values;
}

function responseOf(answer: Answer): Response {
  if (answer instanceof Response) return answer;
  const { status, body, headers } = answer;
  if (body === undefined) return new Response(undefined, { status, ...(headers !== undefined && { headers }) });
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}

/** What keeps a browser from reading an answer as something else, or from showing it inside another page. */
function guarded(response: Response): Response {
  const { headers } = response;
  headers.set("x-content-type-options", "nosniff");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  if (!headers.has("content-security-policy"))
    headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  return response;
}
