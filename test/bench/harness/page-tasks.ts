/** What the main thread of a page did meanwhile: on a machine that others use too, waiting for a processor is no work. */
import type { Browser } from "playwright-core";

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of the thread on a processor. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Milliseconds on a processor of the longest task of any page while `work` goes on. */
export async function longestWork(browser: Browser, work: () => Promise<void>): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const ended = new Promise<void>((resolve) => session.once("Tracing.tracingComplete", () => resolve()));
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel"], excludedCategories: ["*"] },
  });
  await work();
  await session.send("Tracing.end");
  await ended;
  await session.detach();
  const pages = new Set(events.filter(isMainOfPage).map(threadOf));
  const tasks = events.filter((event) => event.name.endsWith("RunTask") && pages.has(threadOf(event)));
  if (tasks.length === 0) throw new Error("expected the browser to tell of the tasks of its pages, got none");
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1_000;
}

function isMainOfPage({ name, args }: TraceEvent): boolean {
  return name === "thread_name" && args?.name === "CrRendererMain";
}

function threadOf({ pid, tid }: TraceEvent): string {
  return `${pid} ${tid}`;
}
