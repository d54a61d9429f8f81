/**
 * Goal: `signalbox serve` as a person starts it: it says where it is, keeps what it acknowledged over a kill -9, refuses a second one,
 * and stops when it is told to.
 * Method: the real program as a process, real requests.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const main = join(import.meta.dirname, "../../src/cli/main.ts");
let folder: string;
let processes: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-serve-"));
  processes = [];
});
afterEach(() => {
  for (const process of processes) process.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

interface Serving {
  readonly url: string;
  readonly process: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
  readonly call: (
    role: string,
    path: string,
    body?: object,
  ) => Promise<{ status: number; body: Record<string, unknown> }>;
}

async function start(...options: string[]): Promise<Serving> {
  const child = spawn(process.execPath, [main, "serve", "--json", "--port", "0", "--state-dir", "state", ...options], {
    cwd: folder,
  });
  processes.push(child);
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, stderr })),
  );
  const line = await Promise.race([
    new Promise<string>((resolve) => child.stdout.once("data", (chunk) => resolve(String(chunk)))),
    ended.then(({ code, stderr }) => Promise.reject(new Error(`ended with ${code}: ${stderr}`))),
  ]);
  const { url } = JSON.parse(line) as { url: string };
  const tokens = JSON.parse(readFileSync(join(folder, "state/server-tokens.json"), "utf8")) as Record<string, string>;
  const call: Serving["call"] = async (role, path, body) => {
    const headers = { authorization: `Bearer ${tokens[role]}`, "content-type": "application/json" };
    const response = await fetch(`${url}${path}`, {
      headers,
      ...(body && { method: "POST", body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { url, process: child, ended, call };
}

test("it serves, keeps what it acknowledged over kill -9, and stops when told to", async () => {
  const first = await start();
  expect(JSON.parse(readFileSync(join(folder, "state/server.json"), "utf8"))).toEqual({
    url: first.url,
    pid: first.process.pid,
  });
  expect(await (await fetch(`${first.url}/healthz`)).json()).toMatchObject({ status: "ok" });
  for (const n of [1, 2, 3]) expect((await first.call("plan", "/api/work-items", { title: `t${n}` })).status).toBe(201);
  const claim = await first.call("worker", "/api/work-items/item-2/claim", { agent_id: "ada" });
  first.process.kill("SIGKILL");
  await first.ended;
  const second = await start();
  const { body } = await second.call("read", "/api/work-items");
  expect(body["items"]).toMatchObject([
    { status: "todo" },
    { status: "claimed", assigned_agent_id: "ada" },
    { status: "todo" },
  ]);
  const report = { fencing_token: claim.body["fencing_token"], result_summary: "", files_modified: [] };
  expect((await second.call("worker", "/api/work-items/item-2/complete", report)).body["status"]).toBe("done");
  second.process.kill("SIGTERM");
  expect((await second.ended).code).toBe(0);
  expect(existsSync(join(folder, "state/server.json"))).toBe(false);
});

test("a second one on the same state is refused and leaves the first alone; files are for their owner only", async () => {
  const first = await start();
  await expect(start()).rejects.toThrow(/ended with 4/);
  expect((await fetch(`${first.url}/healthz`)).status).toBe(200);
  for (const name of ["server-tokens.json", "server.json", "signalbox.db"])
    expect([name, statSync(join(folder, "state", name)).mode & 0o077]).toEqual([name, 0]);
});

test("what it cannot listen on is told, with exit code 2", async () => {
  const { url } = await start();
  const { port } = new URL(url);
  await expect(start("--state-dir", "other", "--port", port)).rejects.toThrow(
    /ended with 2: .*something else listens there/s,
  );
  await expect(start("--state-dir", "third", "--host", "0.0.0.0")).rejects.toThrow(/ended with 2: .*all of them/s);
});
