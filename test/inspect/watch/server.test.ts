/**
 * Goal: whoever may looks at a run's actors over a WebSocket, in the frames that XState's own tools speak; nobody else does.
 * Method: clients made with the package `@statelyai/inspect` itself, on real runs and real sockets.
 */
import { createWebSocketInspector, createWebSocketReceiver, type StatelyInspectionEvent } from "@statelyai/inspect";
import { createActor, setup } from "xstate";
import { WebSocket } from "ws";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { nodeEnv } from "../../../src/base/node-env.ts";
import { createRun, type Run } from "../../../src/index.ts";
import { Bridge } from "../../../src/inspect/watch/bridge.ts";
import { startInspectServer, type InspectServer } from "../../../src/inspect/watch/server.ts";
import { manualExecutor } from "../../support/manual-executor.ts";
import { sendRaw } from "../../support/raw-http.ts";

const env = nodeEnv();
let bridge: Bridge;
let server: InspectServer;

beforeAll(async () => {
  bridge = new Bridge({ clock: env.clock });
  server = await startInspectServer({ bridge, env, port: 0 });
});
afterAll(() => server.close());

const socketUrl = (): string => server.url.replace("http", "ws").replace("/?", "/ws?");
const tasks = (count: number): Record<string, { readonly run: () => number }> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`item-${i}`, { run: () => i }]));

function watched(run: Run): Run {
  onTestFinished(bridge.watch(run));
  return run;
}

/** A receiver as an app of the user's has it, with all that it has got. */
function receiver(): { readonly frames: StatelyInspectionEvent[]; readonly has: (count: number) => Promise<void> } {
  const frames: StatelyInspectionEvent[] = [];
  createWebSocketReceiver({ server: socketUrl() }).subscribe((frame) => void frames.push(frame));
  const has = (count: number): Promise<void> =>
    vi.waitFor(() => expect(frames.length).toBeGreaterThanOrEqual(count), { timeout: 20_000, interval: 10 });
  return { frames, has };
}

const isTold = (frames: readonly StatelyInspectionEvent[], name: string): boolean =>
  frames.some((frame) => frame.type === "@xstate.actor" && frame.name === name);

test("a client of @statelyai/inspect gets registrations, events and snapshots of a run of 1,000 items, in order", async () => {
  const run = watched(createRun({ name: "thousand", tasks: tasks(1_000) }, { liveItemsMax: 50 }));
  const { frames, has } = receiver();
  await has(1);
  await run.start();
  const isLast = (frame: StatelyInspectionEvent): boolean =>
    frame.type === "@xstate.snapshot" && frame.sessionId === run.actor.sessionId && frame.snapshot.status === "done";
  await vi.waitFor(() => expect(frames.some(isLast)).toBe(true), { timeout: 20_000, interval: 20 });
  const byActor = Map.groupBy(frames, ({ sessionId }) => sessionId);
  const items = [...byActor.values()].filter(
    ([first]) => first?.type === "@xstate.actor" && first.name.startsWith("item-"),
  );
  expect(items).toHaveLength(1_000);
  for (const [first, ...rest] of items) {
    expect(first).toMatchObject({ type: "@xstate.actor", parentId: run.actor.sessionId, rootId: run.actor.sessionId });
    expect(JSON.parse((first as { definition: string }).definition)).toMatchObject({ id: "workItem", initial: "todo" });
    const told = rest.map((frame) =>
      frame.type === "@xstate.event"
        ? frame.event.type
        : frame.type === "@xstate.snapshot" && (frame.snapshot as { readonly value?: unknown }).value,
    );
    expect(told).toEqual(["xstate.init", "todo", "claim", "claimed", "complete", "done"]);
  }
  const times = frames.map(({ createdAt }) => Number(createdAt));
  expect(times.slice(1).every((at, i) => at >= times[i]!)).toBe(true);
  expect(isTold(frames, "thousand")).toBe(true);
});

test("a client that comes late sees every actor that lives, as it is, and then what happens", async () => {
  const executor = manualExecutor();
  const run = watched(createRun({ name: "late", tasks: tasks(300) }, { liveItemsMax: 200, executors: [executor] }));
  const result = run.start();
  await vi.waitFor(() => expect(executor.running).toHaveLength(200));
  for (const item of executor.running.slice(0, 20)) executor.finish(item);
  await vi.waitFor(() => expect(executor.running).toHaveLength(200));
  const { frames, has } = receiver();
  await has(201);
  const registered = frames.filter((frame) => frame.type === "@xstate.actor");
  expect(new Set(registered.map(({ name }) => name))).toEqual(new Set(["late", ...executor.running]));
  expect(registered.slice(1).every(({ snapshot }) => snapshot.value === "claimed")).toBe(true);
  const [next] = executor.running;
  executor.finish(next!);
  const id = registered.find(({ name }) => name === next)!.sessionId;
  await vi.waitFor(() =>
    expect(frames.findLast(({ sessionId }) => sessionId === id)).toMatchObject({ snapshot: { value: "done" } }),
  );
  await run.cancel();
  await result;
});

test("a run is inspected only while somebody looks", async () => {
  const own = new Bridge({ clock: env.clock });
  const run = createRun({ tasks: tasks(50) });
  onTestFinished(own.watch(run));
  await run.start();
  expect([own.end, [...own.live].length]).toEqual([0, 0]);
  const next = createRun({ tasks: tasks(50) });
  onTestFinished(own.watch(next));
  const stop = own.look(() => {});
  expect([...own.live]).toContain(next.actor);
  stop();
  await next.start();
  expect([own.end, [...own.live].length]).toEqual([0, 0]);
});

test("any XState app sends its frames here, and viewers get them, also those that come later", async () => {
  const inspector = createWebSocketInspector({ url: socketUrl() });
  const { frames, has } = receiver();
  await has(0);
  const machine = setup({}).createMachine({
    id: "lamp",
    initial: "off",
    states: { off: { on: { flip: "on" } }, on: {} },
  });
  const lamp = createActor(machine, { inspect: inspector.inspect }).start();
  lamp.send({ type: "flip" });
  const isOn = (frame: StatelyInspectionEvent): boolean =>
    frame.type === "@xstate.snapshot" && (frame.snapshot as { readonly value?: unknown }).value === "on";
  await vi.waitFor(() => expect(frames.some(isOn)).toBe(true));
  const late = receiver();
  await vi.waitFor(() => expect(late.frames.some(isOn)).toBe(true));
  expect(late.frames.find((frame) => frame.type === "@xstate.actor")).toMatchObject({ sessionId: lamp.sessionId });
  inspector.stop();
});

test("what an inspector gets can be written as JSON, whatever is in contexts and events", async () => {
  const loop: Record<string, unknown> = { long: "x".repeat(1e6), big: 10n, call: () => 1, error: new Error("no") };
  loop["self"] = loop;
  const machine = setup({}).createMachine({
    id: "odd",
    context: loop,
    on: { go: {} },
  });
  const actor = createActor(machine, { inspect: bridge.inspect }).start();
  const { frames } = receiver();
  await vi.waitFor(() => expect(isTold(frames, "odd")).toBe(true));
  actor.send({ type: "go", self: actor, map: new Map([[1, 2]]) });
  actor.stop();
  await vi.waitFor(() => expect(frames.some((frame) => "event" in frame && frame.event.type === "go")).toBe(true));
  const registration = frames.find((frame) => frame.type === "@xstate.actor" && frame.name === "odd");
  const { context } = (registration as { readonly snapshot: { readonly context: Record<string, unknown> } }).snapshot;
  expect(context).toMatchObject({ big: "10n", call: "[function call]", self: "[circular]", error: { message: "no" } });
  expect(String(context["long"]).length).toBeLessThan(2_100);
});

describe("the door", () => {
  const { promise: opened, resolve } = Promise.withResolvers<URL>();
  beforeAll(() => resolve(new URL(server.url)));
  const ask = async (path: (url: URL) => string, headers: (url: URL) => string): Promise<number> => {
    const url = await opened;
    const { status } = await sendRaw(
      Number(url.port),
      `GET ${path(url)} HTTP/1.1\r\n${headers(url)}\r\nConnection: close\r\n\r\n`,
    );
    return status;
  };
  const whole = (url: URL): string => url.pathname + url.search;
  const own = (url: URL): string => `Host: ${url.host}`;

  test("the page is shown to whoever has its address", async () => {
    expect(await ask(whole, own)).toBe(200);
    expect(await ask((url) => `/page.js${url.search}`, own)).toBe(200);
    expect(await ask((url) => `/etc/passwd${url.search}`, own)).toBe(404);
  });

  test.each([
    ["no token", () => "/", own],
    ["another token", () => `/?token=${"a".repeat(32)}`, own],
    ["another host", whole, () => "Host: evil.example"],
    ["another host with our port", whole, (url: URL) => `Host: evil.example:${url.port}`],
    ["a page of elsewhere", whole, (url: URL) => `${own(url)}\r\nOrigin: https://evil.example`],
    ["a page without an address", whole, (url: URL) => `${own(url)}\r\nOrigin: null`],
    ["an address of elsewhere", (url: URL) => `http://evil.example/${url.search}`, own],
  ])("%s is refused", async (_what, path, headers) => {
    expect(await ask(path, headers)).toBe(403);
  });

  const refusedBy = (url: string, options: object = {}): Promise<unknown> =>
    new Promise((done) => {
      const socket = new WebSocket(url, options);
      socket.on("open", () => done("open"));
      socket.on("unexpected-response", (_request, response) => done(response.statusCode));
      socket.on("error", (error) => done(/403/.test(error.message) ? 403 : error.message));
    });

  test("a socket without the token, or from a page of elsewhere, is refused; one of this machine's pages is not", async () => {
    const url = await opened;
    expect(await refusedBy(`ws://${url.host}/ws`)).toBe(403);
    expect(await refusedBy(socketUrl(), { origin: "https://evil.example" })).toBe(403);
    expect(await refusedBy(socketUrl(), { origin: "http://localhost:5173" })).toBe("open");
  });

  const closedBy = (message: string | Uint8Array, query = ""): Promise<number> =>
    new Promise((done) => {
      const socket = new WebSocket(socketUrl() + query);
      socket.on("open", () => socket.send(message));
      socket.on("close", (code) => done(code));
      socket.on("error", () => {});
    });

  test.each([
    ["no JSON", "hello", 1003],
    ["no frame", '{"type":"@xstate.command"}', 1003],
    ["a frame of nobody", '{"type":"@xstate.actor","sessionId":7}', 1003],
    ["bytes", new Uint8Array([1, 2]), 1003],
    ["too much", "x".repeat(2 << 20), 1009],
  ])("%s ends the connection that sent it, and nothing else", async (_what, message, code) => {
    expect(await closedBy(message)).toBe(code);
    if (code === 1003)
      expect(await closedBy(typeof message === "string" ? `{"draw":7}` : message, "&mode=page")).toBe(code);
  });
});
