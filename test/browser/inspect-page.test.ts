/**
 * Goal: a person who opens the address that `--inspect` prints sees the run: its state lit, its actors, what is sent.
 * Method: a real run whose attempts end when the test says so, in a real Chromium. Starting that takes seconds.
 */
import type { Browser, Page } from "playwright-core";
import { createWebSocketInspector } from "@statelyai/inspect";
import { createActor, setup } from "xstate";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { createRun } from "../../src/index.ts";
import { Bridge } from "../../src/inspect/watch/bridge.ts";
import { startInspectServer, type InspectServer } from "../../src/inspect/watch/server.ts";
import { launchBrowser, pageOf } from "../support/browser.ts";
import { manualExecutor } from "../support/manual-executor.ts";

let browser: Browser;
let bridge: Bridge;
let server: InspectServer;

beforeAll(async () => {
  const env = nodeEnv();
  bridge = new Bridge({ clock: env.clock });
  [server, browser] = await Promise.all([startInspectServer({ bridge, env, port: 0 }), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function opened(): Promise<{ readonly page: Page; readonly faults: string[] }> {
  const { page, faults } = await pageOf(browser);
  await page.route("**/favicon.ico", (route) => route.fulfill({ status: 204 }));
  await page.goto(server.url);
  onTestFinished(() => page.close());
  return { page, faults };
}

test("the run's states are lit as they are, actors are listed by their items, and what is sent to a chosen one is told", async () => {
  const executor = manualExecutor();
  const tasks = Object.fromEntries(
    ["one", "two", "<b>three</b>"].map((title, i) => [`t${i}`, { title, run: () => 1 }]),
  );
  const run = createRun({ name: "shown", tasks }, { executors: [executor], liveItemsMax: 2 });
  onTestFinished(bridge.watch(run));
  const { page, faults } = await opened();
  const lit = (state: string): Promise<void> => page.locator(`#chart .on[data-state="${state}"]`).waitFor();
  await page.getByRole("heading", { name: "shown" }).waitFor();
  await lit("lifecycle.planned");
  const result = run.start();
  await lit("lifecycle.running");
  await page.getByRole("button", { name: "t0" }).click();
  await page.getByRole("heading", { name: "t0" }).waitFor();
  await lit("claimed");
  await vi.waitFor(() => expect(executor.running).toEqual(["t0", "t1"]));
  executor.finish("t0");
  await lit("done");
  await page.locator("#log li", { hasText: "t0  complete" }).waitFor();
  await page.locator("#chart .event", { hasText: "complete [fromHolder] ×1" }).waitFor();
  await page.locator("#lanes text", { hasText: "complete" }).waitFor();
  await page.getByRole("button", { name: "t2" }).waitFor();
  await page.getByRole("searchbox").fill("t1");
  await vi.waitFor(async () => expect(await page.locator("#actors button").allInnerTexts()).toEqual(["t1"]));
  for (const key of ["t1", "t2"]) {
    await vi.waitFor(() => expect(executor.running).toContain(key));
    executor.finish(key);
  }
  await result;
  expect(faults).toEqual([]);
});

test("machines of other apps are drawn too, and what they send is a text, whatever is in it", async () => {
  const { page, faults } = await opened();
  const inspector = createWebSocketInspector({ url: server.url.replace("http", "ws").replace("/?", "/ws?") });
  const machine = setup({}).createMachine({
    id: "<img src=x onerror=alert(1)>",
    initial: "off",
    states: { off: { on: { "<script>alert(2)</script>": "on" } }, on: {} },
  });
  const actor = createActor(machine, { inspect: inspector.inspect }).start();
  await page.locator("#actors button").last().click();
  await page.locator('#chart .on[data-state="off"]').waitFor();
  actor.send({ type: "<script>alert(2)</script>" });
  await page.locator('#chart .on[data-state="on"]').waitFor();
  await page.locator("#log li", { hasText: "<script>alert(2)</script>" }).waitFor();
  expect(await page.locator("#chart script, #log script, #actors img").count()).toBe(0);
  inspector.stop();
  expect(faults).toEqual([]);
});

test("Stately's inspector gets every frame, those before it was ready too; nothing goes there unless its page is opened", async () => {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  const asked: string[] = [];
  // Stands for the page of stately.ai: it says when it is ready, as that does, and shows what it is sent.
  const inspector = `<body><script>
    addEventListener("message", ({ data }) => document.body.append(data.type + " " + (data.name ?? data.event?.type ?? "") + ";"));
    setTimeout(() => parent.postMessage({ type: "@statelyai.connected" }, "*"), 200);
  </script></body>`;
  await page.route("https://stately.ai/**", (route) => {
    asked.push(route.request().url());
    return route.fulfill({ contentType: "text/html", body: inspector });
  });
  const machine = setup({}).createMachine({ id: "early", on: { knock: {} } });
  const actor = createActor(machine, { id: "early", inspect: bridge.inspect }).start();
  await page.goto(server.url);
  await page.getByRole("status").filter({ hasText: "connected" }).waitFor();
  expect(asked).toEqual([]);
  await page.getByRole("link", { name: "Open in Stately" }).click();
  const shown = page.frameLocator("#inspector").locator("body");
  await shown.filter({ hasText: "@xstate.actor early;" }).waitFor();
  actor.send({ type: "knock" });
  await shown.filter({ hasText: "@xstate.event knock;" }).waitFor();
  expect(asked).toEqual(["https://stately.ai/inspect"]);
  actor.stop();
});
