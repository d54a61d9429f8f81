/**
 * Goal: whoever follows the events of a project sees each once and in order, wherever connections break.
 * Method: a stream that is cut after any number of bytes, in virtual time; a real server that is stopped and started in between.
 */
import { fc, test as propertyTest } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { createClient } from "../../src/client/client.ts";
import type { Client, ProjectEvent } from "../../src/client/index.ts";
import { served } from "../support/served.ts";
import { virtualEnv, type VirtualEnv } from "../support/virtual-env.ts";

interface Broken {
  readonly env: VirtualEnv;
  readonly client: Client;
  readonly asked: (string | null)[];
}

const frameOf = (seq: number): string =>
  `id: ${seq}\nevent: item.done\ndata: {"seq":${seq},"run_id":"r","note":"ü"}\n\n`;

/** A coordinator with `size` events whose n-th connection gives `cuts[n]` bytes in pieces of `piece`, then breaks; the last does not. */
function broken(size: number, cuts: readonly number[], piece: number): Broken {
  const env = virtualEnv();
  const asked: (string | null)[] = [];
  const answer = (request: Request): Response => {
    if (request.url.endsWith("/progress")) return Response.json({ seq: 0 });
    const last = request.headers.get("last-event-id");
    const cut = cuts[asked.length];
    asked.push(last);
    const text = Array.from({ length: size - Number(last) }, (_, i) => frameOf(Number(last) + 1 + i)).join("");
    const bytes = new TextEncoder().encode(`: hello\n\n${text}`);
    const given = cut === undefined ? bytes : bytes.subarray(0, cut);
    let at = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (at < given.length) controller.enqueue(given.subarray(at, (at += piece)));
        else if (cut !== undefined) controller.error(new Error("the connection broke"));
        else return new Promise(() => {});
        return undefined;
      },
    });
    return new Response(body);
  };
  const client = createClient({
    url: "http://coordinator.example",
    env,
    fetch: async (input) => answer(input as Request),
  });
  return { env, client, asked };
}

async function take(events: AsyncIterable<ProjectEvent>, count: number): Promise<ProjectEvent[]> {
  const taken: ProjectEvent[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

async function within<T>(env: VirtualEnv, promise: Promise<T>): Promise<T> {
  let isOpen = true;
  void promise.finally(() => (isOpen = false)).catch(() => {});
  while (isOpen) await env.advance(1_000);
  return promise;
}

describe("F1", () => {
  propertyTest.prop([fc.array(fc.nat({ max: 300 }), { maxLength: 8 }), fc.integer({ min: 1, max: 70 })], {
    numRuns: 60,
  })("each event once, in order, wherever connections break", async (cuts, piece) => {
    const { env, client, asked } = broken(6, cuts, piece);
    const events = await within(env, take(client.projects.events("p"), 6));
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(asked[0]).toBe("0");
    expect(asked.length).toBeLessThanOrEqual(cuts.length + 1);
  });
});

test("F2: after a version that the caller knows, with the names of TypeScript", async () => {
  const { client, asked } = broken(3, [], 1_000);
  expect(await take(client.projects.events("p", { after: 1 }), 2)).toEqual([
    { seq: 2, runId: "r", note: "ü" },
    { seq: 3, runId: "r", note: "ü" },
  ]);
  expect(asked).toEqual(["1"]);
});

test("F3: the stale stream: a connection on which nothing comes is given up, and said to be lost", async () => {
  const { env, client, asked } = broken(2, [], 1_000);
  const states: string[] = [];
  const stop = new AbortController();
  const all = take(
    client.projects.events("p", { signal: stop.signal, onConnection: (state) => void states.push(state) }),
    3,
  ).catch((error: unknown) => error);
  await env.advance(44_000);
  expect(asked).toHaveLength(1);
  await env.advance(2_000);
  expect([asked, states]).toEqual([
    ["0", "2"],
    ["open", "lost", "open"],
  ]);
  stop.abort(new Error("enough"));
  await env.advance(100_000);
  expect(await all).toEqual(new Error("enough"));
  expect(env.armed).toBe(0);
});

test("the stale stream: over a restart of a real server nothing is missing and nothing comes twice", async () => {
  const first = await served();
  const { port } = new URL(first.server.url);
  const client = createClient({ url: first.server.url, token: first.server.tokens.admin });
  const [project] = await client.projects.list();
  const seen: ProjectEvent[] = [];
  const stop = new AbortController();
  const following = (async () => {
    for await (const event of client.projects.events(project!.id, { after: 0, signal: stop.signal })) seen.push(event);
  })().catch((error: unknown) => error);
  for (const title of ["a", "b", "c"]) await client.items.create({ title });
  await first.server.close();
  const second = served({ stateDir: first.stateDir, port: Number(port) });
  const { id } = await client.items.create({ title: "d" });
  await second;
  await client.items.cancel(id);
  const { rows } = await client.projects.audit(project!.id);
  while (seen.at(-1)?.seq !== rows.at(-1)?.seq) await new Promise((resolve) => setImmediate(resolve));
  stop.abort(new Error("enough"));
  expect(await following).toEqual(new Error("enough"));
  expect(seen).toEqual(rows);
});

test("what is no event of a coordinator is told, not handed on", async () => {
  const client = createClient({ url: "http://a.example", fetch: async () => new Response("data: hello\n\n") });
  await expect(take(client.projects.events("p", { after: 0 }), 1)).rejects.toMatchObject({ code: "unexpected_answer" });
});
