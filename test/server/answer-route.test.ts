/**
 * Goal: what a route is handed has everything that the request had, and costs the server no memory beyond the request.
 * Method: calls of one route, looked at.
 */
import { expect, test } from "vitest";
import { z } from "zod";
import { answerRoute, type AskedRequest } from "../../src/server/answer-route.ts";
import { route, type Call } from "../../src/server/route.ts";
import { Doorkeeper, freshTokens } from "../../src/server/tokens.ts";

type AnyCall = Call<unknown, unknown, unknown>;

const tokens = freshTokens();

function asked(signal: AbortSignal): AskedRequest {
  const headers = new Headers({ authorization: `Bearer ${tokens.worker}`, "idempotency-key": "k", "if-match": '"1"' });
  return { method: "POST", url: "/api/things/a?page=2", headers, signal };
}

async function callsOf(count: number): Promise<{ readonly calls: AnyCall[]; readonly signals: AbortSignal[] }> {
  const calls: AnyCall[] = [];
  const signals: AbortSignal[] = [];
  const things = route({
    method: "post",
    path: "/api/things/{id}",
    summary: "",
    role: "read",
    params: z.strictObject({ id: z.string() }),
    query: z.strictObject({ page: z.coerce.number() }),
    body: z.strictObject({ name: z.string() }),
    takesKey: true,
    answers: { 200: undefined },
    problems: [],
    handle: (call) => {
      calls.push(call);
      return { status: 200 };
    },
  });
  for (let n = 0; n < count; n++) {
    const { signal } = new AbortController();
    signals.push(signal);
    const request = asked(signal);
    await answerRoute(new Doorkeeper(tokens), things, { request, readBody: async () => ({ name: "x" }) }, { id: "a" });
  }
  return { calls, signals };
}

test("a route is handed the checked parts, the role, the key, and the request's own headers and signal", async () => {
  const { calls, signals } = await callsOf(1);
  const [call] = calls;
  expect(call).toMatchObject({ params: { id: "a" }, query: { page: 2 }, body: { name: "x" }, role: "worker" });
  expect(call!.request).toEqual({ key: "k", fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(call!.headers.get("if-match")).toBe('"1"');
  expect(call!.signal).toBe(signals[0]);
});

test("a call has no getter of its own: the engine keeps one, with the whole request behind it, until the next full collection", async () => {
  const { calls } = await callsOf(1);
  const own = Object.entries(Object.getOwnPropertyDescriptors(calls[0]!));
  expect(own.filter(([, each]) => each.get !== undefined)).toEqual([]);
});
