/**
 * Goal: a program that uses the client gets what the HTTP interface says, in the names of TypeScript, as types and at run time.
 * Method: a real server on a port; every route is called once, every refusal comes back as the error it is.
 */
import { join } from "node:path";
import { describe, expect, expectTypeOf, test } from "vitest";
import { InvalidRequestError, ServerUnreachableError, type Client, type WorkItem } from "../../src/client/index.ts";
import { createClient } from "../../src/client/client.ts";
import { fromWire, toWire } from "../../src/client/camel-case.ts";
import { ROUTES } from "../../src/client/routes.ts";
import { EXIT_CODES, StaleFencingTokenError } from "../../src/base/errors.ts";
import { routesOf } from "../../src/server/coordinator-server.ts";
import type { Coordinator } from "../../src/server/coordinator.ts";
import { openApiOf } from "../../src/server/openapi.ts";
import { PROBLEM_STATUS } from "../../src/server/problem.ts";
import { served } from "../support/served.ts";
import { importsOf } from "../support/tidy/imports.ts";
import { readPath } from "../support/tidy/repository.ts";
import { parse } from "../support/tidy/source.ts";

async function clientOf(role: "read" | "worker" | "plan" | "admin" = "admin"): Promise<Client> {
  const { server } = await served();
  return createClient({ url: server.url, token: server.tokens[role] });
}

test("S4-02: every route of the server is one of the client's, and takes a key where it may", () => {
  const there = routesOf({} as Coordinator, { version: "0.0.0", hosts: new Set(["a:1"]) });
  const line = (method: string, path: string, key: boolean): string => `${method} ${path}${key ? " with key" : ""}`;
  const here = Object.values(ROUTES).map((route) => line(route.method, route.path, "takesKey" in route));
  // An OpenAPI route of a mounted protocol is none of REST.
  const api = there.filter(({ path }) => path.startsWith("/api/") || path === "/healthz" || path === "/openapi.json");
  expect(here.toSorted()).toEqual(
    api.map(({ method, path, takesKey }) => line(method, path, takesKey === true)).toSorted(),
  );
});

test("every name of the wire comes back from TypeScript as it was", () => {
  const routes = routesOf({} as Coordinator, { version: "0.0.0", hosts: new Set(["a:1"]) });
  const text = JSON.stringify(openApiOf(routes, { version: "0.0.0", url: "http://a" }));
  const names = [...text.matchAll(/"([a-z]+(?:_[a-z0-9]+)+)":\{/g)].map(([, name]) => name!);
  expect(new Set(names).size).toBeGreaterThan(20);
  const object = Object.fromEntries(names.map((name) => [name, 1]));
  expect(toWire(fromWire(object))).toEqual(object);
});

test("every code of a problem is a code of an error", () => {
  expect(Object.keys(PROBLEM_STATUS).filter((code) => !Object.hasOwn(EXIT_CODES, code))).toEqual([]);
});

test("it runs in a browser: nothing that it loads is of Node or of a package", () => {
  const seen = new Set<string>();
  const found: string[] = [];
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { specifier, typeOnly } of importsOf(parse({ path, text: readPath(path) }))) {
      if (typeOnly) continue;
      if (specifier.startsWith(".")) visit(join(path, "..", specifier));
      else found.push(`${path}: ${specifier}`);
    }
  };
  visit("src/client/index.ts");
  expect(found).toEqual([]);
  expect(seen.size).toBeGreaterThan(5);
});

describe("items", () => {
  test("the life of one, with the names of TypeScript and the user's own names as they are", async () => {
    const { items } = await clientOf();
    const metadata = { snake_case: 1, nested: { camelCase: [{ also_this: true }] } };
    const made = await items.create({ title: "a", taskType: "bug", attemptsMax: 2, estimatedHours: 1.5, metadata });
    expect(made).toMatchObject({ key: "item-1", taskType: "bug", attemptsMax: 2, estimatedHours: 1.5, metadata });
    expectTypeOf(made).toEqualTypeOf<WorkItem>();
    expectTypeOf(made.assignedAgentId).toEqualTypeOf<string | null>();
    expectTypeOf(made.status).toEqualTypeOf<"todo" | "claimed" | "done" | "failed" | "cancelled">();
    expect(Object.keys(made).filter((name) => name.includes("_"))).toEqual([]);
    const claim = await items.claim(made.id, { agentId: "ada", leaseMs: 60_000, files: ["a.ts"] });
    expect(claim).toMatchObject({ item: { assignedAgentId: "ada" }, inputs: {}, conflicts: [] });
    const { fencingToken } = claim;
    const sign = { fencingToken, progress: 0.5, files: ["b.ts"], note: "half" };
    expect(await items.heartbeat(made.id, sign)).toEqual({
      leaseExpiresAt: expect.stringMatching(/Z$/),
      cancelRequested: false,
      conflicts: [],
    });
    expect(await items.conflicts({ files: ["b.ts"] })).toEqual([
      { workItemId: made.id, agentId: "ada", conflictingFiles: ["b.ts"] },
    ]);
    const released = await items.release(made.id, { fencingToken, reason: "lunch" });
    expect(released.status).toBe("todo");
    expect(await items.note(made.id, { agentId: "eve", note: "look at b.ts" })).toMatchObject({ status: "todo" });
    const again = await items.claimNext({ agentId: "bob", taskTypes: ["bug"] });
    expect(again?.notes.map(({ agentId, note }) => [agentId, note])).toContainEqual(["eve", "look at b.ts"]);
    expect(await items.notes(made.id)).toEqual(again?.notes);
    const report = { resultSummary: "done", filesModified: ["b.ts"], output: { under_score: [1] } };
    const done = await items.complete(made.id, { fencingToken: again!.fencingToken, ...report });
    expect(done).toMatchObject({ status: "done", resultSummary: "done", filesModified: ["b.ts"] });
    const next = await items.create({ title: "b", dependencies: [made.id] });
    const last = await items.claim(next.key, { agentId: "ada" });
    expect(last.inputs).toEqual({ "item-1": expect.objectContaining({ output: { under_score: [1] } }) });
    expect(await items.claimNext({ agentId: "ada" })).toBeUndefined();
  });

  test("to fail, to put back, to cancel, to ask why", async () => {
    const { items } = await clientOf();
    const { id, seq } = await items.create({ title: "a" });
    const { fencingToken } = await items.claim(id, { agentId: "ada" });
    expect((await items.fail(id, { fencingToken, failureReason: "broken" })).status).toBe("failed");
    await expect(items.requeue(id, {}, { ifSeq: seq })).rejects.toMatchObject({ code: "precondition_failed" });
    const back = await items.requeue(id);
    expect(back.status).toBe("todo");
    expect(await items.getNewer(id, back.seq)).toBeUndefined();
    expect(await items.getNewer(id, seq)).toEqual(await items.get(id));
    expect(await items.why(id)).toMatchObject({ workItemId: id, inWords: expect.any(String) });
    expect((await items.cancel(id, { reason: "not wanted" }, { ifSeq: back.seq })).status).toBe("cancelled");
  });

  test("listed by page and by all pages", async () => {
    const { items } = await clientOf();
    for (const title of ["one", "two", "three"]) await items.create({ title });
    const page = await items.list({ q: "O", limit: 1 });
    expect([page.items.map(({ title }) => title), page.nextCursor]).toEqual([["one"], expect.any(String)]);
    const rest = await items.list({ q: "O", cursor: page.nextCursor! });
    expect(rest.items.map(({ title }) => title)).toEqual(["two"]);
    const titles: string[] = [];
    for await (const { title } of items.all({ ready: true })) titles.push(title);
    expect(titles).toEqual(["one", "two", "three"]);
  });
});

test("projects, their pictures, their log, and what tells of the server itself", async () => {
  const client = await clientOf();
  const { projects, items } = client;
  const made = await projects.create({ name: "other", liveItemsMax: 3, conflicts: "refuse" });
  expect(await projects.list()).toEqual([expect.objectContaining({ name: "default" }), made]);
  const plan = { tasks: { a: { title: "A", attemptsMax: 2 }, b: { needs: ["a"] } } };
  const { keys } = await projects.addPlan(made.id, plan);
  expect(keys).toEqual(["a", "b"]);
  expect((await items.list({ projectId: made.id })).items[0]).toMatchObject({ key: "a", attemptsMax: 2 });
  const progress = await projects.progress(made.id);
  expect(progress).toMatchObject({ total: 2, ready: 1, liveItemsMax: 3 });
  const before = await projects.snapshot(made.id, { at: 2, limit: 10 });
  expect(before).toMatchObject({ projectId: made.id, nextCursor: null, items: [{ key: "a" }] });
  const { rows } = await projects.audit(made.id, { after: 0, limit: 2 });
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({ seq: 1, runId: made.id, event: expect.any(String) });
  const item = await projects.audit(made.id, { item: "b" });
  expect(new Set(item.rows.map(({ item }) => item))).toEqual(new Set(["b"]));
  expect((await projects.pause(made.id)).status).toBe("paused");
  expect((await projects.resume(made.id)).status).toBe("running");
  expect((await projects.snapshot(made.id, { since: before.seq })).seq).toBeGreaterThan(before.seq);
  const shared = await projects.create({ name: "shared" });
  const more = { projectId: shared.id, files: ["src/**"] };
  const both = [await items.create({ title: "x", ...more }), await items.create({ title: "y", ...more })] as const;
  for (const { id } of both) await items.claim(id, { agentId: `agent of ${id}` });
  expect(await projects.conflicts(shared.id)).toEqual([
    {
      workItemId: both[0].id,
      conflicts: [{ workItemId: both[1].id, agentId: `agent of ${both[1].id}`, conflictingFiles: ["src/**"] }],
    },
    {
      workItemId: both[1].id,
      conflicts: [{ workItemId: both[0].id, agentId: `agent of ${both[0].id}`, conflictingFiles: ["src/**"] }],
    },
  ]);
  expect(await projects.conflicts(made.id)).toEqual([]);
  expect(await client.session()).toEqual({ role: "admin", version: "0.0.0", inspect: false });
  expect(await client.health()).toEqual({ status: "ok", version: "0.0.0" });
  expect(await client.openApi()).toMatchObject({ openapi: "3.1.0" });
});

describe("refusals", () => {
  test("a stale token: the class of the engine, without the token in force, with which a late one could go on", async () => {
    const { items } = await clientOf();
    const { id } = await items.create({ title: "a" });
    const { fencingToken } = await items.claim(id, { agentId: "ada" });
    const late = items.complete(id, { fencingToken: fencingToken + 9, resultSummary: "", filesModified: [] });
    const error = await late.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(StaleFencingTokenError);
    expect(error).toMatchObject({ code: "stale_fencing_token", current: 0 });
  });

  test("files that others have, mistakes in a request, roles, tokens: code and data", async () => {
    const { server } = await served();
    const as = (token?: string): Client => createClient({ url: server.url, ...(token !== undefined && { token }) });
    const admin = as(server.tokens.admin);
    const { id: projectId } = await admin.projects.create({ name: "strict", conflicts: "refuse" });
    const [a, b] = [
      await admin.items.create({ title: "a", projectId }),
      await admin.items.create({ title: "b", projectId }),
    ];
    await admin.items.claim(a.id, { agentId: "ada", files: ["x.ts"] });
    await expect(admin.items.claim(b.id, { agentId: "bob", files: ["x.ts"] })).rejects.toMatchObject({
      code: "file_conflict",
      conflicts: [{ workItemId: a.id, agentId: "ada", conflictingFiles: ["x.ts"] }],
    });
    await expect(admin.items.claim(a.id, { agentId: "bob" })).rejects.toMatchObject({
      code: "already_claimed",
      status: 409,
    });
    const wrong = admin.items.create({ title: "" }).catch((error: unknown) => error);
    expect(await wrong).toBeInstanceOf(InvalidRequestError);
    expect(await wrong).toMatchObject({ mistakes: [{ path: "/title", message: expect.any(String) }] });
    await expect(as(server.tokens.worker).items.create({ title: "a" })).rejects.toMatchObject({
      code: "forbidden_role",
    });
    await expect(as("nonsense").items.list()).rejects.toMatchObject({ code: "unauthorized", status: 401 });
    await expect(as().items.list()).rejects.toMatchObject({ code: "unauthorized" });
    await expect(admin.items.get("nothing")).rejects.toMatchObject({ code: "not_found" });
  });

  test("whoever is no coordinator is told as that", async () => {
    const page = createClient({
      url: "http://127.0.0.1:1",
      fetch: async () => new Response("<p>hello"),
      retryForMs: 0,
    });
    await expect(page.items.list()).rejects.toMatchObject({ code: "unexpected_answer" });
    const other = createClient({
      url: "http://127.0.0.1:1",
      fetch: async () => Response.json({ code: "teapot", detail: "short and stout" }, { status: 418 }),
    });
    await expect(other.items.list()).rejects.toThrow(/teapot/);
    const nobody = createClient({ url: "http://127.0.0.1:1", retryForMs: 0 });
    await expect(nobody.items.list()).rejects.toBeInstanceOf(ServerUnreachableError);
    for (const url of ["ftp://a", "127.0.0.1:4747", "http://user:secret@host/"])
      expect(() => createClient({ url })).toThrow(/expected the address of a coordinator/);
  });
});
