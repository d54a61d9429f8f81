/**
 * The interface as one table: from a route come the check of its requests, who may call it, its answer, and its place in the
 * OpenAPI document.
 */
import type { z } from "zod";
import type { RequestKey } from "../engine/turn.ts";
import type { ProblemCode } from "./problem.ts";
import type { Role } from "./tokens.ts";

export interface Call<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Names the request when it may come again; only for a route that takes a key. */
  readonly request: RequestKey | undefined;
  /** Of the token that it came with; `read` where none is asked for. */
  readonly role: Role;
  readonly headers: { get(name: string): string | null };
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/** A JSON answer, none, or one made by hand: a stream. */
export type Answer =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | Response;

export interface RouteShape<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> {
  readonly method: "get" | "post";
  /** With `{name}` for what `params` says. */
  readonly path: string;
  readonly summary: string;
  /** The least role that may call it; `undefined`: anybody who passes the gate. */
  readonly role: Role | undefined;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** The same `Idempotency-Key` gives the same answer. */
  readonly takesKey?: boolean;
  /** It answers with a `Response` of its own making: a stream. */
  readonly byHand?: true;
  /** By status; `undefined`: no JSON body. */
  readonly answers: Readonly<Record<number, z.ZodType | undefined>>;
  /** Beside those that every route may have. */
  readonly problems: readonly ProblemCode[];
  readonly handle: (call: Call<z.infer<P>, z.infer<Q>, z.infer<B>>) => Answer | Promise<Answer>;
}

/** A route whose shape is forgotten: its schemas have checked what `handle` gets. */
export type Route = RouteShape<z.ZodObject, z.ZodObject, z.ZodType>;

export function route<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
  shape: RouteShape<P, Q, B>,
): Route {
  // `handle` is only ever called with what these very schemas gave.
  return shape;
}
