/**
 * The worker thread that writes the journal; started by `sqlite-journal.ts`. A commit waits for the disk, and here it blocks nobody.
 */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { assert } from "../base/assert.ts";
import type { FromWorker, ToWorker, WorkerOptions } from "./sqlite/messages.ts";
import { openStore } from "./sqlite/open-store.ts";
import { sent } from "./sqlite/sent-error.ts";
import { WriterLoop } from "./sqlite/writer-loop.ts";

assert(parentPort !== null, "the journal's worker was started without its owner");
const port = parentPort;

function say(message: FromWorker): void {
  port.postMessage(message);
  if (message.kind === "closed") port.close();
}

// The other side of this port is our own `sqlite-journal.ts`.
const next = (): ToWorker | undefined => receiveMessageOnPort(port)?.message as ToWorker | undefined;

try {
  const loop = new WriterLoop(openStore(workerData as WorkerOptions), say);
  port.on("message", (message: ToWorker) => loop.handle(message, next));
  say({ kind: "ready" });
} catch (error) {
  say({ kind: "refused", error: sent(error) });
  port.close();
}
