/**
 * Goal: `signalbox mcp` as an agent's program starts it: it speaks MCP and nothing else on stdout, finds or starts the coordinator, goes
 * on when that one is gone, and leaves nothing behind.
 * Method: the real program as a process (about a second each), with the clients of both lines of the official SDK, and by hand.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mcpClient, type ClientKind, type McpClient } from "../support/mcp-clients.ts";

const main = join(import.meta.dirname, "../../src/cli/main.ts");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-mcp-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const args = (...more: string[]): string[] => [main, "mcp", "--state-dir", "state", ...more];
const start = (kind: ClientKind, ...more: string[]): Promise<McpClient> =>
  mcpClient(kind, { command: process.execPath, args: args(...more), cwd: folder });
const server = (): { url: string; pid: number } =>
  JSON.parse(readFileSync(join(folder, "state/server.json"), "utf8")) as { url: string; pid: number };
const me = { agent_id: "me" };

describe.each(["v2, protocol of 2026", "v1"] as const)("a client over stdio: %s", (kind) => {
  test("starts a coordinator, claims and completes an item, and everything ends with it", async () => {
    const client = await start(kind);
    const made = await client.call("create_work_item", { title: "Write the page" });
    const claim = (await client.call("claim_next_work_item", me)).data;
    expect(claim.item.id).toBe(made.data.id);
    expect(server().pid).toBe(client.pid);
    const report = { id: claim.item.id, result_summary: "written", files_modified: [] };
    const done = await client.call("complete_work_item", { ...report, fencing_token: claim.fencing_token });
    expect(done.data.status).toBe("done");
    await client.close();
    await expect.poll(() => existsSync(join(folder, "state/server.json"))).toBe(false);
  });
});

test("C1, C2: a second one uses the first one's coordinator; when that is killed it becomes one, and nothing is lost", async () => {
  const [first, second] = await Promise.all([start("v2, protocol of 2026"), start("v1")]);
  const { data: item } = await first.call("create_work_item", { title: "a" });
  const claim = (await second.call("claim_next_work_item", me)).data;
  expect(claim.item.id).toBe(item.id);
  const [owner, other] = server().pid === first.pid ? [first, second] : [second, first];
  process.kill(owner.pid!, "SIGKILL");
  await expect.poll(() => isAlive(owner.pid!)).toBe(false);
  const beat = await other.call("heartbeat_work_item", { id: item.id, fencing_token: claim.fencing_token });
  expect(beat).toMatchObject({ isError: false, data: { cancel_requested: false } });
  expect(server().pid).toBe(other.pid);
  const report = { id: item.id, fencing_token: claim.fencing_token, result_summary: "", files_modified: [] };
  expect((await other.call("complete_work_item", report)).data.status).toBe("done");
});

test("--role worker claims, and creates nothing", async () => {
  const client = await start("v2, protocol of 2025", "--role", "worker");
  expect((await client.call("create_work_item", { title: "a" })).data.code).toBe("forbidden_role");
  expect((await client.call("claim_next_work_item", me)).data).toEqual({ item: null });
});

test("--server names a coordinator elsewhere; its token comes from a file or the environment, never from an argument", async () => {
  const owner = await start("v1");
  const { url } = server();
  await owner.call("create_work_item", { title: "a" });
  const tokens = join(folder, "state/server-tokens.json");
  const away = mkdtempSync(join(tmpdir(), "signalbox-mcp-away-"));
  const words = [main, "mcp", "--server", url, "--token-file", tokens, "--role", "worker"];
  const client = await mcpClient("v2, protocol of 2026", { command: process.execPath, args: words, cwd: away });
  expect((await client.call("claim_next_work_item", me)).data.item.title).toBe("a");
  await owner.close();
  await expect.poll(() => existsSync(join(folder, "state/server.json"))).toBe(false);
  const gone = await client.call("get_progress");
  expect(gone).toMatchObject({ isError: true, data: { code: "server_unreachable" } });
  expect(readdirSync(away)).toEqual([]);
  rmSync(away, { recursive: true });
});

test("every configuration in the guide for agents that starts a program starts one that answers", async () => {
  const guide = readFileSync(join(import.meta.dirname, "../../docs/guides/agents.md"), "utf8");
  const written = [...guide.matchAll(/"?args"?\s*[:=]\s*(\[[^\]]*\])/g)].map(([, list]) => list!);
  expect(written).toHaveLength(4);
  const folders = /\$\{workspaceFolder\}|\/path\/to\/project/g;
  const asked = written.map((list) => JSON.parse(list.replaceAll(folders, folder)) as string[]);
  const commands = new Set(asked.map((words) => words.slice(words.indexOf("signalbox") + 1).join("\n")));
  for (const words of commands) {
    const client = await mcpClient("v1", {
      command: process.execPath,
      args: [main, ...words.split("\n")],
      cwd: folder,
    });
    expect((await client.call("get_progress")).data.total).toBe(0);
    await client.close();
  }
});

describe("by hand", () => {
  const hello = {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "hand", version: "1" } },
  };

  test.each([
    ["the end of stdin", undefined],
    ["SIGTERM", "SIGTERM"],
  ] as const)("stdout has nothing but messages; %s ends it with 0", async (_, signal) => {
    const child = spawn(process.execPath, args(), { cwd: folder });
    let stdout = "";
    const answered = new Promise<void>((resolve) =>
      child.stdout.on("data", (chunk) => {
        stdout += String(chunk);
        resolve();
      }),
    );
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    child.stdin.write(`this is no message\n${JSON.stringify(hello)}\n`);
    await answered;
    if (signal === undefined) child.stdin.end();
    else child.kill(signal);
    expect(await ended).toBe(0);
    const lines = stdout.trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { jsonrpc: string }).jsonrpc)).toEqual(lines.map(() => "2.0"));
    expect(existsSync(join(folder, "state/server.json"))).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
