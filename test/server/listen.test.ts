/**
 * Goal: one client cannot take from others what the server has little of, nor from itself the answer to what it asked before.
 * Method: a real server on a port and raw connections, some with more than one request at once.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { listen, type Listening } from "../../src/server/listen.ts";
import { served } from "../support/served.ts";

/** Everything that comes back on one connection until the server ends it, or enough has come. */
function converse(port: number, bytes: string, isEnough: (text: string) => boolean = () => false): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host: "127.0.0.1", port });
    const end = (): void => {
      socket.destroy();
      resolve(text);
    };
    socket.on("error", end);
    socket.on("close", end);
    socket.on("data", (chunk) => {
      text += String(chunk);
      if (isEnough(text)) end();
    });
    socket.on("connect", () => socket.write(bytes));
  });
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a:1\r\n\r\n`;

/** Answers `/quick` at once and `/slow` when it is let go. */
async function slowly(): Promise<{ listening: Listening; asked: Promise<void>; letGo: () => void }> {
  const gate = Promise.withResolvers<void>();
  const came = Promise.withResolvers<void>();
  const handle = async (request: Request): Promise<Response> => {
    if (!request.url.endsWith("/slow")) return new Response("quick");
    came.resolve();
    await gate.promise;
    return new Response("slow");
  };
  const listening = await listen(handle, { port: 0, env: nodeEnv() });
  onTestFinished(() => listening.close(100));
  return { listening, asked: came.promise, letGo: gate.resolve };
}

describe("requests that follow each other on one connection", () => {
  test("N1, N3: a connection whose second request is being served is not idle: closing waits for its answer", async () => {
    const { listening, asked, letGo } = await slowly();
    const answers = converse(listening.port, get("/quick") + get("/slow"), (text) => text.endsWith("slow"));
    await asked;
    const closed = listening.close(5_000);
    setTimeout(letGo, 50);
    expect(await answers).toMatch(/quick[^]*slow$/);
    await closed;
  });

  test("B1: what comes behind a request and is no HTTP does not take away its answer", async () => {
    const { listening, asked, letGo } = await slowly();
    const answers = converse(listening.port, `${get("/slow")}\x16\x03\x01 hello\r\n\r\n`);
    await asked;
    setTimeout(letGo, 50);
    const text = await answers;
    expect(text).toMatch(/^HTTP\/1\.1 200 [^]*slow$/);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

test("N4: a client that sends ever more requests before the first is answered is told to wait, and those it sent are answered", async () => {
  const { listening, asked, letGo } = await slowly();
  const many = LIMITS.requestsOfConnectionMax + 10;
  const isWhole = (text: string): boolean => (text.match(/HTTP\/1\.1/g)?.length ?? 0) === many && text.endsWith("}");
  const answers = converse(listening.port, get("/slow") + get("/quick").repeat(many - 1), isWhole);
  await asked;
  setTimeout(letGo, 50);
  const statuses = [...(await answers).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
  expect(statuses).toEqual([...Array(many - 10).fill(200), ...Array(10).fill(429)]);
});

describe("places that are few", () => {
  test("N1: for one connection too many the one makes room that has been idle longest, and none that is being served", async () => {
    const { listening, asked, letGo } = await slowly();
    const { port } = listening;
    const ended: number[] = [];
    const open = (number: number): Socket => {
      const socket = connect({ host: "127.0.0.1", port });
      onTestFinished(() => void socket.destroy());
      socket.on("error", () => {}).on("close", () => ended.push(number));
      return socket;
    };
    const answered = async (socket: Socket): Promise<void> => {
      socket.write(get("/quick"));
      await once(socket, "data");
    };
    const served = open(0);
    served.write(get("/slow"));
    await asked;
    const sockets = Array.from({ length: LIMITS.connectionsMax - 1 }, (_, n) => open(n + 1));
    for (const socket of sockets) await once(socket, "connect");
    for (const socket of sockets.toReversed()) await answered(socket);
    // The last of them was idle first, and so is the first to go; then one that asked again is idle for the shortest time.
    await answered(sockets.at(-1)!);
    const late = open(1_000);
    await answered(late);
    await expect.poll(() => ended).toEqual([LIMITS.connectionsMax - 2]);
    letGo();
    expect(String((await once(served, "data"))[0])).toMatch(/^HTTP\/1\.1 200/);
  });

  test("HEAD of an event stream takes no place of those who read one", async () => {
    const s = await served();
    const path = "/api/projects/default/events";
    const headers = { authorization: `Bearer ${s.server.tokens.read}` };
    for (let n = 0; n <= LIMITS.streamsMax; n++) {
      const { status } = await fetch(`${s.server.url}${path}`, { method: "HEAD", headers });
      expect(status).toBe(405);
    }
    const closing = new AbortController();
    const stream = await fetch(`${s.server.url}${path}`, { headers, signal: closing.signal });
    expect([stream.status, stream.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    closing.abort();
  });

  test("one request of MCP holds a bounded number of calls", async () => {
    const s = await served();
    const batch = (calls: number): Promise<Response> =>
      fetch(`${s.server.url}/mcp`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${s.server.tokens.read}`,
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
        },
        body: JSON.stringify(Array.from({ length: calls }, (_, id) => ({ jsonrpc: "2.0", id, method: "ping" }))),
      });
    expect((await batch(LIMITS.mcpBatchMax)).status).not.toBe(413);
    const refused = await batch(LIMITS.mcpBatchMax + 1);
    expect([refused.status, await refused.json()]).toMatchObject([413, { code: "too_large" }]);
  });
});
