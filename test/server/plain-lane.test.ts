/**
 * Goal: the short way through Node's server answers what the fetch handler would have, to the letter, and leaves alone what is not plain.
 * Method: the same requests both ways on one coordinator, right ones and wrong ones; the server's own test sends it raw bytes.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { request as send, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { openCoordinator, type CoordinatorServer } from "../../src/server/coordinator-server.ts";
import { listen, type Listening } from "../../src/server/listen.ts";

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

let folder: string;
let server: CoordinatorServer;
let listening: Listening;
let leftToFetch = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-lane-"));
  const hosts = new Set<string>();
  const onProblem = (): void => {};
  const options = {
    stateDir: join(folder, "state"),
    env: nodeEnv(),
    hosts,
    version: "0.0.0",
    board: false,
    onProblem,
  } as const;
  server = await openCoordinator(options);
  const handle = (request: Request): Promise<Response> => {
    leftToFetch++;
    return server.fetch(request);
  };
  listening = await listen(handle, { port: 0, env: nodeEnv(), lane: server.lane });
  hosts.add(`127.0.0.1:${listening.port}`);
  for (const title of ["a", "b"])
    await server.fetch(
      new Request(`${listening.url}/api/work-items`, {
        method: "POST",
        body: JSON.stringify({ title }),
        headers: { "content-type": "application/json", authorization: `Bearer ${server.tokens.plan}` },
      }),
    );
});

afterAll(async () => {
  await listening.close(100);
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const bearer = (): Record<string, string> => ({ authorization: `Bearer ${server.tokens.admin}` });
const json = { "content-type": "application/json" };

interface Reply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Headers that say something about the answer, not about the connection. */
function telling(headers: Headers | IncomingHttpHeaders): Record<string, string> {
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
  const ofConnection = new Set(["date", "connection", "keep-alive", "content-length", "transfer-encoding"]);
  return Object.fromEntries(
    entries.filter(([name]) => !ofConnection.has(name)).map(([name, value]) => [name, String(value)]),
  );
}

function overHttp({ method = "GET", path, body, headers = {} }: Asked): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length =
      body === undefined || headers["transfer-encoding"] !== undefined
        ? {}
        : { "content-length": String(Buffer.byteLength(body)) };
    const asked = send(`${listening.url}${path}`, { method, headers: { ...length, ...headers }, path }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () =>
        resolve({
          status: incoming.statusCode!,
          headers: telling(incoming.headers),
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

async function throughFetch({ method = "GET", path, body, headers = {} }: Asked): Promise<Reply> {
  const response = await server.fetch(
    new Request(`${listening.url}${path}`, { method, headers, ...(body !== undefined && { body }) }),
  );
  return { status: response.status, headers: telling(response.headers), body: await response.text() };
}

const item = "/api/work-items/item-1";
const alike: readonly (readonly [string, () => Asked])[] = [
  ["health, of anybody", () => ({ path: "/healthz" })],
  ["the document", () => ({ path: "/openapi.json" })],
  ["a list", () => ({ path: "/api/work-items?limit=1&status=todo", headers: bearer() })],
  ["an item, with its ETag", () => ({ path: item, headers: bearer() })],
  ["an item that has not changed", () => ({ path: item, headers: { ...bearer(), "if-none-match": "*" } })],
  ["an item that is not there", () => ({ path: "/api/work-items/nothing", headers: bearer() })],
  ["why", () => ({ path: `${item}/why`, headers: bearer() })],
  ["a word where a slash stands in the query", () => ({ path: `${item}?a=/why/`, headers: bearer() })],
  ["a parameter twice", () => ({ path: "/api/work-items?limit=1&limit=2", headers: bearer() })],
  ["a parameter that is not known", () => ({ path: "/api/work-items?page=1", headers: bearer() })],
  ["a query where none is", () => ({ path: `${item}/why?a=1`, headers: bearer() })],
  ["no token", () => ({ path: item })],
  ["another token", () => ({ path: item, headers: { authorization: "Bearer x" } })],
  [
    "a role too low",
    () => ({
      method: "POST",
      path: `${item}/cancel`,
      body: "{}",
      headers: { ...json, authorization: `Bearer ${server.tokens.worker}` },
    }),
  ],
  ["another Origin", () => ({ path: item, headers: { ...bearer(), origin: "https://evil.example" } })],
  ["another site", () => ({ path: item, headers: { ...bearer(), "sec-fetch-site": "cross-site" } })],
  ["no JSON", () => ({ method: "POST", path: "/api/conflicts", body: "files", headers: { ...json, ...bearer() } })],
  ["no body", () => ({ method: "POST", path: "/api/conflicts", headers: { ...json, ...bearer() } })],
  [
    "another type",
    () => ({
      method: "POST",
      path: "/api/conflicts",
      body: "{}",
      headers: { ...bearer(), "content-type": "text/plain" },
    }),
  ],
  [
    "depth",
    () => ({ method: "POST", path: "/api/conflicts", body: "[".repeat(50_000), headers: { ...json, ...bearer() } }),
  ],
  [
    "a wrong shape",
    () => ({ method: "POST", path: "/api/conflicts", body: '{"files":"a"}', headers: { ...json, ...bearer() } }),
  ],
  [
    "conflicts",
    () => ({ method: "POST", path: "/api/conflicts", body: '{"files":["a"]}', headers: { ...json, ...bearer() } }),
  ],
  [
    "nothing to claim",
    () => ({
      method: "POST",
      path: "/api/work-items/claim-next",
      body: '{"agent_id":"a","task_types":["none"]}',
      headers: { ...json, ...bearer() },
    }),
  ],
  [
    "a token that is not in force",
    () => ({
      method: "POST",
      path: `${item}/complete`,
      body: '{"fencing_token":9,"result_summary":"","files_modified":[]}',
      headers: { ...json, ...bearer() },
    }),
  ],
  [
    "a version that is gone",
    () => ({
      method: "POST",
      path: `${item}/cancel`,
      body: "{}",
      headers: { ...json, ...bearer(), "if-match": '"1"' },
    }),
  ],
  [
    "a key that is none",
    () => ({
      method: "POST",
      path: `${item}/cancel`,
      body: "{}",
      headers: { ...json, ...bearer(), "idempotency-key": "a b" },
    }),
  ],
];

describe("F1: the same either way", () => {
  test.each(alike)("%s", async (_, asked) => {
    const before = leftToFetch;
    const short = await overHttp(asked());
    expect(leftToFetch).toBe(before);
    expect(short).toEqual(await throughFetch(asked()));
  });

  test("F1: a change, and its answer to the same key again", async () => {
    const asked = (): Asked => ({
      method: "POST",
      path: `${item}/notes`,
      body: '{"agent_id":"a","note":"n"}',
      headers: { ...json, ...bearer(), "idempotency-key": "k" },
    });
    const first = await overHttp(asked());
    const again = await throughFetch(asked());
    expect([first.status, again.body]).toEqual([200, first.body]);
    expect(await overHttp(asked())).toEqual(again);
    expect(again.headers["idempotency-replayed"]).toBe("true");
  });
});

const notPlain: readonly (readonly [string, () => Asked, number])[] = [
  ["an escaped path", () => ({ path: "/api/work-items/%69tem-1", headers: bearer() }), 200],
  ["another method", () => ({ method: "DELETE", path: item, headers: bearer() }), 405],
  ["no route", () => ({ path: "/api/nothing", headers: bearer() }), 404],
  ["a slash at the end", () => ({ path: `${item}/`, headers: bearer() }), 404],
  ["a word too many", () => ({ path: `${item}/why/not`, headers: bearer() }), 404],
  ["more words than any route has", () => ({ path: "/api/a/b/c/d/e/f/g/h", headers: bearer() }), 404],
  ["a slash too many", () => ({ path: "/api//work-items", headers: bearer() }), 404],
  ["nothing where an id should be", () => ({ path: "/api/work-items//why", headers: bearer() }), 404],
  ["the beginning of a word", () => ({ path: "/api/work-item", headers: bearer() }), 404],
  ["more than a word", () => ({ path: "/api/work-itemss", headers: bearer() }), 404],
  ["a path with dots", () => ({ path: "/api/work-items/../projects", headers: bearer() }), 200],
  [
    "a body of no known length",
    () => ({
      method: "POST",
      path: "/api/conflicts",
      body: '{"files":[]}',
      headers: { ...json, ...bearer(), "transfer-encoding": "chunked" },
    }),
    200,
  ],
  [
    "a body too long",
    () => ({
      method: "POST",
      path: "/api/conflicts",
      body: `"${"x".repeat(1_100_000)}"`,
      headers: { ...json, ...bearer() },
    }),
    413,
  ],
];

test.each(notPlain)("F2: left to the fetch handler: %s", async (_, asked, status) => {
  const before = leftToFetch;
  const reply = await overHttp(asked());
  expect([leftToFetch - before, reply.status]).toEqual([1, status]);
});
