/**
 * Goal: what is no request gets a refusal that can be taken for nothing else, takes nothing from those before it, and frees its
 * connection; answers that nobody takes hold up nobody and do not fill the memory.
 * Method: a real server and raw connections, with a request that waits before the wrong one; clients that never read or never close.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { LIMITS } from "../../src/base/limits.ts";
import { nodeEnv } from "../../src/base/node-env.ts";
import { listen } from "../../src/server/listen.ts";

const MEGABYTE = 1024 * 1024;

/** Answers `/slow` when it is let go, a number with so many megabytes, and anything else with the body that came. */
async function serving(unsentBytesMax?: number) {
  const gate = Promise.withResolvers<void>();
  const taken: string[] = [];
  const handle = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (pathname === "/slow") await gate.promise;
    if (/^\/\d+$/.test(pathname)) return new Response("x".repeat(Number(pathname.slice(1)) * MEGABYTE));
    if (request.method === "POST") taken.push(await request.text());
    return new Response(`<${pathname}>`);
  };
  const limit = unsentBytesMax === undefined ? {} : { unsentBytesMax };
  const listening = await listen(handle, { port: 0, env: nodeEnv(), ...limit });
  onTestFinished(() => listening.close(100));
  return { port: listening.port, letGo: gate.resolve, taken };
}

/** Never closes its half by itself; whether the server has closed the connection shows when more is sent. */
async function opened(port: number): Promise<{ socket: Socket; received: () => string; isClosed: () => boolean }> {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  let received = "";
  let isClosed = false;
  socket.on("data", (chunk) => (received += String(chunk)));
  socket.on("error", () => {});
  socket.on("close", () => (isClosed = true));
  await once(socket, "connect");
  const sendsMore = (): boolean => {
    if (socket.readableEnded && socket.writable) socket.write("more");
    return isClosed;
  };
  return { socket, received: () => received, isClosed: sendsMore };
}

const head = (first: string, ...lines: string[]): string => [first, "Host: a:1", ...lines, "", ""].join("\r\n");
const statuses = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));

describe("behind a request that waits for its answer", () => {
  const wrong: readonly (readonly [string, string, "" | "FIN", number[]])[] = [
    ["an unknown expectation", head("GET /a HTTP/1.1", "Expect: foo"), "", [200, 417]],
    ["a tunnel", head("CONNECT b:2 HTTP/1.1"), "", [200]],
    ["a broken chunk", `${head("POST /a HTTP/1.1", "Transfer-Encoding: chunked")}zz\r\n`, "", [200, 400]],
    ["half a body and the end", `${head("POST /a HTTP/1.1", "Content-Length: 9")}half`, "FIN", [200, 400]],
    ["bytes that are no HTTP", "\x16\x03\x01 hello\r\n\r\n", "", [200]],
  ];
  test.each(wrong)(
    "B1, B2: what is wrong does not take its place, and ends the connection: %s",
    async (_, bytes, end, expected) => {
      const { port, letGo, taken } = await serving();
      const { socket, received, isClosed } = await opened(port);
      socket.write(head("GET /slow HTTP/1.1") + bytes);
      if (end === "FIN") socket.end();
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(received()).toBe("");
      letGo();
      await expect.poll(isClosed, { timeout: 5_000 }).toBe(true);
      expect(statuses(received())).toEqual(expected);
      expect(received()).toContain("</slow>");
      expect(taken).toEqual([]);
    },
  );
});

test("B2: who is refused and does not close has no connection any more after a moment", async () => {
  const { port } = await serving();
  const broken = [head("CONNECT b:2 HTTP/1.1"), "no HTTP\r\n\r\n", head("GET / HTTP/1.1", `A: ${"x".repeat(20_000)}`)];
  const clients = await Promise.all(broken.map(() => opened(port)));
  for (const [n, { socket }] of clients.entries()) socket.write(broken[n]!);
  await expect.poll(() => clients.map(({ received }) => statuses(received()))).toEqual([[405], [400], [431]]);
  await expect.poll(() => clients.every(({ isClosed }) => isClosed()), { timeout: 5_000 }).toBe(true);
});

describe("answers that nobody takes", () => {
  test("N5: a client is served nothing more before it has taken what was made for it", async () => {
    const { port } = await serving();
    const { socket, received } = await opened(port);
    const megabytes = LIMITS.unsentOfConnectionBytesMax / MEGABYTE + 16;
    socket.pause();
    socket.write(head(`GET /${megabytes} HTTP/1.1`));
    await new Promise((resolve) => setTimeout(resolve, 500));
    socket.write(head("GET /next HTTP/1.1"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.resume();
    await expect.poll(() => statuses(received()), { timeout: 5_000 }).toEqual([200, 429]);
    socket.write(head("GET /next HTTP/1.1"));
    await expect.poll(() => received().endsWith("</next>")).toBe(true);
  });

  test("N5: when all together are too much, those with most are cut, and nobody else", async () => {
    const { port } = await serving(40 * MEGABYTE);
    const sizes = [30, 28, 26, 24, 8];
    const clients = await Promise.all(sizes.map(() => opened(port)));
    for (const [n, { socket }] of clients.entries()) {
      socket.pause();
      socket.write(head(`GET /${sizes[n]} HTTP/1.1`));
    }
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    for (const { socket } of clients) socket.resume();
    const ended = (): boolean[] => clients.map(({ socket, isClosed }) => isClosed() || socket.readableEnded);
    await expect.poll(ended).toEqual([true, true, true, false, false]);
    const isWhole = (n: number): boolean => clients[n]!.received().length > sizes[n]! * MEGABYTE;
    await expect.poll(() => sizes.map((_, n) => isWhole(n))).toEqual([false, false, false, true, true]);
  });
});
