/**
 * Goal: F1 to F3: what the page shows is what the server has, however many events come and however the line breaks.
 * Method: the feed alone against a real server, which is stopped, changed and started again on the same port. Waits are a tenth as long.
 */
import { createServer } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import type { PageEnv } from "../../src/board/data/page-env.ts";
import { Api } from "../../src/board/data/api.ts";
import { Feed } from "../../src/board/data/feed.ts";
import { served, type Served } from "../support/served.ts";

const real = nodeEnv();
const env: PageEnv = {
  clock: real.clock,
  timers: { ...real.timers, after: (delayMs, callback) => real.timers.after(delayMs / 10, callback) },
};

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

function feedOf(s: Served, isShown = true): Feed {
  const api = new Api(s.server.tokens.read, s.server.url);
  const feed = new Feed({ api, env, projectId: s.server.coordinator.project().id, isShown: () => isShown });
  onTestFinished(() => feed.stop());
  feed.start();
  return feed;
}

const isLive = (feed: Feed): Promise<void> =>
  vi.waitFor(() => expect(feed.connection.getSnapshot().value).toBe("live"), { timeout: 20_000 });
const create = async (s: Served, key: string): Promise<void> => {
  expect((await s.call("plan", "/api/work-items", { title: key, key })).status).toBe(201);
};
/** What the page has is what the server answers, field by field. */
const isSame = (feed: Feed, s: Served): Promise<void> =>
  vi.waitFor(
    async () => {
      const { id } = s.server.coordinator.project();
      const { seq, items } = (await s.call("read", `/api/projects/${id}/snapshot?limit=10000`)).body;
      expect(feed.items.picture().seq).toBe(seq);
      expect(feed.items.picture().items).toEqual(items);
      expect(feed.log.lastSeq).toBe(seq);
    },
    { timeout: 20_000, interval: 50 },
  );

test("F1 and F3: nothing is lost over a server that stops, and comes back with more", async () => {
  let s = await served({ port: await freePort() });
  await create(s, "a");
  const feed = feedOf(s);
  await isLive(feed);
  await create(s, "b");
  await isSame(feed, s);
  const seqs = (): number[] => feed.log.log().rows.map(({ seq }) => seq);
  s = await s.restart();
  await create(s, "c");
  const claim = await s.call("worker", "/api/work-items/a/claim", { agent_id: "ada" });
  expect(claim.status).toBe(200);
  await isLive(feed);
  await isSame(feed, s);
  expect(seqs()).toEqual(Array.from({ length: seqs().length }, (_, n) => n + seqs()[0]!));
});

test("F2: a storm of events is a few questions, and the end of it is shown", async () => {
  const s = await served();
  const tasks = Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`t${n}`, {}]));
  await create(s, "busy");
  const { fencing_token } = (await s.call("worker", "/api/work-items/busy/claim", { agent_id: "ada" })).body;
  await s.call("worker", "/api/work-items/busy/heartbeat", { fencing_token, progress: 0.4, note: "half" });
  const feed = feedOf(s);
  await isLive(feed);
  let pictures = 0;
  feed.items.subscribe(() => pictures++);
  const path = `/api/projects/${s.server.coordinator.project().id}/plans`;
  for (const half of [0, 1]) {
    const part = Object.fromEntries(Object.entries(tasks).slice(half * 1_500, half * 1_500 + 1_500));
    expect((await s.call("plan", path, { tasks: part })).status).toBe(201);
  }
  await isSame(feed, s);
  expect(pictures).toBeLessThan(100);
  // A page that is opened now knows what was said before all of it.
  const late = feedOf(s);
  await isLive(late);
  expect([...late.log.log().notes.values()]).toMatchObject([{ progress: 0.4, words: "half" }]);
}, 60_000);

test("C3: a page that nobody sees asks for nothing, and catches up when it is seen", async () => {
  const s = await served();
  const feed = feedOf(s, false);
  await create(s, "a");
  expect(feed.connection.getSnapshot().value).toBe("asleep");
  expect(feed.items.picture().seq).toBe(0);
  feed.see(true);
  await isLive(feed);
  await isSame(feed, s);
});

test("a token that does not count ends it, with the server's words", async () => {
  const s = await served();
  const api = new Api("x".repeat(43), s.server.url);
  const feed = new Feed({ api, env, projectId: s.server.coordinator.project().id, isShown: () => true });
  onTestFinished(() => feed.stop());
  feed.start();
  await vi.waitFor(() => expect(feed.connection.getSnapshot().value).toBe("refused"));
  expect(feed.connection.getSnapshot().context.why).toContain("token");
});

test("the log that is here when the page begins has no gap, also where the server gives fewer rows than were asked for", async () => {
  const s = await served({ board: false });
  const project = s.server.coordinator.project();
  const tasks = (count: number, word: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`${word}${n}`, {}]));
  const load = async (count: number, word: string) =>
    expect((await s.call("plan", `/api/projects/${project.id}/plans`, { tasks: tasks(count, word) })).status).toBe(201);
  const claim = async (agent: string) =>
    (await s.call("worker", "/api/work-items/claim-next", { agent_id: agent })).body;
  await load(13, "a");
  // As long as this one is held, the log is wanted from there on.
  await claim("holder");
  for (let n = 0; n < 12; n++) {
    const { item, fencing_token } = await claim("ada");
    const report = { fencing_token, result_summary: "", files_modified: [], output: "x".repeat(1_000_000) };
    expect((await s.call("worker", `/api/work-items/${item.id}/complete`, report)).status).toBe(200);
  }
  await load(1_500, "b");
  const feed = feedOf(s);
  await isLive(feed);
  await vi.waitFor(() => expect(feed.log.lastSeq).toBe(project.hub.seq), { timeout: 20_000 });
  const rows = feed.log.log().rows.map(({ seq }) => seq);
  expect(rows.length).toBeGreaterThan(1_500);
  expect(rows).toEqual(Array.from({ length: rows.length }, (_, n) => rows[0]! + n));
});
