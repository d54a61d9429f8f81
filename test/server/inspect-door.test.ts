/**
 * Goal: what the actors do is shown by the board's own server to whoever may see everything, and to nobody else; it costs no other connection anything.
 * Method: real sockets, made by hand where a browser would not make them; the receiver of `@statelyai/inspect` for what it shows.
 */
import { createWebSocketReceiver, type StatelyInspectionEvent } from "@statelyai/inspect";
import { WebSocket } from "ws";
import { expect, onTestFinished, test, vi } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { mountInspection } from "../../src/inspect/index.ts";
import { sendRaw } from "../support/raw-http.ts";
import { create, served, type Served } from "../support/served.ts";

const watched = (): Promise<Served> =>
  served({ inspection: mountInspection({ env: nodeEnv(), base: "/inspect" }), board: false });
const portOf = ({ server }: Served): number => Number(new URL(server.url).port);
const socketOf = (s: Served, path: string): string => `${s.server.url.replace("http", "ws")}${path}`;

/** What comes of asking for a WebSocket: its first message, or the status of the refusal. */
function asked(url: string, protocols: string[] = [], headers: Record<string, string> = {}): Promise<unknown> {
  const socket = new WebSocket(url, protocols, { headers });
  onTestFinished(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.once("message", (data) => resolve(JSON.parse((data as Buffer).toString())));
    socket.once("unexpected-response", (_, { statusCode }) => resolve(statusCode));
    socket.once("error", reject);
  });
}

test("D2: the role plan sees the actors, by a token that is in no address; less is refused, and so is none", async () => {
  const s = await watched();
  const protocols = (token: string): string[] => ["signalbox.inspect", `token.${token}`];
  const url = socketOf(s, "/inspect/ws");
  const { tokens } = s.server;
  for (const role of ["plan", "admin"] as const)
    expect(await asked(url, protocols(tokens[role]))).toMatchObject({ type: "@xstate.actor", name: "default" });
  for (const role of ["read", "worker"] as const) expect(await asked(url, protocols(tokens[role]))).toBe(403);
  expect(await asked(url, protocols("x".repeat(43)))).toBe(401);
  expect(await asked(url)).toBe(401);
  // Where a header can be sent it is the same one as everywhere.
  const headers = { authorization: `Bearer ${tokens.plan}` };
  expect(await asked(url, [], headers)).toMatchObject({ type: "@xstate.actor" });
  // A token in the address opens nothing.
  expect(await asked(`${url}?token=${tokens.plan}`)).toBe(401);
  expect((await s.call("read", "/api/session")).body).toMatchObject({ role: "read", inspect: true });
});

test("D1: a page of elsewhere and a name that is not ours are refused, whatever token they have", async () => {
  const s = await watched();
  const headers = { authorization: `Bearer ${s.server.tokens.admin}` };
  const url = socketOf(s, "/inspect/ws");
  expect(await asked(url, [], { ...headers, origin: "http://evil.example" })).toBe(403);
  expect(await asked(url, [], { ...headers, origin: "null" })).toBe(403);
  expect(await asked(url, [], { ...headers, host: `evil.example:${portOf(s)}` })).toBe(403);
  expect(await asked(url, [], { ...headers, origin: s.server.url })).toMatchObject({ type: "@xstate.actor" });
  expect(
    (await sendRaw(portOf(s), "GET /inspect HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")).body,
  ).toContain("forbidden_origin");
});

test("a program of the user's gets a ticket from the page: it opens this and nothing else", async () => {
  const s = await watched();
  await create(s, { title: "Watch me", key: "watched" });
  const page = await asked(socketOf(s, "/inspect/ws?mode=page"), [
    "signalbox.inspect",
    `token.${s.server.tokens.plan}`,
  ]);
  expect(page).toMatchObject({ kind: "here" });
  const { path } = page as { readonly path: string };
  expect(await asked(socketOf(s, `${path}x`))).toBe(401);
  const frames: StatelyInspectionEvent[] = [];
  const receiver = createWebSocketReceiver({ server: socketOf(s, path) });
  receiver.subscribe((frame) => void frames.push(frame));
  await vi.waitFor(() => expect(frames.some(({ type }) => type === "@xstate.actor")).toBe(true));
  await s.call("worker", "/api/work-items/claim-next", { agent_id: "ada" });
  const isClaim = (frame: StatelyInspectionEvent): boolean =>
    frame.type === "@xstate.event" && frame.event.type === "claim";
  await vi.waitFor(() => expect(frames.some(isClaim)).toBe(true));
  const ticket = path.split("ticket=")[1]!;
  const answer = await fetch(`${s.server.url}/api/projects`, { headers: { authorization: `Bearer ${ticket}` } });
  expect(answer.status).toBe(401);
});

test("M1: the page and its files need no token, hold nothing, and may reach nobody else", async () => {
  const s = await watched();
  for (const path of ["/inspect", "/inspect/", "/inspect/page.js", "/inspect/page.css", "/inspect/stately.js"]) {
    const answer = await fetch(`${s.server.url}${path}`);
    expect([path, answer.status]).toEqual([path, 200]);
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await answer.text()).not.toMatch(/BASE|QUERY|token=/);
  }
  for (const path of ["/inspect/none", "/inspect/toString", "/inspected"])
    expect((await fetch(`${s.server.url}${path}`)).status, path).toBe(404);
  const without = await served({ board: false });
  expect((await fetch(`${without.server.url}/inspect`)).status).toBe(404);
});

test("other requests that ask to be upgraded are answered as they would be, and an open socket does not hold up the end", async () => {
  const s = await watched();
  const lines = ["GET /healthz HTTP/1.1", `Host: 127.0.0.1:${portOf(s)}`, "Connection: Upgrade, close", "Upgrade: h2c"];
  expect((await sendRaw(portOf(s), `${lines.join("\r\n")}\r\n\r\n`)).body).toContain('"ok"');
  const headers = { authorization: `Bearer ${s.server.tokens.plan}` };
  await asked(socketOf(s, "/inspect/ws"), [], headers);
  const before = performance.now();
  await s.restart();
  expect(performance.now() - before).toBeLessThan(3_000);
});
