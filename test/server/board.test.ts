/**
 * Goal: what the board is made with: a project's changes since a version, the history of one item, pausing, the role of a token,
 * and pages that give out their own files and nothing else.
 * Method: a real server; the folder of a board with three files in it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { sendRaw } from "../support/raw-http.ts";
import { served, type Served } from "../support/served.ts";

const projectOf = (s: Served): string => `/api/projects/${s.server.coordinator.project().id}`;
const create = async (s: Served, body: object): Promise<{ id: string; key: string }> => {
  const reply = await s.call("plan", "/api/work-items", body);
  expect(reply.status).toBe(201);
  return reply.body;
};
const keys = (items: readonly { readonly key: string }[]): string[] => items.map(({ key }) => key);

describe("changes since a version", () => {
  test("are the items that moved and those that wait for them, as of the version that is answered", async () => {
    const s = await served();
    const a = await create(s, { title: "a", key: "a" });
    await create(s, { title: "b", key: "b", dependencies: ["a"] });
    await create(s, { title: "c", key: "c" });
    const { seq } = (await s.call("read", `${projectOf(s)}/snapshot`)).body;
    expect((await s.call("read", `${projectOf(s)}/snapshot?since=${seq}`)).body.items).toEqual([]);
    const claim = await s.call("worker", `/api/work-items/${a.id}/claim`, { agent_id: "ada" });
    const { fencing_token } = claim.body;
    await s.call("worker", `/api/work-items/${a.id}/complete`, {
      fencing_token,
      result_summary: "",
      files_modified: [],
    });
    const { body } = await s.call("read", `${projectOf(s)}/snapshot?since=${seq}`);
    expect(keys(body.items)).toEqual(["a", "b"]);
    expect(body.items.map((item: { ready: boolean }) => item.ready)).toEqual([false, true]);
    expect(body.seq).toBe(seq + 2);
    expect(body.progress).toMatchObject({ seq: seq + 2, ready: 2, done: 1 });
  });

  test("come in pages, and are everything when the version is too long ago", async () => {
    let s = await served();
    for (const key of ["a", "b", "c"]) await create(s, { title: key, key });
    const first = (await s.call("read", `${projectOf(s)}/snapshot?since=0&limit=2`)).body;
    const second = (await s.call("read", `${projectOf(s)}/snapshot?since=0&limit=2&cursor=${first.next_cursor}`)).body;
    expect([...keys(first.items), ...keys(second.items)]).toEqual(["a", "b", "c"]);
    expect(second.next_cursor).toBeNull();
    s = await s.restart();
    // What happened before the restart is not kept in memory.
    expect(keys((await s.call("read", `${projectOf(s)}/snapshot?since=1`)).body.items)).toEqual(["a", "b", "c"]);
  });

  test("of a version that is not there, or together with one of the past, are refused", async () => {
    const s = await served();
    expect((await s.call("read", `${projectOf(s)}/snapshot?since=99`)).body.code).toBe("invalid_request");
    expect((await s.call("read", `${projectOf(s)}/snapshot?since=0&at=0`)).body.code).toBe("invalid_request");
  });
});

test("the audit log of one item is what is about it", async () => {
  const s = await served();
  const a = await create(s, { title: "a" });
  await create(s, { title: "b" });
  await s.call("worker", `/api/work-items/${a.id}/claim`, { agent_id: "ada" });
  const { rows } = (await s.call("read", `${projectOf(s)}/audit?item=${a.id}`)).body;
  expect(rows.map(({ event }: { event: string }) => event)).toEqual(["item.added", "item.claimed"]);
  expect((await s.call("read", `${projectOf(s)}/audit?item=nobody`)).body.code).toBe("not_found");
});

test("a paused project hands nothing out, says so, and goes on when it is resumed", async () => {
  const s = await served();
  const a = await create(s, { title: "a" });
  expect((await s.call("worker", `${projectOf(s)}/pause`, {})).body.code).toBe("forbidden_role");
  for (const _ of [1, 2])
    expect((await s.call("plan", `${projectOf(s)}/pause`, {})).body).toMatchObject({ status: "paused" });
  expect((await s.call("worker", "/api/work-items/claim-next", { agent_id: "ada" })).status).toBe(204);
  expect((await s.call("read", `/api/work-items/${a.id}/why`)).body.in_words).toContain("paused");
  expect((await s.call("plan", `${projectOf(s)}/resume`, {})).body).toMatchObject({ status: "running" });
  expect((await s.call("worker", "/api/work-items/claim-next", { agent_id: "ada" })).status).toBe(200);
});

test("a session is the role of its token", async () => {
  const s = await served();
  for (const role of ["read", "worker", "plan", "admin"] as const)
    expect((await s.call(role, "/api/session")).body).toEqual({ role, version: "0.0.0", inspect: false });
  expect((await s.call(undefined, "/api/session")).status).toBe(401);
});

describe("the board's pages", () => {
  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), "signalbox-board-"));
    onTestFinished(() => rmSync(made, { recursive: true, force: true }));
    return made;
  };
  const board = (): string => {
    const made = folder();
    mkdirSync(join(made, "assets"));
    writeFileSync(join(made, "index.html"), "<!doctype html><title>board</title>");
    writeFileSync(join(made, "assets/main-1.js"), "export {};");
    writeFileSync(join(made, "assets/secret.db"), "no type is known for it");
    writeFileSync(join(made, "beside.js"), "not below assets");
    return made;
  };

  test("B2: need no token, may talk to their own server only, and are kept for ever but for the first", async () => {
    const s = await served({ board: board() });
    const page = await fetch(`${s.server.url}/`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("board");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    const script = await fetch(`${s.server.url}/assets/main-1.js`);
    expect(script.headers.get("content-type")).toMatch(/^text\/javascript/);
    expect(script.headers.get("cache-control")).toContain("immutable");
  });

  test("B1: no path leads out of the folder, or to what the build did not make", async () => {
    const s = await served({ board: board() });
    for (const path of ["/assets/secret.db", "/beside.js", "/assets/none.js", "/assets/"])
      expect((await fetch(`${s.server.url}${path}`)).status, path).toBe(404);
    const { port } = new URL(s.server.url);
    for (const path of ["/assets/../beside.js", "/assets/..%2fbeside.js", "/assets/%2e%2e/%2e%2e/package.json", "//"]) {
      const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`;
      expect((await sendRaw(Number(port), request)).body, path).toContain('"status":4');
    }
    expect((await fetch(`${s.server.url}/`, { method: "POST" })).status).toBe(404);
  });

  test("a board that is not built says how it is, and is there as soon as it is built", async () => {
    const made = folder();
    const s = await served({ board: made });
    const before = await fetch(`${s.server.url}/`);
    expect(before.status).toBe(503);
    expect(await before.text()).toContain("npm run build");
    writeFileSync(join(made, "index.html"), "<!doctype html><title>board</title>");
    expect((await fetch(`${s.server.url}/`)).status).toBe(200);
  });

  test("a server without one has no page", async () => {
    const s = await served({ board: false });
    expect((await fetch(`${s.server.url}/`)).status).toBe(404);
  });
});
