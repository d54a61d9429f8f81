/**
 * Goal: a request that is collected gives its body once and whole, however it arrives, and is told of once when it does not.
 * Method: Node's own server with such requests, and raw connections that send them in pieces, behind each other, and by half.
 */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, onTestFinished, test } from "vitest";
import { CollectingMessage, takeBody } from "../../src/server/collecting-message.ts";

/** What was told of each request, in order: its body, or that it ended early. */
async function served(answer: (outgoing: ServerResponse, body: string | undefined) => void) {
  const told: (string | undefined)[] = [];
  const server = createServer({ IncomingMessage: CollectingMessage }, (incoming, outgoing) => {
    const take = (body: string | undefined): void => {
      told.push(body);
      answer(outgoing, body);
    };
    if (incoming.url === "/stream") {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => take(Buffer.concat(chunks).toString()));
    } else incoming.collect((body) => take(body?.toString()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").setNoDelay(true);
  let received = "";
  socket.on("data", (chunk) => (received += String(chunk)));
  await once(socket, "connect");
  return { told, socket, received: () => received };
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes of buffers that somebody still has. */
function arrayBuffers(): number {
  collect();
  return process.memoryUsage().arrayBuffers;
}

const echo = (outgoing: ServerResponse, body: string | undefined): void => void outgoing.end(`<${body}>`);
const post = (body: string, path = "/"): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

async function sendInPieces(socket: Socket, text: string, bytes: number): Promise<void> {
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += bytes) {
    socket.write(all.subarray(at, at + bytes));
    await sleep(1);
  }
}

test("C1: the whole body comes once: at once, byte by byte, none, a large one, and several requests in one piece", async () => {
  const { told, socket, received } = await served(echo);
  const large = "ö".repeat(200_000);
  const bodies = ["at once", "byte by byte: äöü", "", large, "one", "two", "three"];
  socket.write(post(bodies[0]!));
  await expect.poll(() => told.length).toBe(1);
  await sendInPieces(socket, post(bodies[1]!), 1);
  await expect.poll(() => told.length).toBe(2);
  for (const body of [bodies[2]!, large]) socket.write(post(body));
  await expect.poll(() => told.length).toBe(4);
  socket.write(post("one") + post("two") + post("three"));
  await expect.poll(() => received().match(/HTTP\/1\.1 200/g)?.length).toBe(bodies.length);
  expect(told).toEqual(bodies);
  // In this order, each behind the one before it.
  expect(received().match(/<[^>]*>/g)).toEqual(bodies.map((body) => `<${body}>`));
});

test("C1: a body that ends early is told of once, without what had come of it", async () => {
  const { told, socket } = await served(echo);
  socket.write(post("half of it").slice(0, -4));
  await sleep(20);
  expect(told).toEqual([]);
  socket.destroy();
  await expect.poll(() => told).toEqual([undefined]);
  await sleep(20);
  expect(told).toEqual([undefined]);
});

test("C1: a client that goes before it has its answer is not told of a second time", async () => {
  const outgoing = Promise.withResolvers<ServerResponse>();
  const { told, socket } = await served((waiting) => outgoing.resolve(waiting));
  socket.write(post("whole"));
  const gone = once(await outgoing.promise, "close");
  socket.destroy();
  await gone;
  expect(told).toEqual(["whole"]);
});

test("C3: connections on which nothing is asked any more keep nothing of what was", async () => {
  const megabyte = "x".repeat(1_000_000);
  const before = arrayBuffers();
  const asked = await Promise.all(Array.from({ length: 40 }, () => served((outgoing) => void outgoing.end("<taken>"))));
  for (const { socket } of asked) socket.write(post(megabyte));
  await expect.poll(() => asked.every(({ received }) => received().includes("<taken>"))).toBe(true);
  for (const { told } of asked) told.length = 0;
  await sleep(20);
  expect(arrayBuffers() - before).toBeLessThan(10_000_000);
});

test("a message of another server gives its body too, or tells that it ended early", async () => {
  const told: (string | undefined)[] = [];
  const server = createServer((incoming, outgoing) => {
    takeBody(incoming, (body) => {
      told.push(body?.toString());
      outgoing.end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(post("whole"));
  await expect.poll(() => told).toEqual(["whole"]);
  socket.write(post("half").slice(0, -1));
  await sleep(20);
  socket.destroy();
  await expect.poll(() => told).toEqual(["whole", undefined]);
});

test("C2: between two that are collected, one that is not is a stream", async () => {
  const { told, socket, received } = await served(echo);
  socket.write(post("a") + post("b", "/stream") + post("c"));
  await expect.poll(() => received().match(/HTTP\/1\.1 200/g)?.length).toBe(3);
  expect(new Set(told)).toEqual(new Set(["a", "b", "c"]));
  expect(received().match(/<[^>]*>/g)).toEqual(["<a>", "<b>", "<c>"]);
});
