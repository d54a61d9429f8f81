/**
 * Goal: whoever follows a project's events gets each once and in order, wherever they begin, over a break and a restart; who does not
 * read costs the server nothing.
 * Method: a real server; streams read with fetch, and by the hub and the stream alone on virtual time.
 */
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { EventHub } from "../../src/server/event-hub.ts";
import { eventStream } from "../../src/server/event-stream.ts";
import { readEvents } from "../support/event-reader.ts";
import { served, type Served } from "../support/served.ts";
import { virtualEnv } from "../support/virtual-env.ts";

const addItems = async (s: Served, count: number, prefix: string): Promise<void> => {
  const tasks = Object.fromEntries(Array.from({ length: count }, (_, n) => [`${prefix}-${n}`, {}]));
  const { status } = await s.call("plan", `/api/projects/${s.server.coordinator.project().id}/plans`, { tasks });
  expect(status).toBe(201);
};
const urlOf = (s: Served): string => `${s.server.url}/api/projects/${s.server.coordinator.project().id}/events`;
const seqs = (events: readonly { readonly id: number }[]): number[] => events.map(({ id }) => id);
const from = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, n) => first + n);

describe("the stream of a project", () => {
  test("V1: from the beginning, from an id, and live: no gap, nothing twice, the same as the audit log", async () => {
    let s = await served();
    await addItems(s, 600, "old");
    const { read } = s.server.tokens;
    const last = s.server.coordinator.project().hub.seq;
    const all = await readEvents(`${urlOf(s)}?after=0`, read, (events) => events.at(-1)?.id === last);
    expect(seqs(all)).toEqual(from(1, last));
    const { rows } = (await s.call("read", `/api/projects/${s.server.coordinator.project().id}/audit?limit=1000`)).body;
    expect(all.map(({ data }) => data)).toEqual(rows.slice(0, last));
    s = await s.restart();
    const end = s.server.coordinator.project().hub.seq + 20;
    const live = readEvents(urlOf(s), s.server.tokens.read, (events) => events.at(-1)?.id === end, {
      "last-event-id": "7",
    });
    await addItems(s, 20, "new");
    expect(seqs(await live)).toEqual(from(8, end));
  });

  test("an id of another history, one that is none, and a stream too many are refused", async () => {
    const s = await served();
    const stream = (headers: Record<string, string>) => s.call("read", new URL(urlOf(s)).pathname, undefined, headers);
    expect((await stream({ "last-event-id": "9999" })).body.code).toBe("invalid_request");
    expect((await stream({ "last-event-id": "x" })).body.code).toBe("invalid_request");
    const closing = new AbortController();
    const headers = { authorization: `Bearer ${s.server.tokens.read}` };
    const open = await Promise.all(
      Array.from({ length: 64 }, () => fetch(urlOf(s), { headers, signal: closing.signal })),
    );
    expect(open.map(({ status }) => status)).toEqual(Array.from({ length: 64 }, () => 200));
    expect((await stream({})).body.code).toBe("cap_reached");
    closing.abort();
    await expect.poll(async () => (await fetch(urlOf(s), { headers })).status).toBe(200);
  });

  test("an answer to a request is not shown to those who follow", async () => {
    const s = await served();
    await s.call("plan", "/api/work-items", { title: "a" }, { "idempotency-key": "k" });
    const { seq } = s.server.coordinator.project().hub;
    const events = await readEvents(`${urlOf(s)}?after=0`, s.server.tokens.read, (found) => found.at(-1)?.id === seq);
    expect(JSON.stringify(events.at(-1))).not.toContain("fingerprint");
  });

  test("E1: readers that take nothing cost little, and claims go on", async () => {
    const s = await served();
    await addItems(s, 2_000, "i");
    const { port, pathname } = new URL(urlOf(s));
    const before = process.memoryUsage().rss;
    const sockets = Array.from({ length: 50 }, () => {
      const socket = connect({ host: "127.0.0.1", port: Number(port) });
      socket.write(
        `GET ${pathname}?after=0 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${s.server.tokens.read}\r\n\r\n`,
      );
      socket.pause();
      return socket;
    });
    for (let n = 0; n < 50; n++)
      expect((await s.call("worker", "/api/work-items/claim-next", { agent_id: "a" })).status).toBe(200);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
    for (const socket of sockets) socket.destroy();
  });
});

describe("one reader", () => {
  const entry = (seq: number): JournalEntry => ({
    seq,
    at: 0,
    mono: 0,
    epoch: 1,
    item: -1,
    event: "x",
    from: "running",
    to: "running",
    attempt: 0,
    refunded: 0,
    token: 0,
    actor: "engine",
  });
  const hubOf = (stored: JournalEntry[]): EventHub =>
    new EventHub({
      seq: stored.length,
      read: (after, limit) => Promise.resolve(stored.filter(({ seq }) => seq > after).slice(0, limit)),
      frameOf: ({ seq }) => ({ seq, text: `id: ${seq}\n\n` }),
    });

  test("E2: one that takes nothing for a minute is cut; E3: silence is broken by a comment", async () => {
    const env = virtualEnv();
    const stored = [entry(1)];
    const hub = hubOf(stored);
    let ended = 0;
    const options = { env, after: 0, signal: new AbortController().signal, onEnd: () => void ended++ };
    const reader = eventStream(hub, options).getReader();
    const text = async () => new TextDecoder().decode((await reader.read()).value);
    expect(await text()).toBe("id: 1\n\n");
    const next = text();
    await env.settle();
    await env.advance(15_000);
    expect(await next).toBe(": still here\n\n");
    hub.take(entry(2));
    await env.settle();
    await env.advance(61_000);
    expect(ended).toBe(1);
    await expect(reader.read().then(() => reader.read())).rejects.toThrow("takes nothing");
  });

  test("V2: one that fell behind what is kept reads on from the journal", async () => {
    const stored: JournalEntry[] = [];
    const hub = hubOf(stored);
    hub.join();
    for (let seq = 1; seq <= 20_000; seq++) {
      stored.push(entry(seq));
      hub.take(entry(seq));
    }
    const seen: number[] = [];
    for (let at = 0; at < 20_000; at = seen.at(-1)!) seen.push(...(await hub.after(at)).map(({ seq }) => seq));
    expect(seen).toEqual(from(1, 20_000));
  });

  test("V2: where nobody follows no entry is kept, and who comes then gets each once; what the latest were about is known", async () => {
    const stored: JournalEntry[] = [];
    let reads = 0;
    const hub = new EventHub({
      seq: 0,
      read: (after, limit) => {
        reads++;
        return Promise.resolve(stored.slice(after, after + limit));
      },
      frameOf: ({ seq }) => ({ seq, text: `id: ${seq}\n\n` }),
    });
    const happens = (count: number): void => {
      for (let n = 0; n < count; n++) {
        stored.push({ ...entry(stored.length + 1), item: stored.length });
        hub.take(stored.at(-1)!);
      }
    };
    const readFrom = async (first: number): Promise<number[]> => {
      const seen: number[] = [];
      for (let at = first; at < hub.seq; at = seen.at(-1)!) seen.push(...(await hub.after(at)).map(({ seq }) => seq));
      return seen;
    };
    happens(100);
    const leave = hub.join();
    happens(100);
    expect(await readFrom(100)).toEqual(from(101, 200));
    expect(reads).toBe(0);
    expect(await readFrom(50)).toEqual(from(51, 200));
    expect(reads).toBe(1);
    leave();
    expect(await readFrom(150)).toEqual(from(151, 200));
    expect(reads).toBe(2);
    happens(1);
    hub.join();
    happens(1);
    expect(await readFrom(199)).toEqual([200, 201, 202]);
    expect(reads).toBe(3);
    expect(hub.itemsAfter(199)).toEqual(new Set([199, 200, 201]));
    happens(20_000);
    expect(hub.itemsAfter(hub.seq - 8_192)?.size).toBe(8_192);
    expect(hub.itemsAfter(hub.seq - 8_193)).toBeUndefined();
    expect([hub.itemsAfter(hub.seq), hub.itemsAfter(hub.seq + 1)]).toEqual([new Set(), new Set()]);
  });

  test("V2: readers that begin at one place share one reading of the journal, and the same bytes", async () => {
    const stored = Array.from({ length: 1_000 }, (_, n) => entry(n + 1));
    let reads = 0;
    const hub = new EventHub({
      seq: stored.length,
      read: (after, limit) => {
        reads++;
        return Promise.resolve(stored.slice(after, after + limit));
      },
      frameOf: ({ seq }) => ({ seq, text: `id: ${seq}\n\n` }),
    });
    for (let at = 0; at < 1_000;) {
      const pages = await Promise.all(Array.from({ length: 64 }, () => hub.pageAfter(at)));
      expect(new Set(pages.map((page) => page!.bytes)).size).toBe(1);
      at = pages[0]!.seq;
    }
    expect(reads).toBe(4);
    expect(await hub.pageAfter(1_000)).toBeUndefined();
  });

  test("an event is put into words when somebody wants to read it, once for all who do", async () => {
    let made = 0;
    const hub = new EventHub({
      seq: 0,
      read: () => Promise.resolve([]),
      frameOf: ({ seq }) => ({ seq, text: `${++made}` }),
    });
    hub.join();
    for (let seq = 1; seq <= 100; seq++) hub.take(entry(seq));
    expect(made).toBe(0);
    const first = await hub.after(98);
    expect([made, first, await hub.after(98)]).toEqual([
      2,
      [
        { seq: 99, text: "1" },
        { seq: 100, text: "2" },
      ],
      first,
    ]);
  });

  test("a hub that is closed ends its streams", async () => {
    const env = virtualEnv();
    const hub = hubOf([]);
    const reader = eventStream(hub, {
      env,
      after: 0,
      signal: new AbortController().signal,
      onEnd: () => {},
    }).getReader();
    const next = reader.read();
    await env.settle();
    hub.close();
    expect((await next).done).toBe(true);
  });
});
