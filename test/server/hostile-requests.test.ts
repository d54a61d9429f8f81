/**
 * Goal: whatever is sent to whichever route, as bytes that no client would send, is answered with a problem of the client's that has a
 * code; the server lives on, and nothing has changed.
 * Method: the routes of the table itself, so that a new one cannot be forgotten, each with every variant that fits it, on raw connections
 * to a real server.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { nodeEnv } from "../../src/base/node-env.ts";
import { routesOf } from "../../src/server/coordinator-server.ts";
import type { Coordinator } from "../../src/server/coordinator.ts";
import { GUARDS } from "../../src/server/plain-answer.ts";
import { PROBLEM_STATUS } from "../../src/server/problem.ts";
import { serve, type ServedCoordinator } from "../../src/server/serve.ts";
import { sendRaw } from "../support/raw-http.ts";

interface Target {
  readonly method: string;
  /** With parameters as `{name}`. */
  readonly path: string;
  readonly isOpen: boolean;
  readonly hasBody: boolean;
  readonly takesKey: boolean;
  readonly numbers: readonly string[];
}

const table = routesOf({} as Coordinator, { version: "0.0.0", hosts: new Set() });
const isNumber = (field: unknown): boolean =>
  (field instanceof z.ZodOptional ? field.unwrap() : field) instanceof z.ZodNumber;
const targets: readonly Target[] = [
  ...table.map(({ method, path, role, body, takesKey, query }) => ({
    method: method.toUpperCase(),
    path,
    isOpen: role === undefined,
    hasBody: body !== undefined,
    takesKey: takesKey === true,
    numbers: Object.entries(query?.shape ?? {}).flatMap(([name, field]) => (isNumber(field) ? [name] : [])),
  })),
  { method: "POST", path: "/mcp", isOpen: false, hasBody: true, takesKey: false, numbers: [] },
];

const problems: Error[] = [];
let folder: string;
let server: ServedCoordinator;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-hostile-"));
  const onProblem = (problem: Error): void => void problems.push(problem);
  server = await serve({ stateDir: join(folder, "state"), env: nodeEnv(), version: "0.0.0", port: 0, onProblem });
  port = Number(new URL(server.url).port);
  const made = await fetch(`${server.url}/api/work-items`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.tokens.admin}`, "content-type": "application/json" },
    body: JSON.stringify({ title: "a", key: "item-a" }),
  });
  expect(made.status).toBe(201);
  // What speaks MCP is read in with its first request.
  await fetch(`${server.url}/mcp`, { headers: { authorization: `Bearer ${server.tokens.admin}` } });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const state = (): unknown =>
  server.coordinator.all().map(({ id, snapshot }) => [id, snapshot.seq, snapshot.status, snapshot.counts]);

/** The path with an item, or a project, that is there. */
const pathOf = ({ path }: Target, id?: string): string =>
  path.replace("{id}", id ?? (path.startsWith("/api/projects") ? "default" : "item-a"));

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly version?: string;
  readonly host?: readonly string[];
  readonly token?: string | false;
  readonly lines?: readonly string[];
  readonly body?: string;
  readonly type?: string;
}

/** The bytes of a request that is right but for what is asked otherwise. */
function bytesOf(target: Target, asked: Asked): string {
  const { method = target.method, path = pathOf(target), version = "HTTP/1.1", lines = [], body, token } = asked;
  const { host = [`127.0.0.1:${port}`], type = "application/json" } = asked;
  const ofBody =
    body === undefined ? [] : [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body, "latin1")}`];
  const head = [
    `${method} ${path} ${version}`,
    ...host.map((each) => `Host: ${each}`),
    ...(token === false ? [] : [`Authorization: Bearer ${token ?? server.tokens.admin}`]),
    ...(target.path === "/mcp" ? ["Accept: application/json, text/event-stream"] : []),
    ...ofBody,
    ...lines,
    "Connection: close",
  ];
  return `${head.join("\r\n")}\r\n\r\n${body ?? ""}`;
}

type Expected = readonly [status: number, code?: string] | undefined;
type Variant = readonly [name: string, asked: Asked, expected?: Expected];

const ORIGIN: Expected = [403, "forbidden_origin"];
const INVALID: Expected = [400, "invalid_request"];
const TOKEN: Expected = [401, "unauthorized"];
const METHOD: Expected = [405, "method_not_allowed"];

function everywhere(target: Target): Variant[] {
  const body = target.hasBody ? { body: "{}" } : {};
  return [
    ["a foreign Host", { ...body, host: [`evil.example:${port}`] }, ORIGIN],
    ["a Host of a name that points here", { ...body, host: ["127.0.0.1.nip.example"] }, ORIGIN],
    ["no Host", { ...body, host: [] }, INVALID],
    ["no Host in HTTP/1.0", { ...body, host: [], version: "HTTP/1.0" }, INVALID],
    ["two Hosts", { ...body, host: [`127.0.0.1:${port}`, "evil.example"] }, ORIGIN],
    ["a Host with a user", { ...body, host: [`a@127.0.0.1:${port}`] }, INVALID],
    ["a foreign Origin", { ...body, lines: ["Origin: https://evil.example"] }, ORIGIN],
    ["the Origin null", { ...body, lines: ["Origin: null"] }, ORIGIN],
    ["a page of another site", { ...body, lines: ["Sec-Fetch-Site: cross-site"] }, ORIGIN],
    ["a whole address", { ...body, path: `http://evil.example${pathOf(target)}` }, ORIGIN],
    ["20 kB of headers", { ...body, lines: [`X-A: ${"a".repeat(20_000)}`] }, [431, "too_large"]],
    ["2,000 headers", { ...body, lines: Array.from({ length: 2_000 }, (_, n) => `X-${n}: a`) }, [431, "too_large"]],
    ["a header over two lines", { ...body, lines: ["X-A: a\r\n b"] }, INVALID],
    ["a header with NUL", { ...body, lines: ["X-A: a\0b"] }, INVALID],
    ["a header without a name", { ...body, lines: [": a"] }, INVALID],
    ["two lengths", { lines: ["Content-Length: 2", "Content-Length: 3"] }, INVALID],
    ["a length below zero", { lines: ["Content-Length: -1"] }, INVALID],
    ["a length and chunks", { lines: ["Content-Length: 2", "Transfer-Encoding: chunked"] }, INVALID],
    ["an expectation nobody meets", { ...body, lines: ["Expect: banana"] }, [417, "invalid_request"]],
    ["NUL in the path", { ...body, path: `${pathOf(target)}\0` }, INVALID],
    ["bytes beyond ASCII in the path", { ...body, path: `${pathOf(target)}\u00ff` }, INVALID],
    ["a version of HTTP that is none", { ...body, version: "HTTP/9.9" }, INVALID],
    ["PUT with an override", { method: "PUT", lines: [`X-HTTP-Method-Override: ${target.method}`] }, METHOD],
    ["DELETE with an override", { method: "DELETE", lines: [`X-Method-Override: ${target.method}`] }, METHOD],
    ["PROPFIND", { method: "PROPFIND" }, METHOD],
    ["CONNECT", { method: "CONNECT" }, METHOD],
    ["a method that is none", { method: "FETCH" }, INVALID],
  ].map(([name, asked, expected]) => [name, asked, expected] as Variant);
}

function ofTokens(): Variant[] {
  return [
    ["no token", { token: false }, TOKEN],
    ["a token that is none", { token: "x".repeat(43) }, TOKEN],
    ["a token of 5 kB", { token: "x".repeat(5_000) }, TOKEN],
    ["two tokens", { lines: ["Authorization: Bearer x"], token: "y" }, TOKEN],
    ["a token as a cookie", { token: false, lines: ["Cookie: token=x"] }, TOKEN],
  ];
}

function ofPaths(target: Target): Variant[] {
  if (!target.path.includes("{id}")) return [];
  const body = target.hasBody ? { body: "{}" } : {};
  const ids = [
    "%00",
    "a%2fb",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "%zz",
    "%ff",
    "__proto__",
    "constructor",
    "-1",
    "a".repeat(4_000),
  ];
  return ids.map((id): Variant => [`the id ${id.slice(0, 24)}`, { ...body, path: pathOf(target, id) }]);
}

function ofQueries(target: Target): Variant[] {
  const body = target.hasBody ? { body: "{}" } : {};
  const queries = ["zzz=1", "__proto__=1", "constructor=x", "a=1&a=2", `q${"q".repeat(2_000)}=1`];
  const numbers = ["-1", "", "%20", "0x10", "1e3", "1.5", "NaN", "9007199254740993", "99999999999999999999999", "%00"];
  return [
    ...queries.map((query): Variant => [
      `?${query.slice(0, 24)}`,
      { ...body, path: `${pathOf(target)}?${query}` },
      INVALID,
    ]),
    ...target.numbers.flatMap((name) =>
      numbers.map((value): Variant => [`?${name}=${value}`, { path: `${pathOf(target)}?${name}=${value}` }, INVALID]),
    ),
  ];
}

function ofBodies(target: Target): Variant[] {
  if (!target.hasBody) return [];
  const chunked = (text: string): Asked => ({
    lines: ["Content-Type: application/json", `Transfer-Encoding: chunked\r\n\r\n${text}`],
  });
  return [
    ["no body", {}, INVALID],
    ["text", { body: "{}", type: "text/plain" }, INVALID],
    ["a form", { body: "a=1", type: "application/x-www-form-urlencoded" }, INVALID],
    ["bytes that are no UTF-8", { body: '{"a":"\u00ff\u00fe"}' }, INVALID],
    ["half of it", { body: '{"a":' }, INVALID],
    ["two of them", { body: "{}{}" }, INVALID],
    ["33 levels", { body: `{"a":${"[".repeat(33)}${"]".repeat(33)}}` }, INVALID],
    ["100,000 levels", { body: `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}` }, INVALID],
    ["a string of 1 MB in an unknown key", { body: `{"zzz":"${"x".repeat(1_000_000)}"}` }, INVALID],
    ["more than 1 MiB", { body: `{"a":"${"x".repeat(1_100_000)}"}` }, [413, "too_large"]],
    ["a prototype", { body: '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}' }, INVALID],
    ["null", { body: "null" }, INVALID],
    ["a number", { body: "7" }, INVALID],
    ["a string", { body: '"x"' }, INVALID],
    ["chunks that are none", chunked("zz\r\n{}\r\n0\r\n\r\n"), INVALID],
    ["a chunk longer than it says", chunked("1\r\n{}\r\n0\r\n\r\n"), INVALID],
    [
      "chunks beyond 1 MiB",
      chunked(`${(1_200_000).toString(16)}\r\n${" ".repeat(1_200_000)}\r\n0\r\n\r\n`),
      [413, "too_large"],
    ],
  ];
}

function ofKeys({ takesKey, hasBody }: Target): Variant[] {
  if (!takesKey || !hasBody) return [];
  return ["", "a b", "x".repeat(201), "\u00e9"].map((key): Variant => [
    `the key ${key.slice(0, 8)}`,
    { body: "{}", lines: [`Idempotency-Key: ${key}`] },
    INVALID,
  ]);
}

function variantsOf(target: Target): Variant[] {
  // What is wrong in a request for MCP beyond these is told in the words of MCP.
  const mine = target.path === "/mcp" ? [] : [...ofPaths(target), ...ofQueries(target), ...ofKeys(target)];
  const bodies = ofBodies(target).filter(
    ([name]) => target.path !== "/mcp" || !/unknown key|prototype|null|number|string/.test(name),
  );
  const methods = everywhere(target).filter(([name]) => target.path !== "/mcp" || !/PUT|DELETE|PROPFIND/.test(name));
  return [...methods, ...(target.isOpen ? [] : ofTokens()), ...bodies, ...mine];
}

interface Refused {
  readonly status: number;
  readonly code: string | undefined;
  readonly type: string | undefined;
  /** Names of headers. */
  readonly guards: readonly string[];
}

async function refusal(bytes: string): Promise<Refused> {
  const { status, head, body } = await sendRaw(port, Buffer.from(bytes, "latin1"), 10_000);
  const json = /\{[^]*\}/.exec(body)?.[0];
  const code = json === undefined ? undefined : (JSON.parse(json) as { readonly code?: string }).code;
  const guards = Object.keys(GUARDS).filter((name) => new RegExp(`^${name}: `, "im").test(head));
  return { status, code, type: /^content-type: *([^\r;]+)/im.exec(head)?.[1], guards };
}

describe("every route, hostile requests", () => {
  test.each(targets)("$method $path", async (target) => {
    const before = state();
    const variants = variantsOf(target);
    expect(variants.length).toBeGreaterThanOrEqual(24);
    const answers = await Promise.all(variants.map(([, asked]) => refusal(bytesOf(target, asked))));
    for (const [n, [name, , expected]] of variants.entries()) {
      const { status, code, type, guards } = answers[n]!;
      expect([name, status >= 400 && status < 500, type]).toEqual([name, true, "application/problem+json"]);
      expect([name, guards]).toEqual([name, Object.keys(GUARDS)]);
      expect([name, Object.hasOwn(PROBLEM_STATUS, code ?? "")]).toEqual([name, true]);
      if (expected !== undefined) expect([name, status, code]).toEqual([name, ...expected]);
    }
    expect(state()).toEqual(before);
    expect(problems).toEqual([]);
  });

  test("versions and positions that cannot be are refused where they are asked for", async () => {
    const before = state();
    const find = (path: string): Target => targets.find((each) => each.path === path)!;
    const events = find("/api/projects/{id}/events");
    for (const position of [
      "-1",
      "x",
      "0x1",
      "1e0",
      "",
      "1, 1",
      "1.0",
      "99999999999",
      "9007199254740993",
      "1".repeat(400),
    ])
      expect([position, await refusal(bytesOf(events, { lines: [`Last-Event-ID: ${position}`] }))]).toMatchObject([
        position,
        { status: 400, code: "invalid_request" },
      ]);
    const cancel = { ...find("/api/work-items/{id}/cancel") };
    for (const version of ["", '"x"', '"999999"', 'W/"1"', "1", '"1', "\u00ff", `"${"1".repeat(4_000)}"`])
      expect([version, await refusal(bytesOf(cancel, { body: "{}", lines: [`If-Match: ${version}`] }))]).toMatchObject([
        version,
        { status: 412, code: "precondition_failed" },
      ]);
    expect(state()).toEqual(before);
  });
});
