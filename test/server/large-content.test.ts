/**
 * Goal: limits that count entries hold their memory also when each is a thousand times as large as most.
 * Method: entries, answers and items near the largest that a request may bring.
 */
import { describe, expect, test } from "vitest";
import { Answers } from "../../src/engine/answers.ts";
import type { RunCore } from "../../src/engine/run-core.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";
import { EventHub } from "../../src/server/event-hub.ts";
import { createRun } from "../../src/engine/create-run.ts";
import { nodeEnv } from "../../src/base/node-env.ts";
import { create, served } from "../support/served.ts";
import { stateFolder } from "../support/state-folder.ts";

const MIB = 1024 * 1024;
const entry = (seq: number, chars: number): JournalEntry => ({
  seq,
  at: 0,
  mono: 0,
  epoch: 1,
  item: 0,
  event: "heartbeat",
  from: "claimed",
  to: "claimed",
  attempt: 1,
  refunded: 0,
  token: 1,
  actor: "ada",
  data: { files: ["x".repeat(chars)] },
});

describe("events", () => {
  const hubOf = (stored: readonly JournalEntry[]): { hub: EventHub; limits: number[] } => {
    const limits: number[] = [];
    const hub = new EventHub({
      seq: 0,
      read: (after, limit) => {
        limits.push(limit);
        return Promise.resolve(stored.slice(after, after + limit));
      },
      frameOf: ({ seq, data }) => ({ seq, text: JSON.stringify(data) }),
    });
    hub.join();
    for (const each of stored) hub.take(each);
    return { hub, limits };
  };

  test("V2: of large entries few are kept at hand; the others come from the journal, as they do for small ones", async () => {
    const large = hubOf(Array.from({ length: 100 }, (_, n) => entry(n + 1, MIB)));
    expect(await large.hub.after(95)).toHaveLength(1);
    expect(large.limits).toHaveLength(0);
    expect(await large.hub.after(60)).toHaveLength(1);
    expect(large.limits).toHaveLength(1);
    const small = hubOf(Array.from({ length: 100 }, (_, n) => entry(n + 1, 100)));
    expect(await small.hub.after(0)).toHaveLength(100);
    expect(small.limits).toHaveLength(0);
  });

  test("V1: a page has at most half a MiB, or one event; every event comes once, and less is read when they are large", async () => {
    const { hub, limits } = hubOf(Array.from({ length: 100 }, (_, n) => entry(n + 1, n % 2 === 0 ? MIB : 200_000)));
    const seqs: number[] = [];
    for (let at = 0; at < 100;) {
      const page = (await hub.pageAfter(at))!;
      expect(page.bytes.byteLength).toBeLessThan(1.1 * MIB);
      for (let seq = at + 1; seq <= page.seq; seq++) seqs.push(seq);
      at = page.seq;
    }
    expect(seqs).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    expect(limits[0]).toBe(256);
    expect(Math.max(...limits.slice(1))).toBeLessThan(5);
  });

  test("S4-10: a holder that says the same files again writes nothing", async () => {
    const s = await served();
    const { id } = await create(s, { title: "a" });
    const { fencing_token } = (await s.call("worker", `/api/work-items/${id}/claim`, { agent_id: "ada" })).body;
    const beat = (files: string[]) => s.call("worker", `/api/work-items/${id}/heartbeat`, { fencing_token, files });
    await beat(["a.ts"]);
    await beat(["a.ts"]);
    await beat(["a.ts", "b.ts", "b.ts"]);
    const { rows } = (await s.call("read", `/api/projects/default/audit?item=${id}`)).body;
    expect(rows.slice(2).map(({ files }: { files: string[] }) => files)).toEqual([["a.ts"], ["b.ts"]]);
  });
});

describe("answers that are kept", () => {
  const request = (key: string) => ({ key, fingerprint: "f" });
  const stored = (key: string): JournalEntry => ({
    ...entry(1, 1),
    item: -1,
    event: "answer",
    data: { key, fingerprint: "f", answer: "x".repeat(25 * MIB) },
  });

  test("N3: the latest, of which 64 MiB are kept at most", async () => {
    const answers = new Answers([stored("a"), stored("b"), stored("c")]);
    const again = async (key: string): Promise<boolean> =>
      (await answers.once(request(key), {} as RunCore, () => Promise.resolve("new"))).isRepeated;
    expect([await again("c"), await again("b"), await again("a")]).toEqual([true, true, false]);
  });

  test("N2: no more of them is read when a run is gone on with", async () => {
    const [env, directory] = [nodeEnv(), stateFolder()];
    const journal = await sqliteJournal({ directory, env });
    const run = createRun({ tasks: {} }, { env, journal, open: true, awaitClaims: true });
    run.start().catch(() => {});
    for (const key of ["a", "b", "c"]) await run.turns.turn(() => "x".repeat(25 * MIB), request(key));
    await run.stop();
    const { answers } = await journal.recover(run.id);
    await journal.close();
    expect(answers.map(({ data }) => (data as { key: string }).key)).toEqual(["b", "c"]);
  });
});

test("S4-03: a page of large items ends early, and says that there is more", async () => {
  const s = await served();
  const { run } = s.server.coordinator.project();
  const description = "x".repeat(65_000);
  await run.add(Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`i${n}`, { description }])));
  for (const path of ["/api/work-items?limit=1000", "/api/projects/default/snapshot?limit=10000"]) {
    const first = (await s.call("read", path)).body;
    expect(first.items.length).toBeLessThan(300);
    const rest = (await s.call("read", `${path}&cursor=${first.next_cursor}`)).body;
    expect([first.items.length + rest.items.length, rest.next_cursor]).toEqual([300, null]);
  }
  const changed = (await s.call("read", "/api/projects/default/snapshot?since=1&limit=10000")).body;
  expect([changed.items.length < 300, changed.next_cursor === null]).toEqual([true, false]);
});

test("S0-14: rows of which much is stored come a few at a time, each once; nobody sees what is left out of a row", async () => {
  const s = await served();
  const tasks = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`i${n}`, {}]));
  expect((await s.call("plan", "/api/projects/default/plans", { tasks })).status).toBe(201);
  for (let n = 0; n < 20; n++) {
    const { item, fencing_token } = (await s.call("worker", "/api/work-items/claim-next", { agent_id: "ada" })).body;
    const report = {
      fencing_token,
      result_summary: `did ${n}`,
      files_modified: ["a.ts"],
      output: "x".repeat(1_000_000),
    };
    expect((await s.call("worker", `/api/work-items/${item.id}/complete`, report)).status).toBe(200);
  }
  const seqs: number[] = [];
  let requests = 0;
  for (let after = 0; ; requests++) {
    const { rows, seq } = (await s.call("read", `/api/projects/default/audit?after=${after}`)).body;
    if (rows.length === 0) break;
    seqs.push(...rows.map((row: { seq: number }) => row.seq));
    expect(JSON.stringify(rows)).not.toContain("xxx");
    after = seqs.at(-1)!;
    expect(after).toBeLessThanOrEqual(seq);
  }
  expect(requests).toBe(3);
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, n) => n + 1));
  // A version of the past shows of each item what the present shows.
  const { seq, items } = (await s.call("read", "/api/projects/default/snapshot?limit=1000")).body;
  await s.call("plan", "/api/projects/default/plans", { tasks: { later: {} } });
  const past = (await s.call("read", `/api/projects/default/snapshot?limit=1000&at=${seq}`)).body;
  expect(past.items).toEqual(items);
  expect(items[7]).toMatchObject({ status: "done", result_summary: "did 7", files_modified: ["a.ts"] });
});
