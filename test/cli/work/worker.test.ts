/**
 * Goal: whatever goes wrong between a worker and its coordinator, an item is reported or given back once, and never counts twice.
 * Method: a real coordinator; commands that end when the test says so; a network that loses what the test says.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../../src/base/node-env.ts";
import { HeldItem } from "../../../src/cli/work/held-item.ts";
import type { WorkNews } from "../../../src/cli/work/work-news.ts";
import { Worker, type WorkerParts } from "../../../src/cli/work/worker.ts";
import { createClient } from "../../../src/client/client.ts";
import type { Client } from "../../../src/client/index.ts";
import type { Executor } from "../../../src/executors/executor.ts";
import { until } from "../../support/commands.ts";
import { manualExecutor, type ManualExecutor } from "../../support/manual-executor.ts";
import { served, type Served } from "../../support/served.ts";

interface Scene {
  readonly admin: Client;
  readonly worker: Worker;
  readonly news: WorkNews[];
  /** Whose commands end when the test says so. */
  readonly executor: ManualExecutor;
  readonly events: () => string[];
  /** Where the commands would run. */
  readonly folder: string;
}

type Send = (path: string, send: () => Promise<Response>) => Promise<Response>;

interface SceneOptions extends Partial<Pick<WorkerParts, "cap" | "until">> {
  /** Stands between worker and coordinator. */
  readonly network?: Send;
  readonly beatMs?: number;
  /** The coordinator. Default: one of its own. */
  readonly on?: Served;
  /** So long every command takes. Default: until the test ends it. */
  readonly attemptMs?: number;
  /** Whether they run in a repository. Default `false`. */
  readonly repository?: boolean;
}

async function scene({
  network = (_, send) => send(),
  beatMs = 20,
  cap = 1,
  until = "empty",
  on,
  attemptMs,
  repository = false,
}: SceneOptions = {}): Promise<Scene> {
  const { server } = on ?? (await served());
  const folder = mkdtempSync(join(tmpdir(), "signalbox-worker-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  if (repository) spawnSync("git", ["init", "-q", folder]);
  const env = nodeEnv();
  const client = createClient({
    url: server.url,
    token: server.tokens.worker,
    retryForMs: 50,
    fetch: (request, init) => {
      const given = Promise.withResolvers<never>();
      given.promise.catch(() => {});
      init?.signal?.addEventListener("abort", () => given.reject(new Error("given up")), { once: true });
      return Promise.race([
        given.promise,
        network(new URL((request as Request).url).pathname, () => fetch(request, init)),
      ]);
    },
  });
  const executor = manualExecutor();
  const quick: Executor = {
    accepts: () => true,
    stop: () => executor.stop(),
    start: (request, report) => {
      env.timers.after(attemptMs ?? 0, () => executor.finish(request.item));
      return executor.start(request, report);
    },
  };
  const news: WorkNews[] = [];
  const tell = (each: WorkNews): void => void (each.event !== "reached" && news.push(each));
  const common = {
    env,
    client,
    executor: attemptMs === undefined ? executor : quick,
    command: "x",
    leaseMs: 60_000,
    beatMs,
    folder,
    worktree: false,
    tail: () => ["last"],
    tell,
  };
  const hold: WorkerParts["hold"] = (claim) =>
    new HeldItem({ ...common, claim, itemFile: join(folder, `${claim.fencingToken}.json`) });
  const request = { agentId: "w", waitMs: until === "empty" ? 0 : 10_000 };
  return {
    admin: createClient({ url: server.url, token: server.tokens.admin }),
    worker: new Worker({ env, client, request, cap, until, hold, tell }),
    news,
    executor,
    folder,
    events: () => news.map((each) => ("item" in each ? `${each.item.key} ${each.event}` : each.event)),
  };
}

test("W1: no more at once than there is room for, and all of them in the end", async () => {
  const { admin, worker, executor, events } = await scene({ cap: 2 });
  for (const title of ["a", "b", "c"]) await admin.items.create({ title });
  const working = worker.work();
  await until(() => executor.running.length === 2, "two");
  expect((await admin.items.list({ status: "claimed" })).items).toHaveLength(2);
  executor.finish("item-2");
  await until(() => executor.running.includes("item-3"), "the third");
  for (const key of ["item-1", "item-3"]) executor.finish(key);
  await working;
  expect(events().filter((event) => event.endsWith("done"))).toHaveLength(3);
  expect([...worker.endings]).toEqual([["done", 3]]);
});

test("W2: what was granted while it was told to stop is given back", async () => {
  let granted = 0;
  const { admin, worker, events } = await scene({
    until: "stopped",
    network: async (path, send) => {
      const response = await send();
      // The answer is under way for ever; the coordinator has granted the claim.
      if (path.endsWith("/claim-next") && ++granted === 1) await new Promise(() => {});
      return response;
    },
  });
  await admin.items.create({ title: "a" });
  const working = worker.work();
  await until(() => granted === 1, "the grant");
  expect((await admin.items.get("item-1")).status).toBe("claimed");
  worker.stop({ now: false });
  await working;
  expect(events()).toEqual(["item-1 claimed", "item-1 released"]);
  expect(await admin.items.get("item-1")).toMatchObject({ status: "todo", ready: true });
});

test("H1: a cancel ends the command with the next sign of life; nothing is reported", async () => {
  const { admin, worker, executor, events } = await scene();
  await admin.items.create({ title: "a" });
  const working = worker.work();
  await until(() => executor.running.length === 1, "the command");
  await admin.items.cancel("item-1");
  await working;
  expect(events()).toEqual(["item-1 claimed", "item-1 cancelled"]);
});

test("H1: a tree with more changes than the coordinator keeps of one claim costs no lease", async () => {
  const { admin, worker, executor, news, folder } = await scene({ repository: true });
  await admin.items.create({ title: "a" });
  const working = worker.work();
  await until(() => executor.running.length === 1, "the command");
  const { token } = executor.request("item-1");
  const lease = async () => (await admin.items.get("item-1")).leaseExpiresAt!;
  // Room for what the worker itself sees meanwhile, and not for what comes then.
  for (const [part, length] of [
    ["a", 10_000],
    ["b", 9_980],
  ] as const) {
    const files = Array.from({ length }, (_, n) => `${part}/${n}`);
    await admin.items.heartbeat("item-1", { fencingToken: token, leaseMs: 5_000, files });
  }
  for (let n = 0; n < 40; n++) writeFileSync(join(folder, `more-${n}.txt`), "");
  const before = await lease();
  await expect.poll(async () => (await lease()) > before).toBe(true);
  executor.finish("item-1");
  await working;
  expect(news.map(({ event }) => event)).toEqual(["claimed", "done"]);
});

test("H2: an outcome that is too late does not count, and says so", async () => {
  const { admin, worker, executor, news } = await scene({ beatMs: 60_000 });
  await admin.items.create({ title: "a" });
  const working = worker.work();
  await until(() => executor.running.length === 1, "the command");
  const { token } = executor.request("item-1");
  await admin.items.release("item-1", { fencingToken: token });
  await admin.items.claim("item-1", { agentId: "other" });
  executor.finish("item-1");
  await working;
  expect(news.at(-1)).toMatchObject({ event: "lost", why: expect.stringContaining("the claim is over") });
  expect(await admin.items.get("item-1")).toMatchObject({ status: "claimed", assignedAgentId: "other" });
});

test("H2: an output that no coordinator takes fails the item for good, with the reason", async () => {
  const { admin, worker, executor } = await scene();
  await admin.items.create({ title: "a", attemptsMax: 3 });
  const working = worker.work();
  await until(() => executor.running.length === 1, "the command");
  const deep = JSON.parse("[".repeat(60) + "]".repeat(60)) as never;
  executor.finish("item-1", { kind: "done", output: deep });
  await working;
  expect(await admin.items.get("item-1")).toMatchObject({
    status: "failed",
    attempt: 1,
    failureReason: expect.stringContaining("levels of JSON"),
  });
});

test("H3: a fault of the worker's own spends no attempt, and ends the worker", async () => {
  const { admin, worker, executor } = await scene({ until: "stopped" });
  await admin.items.create({ title: "a" });
  const working = worker.work();
  await until(() => executor.running.length === 1, "the command");
  executor.finish("item-1", { kind: "failed", reason: { code: "spawn_failed", message: "no shell" }, retryable: true });
  await working;
  expect(worker.fault).toBe("no shell");
  expect(await admin.items.get("item-1")).toMatchObject({ status: "todo", ready: true });
});

test("H4: a coordinator that is away stops no work; what was done meanwhile counts when it is back", async () => {
  let isAway = false;
  const { admin, worker, executor, events } = await scene({
    network: (_, send) => (isAway ? Promise.reject(new TypeError("no network")) : send()),
  });
  await admin.items.create({ title: "a" });
  const working = worker.work();
  await until(() => executor.running.length === 1, "the command");
  isAway = true;
  await until(() => events().includes("unreachable"), "a sign of life that is not heard");
  expect(executor.running.length).toBe(1);
  executor.finish("item-1");
  await until(() => executor.running.length === 0, "the end");
  isAway = false;
  await working;
  expect(events().at(-1)).toBe("item-1 done");
  expect(await admin.items.get("item-1")).toMatchObject({ status: "done", resultSummary: "last" });
});

test("W4: a refusal that will not pass ends it; one that passes does not, unless it was to come to an end", async () => {
  const patient = await scene({
    until: "stopped",
    network: () => Promise.reject(new TypeError("no network")),
  });
  const waiting = patient.worker.work();
  await until(() => patient.events().includes("unreachable"), "the first failure");
  patient.worker.stop({ now: false });
  await waiting;
  const impatient = await scene({ network: () => Promise.reject(new TypeError("no network")) });
  await expect(impatient.worker.work()).rejects.toMatchObject({ code: "server_unreachable" });
  const refused = await scene({
    until: "stopped",
    network: async () => Response.json({ code: "forbidden_role", detail: "no" }, { status: 403 }),
  });
  await expect(refused.worker.work()).rejects.toMatchObject({ code: "forbidden_role" });
});

test("complaint 1: six workers under one name take twenty items: each is worked on once, by one of them", async () => {
  const s = await served();
  const { admin } = await scene({ on: s });
  for (let n = 0; n < 20; n++) await admin.items.create({ title: `t${n}` });
  const scenes = await Promise.all(Array.from({ length: 6 }, () => scene({ on: s, cap: 2, attemptMs: 2 })));
  await Promise.all(scenes.map(({ worker }) => worker.work()));
  const started = scenes.flatMap(({ executor }) => executor.started);
  expect([started.length, new Set(started).size]).toEqual([20, 20]);
  expect(scenes.filter(({ executor }) => executor.started.length > 0).length).toBeGreaterThan(1);
  expect(await admin.items.list({ status: "done", limit: 1_000 })).toMatchObject({ items: { length: 20 } });
});

test("complaint 7, the other way round: a coordinator that is stopped and started again finds the work going on, and takes its report", async () => {
  const first = await served();
  const port = Number(new URL(first.server.url).port);
  const { admin, worker, executor, events } = await scene({ on: first });
  await admin.items.create({ title: "a" });
  const working = worker.work();
  await until(() => executor.running.length === 1, "the command");
  await first.server.close();
  await until(() => events().includes("unreachable"), "a sign of life that is not heard");
  const second = await served({ stateDir: first.stateDir, port });
  executor.finish("item-1");
  await working;
  expect(events().at(-1)).toBe("item-1 done");
  const { body } = await second.call("read", "/api/work-items/item-1");
  expect(body).toMatchObject({ status: "done", attempt: 1 });
});
