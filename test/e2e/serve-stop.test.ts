/**
 * Goal: a stop that is asked for loses nobody's answer and nobody's claim.
 * Method: the real program, told to stop while one request waits for work and one follows the events.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startServer } from "../soak/server-process.ts";

test("who waits for work is answered, who follows the events sees their end, claims stay, and the process is soon gone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-stop-"));
  const { url, tokens, child, ended } = await startServer(join(folder, "state"));
  onTestFinished(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  const ask = (role: string, path: string, body?: object): Promise<Response> =>
    fetch(`${url}${path}`, {
      headers: { authorization: `Bearer ${tokens[role]}`, "content-type": "application/json" },
      ...(body && { method: "POST", body: JSON.stringify(body) }),
    });
  await ask("plan", "/api/work-items", { title: "a" });
  expect((await ask("worker", "/api/work-items/item-1/claim", { agent_id: "ada" })).status).toBe(200);
  const [{ id }] = (await (await ask("read", "/api/projects")).json()) as [{ id: string }];
  const stream = await ask("read", `/api/projects/${id}/events?after=0`);
  const followed = stream.text();
  const waiting = ask("worker", "/api/work-items/claim-next", { agent_id: "bob", wait_ms: 30_000 });
  // It waits once it was taken; what comes after it on the same server is answered after that.
  await ask("read", "/healthz");
  const began = performance.now();
  child.kill("SIGTERM");
  const { status } = await waiting;
  expect([204, 503]).toContain(status);
  expect(await followed).toContain("item.claimed");
  expect((await ended).code).toBe(0);
  expect(performance.now() - began).toBeLessThan(5_000);
  const second = await startServer(join(folder, "state"));
  onTestFinished(() => void second.child.kill("SIGKILL"));
  const item = await fetch(`${second.url}/api/work-items/item-1`, {
    headers: { authorization: `Bearer ${tokens["read"]}` },
  });
  expect(await item.json()).toMatchObject({ status: "claimed", assigned_agent_id: "ada" });
});
