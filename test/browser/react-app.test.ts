/**
 * Goal: the machines run in a browser: the example of a React app carries a plan out there, with live states.
 * Method: the example is type-checked and built as its reader would build it, and used in a real Chromium. Starting that takes seconds.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { spawnSync } from "node:child_process";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser, pageOf } from "../support/browser.ts";
import { root } from "../support/tidy/repository.ts";

const app = join(root, "docs/examples/react-app");
// Browsers keep `crypto.randomUUID` for what they trust, as they do their own machine.
const ADDRESS = "http://localhost:5173";
const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
const alias = { "signalbox/machines": join(root, "machines/index.ts") };
let folder: string;
let browser: Browser;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-react-"));
  const built = build({
    root: app,
    logLevel: "error",
    resolve: { alias },
    build: { outDir: folder, emptyOutDir: true },
  });
  [browser] = await Promise.all([launchBrowser(), built]);
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The built files, from an address that no network is asked about. */
async function opened(): Promise<{ readonly page: Page; readonly faults: string[] }> {
  const { page, faults } = await pageOf(browser);
  await page.route("**/*", (route) => {
    const { pathname, origin } = new URL(route.request().url());
    if (origin !== ADDRESS) return route.abort();
    if (pathname === "/favicon.ico") return route.fulfill({ status: 204 });
    const file = pathname === "/" ? "/index.html" : pathname;
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    return route.fulfill({ contentType: type, body: readFileSync(join(folder, file)) });
  });
  // Time passes in the page only when a test says so.
  await page.clock.install();
  await page.goto(ADDRESS);
  await page.clock.pauseAt(Date.now() + 60_000);
  return { page, faults };
}

test("a plan runs in the page: needs are kept, a failed attempt is repeated, states are shown as they change", async () => {
  const { page, faults } = await opened();
  const stateOf = (item: string): Promise<string | null> =>
    page.locator(`[data-item=${item}]`).getAttribute("data-state");
  expect(await stateOf("fetch")).toBe("todo");
  await page.getByRole("button", { name: "Start" }).click();
  await page.locator("[data-item=fetch][data-state=claimed]").waitFor();
  expect(await stateOf("parse")).toBe("todo");
  await page.clock.runFor(150);
  await page.locator("[data-item=parse][data-state=claimed]").waitFor();
  expect([await stateOf("fetch"), await stateOf("resize"), await stateOf("upload")]).toEqual([
    "done",
    "claimed",
    "todo",
  ]);
  for (const item of ["parse", "resize"]) {
    await page.clock.runFor(150);
    await page.locator(`[data-item=${item}][data-state=done]`).waitFor();
  }
  await page.locator("[data-item=upload][data-state=claimed]").waitFor();
  await page.clock.runFor(100);
  await page.getByText("upload: claimed (attempt 2)").waitFor();
  await page.clock.runFor(100);
  await page.getByText("done: 4 of 4 done").waitFor();
  expect(faults).toEqual([]);
});

test("pausing holds what has not started, cancelling ends the rest, and it can begin again", async () => {
  const { page, faults } = await opened();
  const button = (name: string): Promise<void> => page.getByRole("button", { name }).click();
  await button("Start");
  await button("Pause");
  await page.clock.runFor(150);
  await page.getByText("paused: 1 of 4 done").waitFor();
  expect(await page.locator("[data-item=parse]").getAttribute("data-state")).toBe("todo");
  await button("Resume");
  await page.locator("[data-item=resize][data-state=claimed]").waitFor();
  await button("Cancel");
  await page.getByText("cancelled: 1 of 4 done").waitFor();
  expect(await page.locator("[data-state=cancelled]").count()).toBe(3);
  await button("Again");
  await page.getByText("planned: 0 of 4 done").waitFor();
  expect(faults).toEqual([]);
});

test("it is typed from end to end", () => {
  const settings = {
    extends: join(app, "tsconfig.json"),
    compilerOptions: { paths: { "signalbox/machines": [alias["signalbox/machines"]] } },
    include: [join(app, "src"), join(app, "vite.config.ts")],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
  const { status, stdout } = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder]);
  expect([status, String(stdout)]).toEqual([0, ""]);
});
