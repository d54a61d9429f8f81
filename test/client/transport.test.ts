/**
 * Goal: a call is done once, however often its request has to be sent, and sending again ends.
 * Method: a coordinator of a few lines that loses answers as it is told, in virtual time; and a real one that is lost in the middle.
 */
import { describe, expect, test } from "vitest";
import { SignalboxError } from "../../src/base/errors.ts";
import { createClient } from "../../src/client/client.ts";
import type { Client, ClientOptions } from "../../src/client/index.ts";
import { served } from "../support/served.ts";
import { virtualEnv, type VirtualEnv } from "../support/virtual-env.ts";

interface World {
  readonly env: VirtualEnv;
  readonly client: Client;
  readonly requests: Request[];
}

/** A client whose requests are answered by `answer`, told the number of the request from 0. */
function world(
  answer: (n: number, request: Request) => Response | Promise<Response>,
  options: Partial<ClientOptions> = {},
): World {
  const env = virtualEnv();
  const requests: Request[] = [];
  const client = createClient({
    url: "http://coordinator.example",
    token: "t",
    env,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      requests.push(request);
      const either = Promise.withResolvers<never>();
      request.signal.addEventListener("abort", () => either.reject(request.signal.reason as Error), { once: true });
      either.promise.catch(() => {});
      return Promise.race([answer(requests.length - 1, request), either.promise]);
    },
    ...options,
  });
  return { env, client, requests };
}

const lost = (): never => {
  throw new TypeError("fetch failed");
};
const busy = (status: number, code: string, seconds?: number): Response =>
  Response.json(
    { code, detail: "later" },
    { status, headers: seconds === undefined ? {} : { "retry-after": `${seconds}` } },
  );
const keysOf = ({ requests }: World): Set<string | null> =>
  new Set(requests.map(({ headers }) => headers.get("idempotency-key")));

describe("sending again", () => {
  test("T2: one call has one key, another call another one", async () => {
    const w = world((n) => (n < 3 ? lost() : Response.json({ id: "a" })));
    const made = w.client.items.create({ title: "a" });
    await w.env.advance(10_000);
    expect(await made).toEqual({ id: "a" });
    expect([w.requests.length, keysOf(w).size]).toEqual([4, 1]);
    await w.client.items.create({ title: "b" });
    expect(keysOf(w).size).toBe(2);
    const own = w.client.items.create({ title: "c" }, { idempotencyKey: "mine" });
    await own;
    expect(keysOf(w)).toContain("mine");
  });

  test("T1: what would be done twice is not sent twice, unless nothing was done", async () => {
    const lossy = world(lost);
    const made = lossy.client.backup().catch((error: unknown) => error);
    await lossy.env.advance(60_000);
    expect([await made, lossy.requests.length]).toEqual([expect.objectContaining({ code: "server_unreachable" }), 1]);
    const full = world((n) => (n === 0 ? busy(503, "journal_unavailable", 5) : Response.json({ id: "p" })));
    const later = full.client.backup();
    await full.env.advance(10_000);
    expect([await later, full.requests.length]).toEqual([{ id: "p" }, 2]);
  });

  test("T3: never before the time that the coordinator named", async () => {
    const w = world((n) => (n === 0 ? busy(429, "cap_reached", 7) : new Response(null, { status: 204 })));
    const claim = w.client.items.claimNext({ agentId: "ada" });
    await w.env.advance(6_900);
    expect(w.requests).toHaveLength(1);
    await w.env.advance(1_000);
    expect([await claim, w.requests.length]).toEqual([undefined, 2]);
  });

  test("T3: it ends; the last failure is the answer", async () => {
    const w = world((n) => (n % 2 === 0 ? lost() : busy(503, "stopping", 1)), { retryForMs: 8_000 });
    const list = w.client.items.list().catch((error: unknown) => error);
    await w.env.advance(60_000);
    expect(await list).toMatchObject({ code: expect.stringMatching(/stopping|server_unreachable/) });
    expect(w.requests.length).toBeGreaterThan(3);
    expect(w.requests.length).toBeLessThan(12);
    expect(w.env.armed).toBe(0);
    const never = world(lost);
    await expect(never.client.items.list({}, { retryForMs: 0 })).rejects.toMatchObject({ code: "server_unreachable" });
    expect(never.requests).toHaveLength(1);
  });

  test.each([400, 401, 403, 404, 409, 412, 422, 500])("%i is no reason to send again", async (status) => {
    const w = world(() => Response.json({ code: "not_found", detail: "no" }, { status }));
    await expect(w.client.items.list()).rejects.toMatchObject({ code: "not_found" });
    expect(w.requests).toHaveLength(1);
  });

  test("a request without an answer is given up in time, and later when it asked to wait", async () => {
    const w = world((n) => (n === 0 ? new Promise(() => {}) : Response.json([])), { timeoutMs: 1_000 });
    const list = w.client.projects.list();
    await w.env.advance(2_000);
    expect([await list, w.requests.length]).toEqual([[], 2]);
    const long = world(() => new Promise(() => {}), { timeoutMs: 1_000, retryForMs: 0 });
    const claim = long.client.items.claimNext({ agentId: "ada", waitMs: 20_000 }).catch((error: unknown) => error);
    await long.env.advance(20_900);
    expect(long.requests[0]?.signal.aborted).toBe(false);
    await long.env.advance(200);
    expect(await claim).toMatchObject({ code: "server_unreachable" });
  });

  test("the caller's signal ends a request, and a wait, with its own reason", async () => {
    const w = world((n) => (n === 0 ? lost() : new Promise(() => {})));
    for (const after of [50, 10_000]) {
      const stop = new AbortController();
      const list = w.client.items.list({}, { signal: stop.signal }).catch((error: unknown) => error);
      await w.env.advance(after);
      stop.abort(new Error("enough"));
      expect(await list).toEqual(new Error("enough"));
      expect(w.env.armed).toBe(0);
    }
  });

  test("T4: the token goes with each request, asked for each time, and follows no redirect", async () => {
    const given = ["first", "second"];
    const w = world((n) => (n === 0 ? lost() : Response.json([])), { token: () => given.shift()! });
    const list = w.client.projects.list();
    await w.env.advance(1_000);
    await list;
    expect(w.requests.map(({ headers, redirect }) => [headers.get("authorization"), redirect])).toEqual([
      ["Bearer first", "error"],
      ["Bearer second", "error"],
    ]);
  });
});

test("T4: while there is nobody to whom a token may go nothing is sent, and a call waits for one as for an answer", async () => {
  let asked = 0;
  const token = (): string => {
    if (++asked < 3) throw new SignalboxError("server_unreachable", "it has gone");
    return "t";
  };
  const w = world(() => Response.json({ file: "p" }), { token });
  const made = w.client.backup();
  await w.env.advance(10_000);
  expect([await made, w.requests.length]).toEqual([{ file: "p" }, 1]);
  const never = world(() => Response.json([]), {
    token: () => {
      throw new SignalboxError("unauthorized", "no token");
    },
  });
  await expect(never.client.projects.list()).rejects.toMatchObject({ code: "unauthorized" });
});

test("ids and keys with anything in them stay one part of the path", async () => {
  const w = world(() => Response.json({}), { url: "http://coordinator.example/below/" });
  await w.client.items.get("build[node=22]/../x?y#z");
  expect(w.requests[0]?.url).toBe(
    "http://coordinator.example/below/api/work-items/build%5Bnode%3D22%5D%2F..%2Fx%3Fy%23z",
  );
});

test("complaint 2: an answer that was lost on its way makes no second item and no second claim", async () => {
  const s = await served();
  let losses = 0;
  const client = createClient({
    url: s.server.url,
    token: s.server.tokens.admin,
    // The coordinator has done it; nobody hears of it.
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      if (response.ok && losses++ % 2 === 0) throw new TypeError("the connection broke");
      return response;
    },
  });
  const item = await client.items.create({ title: "only one" });
  const claim = await client.items.claimNext({ agentId: "ada" });
  expect(claim?.item.id).toBe(item.id);
  const report = { fencingToken: claim!.fencingToken, resultSummary: "", filesModified: [] };
  expect((await client.items.complete(item.id, report)).status).toBe("done");
  expect((await client.items.list()).items).toHaveLength(1);
  const [project] = await client.projects.list();
  const { rows } = await client.projects.audit(project!.id);
  expect(rows.filter(({ event }) => event === "item.claimed")).toHaveLength(1);
  expect(losses).toBeGreaterThan(5);
});
