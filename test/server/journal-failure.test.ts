/**
 * Goal: a disk that is full, or a journal that fails, refuses changes and loses nothing: what is shown is what was acknowledged, and
 * with room again everything goes on, without a restart (O3, I21).
 * Method: the real journal, whose database may not grow beyond a few pages until the test gives it room; then a journal whose
 * file may not grow by order of the system, in the real program.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { startServer } from "../soak/server-process.ts";
import { readEvents } from "../support/event-reader.ts";
import { served, type Reply } from "../support/served.ts";

const PAGE = 4_096;
const words = "many words that take room ".repeat(200);

/** Creates items until one is refused; answers the keys that were acknowledged, and the refusal. */
async function fill(create: (title: string) => Promise<Reply>): Promise<{ keys: string[]; refused: Reply }> {
  const keys: string[] = [];
  for (;;) {
    const reply = await create(`item-${keys.length}`);
    if (reply.status !== 201) return { keys, refused: reply };
    keys.push(reply.body.key);
    expect(keys.length).toBeLessThan(1_000);
  }
}

test("O3: a full disk refuses changes, shows what was acknowledged, and with room goes on by itself", async () => {
  const stateDir = join(mkdtempSync(join(tmpdir(), "signalbox-full-")), "state");
  let pagesMax = 60;
  const openJournal = () => sqliteJournal({ directory: stateDir, env: nodeEnv(), databaseBytesMax: pagesMax * PAGE });
  const s = await served({ stateDir, openJournal });
  const { keys, refused } = await fill((title) =>
    s.call("plan", "/api/work-items", { title, description: words }, { "idempotency-key": title }),
  );
  expect([refused.status, refused.body.code, refused.headers.get("retry-after")]).toEqual([
    503,
    "journal_unavailable",
    "5",
  ]);
  const shown = async (): Promise<string[]> =>
    (await s.call("read", "/api/work-items?limit=1000")).body.items.map(({ key }: { key: string }) => key);
  expect(await shown()).toEqual(keys);
  expect((await s.call(undefined, "/healthz")).body.code).toBe("journal_unavailable");
  expect((await s.call("worker", `/api/work-items/${keys[0]}/claim`, { agent_id: "ada" })).body.code).toBe(
    "journal_unavailable",
  );
  expect(s.problems.map((problem) => (problem as Error & { code: string }).code)).toEqual(["journal_unavailable"]);
  pagesMax = 10_000;
  await expect.poll(async () => (await s.call(undefined, "/healthz")).status, { timeout: 20_000 }).toBe(200);
  expect(await shown()).toEqual(keys);
  const again = await s.call(
    "plan",
    "/api/work-items",
    { title: "item-0", description: words },
    { "idempotency-key": "item-0" },
  );
  expect([again.body.key, again.headers.get("idempotency-replayed")]).toEqual([keys[0], "true"]);
  const claim = await s.call("worker", `/api/work-items/${keys[0]}/claim`, { agent_id: "ada" });
  expect(claim.status).toBe(200);
  const [{ id, seq }] = (await s.call("read", "/api/projects")).body;
  const url = `${s.server.url}/api/projects/${id}/events?after=0`;
  const events = await readEvents(url, s.server.tokens.read, (found) => found.at(-1)?.id === seq);
  expect(events.map((event) => event.id)).toEqual(Array.from({ length: seq }, (_, n) => n + 1));
});

test("who follows the events hears that the journal failed, and goes on where it was", async () => {
  const stateDir = join(mkdtempSync(join(tmpdir(), "signalbox-full-")), "state");
  let pagesMax = 60;
  const openJournal = () => sqliteJournal({ directory: stateDir, env: nodeEnv(), databaseBytesMax: pagesMax * PAGE });
  const s = await served({ stateDir, openJournal });
  const [{ id }] = (await s.call("read", "/api/projects")).body;
  const url = `${s.server.url}/api/projects/${id}/events?after=0`;
  const first = readEvents(url, s.server.tokens.read, () => false);
  await fill((title) => s.call("plan", "/api/work-items", { title, description: words }));
  const seen = await first;
  pagesMax = 10_000;
  await expect.poll(async () => (await s.call(undefined, "/healthz")).status, { timeout: 20_000 }).toBe(200);
  await s.call("plan", "/api/work-items", { title: "the end" });
  const last = seen.at(-1)!.id;
  const rest = await readEvents(
    url,
    s.server.tokens.read,
    (found) =>
      (found.at(-1)?.data["item"] as string | undefined) === s.server.coordinator.project().run.plan.tasks.at(-1)!.key,
    { "last-event-id": String(last) },
  );
  expect(rest[0]!.id).toBe(last + 1);
});

test("I21: in the real program, with a file that may not grow: refused, and all that was acknowledged is there after a restart", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-limit-"));
  const stateDir = join(folder, "state");
  const main = join(import.meta.dirname, "../../src/cli/main.ts");
  // The limit counts in blocks of 512 or 1,024 bytes; a write beyond it fails, as the signal that would end the process is ignored.
  const script = `trap "" XFSZ; ulimit -f 600; exec "$0" "$@"`;
  const child = spawn("sh", [
    "-c",
    script,
    process.execPath,
    main,
    "serve",
    "--json",
    "--port",
    "0",
    "--state-dir",
    stateDir,
  ]);
  const ended = new Promise((resolve) => child.on("close", resolve));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const line = await new Promise<string>((resolve) => child.stdout.once("data", (chunk) => resolve(String(chunk))));
  const { url } = JSON.parse(line) as { url: string };
  const tokens = JSON.parse(readFileSync(join(stateDir, "server-tokens.json"), "utf8")) as Record<string, string>;
  const call = async (base: string, role: string, path: string, body?: object): Promise<Reply> => {
    const headers = { authorization: `Bearer ${tokens[role]}`, "content-type": "application/json" };
    const response = await fetch(`${base}${path}`, {
      headers,
      ...(body && { method: "POST", body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  const { keys, refused } = await fill((title) => call(url, "plan", "/api/work-items", { title, description: words }));
  expect([refused.status, refused.body.code]).toEqual([503, "journal_unavailable"]);
  expect(keys.length).toBeGreaterThan(3);
  const shown = async (base: string): Promise<string[]> =>
    (await call(base, "read", "/api/work-items?limit=1000")).body.items.map(({ key }: { key: string }) => key);
  expect(await shown(url)).toEqual(keys);
  child.kill("SIGKILL");
  await ended;
  const second = await startServer(stateDir);
  onTestFinished(() => void second.child.kill("SIGKILL"));
  expect(await shown(second.url)).toEqual(keys);
  expect((await call(second.url, "worker", `/api/work-items/${keys[0]}/claim`, { agent_id: "ada" })).status).toBe(200);
  second.child.kill("SIGTERM");
  expect((await second.ended).code).toBe(0);
});
