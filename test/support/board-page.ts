/** The board in a real browser, over a real server: one of each for a whole file of tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { mountInspection } from "../../src/inspect/index.ts";
import { serve, type ServedCoordinator } from "../../src/server/serve.ts";
import type { Role } from "../../src/server/tokens.ts";
import { launchBrowser } from "./browser.ts";
import { boardFolder, ensureBoard } from "./build/board.ts";

export interface OpenOptions extends BrowserContextOptions {
  /** How far ahead of ours the clock of the page is; it stands still then. */
  readonly laterMs?: number;
}

export interface BoardPage {
  readonly page: Page;
  /** What a browser told of scripts, styles and connections that the page's policy forbids, and of errors. */
  readonly faults: string[];
}

export class BoardStage {
  readonly #stateDir = mkdtempSync(join(tmpdir(), "signalbox-board-"));
  #port = 0;
  server!: ServedCoordinator;
  browser!: Browser;

  async start(): Promise<void> {
    await ensureBoard();
    this.#port = await freePort();
    [this.browser] = await Promise.all([launchBrowser(), this.serve()]);
  }

  /** Begins to answer, on the same port and state as before. */
  async serve(): Promise<void> {
    const { env, version } = { env: nodeEnv(), version: "0.0.0" };
    const onProblem = (problem: Error): never => {
      throw problem;
    };
    const options = { env, version, onProblem, port: this.#port, stateDir: this.#stateDir, board: boardFolder };
    this.server = await serve({ ...options, inspection: mountInspection({ env, base: "/inspect" }) });
  }

  async stop(): Promise<void> {
    await Promise.all([this.browser.close(), this.server.close()]);
    rmSync(this.#stateDir, { recursive: true, force: true });
  }

  /** Asks the interface; the answer has to be a success. */
  async call<T = Record<string, unknown>>(role: Role, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.server.url}${path}`, {
      headers: { authorization: `Bearer ${this.server.tokens[role]}`, "content-type": "application/json" },
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    });
    const answer = await response.json();
    expect(response.ok, JSON.stringify(answer)).toBe(true);
    return answer as T;
  }

  /** A project of its own, so that tests do not see each other's items. */
  async project(name: string, options: object = {}): Promise<string> {
    return (await this.call<{ id: string }>("admin", "/api/projects", { name, ...options })).id;
  }

  /** Opens a page of a project with the token of this role. */
  open(role: Role, project: string, query = "", options: OpenOptions = {}): Promise<BoardPage> {
    return this.openAt(`${this.server.url}/?project=${project}${query}#token=${this.server.tokens[role]}`, options);
  }

  /** Opens a page of any server, by the address that it printed. */
  async openAt(address: string, options: OpenOptions = {}): Promise<BoardPage> {
    const { laterMs, ...rest } = options;
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 760 }, ...rest });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    if (laterMs !== undefined) await page.clock.setFixedTime(Date.now() + laterMs);
    if (laterMs !== undefined) await page.clock.setFixedTime(Date.now() + laterMs);
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("dialog", (dialog) => faults.push(`dialog ${dialog.message()}`));
    page.on("console", (message) => {
      // Answers that are problems, and a server that is stopped on purpose.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        faults.push(message.text());
    });
    await page.addInitScript(
      'addEventListener("securitypolicyviolation", (event) => console.error("policy", event.violatedDirective, event.blockedURI))',
    );
    await page.goto(address);
    await page.getByRole("heading", { name: "Work Items" }).waitFor();
    await page.locator('[data-live="true"]').waitFor();
    return { page, faults };
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
