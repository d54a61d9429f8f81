/** Everybody who is connected to a bridge: viewers, pages, and apps that send frames of their own. */
import type { WebSocket } from "ws";
import type { Env } from "../../base/env.ts";
import { AppFrames, FRAME_BYTES_MAX } from "./app-frames.ts";
import type { Bridge } from "./bridge.ts";
import { PageViewer } from "./page-viewer.ts";
import { Viewer } from "./viewer.ts";

const CLOSE_MS = 1_000;

export interface WatchingParts {
  readonly bridge: Bridge;
  readonly env: Env;
  /** Path and query at which an app of the user's sends its frames: whoever has it may. */
  readonly appPath: () => string;
}

export class Watching {
  readonly #parts: WatchingParts;
  readonly #viewers = new Map<WebSocket, Viewer>();
  readonly #pages = new Set<PageViewer>();
  readonly #apps: AppFrames;
  #lastApp = 0;

  constructor(parts: WatchingParts) {
    this.#parts = parts;
    this.#apps = new AppFrames((text) => this.#passOn(text));
  }

  /** Stately's inspector, or an app: who sends frames is an app, and gets none. */
  frames(connection: WebSocket): void {
    const app = ++this.#lastApp;
    const viewer = new Viewer({
      ...this.#parts,
      outlet: { send: (text) => connection.send(text), waiting: () => connection.bufferedAmount },
      missed: () => {},
    });
    this.#viewers.set(connection, viewer);
    for (const text of this.#apps.replay()) connection.send(text);
    connection.on("message", (data, isBinary) => {
      this.#forget(connection);
      if (isBinary || !this.#apps.take(app, textOf(data))) connection.close(1003, "expected a frame of an inspector");
    });
    connection.on("close", () => this.#forget(connection));
    connection.on("error", () => connection.terminate());
  }

  page(connection: WebSocket): void {
    const page = new PageViewer({ ...this.#parts, apps: this.#apps, connection });
    this.#pages.add(page);
    connection.on("message", (data, isBinary) => {
      if (isBinary || !page.take(textOf(data))) connection.close(1003, "expected a message of the page");
    });
    connection.on("close", () => {
      this.#pages.delete(page);
      page.close();
    });
    connection.on("error", () => connection.terminate());
  }

  async close(): Promise<void> {
    await Promise.all([...this.#viewers.values(), ...this.#pages].map((each) => each.drained(CLOSE_MS)));
    for (const viewer of this.#viewers.values()) viewer.close();
    for (const page of this.#pages) page.close();
    for (const connection of this.#viewers.keys()) connection.close(1001, "the run has ended");
    this.#viewers.clear();
    this.#pages.clear();
  }

  #forget(connection: WebSocket): void {
    this.#viewers.get(connection)?.close();
    this.#viewers.delete(connection);
  }

  #passOn(text: string): void {
    for (const connection of this.#viewers.keys())
      if (connection.bufferedAmount < FRAME_BYTES_MAX * 8) connection.send(text);
    for (const page of this.#pages) page.passOn(text);
  }
}

function textOf(data: unknown): string {
  return Buffer.isBuffer(data) ? data.toString("utf8") : "";
}
