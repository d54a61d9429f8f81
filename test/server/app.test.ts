// Goal: nothing gets past the gate, the token and the bounds of a body; every refusal is a problem with its code, and the server lives on.
// Method: a real server on a port, raw bytes for what no client would send; one route that tells what reached it.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import fc from "fast-check";
import { z } from "zod";
import { nodeEnv } from "../../src/base/node-env.ts";
import { handlerOf } from "../../src/server/app.ts";
import { listen, rawFacts, type Listening } from "../../src/server/listen.ts";
import { plainLane } from "../../src/server/plain-lane.ts";
import { ProblemError } from "../../src/server/problem.ts";
import { route } from "../../src/server/route.ts";
import { Doorkeeper, ROLES, type Tokens } from "../../src/server/tokens.ts";
import { sendRaw } from "../support/raw-http.ts";

const tokens = Object.fromEntries(ROLES.map((role, n) => [role, String(n).repeat(43)])) as unknown as Tokens;
const reached: unknown[] = [];
const problems: Error[] = [];
const hosts = new Set<string>();
let server: Listening;

const routes = [
  route({
    method: "post",
    path: "/api/things/{id}",
    summary: "A thing",
    role: "worker",
    params: z.strictObject({ id: z.string().max(20) }),
    body: z.strictObject({ name: z.string().max(50), more: z.json().optional() }),
    answers: { 200: undefined },
    problems: [],
    handle: ({ params, body }) => {
      reached.push(body);
      return { status: 200, body: { id: params.id, ...body } };
    },
  }),
  route({
    method: "get",
    path: "/api/things",
    summary: "Things",
    role: "read",
    query: z.strictObject({ q: z.string().optional() }),
    answers: { 200: undefined },
    problems: [],
    handle: ({ query }) => {
      if (query.q === "boom") throw new Error("secret of the inside");
      if (query.q === "full") throw new ProblemError("cap_reached", "all places are taken");
      return { status: 200, body: { q: query.q ?? null } };
    },
  }),
];

beforeAll(async () => {
  const onProblem = (problem: Error): void => void problems.push(problem);
  const parts = { routes, gate: { hosts }, doorkeeper: new Doorkeeper(tokens), onProblem };
  server = await listen(handlerOf(parts, rawFacts), { port: 0, env: nodeEnv(), lane: plainLane(parts) });
  hosts.add(`127.0.0.1:${server.port}`);
});

afterAll(() => server.close(100));

const json = { "content-type": "application/json" };
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

function call(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${server.url}${path}`, init);
}

function post(body: string, headers: Record<string, string> = json): Promise<Response> {
  return call("/api/things/a", { method: "POST", body, headers: { ...bearer(tokens.worker), ...headers } });
}

async function codeOf(response: Response): Promise<string> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = (await response.json()) as { code: string; status: number; detail: string; title: string; type: string };
  expect(body).toMatchObject({ status: response.status, type: `urn:signalbox:problem:${body.code}` });
  return body.code;
}

describe("S1: raw requests", () => {
  const head = (...lines: string[]): string => [...lines, "Connection: close", "", ""].join("\r\n");
  const host = (): string => `Host: 127.0.0.1:${server.port}`;
  const auth = `Authorization: Bearer ${tokens.admin}`;
  const get = "GET /api/things HTTP/1.1";
  const hostile: readonly (readonly [string, () => string, number])[] = [
    ["no Host", () => head(get, auth), 400],
    ["HTTP/1.0 without Host", () => head("GET /api/things HTTP/1.0", auth), 400],
    ["a foreign Host", () => head(get, "Host: evil.example", auth), 403],
    ["a foreign Host with the right port", () => head(get, `Host: evil.example:${server.port}`, auth), 403],
    ["our Host without its port", () => head(get, "Host: 127.0.0.1", auth), 403],
    ["our Host with a dot behind", () => head(get, `Host: 127.0.0.1.:${server.port}`, auth), 403],
    ["a Host with a user before it", () => head(get, `Host: a@127.0.0.1:${server.port}`, auth), 400],
    ["two Hosts, ours first", () => head(get, host(), "Host: evil.example", auth), 403],
    ["two Hosts, ours last", () => head(get, "Host: evil.example", host(), auth), 403],
    ["a whole address in the first line", () => head("GET http://evil.example/api/things HTTP/1.1", host(), auth), 403],
    ["an Origin of elsewhere", () => head(get, host(), "Origin: https://evil.example", auth), 403],
    ["the Origin null", () => head(get, host(), "Origin: null", auth), 403],
    ["our Origin over https", () => head(get, host(), `Origin: https://127.0.0.1:${server.port}`, auth), 403],
    ["our Origin with another port", () => head(get, host(), "Origin: http://127.0.0.1:1", auth), 403],
    ["a page of another site, without Origin", () => head(get, host(), "Sec-Fetch-Site: cross-site", auth), 403],
    ["a page of the same site on another port", () => head(get, host(), "Sec-Fetch-Site: same-site", auth), 403],
    ["no token", () => head(get, host()), 401],
    ["a token as Basic", () => head(get, host(), `Authorization: Basic ${tokens.admin}`), 401],
    ["a token that is too long", () => head(get, host(), `Authorization: Bearer ${"a".repeat(600)}`), 401],
    ["a token in the address", () => head(`GET /api/things?access_token=${tokens.admin} HTTP/1.1`, host()), 401],
    [
      "a length and chunks at once",
      () => head("POST /api/things/a HTTP/1.1", host(), auth, "Content-Length: 3", "Transfer-Encoding: chunked"),
      400,
    ],
    [
      "two lengths",
      () => head("POST /api/things/a HTTP/1.1", host(), auth, "Content-Length: 3", "Content-Length: 4"),
      400,
    ],
    ["a header folded over lines", () => `${get}\r\n${host()}\r\nX-A: a\r\n b\r\n\r\n`, 400],
    ["headers of 20 kB", () => head(get, host(), auth, `X-A: ${"a".repeat(20_000)}`), 431],
    ["no HTTP at all", () => "\u0016\u0003\u0001 hello\r\n\r\n", 400],
    ["CONNECT", () => head("CONNECT 127.0.0.1:22 HTTP/1.1", host()), 405],
    ["an upgrade to another protocol", () => head(get, host(), "Upgrade: websocket", "Sec-WebSocket-Version: 13"), 401],
  ];

  test.each(hostile)("G1-G3: %s", async (_, bytes, status) => {
    const before = reached.length;
    const answer = await sendRaw(server.port, bytes());
    expect([answer.status, answer.head]).toEqual([status, expect.any(String)]);
    expect(reached).toHaveLength(before);
    expect((await call("/api/things", { headers: bearer(tokens.read) })).status).toBe(200);
  });

  test("G2: a page of our own, and a client that is no browser, get in", async () => {
    for (const line of [`Origin: http://127.0.0.1:${server.port}`, "Sec-Fetch-Site: same-origin", "X-Nothing: 1"])
      expect((await sendRaw(server.port, head(get, host(), line, auth))).status).toBe(200);
  });
});

describe("tokens", () => {
  test("A1: a role may what is below it", async () => {
    const statuses = await Promise.all(
      ROLES.map(
        async (role) =>
          (
            await call("/api/things/a", {
              method: "POST",
              body: '{"name":"n"}',
              headers: { ...json, ...bearer(tokens[role]) },
            })
          ).status,
      ),
    );
    expect(statuses).toEqual([403, 200, 200, 200]);
  });

  test("a refused one says what is missing, in a problem", async () => {
    const response = await call("/api/things/a", {
      method: "POST",
      body: "{}",
      headers: { ...json, ...bearer(tokens.read) },
    });
    expect(await codeOf(response)).toBe("forbidden_role");
    const none = await call("/api/things");
    expect([none.status, none.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
  });
});

describe("bodies", () => {
  const refused: readonly (readonly [string, () => Promise<Response>, string])[] = [
    ["text", () => post('{"name":"n"}', { "content-type": "text/plain" }), "invalid_request"],
    ["a form", () => post("name=n", { "content-type": "application/x-www-form-urlencoded" }), "invalid_request"],
    ["nothing", () => post(""), "invalid_request"],
    ["half of it", () => post('{"name":'), "invalid_request"],
    [
      "bytes that are no UTF-8",
      () =>
        call("/api/things/a", {
          method: "POST",
          body: Buffer.from([0x22, 0xff, 0xfe, 0x22]),
          headers: { ...json, ...bearer(tokens.worker) },
        }),
      "invalid_request",
    ],
    ["an unknown key", () => post('{"name":"n","nmae":1}'), "invalid_request"],
    ["__proto__", () => post('{"name":"n","__proto__":{"a":1}}'), "invalid_request"],
    ["a wrong type", () => post('{"name":7}'), "invalid_request"],
    ["a list", () => post("[]"), "invalid_request"],
    ["2 MB", () => post(JSON.stringify({ name: "n", more: "x".repeat(2_000_000) })), "too_large"],
  ];
  test.each(refused)("S2: %s", async (_, send, code) => {
    const before = reached.length;
    expect(await codeOf(await send())).toBe(code);
    expect(reached).toHaveLength(before);
    expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
  });

  test("S2: depths from one to a million", async () => {
    for (const depth of [1, 30, 31, 32, 33, 1_000, 20_000, 500_000]) {
      const response = await post(`{"name":"n","more":${"[".repeat(depth)}${"]".repeat(depth)}}`);
      expect([depth, response.status]).toEqual([depth, depth <= 31 ? 200 : 400]);
      await response.body?.cancel();
    }
    expect((await post('{"name":"n","more":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}')).status).toBe(200);
  });

  test("S2: any bytes and any JSON are answered with 200 or a problem of the client's", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.object().map((value) => JSON.stringify(value) ?? ""),
        ),
        async (body) => {
          const response = await post(body);
          expect([200, 400]).toContain(response.status);
          await response.text();
        },
      ),
      { numRuns: 300 },
    );
    expect(problems).toEqual([]);
  });

  test("a body that never comes to its end is cut", async () => {
    const lines = [
      "POST /api/things/a HTTP/1.1",
      `Host: 127.0.0.1:${server.port}`,
      `Authorization: Bearer ${tokens.admin}`,
      "Content-Type: application/json",
      "Content-Length: 100",
      "",
      '{"na',
    ];
    const answer = await sendRaw(server.port, lines.join("\r\n"), 300);
    expect(answer.status).toBe(0);
    expect((await call("/api/things", { headers: bearer(tokens.read) })).status).toBe(200);
  });
});

describe("answers", () => {
  const get = (q: string): Promise<Response> => call(`/api/things?q=${q}`, { headers: bearer(tokens.read) });

  test("S3: an unexpected error is told to the server's log, not to the client", async () => {
    const response = await get("boom");
    const text = await response.text();
    expect([response.status, text.includes("secret")]).toEqual([500, false]);
    expect(problems.splice(0).map(({ message }) => message)).toEqual(["secret of the inside"]);
  });

  test("a problem that passes says when to come again", async () => {
    const response = await get("full");
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await codeOf(response)).toBe("cap_reached");
  });

  test("unknown paths, methods and parameters", async () => {
    expect(await codeOf(await call("/api/nothing", { headers: bearer(tokens.read) }))).toBe("not_found");
    const wrong = await call("/api/things", { method: "DELETE", headers: bearer(tokens.read) });
    expect([wrong.headers.get("allow"), await codeOf(wrong)]).toEqual(["GET", "method_not_allowed"]);
    expect(await codeOf(await call("/api/things?p=1", { headers: bearer(tokens.read) }))).toBe("invalid_request");
    expect(await codeOf(await call("/api/things?q=1&q=2", { headers: bearer(tokens.read) }))).toBe("invalid_request");
  });

  test("no answer can be read as something else or kept by a proxy", async () => {
    for (const response of [await get("a"), await get("boom"), await call("/nothing")]) {
      const { headers } = response;
      expect([headers.get("x-content-type-options"), headers.get("cache-control")]).toEqual(["nosniff", "no-store"]);
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
      await response.text();
    }
    problems.length = 0;
  });
});
