/**
 * Goal: a project whose audit log was compacted is the same project: its items, answers and notes are as before, and who asks for what is
 * gone is told so and never shown something else. Method: a real server, before and after, and over a restart; the clock of the keeper
 * is moved.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { NO_LOG, type LogFacts } from "../../src/base/log.ts";
import { readExportedLog } from "../../src/journal/exported-log.ts";
import { keepRetention } from "../../src/server/retention.ts";
import { readEvents } from "../support/event-reader.ts";
import { create, served, type Served } from "../support/served.ts";

const KEY = { "idempotency-key": "once" };

/** A done item, a claimed one with notes, and one that waits; answers the path of the project and the claim. */
async function worked(s: Served): Promise<{ path: string; token: number; report: object }> {
  for (const title of ["first", "second", "third"]) await create(s, { title });
  const claim = async (item: string): Promise<number> =>
    (await s.call("worker", `/api/work-items/${item}/claim`, { agent_id: "ada" })).body.fencing_token;
  const beat = (item: string, token: number, note: string) =>
    s.call("worker", `/api/work-items/${item}/heartbeat`, { fencing_token: token, note });
  const done = await claim("item-1");
  for (let n = 0; n < 12; n++) await beat("item-1", done, `at ${n}`);
  const report = { fencing_token: done, result_summary: "made", files_modified: ["a.ts"] };
  expect((await s.call("worker", "/api/work-items/item-1/complete", report, KEY)).status).toBe(200);
  const token = await claim("item-2");
  await beat("item-2", token, "half of it");
  await s.call("worker", "/api/work-items/item-2/notes", { agent_id: "ada", note: "mind the step" });
  return { path: `/api/projects/${s.server.coordinator.project().id}`, token, report };
}

/** Everything that is to stay as it is. */
async function shown(s: Served, path: string): Promise<unknown[]> {
  const paths = [`${path}/progress`, "/api/work-items", "/api/work-items/item-3/why", "/api/work-items/item-2/notes"];
  const bodies = await Promise.all(paths.map(async (each) => (await s.call("read", each)).body));
  // A restart is told in the log, and makes every lease anew.
  const moves = new Set(["lease_expires_at", "updated_at", "seq"]);
  return JSON.parse(JSON.stringify(bodies, (key, value) => (moves.has(key) ? undefined : (value as unknown))));
}

test("items, notes and kept answers are as before, also after a restart; what is gone is 410, with where to begin", async () => {
  let s = await served();
  const { path, token, report } = await worked(s);
  const before = await shown(s, path);
  const project = s.server.coordinator.project();
  const base = project.hub.seq - 2;
  const at = (await s.call("read", `${path}/snapshot?at=${base}`)).body;
  const exportTo = join(s.stateDir, "exported");
  const { removed, file } = await s.server.coordinator.compact(project, { upTo: base, exportTo });
  expect(removed).toBeGreaterThan(9);
  await expect(readExportedLog(file!)).resolves.toMatchObject({ runId: project.id, after: 0, upTo: base });
  for (const life of ["the same", "the next"]) {
    if (life === "the next") s = await s.restart();
    expect(await shown(s, path), life).toEqual(before);
    const gone = { status: 410, body: { code: "history_removed", base_seq: base } };
    expect(await s.call("read", `${path}/audit?after=0`)).toMatchObject(gone);
    expect(await s.call("read", `${path}/snapshot?at=${base - 1}`)).toMatchObject(gone);
    expect(await s.call("read", `${path}/events`, undefined, { "last-event-id": "3" })).toMatchObject(gone);
    const { rows, base_seq } = (await s.call("read", `${path}/audit`)).body;
    expect([base_seq, rows[0].seq]).toEqual([base, base + 1]);
    expect((await s.call("read", `${path}/snapshot?at=${base}`)).body).toEqual({ ...at, base_seq: base });
    const last = s.server.coordinator.project().hub.seq;
    const url = `${s.server.url}${path}/events?after=${base}`;
    const events = await readEvents(url, s.server.tokens.read, (read) => read.at(-1)?.id === last);
    expect(events[0]!.id).toBe(base + 1);
    const again = await s.call("worker", "/api/work-items/item-1/complete", report, KEY);
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([200, "true"]);
  }
  const end = { fencing_token: token, result_summary: "done", files_modified: [] };
  expect((await s.call("worker", "/api/work-items/item-2/complete", end)).body.status).toBe("done");
  expect(s.problems).toEqual([]);
});

test("a reader that stands before the base is cut, and told when it comes again", async () => {
  const s = await served();
  const { path } = await worked(s);
  const project = s.server.coordinator.project();
  const { hub } = project;
  expect((await hub.after(2))[0]!.seq).toBe(3);
  const t = await s.restart();
  const restarted = t.server.coordinator.project();
  await t.server.coordinator.compact(restarted, { upTo: hub.seq, exportTo: false });
  await expect(restarted.hub.pageAfter(2)).rejects.toMatchObject({ code: "history_removed" });
  expect((await t.call("read", `${path}/events?after=2`)).status).toBe(410);
});

test("T1, T2: what is old enough goes, file by file; what cannot be exported stays, and is told of", async () => {
  const s = await served();
  await worked(s);
  const { coordinator } = s.server;
  const real = nodeEnv();
  const exportTo = join(s.stateDir, "exported");
  const keepMs = 3_600_000;

  /** One round of the keeper, so long after now. */
  async function round(laterMs: number, folder: string): Promise<{ told: LogFacts[]; problems: Error[] }> {
    const ticks: (() => void)[] = [];
    const told: LogFacts[] = [];
    const problems: Error[] = [];
    const over = Promise.withResolvers<void>();
    const env = {
      ...real,
      clock: { ...real.clock, now: () => real.clock.now() + laterMs },
      timers: {
        ...real.timers,
        after: (_: number, tick: () => void) => {
          // The second time: for the next round.
          if (ticks.push(tick) === 2) over.resolve();
          return () => {};
        },
      },
    };
    const log = {
      ...NO_LOG,
      write: (_: string, event: string, facts: LogFacts = {}) => void told.push({ event, ...facts }),
    };
    const retention = { keepMs, exportTo: folder, entriesMin: 10 };
    const end = keepRetention({
      coordinator,
      env,
      retention,
      log,
      onProblem: (problem) => void problems.push(problem),
    });
    ticks[0]!();
    await over.promise;
    await end();
    return { told, problems };
  }

  expect(await round(keepMs / 2, exportTo)).toEqual({ told: [], problems: [] });
  expect(coordinator.project().baseSeq).toBe(0);
  const refused = await round(2 * keepMs, join(s.stateDir, "server.json"));
  expect(refused.problems).toMatchObject([{ code: "state_unwritable" }]);
  expect(coordinator.project().baseSeq).toBe(0);
  const { told } = await round(2 * keepMs, exportTo);
  const { seq } = coordinator.project().hub;
  expect(told).toMatchObject([{ event: "audit.compacted", base_seq: seq }]);
  expect(readdirSync(exportTo)).toEqual([`${coordinator.project().id}-1-${seq}.jsonl`]);
  expect(await round(2 * keepMs, exportTo)).toEqual({ told: [], problems: [] });
});
