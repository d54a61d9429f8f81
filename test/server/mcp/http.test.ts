/**
 * Goal: a model that speaks MCP gets from `/mcp` what HTTP clients get from the routes, by the same rules and no others.
 * Method: a real server; the clients of both lines of the official SDK, and raw requests for what they would not send.
 */
import { describe, expect, test } from "vitest";
import type { Role } from "../../../src/server/tokens.ts";
import { CLIENTS, mcpClient, type ClientKind, type McpClient } from "../../support/mcp-clients.ts";
import { create, served, type Served } from "../../support/served.ts";

const TOOLS = [
  "list_work_items",
  "get_work_item",
  "create_work_item",
  "claim_work_item",
  "claim_next_work_item",
  "heartbeat_work_item",
  "complete_work_item",
  "fail_work_item",
  "release_work_item",
  "requeue_work_item",
  "check_conflicts",
  "get_progress",
  "explain_work_item",
];

const connect = ({ server }: Served, role: Role, kind: ClientKind = "v2, protocol of 2026"): Promise<McpClient> =>
  mcpClient(kind, { url: server.url, token: server.tokens[role] });

const ada = { agent_id: "ada" };

describe.each(CLIENTS)("a client: %s", (kind) => {
  test("creates, claims, keeps and completes an item; what it gets is what HTTP answers", async () => {
    const s = await served();
    const client = await connect(s, "plan", kind);
    if (kind === "v2, protocol of 2026") expect(client.revision).toBe("2026-07-28");
    expect((await client.tools()).map(({ name }) => name)).toEqual(TOOLS);
    expect(client.instructions).toContain("claim_next_work_item");
    const made = await client.call("create_work_item", { title: "Write the page", files: ["docs/**"] });
    const { id } = made.data;
    expect(made.data).toEqual((await s.call("read", `/api/work-items/${id}`)).body);
    expect(JSON.parse(made.text)).toEqual(made.data);
    const claim = await client.call("claim_next_work_item", ada);
    expect(claim).toMatchObject({ isError: false, data: { item: { id, status: "claimed" }, conflicts: [] } });
    const { fencing_token } = claim.data;
    const beat = await client.call("heartbeat_work_item", { id, fencing_token, progress: 0.5, files: ["docs/a.md"] });
    expect(beat.data).toMatchObject({ cancel_requested: false, conflicts: [] });
    expect((await client.call("check_conflicts", { files: ["docs/a.md"] })).data).toEqual({
      conflicts: [{ work_item_id: id, agent_id: "ada", conflicting_files: expect.any(Array) }],
    });
    const report = { id, fencing_token, result_summary: "written", files_modified: ["docs/a.md"] };
    expect((await client.call("complete_work_item", report)).data).toMatchObject({ status: "done" });
    expect((await client.call("get_progress")).data).toMatchObject({ total: 1, done: 1 });
    expect((await client.call("claim_next_work_item", ada)).data).toEqual({ item: null });
    expect((await client.call("explain_work_item", { id })).data).toMatchObject({ state: "done" });
  });
});

test("fail, release, requeue, list and a wait for the next item go the same way", async () => {
  const s = await served();
  const client = await connect(s, "plan");
  const waiting = client.call("claim_next_work_item", { ...ada, wait_ms: 20_000 });
  const { id } = await create(s, { title: "a" });
  const first = (await waiting).data;
  expect(first.item.id).toBe(id);
  expect((await client.call("release_work_item", { id, fencing_token: first.fencing_token })).data.status).toBe("todo");
  expect((await client.call("list_work_items", { ready: true, limit: 1 })).data.items).toMatchObject([{ id }]);
  const { fencing_token } = (await client.call("claim_work_item", { id, ...ada })).data;
  const failed = await client.call("fail_work_item", { id, fencing_token, failure_reason: "cannot" });
  expect(failed.data).toMatchObject({ status: "failed", failure_reason: "cannot" });
  expect((await client.call("requeue_work_item", { id })).data.status).toBe("todo");
});

test("whoever gives a key may call twice: it is done once", async () => {
  const s = await served();
  const client = await connect(s, "plan");
  const again = { title: "once", idempotency_key: "create once" };
  expect((await client.call("create_work_item", again)).data.code).toBe("invalid_request");
  const keyed = { title: "once", idempotency_key: "create-once" };
  const [first, second] = [await client.call("create_work_item", keyed), await client.call("create_work_item", keyed)];
  expect([first.isError, second.data]).toEqual([false, first.data]);
  expect((await client.call("get_progress")).data.total).toBe(1);
});

describe("errors", () => {
  test("carry the stable code and say what to do next", async () => {
    const s = await served();
    const client = await connect(s, "worker");
    const { id } = await create(s, { title: "a" });
    const { fencing_token } = (await client.call("claim_next_work_item", ada)).data;
    const stale = await client.call("complete_work_item", {
      id,
      fencing_token: 99,
      result_summary: "",
      files_modified: [],
    });
    expect(stale).toMatchObject({ isError: true, data: { code: "stale_fencing_token" } });
    expect(stale.text + JSON.stringify(stale.data)).not.toMatch(new RegExp(`\\b${fencing_token}\\b`));
    expect(stale.text).toMatch(/^stale_fencing_token: .*\nWhat to do: .*stop working/);
    const cases: readonly (readonly [string, object, string])[] = [
      ["claim_work_item", { id, ...ada }, "already_claimed"],
      ["get_work_item", { id: "nothing" }, "not_found"],
      ["get_work_item", { id: ".." }, "not_found"],
      ["get_work_item", {}, "invalid_request"],
      ["get_work_item", { id, more: 1 }, "invalid_request"],
      ["claim_work_item", { id: "../projects", ...ada }, "not_found"],
      ["claim_next_work_item", { agent_id: 7 }, "invalid_request"],
      ["claim_next_work_item", { ...ada, wait_ms: 60_000 }, "invalid_request"],
    ];
    for (const [name, input, code] of cases) {
      const answer = await client.call(name, input);
      expect([name, answer.isError, answer.data.code]).toEqual([name, true, code]);
      expect(answer.text).toContain("What to do: ");
    }
  });

  test("a worker's token creates, requeues and cancels nothing, and no token adds a command", async () => {
    const s = await served();
    const worker = await connect(s, "worker");
    for (const [name, input] of [
      ["create_work_item", { title: "a" }],
      ["requeue_work_item", { id: "item-1" }],
    ] as const)
      expect((await worker.call(name, input)).data).toMatchObject({ code: "forbidden_role", status: 403 });
    const admin = await connect(s, "admin");
    for (const word of ["run", "verify", "undo", "prepare", "env", "cwd"])
      expect((await admin.call("create_work_item", { title: "a", [word]: "touch pwned" })).data.code).toBe(
        "invalid_request",
      );
    const reader = await connect(s, "read");
    expect((await reader.call("claim_next_work_item", ada)).data.code).toBe("forbidden_role");
    const [{ id: project_id }] = (await s.call("read", "/api/projects")).body;
    expect((await reader.call("get_progress", { project_id })).data.total).toBe(0);
  });
});

describe("what clients would not send", () => {
  const body = (value: object): string => JSON.stringify({ jsonrpc: "2.0", id: 1, ...value });
  const list = body({ method: "tools/list", params: {} });
  const post = ({ server }: Served, text: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${server.url}/mcp`, {
      method: "POST",
      body: text,
      headers: {
        authorization: `Bearer ${server.tokens.worker}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...headers,
      },
    });
  const codeOf = async (response: Response): Promise<unknown> => ((await response.json()) as { code: string }).code;

  test("G3, S1: pages of elsewhere and whoever has no token are refused before a word is read", async () => {
    const s = await served();
    for (const origin of ["https://evil.example", "null", `https://${new URL(s.server.url).host}`])
      expect(await codeOf(await post(s, list, { origin }))).toBe("forbidden_origin");
    expect(await codeOf(await post(s, list, { "sec-fetch-site": "cross-site" }))).toBe("forbidden_origin");
    for (const authorization of ["", "Bearer wrong", `Basic ${s.server.tokens.admin}`])
      expect(await codeOf(await post(s, "{", { authorization }))).toBe("unauthorized");
    expect((await fetch(`${s.server.url}/mcp`)).status).toBe(401);
    expect((await post(s, list, { origin: s.server.url })).status).toBe(200);
  });

  test("huge, deep and broken bodies are problems of the client's; the server lives on and nothing has changed", async () => {
    const s = await served();
    const call = (input: string): string =>
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"create_work_item","arguments":${input}}}`;
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const hostile: readonly (readonly [string, string])[] = [
      [call(`{"title":"${"x".repeat(2_000_000)}"}`), "too_large"],
      [call(`{"title":"a","metadata":{"a":${deep}}}`), "invalid_request"],
      ["{", "invalid_request"],
      ["", "invalid_request"],
    ];
    for (const [text, code] of hostile) expect(await codeOf(await post(s, text))).toBe(code);
    expect(await codeOf(await post(s, list, { "content-type": "text/plain" }))).toBe("invalid_request");
    for (const text of ["[]", "7", '"a"', '{"jsonrpc":"1.0"}', body({ method: "nothing" }), call("[]"), call("7")]) {
      const response = await post(s, text);
      expect([text, response.status < 500]).toEqual([text, true]);
      await response.text();
    }
    const polluted = await post(s, call('{"title":"a","__proto__":{"polluted":1},"constructor":1}'));
    expect(await polluted.text()).toContain("invalid_request");
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect((await s.call("read", "/api/projects/default/progress")).body.total).toBe(0);
    expect(s.problems).toEqual([]);
  });

  test("there is no session to take over: other methods are refused", async () => {
    const s = await served();
    const headers = { authorization: `Bearer ${s.server.tokens.worker}`, accept: "text/event-stream" };
    for (const method of ["GET", "DELETE", "PUT"])
      expect((await fetch(`${s.server.url}/mcp`, { method, headers })).status).toBe(405);
    expect((await post(s, list)).headers.get("mcp-session-id")).toBeNull();
  });
});

test("what a model reads never calls a work item a task, and stays short", async () => {
  const s = await served();
  const client = await connect(s, "read");
  const tools = await client.tools();
  const words = JSON.stringify([client.instructions, tools]);
  // The names of two arguments, as the routes have them.
  expect(words.replaceAll(/\btask_types?\b/g, "")).not.toMatch(/\btasks?\b/i);
  for (const { name, description } of tools) expect([name, (description ?? "").length > 60]).toEqual([name, true]);
  expect(words.length).toBeLessThan(20_000);
});
