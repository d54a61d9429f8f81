/**
 * Goal: who runs a coordinator can see what it does, and can copy its state while it works and go on from the copy.
 * Method: the real program as processes.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startServer, type ServerProcess } from "../soak/server-process.ts";
import { startCli } from "./support/cli.ts";

let folder: string;
let servers: ServerProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-operate-"));
  servers = [];
});
afterEach(() => {
  for (const { child } of servers) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function start(name: string, ...options: string[]): Promise<ServerProcess> {
  const server = await startServer(join(folder, name), ...options);
  servers.push(server);
  return server;
}

async function call({ url, tokens }: ServerProcess, role: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${tokens[role]}`, "content-type": "application/json" };
  const response = await fetch(`${url}${path}`, {
    headers,
    ...(body && { method: "POST", body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const create = (server: ServerProcess, title: string) => call(server, "plan", "/api/work-items", { title });

async function titles(server: ServerProcess): Promise<string[]> {
  const { body } = await call(server, "read", "/api/work-items?limit=1000");
  return (body["items"] as { title: string }[]).map(({ title }) => title);
}

describe("the log", () => {
  test("as JSON at debug: every request and event with its run and item, start and stop, and never a token", async () => {
    const server = await start("state", "--log-format", "json", "--log-level", "debug");
    await create(server, "secret title");
    const claim = await call(server, "worker", "/api/work-items/item-1/claim", { agent_id: "ada" });
    await call(server, "read", "/api/work-items?q=secret");
    expect((await fetch(`${server.url}/api/work-items?token=${server.tokens["admin"]}`)).status).toBe(401);
    server.child.kill("SIGTERM");
    const { code, stderr } = await server.ended;
    expect(code).toBe(0);
    const lines = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.find(({ event }) => event === "serving")).toMatchObject({ level: "info", url: server.url });
    expect(lines.filter(({ event }) => event === "request").map(({ path, status }) => [path, status])).toEqual([
      ["/api/work-items", 201],
      ["/api/work-items/item-1/claim", 200],
      ["/api/work-items", 200],
      ["/api/work-items", 401],
    ]);
    const item = claim.body["item"] as { id: string; run_id: string };
    expect(lines.find(({ event }) => event === "item.claimed")).toMatchObject({
      item: "item-1",
      item_id: item.id,
      run_id: item.run_id,
      actor: "ada",
    });
    expect(lines.at(-1)).toMatchObject({ event: "stopped" });
    for (const token of Object.values(server.tokens)) expect(stderr).not.toContain(token);
    expect(stderr).not.toContain("secret");
  });

  test("as it is by default: a few lines for people, none for requests that went well or were refused", async () => {
    const server = await start("state");
    await create(server, "a");
    await call(server, "worker", "/api/work-items", { title: "b" });
    server.child.kill("SIGTERM");
    const { stderr } = await server.ended;
    expect(stderr.match(/ info (\w+)/g)).toEqual([" info serving", " info stopping", " info stopped"]);
    expect(stderr.trimEnd().split("\n")).toHaveLength(3);
  });
});

describe("backup", () => {
  test("copies while the server works; the copy has all that was acknowledged before, and serves in another place", async () => {
    const server = await start("state");
    for (let n = 0; n < 50; n++) await create(server, `before ${n}`);
    const target = join(folder, "copy.db");
    const backup = startCli(["backup", "copy.db", "--json", "--state-dir", "state"], { cwd: folder });
    let meanwhile = 0;
    let isOver = false;
    void backup.ended.then(() => (isOver = true));
    while (!isOver) await create(server, `meanwhile ${meanwhile++}`);
    const { code, stdout, stderr } = await backup.ended;
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({ file: target, runs: 1, bytes: statSync(target).size });
    expect(statSync(target).mode & 0o077).toBe(0);
    expect(readdirSync(folder).filter((name) => name.includes(".part"))).toEqual([]);
    mkdirSync(join(folder, "restored"), { mode: 0o700 });
    copyFileSync(target, join(folder, "restored/signalbox.db"));
    const restored = await start("restored");
    const [now, then] = [await titles(server), await titles(restored)];
    expect(meanwhile).toBeGreaterThan(0);
    expect(then.length).toBeGreaterThanOrEqual(50);
    expect(then).toEqual(now.slice(0, then.length));
    expect((await call(restored, "worker", "/api/work-items/item-1/claim", { agent_id: "ada" })).status).toBe(200);
    expect(restored.tokens["admin"]).not.toBe(server.tokens["admin"]);
  });

  test("without a file the coordinator makes the copy, in the folder that it was started with, for an admin", async () => {
    const server = await start("state", "--backup-dir", join(folder, "copies"));
    await create(server, "a");
    const cli = (...words: string[]) => startCli(["backup", ...words], { cwd: folder }).ended;
    const { code, stdout, stderr } = await cli("--json", "--state-dir", "state");
    expect([code, stderr]).toEqual([0, ""]);
    const made = JSON.parse(stdout) as { readonly file: string; readonly bytes: number };
    expect(made).toEqual({
      file: expect.stringMatching(/Z\.db$/),
      at: expect.any(String),
      bytes: expect.any(Number),
      runs: 1,
    });
    expect(statSync(join(folder, "copies", made.file)).size).toBe(made.bytes);
    writeFileSync(join(folder, "token"), server.tokens["plan"]!, { mode: 0o600 });
    const refused = await cli("--server", server.url, "--token-file", "token");
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("role admin")]);
    expect((await cli("x.db", "--server", server.url)).code).toBe(2);
  });

  test("one that is cut off leaves no copy: a signal takes away what was made of it, and after a kill the next one does", async () => {
    const parts = () => readdirSync(folder).filter((name) => name.includes(".part"));
    const server = await start("state");
    await create(server, "a");
    const cut = (action: string) => {
      const armed = { seen: join(folder, "seen"), hit: join(folder, `hit-${action}`), point: "backup.copied", action };
      const env = { SIGNALBOX_TEST_FAILPOINT: JSON.stringify(armed) };
      const node = ["--import", join(import.meta.dirname, "../support/failpoints/arm.ts")];
      return startCli(["backup", "copy.db", "--state-dir", "state"], { cwd: folder, env, node }).ended;
    };
    const stopped = await cut("TERM");
    // The thread goes on until the signal is heard, and may have been quicker.
    const copy = join(folder, "copy.db");
    const told = existsSync(copy)
      ? expect.stringContaining("copy.db is there.")
      : "Stopped by SIGTERM: there is no copy.\n";
    expect([stopped.code, stopped.stderr, parts()]).toEqual([143, told, []]);
    rmSync(copy, { force: true });
    const full = await cut("ENOSPC");
    expect([full.code, full.stderr, parts()]).toEqual([4, expect.stringContaining("disk is full"), []]);
    const killed = await cut("KILL");
    expect([killed.signal, parts().length, existsSync(join(folder, "copy.db"))]).toEqual(["SIGKILL", 1, false]);
    const { code } = await startCli(["backup", "copy.db", "--state-dir", "state"], { cwd: folder }).ended;
    expect([code, parts(), existsSync(join(folder, "copy.db"))]).toEqual([0, [], true]);
  });

  test("never replaces a file, makes none of a damaged journal, and says where there is nothing", async () => {
    const cli = (...words: string[]) => startCli(words, { cwd: folder }).ended;
    expect((await cli("backup", "x.db", "--state-dir", "none")).code).toBe(2);
    const server = await start("state");
    await create(server, "a");
    server.child.kill("SIGTERM");
    await server.ended;
    writeFileSync(join(folder, "there.db"), "mine");
    const refused = await cli("backup", "there.db", "--state-dir", "state");
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("is not there yet")]);
    expect((await cli("backup", "no/folder/x.db", "--state-dir", "state")).code).toBe(4);
    const sql = "UPDATE heads SET seq = seq + 1";
    const script = `new (require("node:sqlite").DatabaseSync)("state/signalbox.db").exec(${JSON.stringify(sql)})`;
    expect(spawnSync(process.execPath, ["-e", script], { cwd: folder }).status).toBe(0);
    const damaged = await cli("backup", "x.db", "--state-dir", "state");
    expect([damaged.code, existsSync(join(folder, "x.db"))]).toEqual([4, false]);
  });
});

describe("compact", () => {
  test("removes what the state does not need, and exports it; the coordinator goes on with the rest", async () => {
    let server = await start("state");
    await create(server, "a");
    const { fencing_token } = (await call(server, "worker", "/api/work-items/item-1/claim", { agent_id: "ada" })).body;
    for (let n = 0; n < 40; n++)
      await call(server, "worker", "/api/work-items/item-1/heartbeat", { fencing_token, note: `at ${n}` });
    const cli = (...words: string[]) => startCli([...words, "--state-dir", "state"], { cwd: folder }).ended;
    const refused = await cli("compact");
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("serve --audit-retention")]);
    server.child.kill("SIGTERM");
    await server.ended;
    expect((await cli("compact", "--keep", "1h")).stdout).toContain("nothing to remove");
    const { code, stdout } = await cli("compact", "last", "--json");
    const compacted = JSON.parse(stdout);
    expect([code, compacted]).toMatchObject([0, { removed: 20, seq: compacted.base_seq }]);
    expect(readFileSync(compacted.file, "utf8").split("\n")).toHaveLength(compacted.seq + 3);
    const log = await cli("log", "last");
    expect([log.stdout, log.stderr]).toEqual(["", expect.stringContaining("was compacted")]);
    expect((await cli("show", "last", "--json")).stdout).toContain('"claimed"');
    expect(JSON.parse((await cli("export", "last")).stdout).items[0]).toMatchObject({ status: "claimed" });
    server = await start("state");
    const end = { fencing_token, result_summary: "made", files_modified: [] };
    expect((await call(server, "worker", "/api/work-items/item-1/complete", end)).body.status).toBe("done");
    const wrong = await cli("serve", "--no-audit-export");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("--audit-retention")]);
  });
});
