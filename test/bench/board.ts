/** The board in a real browser with many items, still and under events. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { nodeEnv } from "../../src/base/node-env.ts";
import { serve, type ServedCoordinator } from "../../src/server/serve.ts";
import type { Role } from "../../src/server/tokens.ts";
import { launchBrowser } from "../support/browser.ts";
import { boardFolder, ensureBoard } from "../support/build/board.ts";
import { longestWork } from "./harness/page-tasks.ts";
import type { BenchOptions } from "./harness/options.ts";
import { atLeast, atMost, type LimitCheck, type Report } from "./harness/report.ts";
import { digits } from "./harness/stats.ts";

const EVENTS_PER_S = 200;
const HOLDERS = 50;
/** Tasks in one request, whose body is bounded. */
const PAGE_TASKS = 10_000;

/** Notes when the first card stands in the page, and every task of the page that lasted over 50 ms. */
const WATCH = `
  window.longTasks = [];
  new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((entry) => entry.duration)))
    .observe({ type: "longtask", buffered: true });
  const look = () => document.querySelector("[data-item]") === null
    ? requestAnimationFrame(look) : requestAnimationFrame(() => (window.shownAt = performance.now()));
  look();
`;
const DATA_AT = `performance.getEntriesByType("resource").filter(({ name }) => name.includes("/snapshot?&")).at(-1).responseEnd`;

interface Measured {
  readonly items: number;
  readonly paintMs: number;
  readonly elements: number;
  readonly jumpMs: number;
  readonly longestMs: number;
  readonly longestWorkMs: number;
  readonly eventsPerS: number;
}

export async function board(options: BenchOptions): Promise<Report> {
  const sizes = options.smoke ? [300] : [10_000, 100_000];
  await ensureBoard();
  const browser = await launchBrowser();
  const measured: Measured[] = [];
  try {
    for (const items of sizes) measured.push(await measure(browser, items, options.smoke ? 1 : 8));
  } finally {
    await browser.close();
  }
  const [first] = measured;
  const ms = (value: number): string => `${digits(value)} ms`;
  // The browser tells of no task under 50 ms.
  const longTask = (value: number): string => (value === 0 ? "under 50 ms" : ms(value));
  const limits: LimitCheck[] = [
    atMost("first cards after the data, 10,000 items", first!.paintMs, 300, ms),
    atLeast("events a second, 10,000 items", first!.eventsPerS, 0.95 * EVENTS_PER_S, digits),
    atMost("longest task under events, 10,000 items", first!.longestMs, 100, longTask),
    atMost("of that on a processor", first!.longestWorkMs, 100, ms),
    atMost("elements in the page", Math.max(...measured.map(({ elements }) => elements)), 1_500, digits),
  ];
  return {
    name: "board",
    question: "the columns of the board with many items, in a real browser, while holders say how far they are",
    tables: [
      {
        title: "one page",
        columns: [
          "items",
          "first cards after the data, ms",
          "elements",
          "jump to the end, ms",
          "events/s",
          "longest task, ms",
          "on a processor, ms",
        ],
        rows: measured.map((one) => [
          String(one.items),
          digits(one.paintMs),
          String(one.elements),
          digits(one.jumpMs),
          digits(one.eventsPerS),
          one.longestMs === 0 ? "under 50" : digits(one.longestMs),
          digits(one.longestWorkMs),
        ]),
      },
    ],
    limits: options.smoke ? [] : limits,
    notes: [
      "browser, server and holders share the processors",
      "a task under 50 ms is not told by the browser; on a processor: without the time in which others had it",
    ],
    failures: [],
  };
}

async function measure(browser: Browser, items: number, seconds: number): Promise<Measured> {
  const stateDir = mkdtempSync(join(tmpdir(), "signalbox-board-bench-"));
  const onProblem = (problem: Error): never => {
    throw problem;
  };
  const server = await serve({ env: nodeEnv(), version: "0.0.0", port: 0, onProblem, stateDir, board: boardFolder });
  try {
    await fill(server, items);
    const page = await browser.newPage({ viewport: { width: 1280, height: 760 } });
    await page.addInitScript(WATCH);
    await page.goto(`${server.url}/?view=board#token=${server.tokens.read}`);
    await page.locator('[data-live="true"]').waitFor({ timeout: 60_000 });
    const paintMs = await page.evaluate<number>(`window.shownAt - ${DATA_AT}`);
    const elements = await page.locator("*").count();
    const jumpMs = await jump(page, items);
    await page.evaluate("window.longTasks.length = 0");
    let eventsPerS = 0;
    const longestWorkMs = await longestWork(browser, async () => {
      eventsPerS = await holdersSpeak(server, seconds);
    });
    const longestMs = await page.evaluate<number>("Math.max(0, ...window.longTasks)");
    await page.close();
    return { items, paintMs, elements, jumpMs, longestMs, longestWorkMs, eventsPerS };
  } finally {
    await server.close();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

async function jump(page: Page, items: number): Promise<number> {
  const start = performance.now();
  await page.evaluate(`document.querySelector('[aria-label="Ready items"]').scrollTop = 1e9`);
  await page.getByText(`Item number ${items - 1}`, { exact: true }).waitFor();
  return performance.now() - start;
}

async function fill(server: ServedCoordinator, items: number): Promise<void> {
  const path = `/api/projects/${server.coordinator.project().id}/plans`;
  for (let from = 0; from < items; from += PAGE_TASKS) {
    const numbers = Array.from({ length: Math.min(PAGE_TASKS, items - from) }, (_, n) => from + n);
    await call(server, "plan", path, {
      tasks: Object.fromEntries(numbers.map((n) => [`t${n}`, { title: `Item number ${n}` }])),
    });
  }
}

/** Answers how many events a second there were. */
async function holdersSpeak(server: ServedCoordinator, seconds: number): Promise<number> {
  const held = await Promise.all(
    Array.from({ length: HOLDERS }, (_, n) =>
      call(server, "worker", "/api/work-items/claim-next", { agent_id: `agent-${n}` }),
    ),
  );
  const start = performance.now();
  const total = seconds * EVENTS_PER_S;
  // Each on its own, as holders are: nobody waits for the answer that another one gets.
  const speak = async (claim: unknown, holder: number): Promise<void> => {
    const { item, fencing_token } = claim as { item: { id: string }; fencing_token: number };
    for (let sent = holder; sent < total; sent += HOLDERS) {
      const early = start + (sent * 1_000) / EVENTS_PER_S - performance.now();
      if (early > 0) await pause(early);
      const body = { fencing_token, progress: (sent % 100) / 100, note: `step ${sent}` };
      await call(server, "worker", `/api/work-items/${item.id}/heartbeat`, body);
    }
  };
  await Promise.all(held.map(speak));
  return total / ((performance.now() - start) / 1_000);
}

async function call(server: ServedCoordinator, role: Role, path: string, body: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${server.tokens[role]}`, "content-type": "application/json" };
  const response = await fetch(`${server.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
