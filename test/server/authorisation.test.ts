/**
 * Goal: whoever calls a route with less than its role is refused before anything is looked at, on every route there is; whoever has it
 * is let in. No request, however it is made, gets past the checks, breaks the server, or changes what it was refused for.
 * Method: the tables are made from the routes themselves, so that a new one cannot be forgotten; a real server on a port.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeEnv } from "../../src/base/node-env.ts";
import { routesOf } from "../../src/server/coordinator-server.ts";
import type { Coordinator } from "../../src/server/coordinator.ts";
import type { Route } from "../../src/server/route.ts";
import { serve, type ServedCoordinator } from "../../src/server/serve.ts";
import { ROLES, type Role } from "../../src/server/tokens.ts";

const routes = routesOf({} as Coordinator, { version: "0.0.0", hosts: new Set() });
const posts = routes.filter(({ method }) => method === "post");
const problems: Error[] = [];
let folder: string;
let server: ServedCoordinator;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-roles-"));
  const onProblem = (problem: Error): void => void problems.push(problem);
  server = await serve({ stateDir: join(folder, "state"), env: nodeEnv(), version: "0.0.0", port: 0, onProblem });
  await send("post", "/api/work-items", server.tokens.plan, { title: "a", key: "item-a", files: ["src/**"] });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answered {
  readonly status: number;
  readonly type: string | null;
  readonly code: string | undefined;
}

async function send(method: string, path: string, token: string | undefined, body?: unknown): Promise<Answered> {
  const closing = new AbortController();
  const response = await fetch(`${server.url}${path}`, {
    method: method.toUpperCase(),
    signal: closing.signal,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const type = response.headers.get("content-type");
  if (type === "text/event-stream") {
    closing.abort();
    return { status: response.status, type, code: undefined };
  }
  const text = await response.text();
  const value = text.startsWith("{") ? (JSON.parse(text) as { readonly code?: string }) : {};
  return { status: response.status, type, code: value.code };
}

function pathOf({ path }: Pick<Route, "path">): string {
  const id = path.startsWith("/api/projects") ? server.coordinator.project().id : "item-a";
  return path.replaceAll(/\{\w+\}/g, id);
}

const versionOf = (): number => server.coordinator.project().snapshot.seq;

/** Nothing that any route takes: whoever is let in is refused for this. */
const NONSENSE = { "no such key": 1 };

describe.each([...routes, { method: "post", path: "/mcp", role: "read" } as const])("$method $path", (route) => {
  const { method, role } = route;
  const body = method === "post" ? NONSENSE : undefined;

  test("A1: refused without a token, with a wrong one, and with one of a lower role; let in with the others", async () => {
    const before = versionOf();
    const needed = role === undefined ? -1 : ROLES.indexOf(role);
    for (const token of [undefined, "x", "x".repeat(43), server.tokens.admin.slice(0, -1), `${server.tokens.admin}x`]) {
      const { status, code } = await send(method, pathOf(route), token, body);
      if (role === undefined) expect(status).toBe(200);
      else expect([token, status, code]).toEqual([token, 401, "unauthorized"]);
    }
    for (const [rank, own] of ROLES.entries()) {
      const { status, code } = await send(method, pathOf(route), server.tokens[own], body);
      if (rank < needed) expect([own, status, code]).toEqual([own, 403, "forbidden_role"]);
      else expect([own, [401, 403, 500].includes(status)]).toEqual([own, false]);
    }
    expect(versionOf()).toBe(before);
  });
});

/** Values that are wrong nearly everywhere, and dangerous somewhere. */
const hostile: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  9_007_199_254_740_992,
  "",
  "\u0000",
  "../../../etc/passwd",
  "$(touch pwned)",
  "x".repeat(1_000_000),
  {},
  [[[[[[[[]]]]]]]],
  [null],
  Array.from({ length: 20_000 }, () => "a"),
  JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'),
];

/** A body that its schema takes, as far as plain values go. */
const PLAUSIBLE: Readonly<Record<string, unknown>> = {
  agent_id: "ada",
  title: "a",
  fencing_token: 999_999,
  result_summary: "",
  files_modified: [],
  failure_reason: "x",
  files: ["a"],
  name: "p",
  note: "n",
  tasks: { t: {} },
};

function keysOf({ body }: Route): string[] {
  const shape = (body as { readonly shape?: Readonly<Record<string, unknown>> } | undefined)?.shape ?? {};
  return [...Object.keys(shape), "__proto__", "constructor"];
}

function bodyWith(route: Route, key: string, value: unknown): string {
  const plain = keysOf(route).filter((name) => Object.hasOwn(PLAUSIBLE, name) && name !== key);
  const parts = plain.map((name) => `${JSON.stringify(name)}:${JSON.stringify(PLAUSIBLE[name])}`);
  return `{${[...parts, `${JSON.stringify(key)}:${JSON.stringify(value)}`].join(",")}}`;
}

/** A refusal is a problem of the client's, and has changed nothing; what is taken was right after all. */
async function refusedOrTaken(path: string, token: Role, body: string): Promise<number> {
  const before = versionOf();
  const { status, type } = await send("post", path, server.tokens[token], body);
  expect([status, status < 500]).toEqual([status, true]);
  if (status >= 400)
    expect([type, body.includes("fencing_token") || versionOf() === before]).toEqual([
      "application/problem+json",
      true,
    ]);
  return status;
}

describe("bodies that are not what they should be", () => {
  // Admin may send to all; whatever a project or an item becomes by it is of no account here.
  test.each(posts)("S2: $path: each key with each hostile value", async (route) => {
    let refused = 0;
    for (const key of keysOf(route))
      for (const value of hostile)
        if ((await refusedOrTaken(pathOf(route), "admin", bodyWith(route, key, value))) >= 400) refused++;
    expect(refused).toBeGreaterThan(hostile.length);
  });

  test.each(posts)("S2: $path: depths to half a million, text that is none, keys that come twice", async (route) => {
    const path = pathOf(route);
    const before = versionOf();
    for (const depth of [33, 1_000, 100_000, 500_000])
      expect(await refusedOrTaken(path, "admin", `{"metadata":${"[".repeat(depth)}${"]".repeat(depth)}}`)).toBe(400);
    for (const body of [
      "",
      "nul",
      "{",
      "[]",
      "7",
      '"a"',
      "\ufeff{}",
      '{"a":1}{"b":2}',
      '{"title":"a",}',
      "x".repeat(2_000_000),
    ])
      await refusedOrTaken(path, "admin", body);
    expect(await refusedOrTaken(path, "admin", '{"zzz":1,"zzz":2}')).toBe(400);
    expect(versionOf() - before).toBeLessThan(3);
  });

  test("S2: whatever any JSON is sent to any route, the server answers, tells nobody of an error of its own, and lives", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...posts), fc.json({ maxDepth: 6 }), async (route, body) => {
        await refusedOrTaken(pathOf(route), "worker", body);
      }),
      { numRuns: 200 },
    );
    expect(problems).toEqual([]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect((await send("get", "/healthz", undefined)).status).toBe(200);
  });
});
