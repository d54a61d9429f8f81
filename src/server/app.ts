/**
 * The routes as one fetch handler.
 *
 * S1 The gate comes first, then the token, then the body: nothing of a request is read before it is known who sends it.
 * S2 Every answer that is no success is a problem with a code, whatever went wrong.
 * S3 What a client gets never tells the text of an unexpected error; `onProblem` does.
 */
import { Hono } from "hono";
import { admit, answerRoute, type Asked } from "./answer-route.ts";
import type { Pages } from "./board-pages.ts";
import { factsOf, passGate, type GateFacts, type GateOptions } from "./gate.ts";
import { ProblemError, problemResponse, told } from "./problem.ts";
import { readJson } from "./read-body.ts";
import { GUARDS, textOf } from "./plain-answer.ts";
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
    app.on(each.method.toUpperCase(), path, async ({ req }) => {
      const { raw } = req;
      // Nobody would read the stream, and it would keep its place.
      if (each.byHand === true && raw.method === "HEAD") throw notAllowed(["GET"]);
      const asked: Asked = { request: raw, readBody: () => readJson(raw) };
      return responseOf(await answerRoute(options.doorkeeper, each, asked, req.param()));
    });
  }
  for (const { path, role, handle } of options.endpoints ?? [])
    app.all(path, ({ req: { raw } }) => {
      admit(options.doorkeeper, raw, role);
      return handle(raw, async (request) => app.fetch(request));
    });
  for (const [path, allowed] of methods)
    app.all(path, () => {
      throw notAllowed(allowed);
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
      return problemResponse(told(error, options.onProblem));
    }
  };
}

function notAllowed(allowed: readonly string[]): ProblemError {
  return new ProblemError("method_not_allowed", `expected ${allowed.join(" or ")}, got another method`, {
    headers: { allow: allowed.join(", ") },
  });
}

function responseOf(answer: Answer): Response {
  if (answer instanceof Response) return answer;
  const { status, body, headers } = textOf(answer.status, answer.body, answer.headers);
  return new Response(body, { status, headers });
}

function guarded(response: Response): Response {
  const { headers } = response;
  for (const [name, value] of Object.entries(GUARDS)) if (!headers.has(name)) headers.set(name, value);
  return response;
}
