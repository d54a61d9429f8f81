/**
 * Goal: the board in a real browser does what a person wants of it: sees what happens as it happens, finds it again, acts, and cannot
 * be turned against itself. Method: one Chromium, one server, one project for each test; every page must have no fault at its end.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import axe, { type AxeResults } from "axe-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BoardStage, type BoardPage } from "../support/board-page.ts";
import { setScene } from "../support/board-scene.ts";
import { HOSTILE_TITLES } from "../support/hostile-titles.ts";

const stage = new BoardStage();
beforeAll(() => stage.start());
afterAll(() => stage.stop());

interface Made {
  readonly id: string;
  readonly key: string;
}
interface Claimed {
  readonly fencing_token: number;
}

const create = (project_id: string, title: string, more: object = {}): Promise<Made> =>
  stage.call<Made>("plan", "/api/work-items", { project_id, title, ...more });
const claim = async ({ id }: Made, agent_id = "ada"): Promise<number> =>
  (await stage.call<Claimed>("worker", `/api/work-items/${id}/claim`, { agent_id })).fencing_token;
const view = ({ page }: BoardPage, name: string): Promise<void> =>
  page.getByRole("navigation", { name: "Views" }).getByRole("button", { name }).click();
const column = ({ page }: BoardPage, name: string) => page.getByRole("region", { name, exact: true });

test("S4-12: an item is created here, claimed elsewhere, its progress is seen as it happens, and it is done", async () => {
  const project = await stage.project("live");
  const board = await stage.open("plan", project);
  const { page } = board;
  await page.getByRole("button", { name: "New item" }).click();
  const dialog = page.getByRole("dialog", { name: "New work item" });
  await dialog.getByLabel("Title").fill("Draw the board");
  await dialog.getByLabel("Priority").fill("12");
  await dialog.getByRole("button", { name: "Create" }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("Priority").fill("1");
  await dialog.getByLabel("Needs").fill("nobody");
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect.poll(() => dialog.getByLabel("Needs").getAttribute("aria-invalid")).toBe("true");
  await dialog.getByLabel("Needs").fill("");
  await dialog.getByLabel("Files").fill("src/board/**\ntest/board/**");
  await dialog.getByRole("button", { name: "Create" }).click();
  const panel = page.getByRole("complementary", { name: "Item" });
  await panel.getByRole("heading", { name: "Draw the board" }).waitFor();
  const [item] = (await stage.call<{ items: Made[] }>("read", `/api/work-items?project_id=${project}`)).items;
  const fencing_token = await claim(item!);
  await panel.getByText("Assigned to: ada").waitFor();
  await stage.call("worker", `/api/work-items/${item!.id}/heartbeat`, { fencing_token, progress: 0.4, note: "half" });
  const lane = page.getByRole("list", { name: "Lanes" }).getByRole("listitem");
  await lane.getByText("half").waitFor();
  expect(await lane.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("40");
  // Somebody else has the same files in hand: both lanes say so.
  const other = await create(project, "The same files", { key: "other", files: ["src/board/app.tsx"] });
  await claim(other, "grace");
  await lane.getByText("also with grace: src/board/app.tsx").waitFor();
  await page.getByText("2 lanes share files").waitFor();
  await view(board, "Board");
  const card = column(board, "Claimed").locator(`[data-item="${item!.key}"]`);
  await expect.poll(() => card.innerText()).toContain("Files: src/board/**, test/board/**");
  await stage.call("worker", `/api/work-items/${item!.id}/complete`, {
    fencing_token,
    result_summary: "drawn",
    files_modified: ["src/board/app.tsx"],
  });
  await column(board, "Done").getByText("Draw the board").waitFor();
  await panel.getByText("Audit trail").waitFor();
  await expect.poll(() => panel.locator("[data-now=true]").getAttribute("data-state")).toBe("done");
  expect(await panel.getByRole("button", { name: "Cancel item" }).count()).toBe(0);
  expect(board.faults).toEqual([]);
});

test("what was chosen stands in the address: filter, view and item are there again after a reload, and back goes back", async () => {
  const project = await stage.project("address");
  const items = await Promise.all(["alpha", "beta", "gamma"].map((key) => create(project, `Title ${key}`, { key })));
  const board = await stage.open("read", project);
  const { page } = board;
  expect(page.url()).not.toContain("token");
  await page.keyboard.press("/");
  await page.keyboard.type("alpha");
  await page.keyboard.press("Escape");
  await page.keyboard.press("2");
  await page.keyboard.press("j");
  const panel = page.getByRole("complementary", { name: "Item" });
  await panel.getByRole("heading", { name: "Title alpha" }).waitFor();
  // Its width is kept in the browser, not in the address.
  const edge = page.getByRole("separator", { name: "Width of the item" });
  const width = Number(await edge.getAttribute("aria-valuenow"));
  await edge.press("ArrowLeft");
  await page.reload();
  await panel.getByRole("heading", { name: "Title alpha" }).waitFor();
  expect((await panel.boundingBox())!.width).toBe(width + 24);
  expect(await page.getByRole("combobox", { name: "Filter" }).inputValue()).toBe("alpha");
  await expect.poll(() => column(board, "Ready").locator("[data-item]").count()).toBe(1);
  expect(new URL(page.url()).searchParams.get("item")).toBe(items[0]!.id);
  await page.goBack();
  await expect.poll(() => panel.count()).toBe(0);
  // Whoever closes an item goes on where it stands.
  await expect.poll(() => page.evaluate("document.activeElement.dataset.item")).toBe("alpha");
  await page.goBack();
  expect(new URL(page.url()).searchParams.get("view")).toBeNull();
  await page.goto(`${stage.server.url}/?project=${items[0]!.id}`);
  await page.getByText("There is no such project on this server").waitFor();
  expect(board.faults).toEqual([]);
});

test("F3: a stream that is cut says so, and goes on without a lost update", async () => {
  const project = await stage.project("cut");
  const item = await create(project, "Before the break");
  const board = await stage.open("read", project, "&view=board");
  await column(board, "Ready").getByText("Before the break").waitFor();
  await stage.server.close();
  await board.page.getByText("Reconnecting").waitFor();
  await board.page.getByText("What you see is of").waitFor();
  await stage.serve();
  await claim(item);
  await create(project, "During the break");
  await board.page.locator('[data-live="true"]').waitFor();
  await column(board, "Claimed").getByText("Before the break").waitFor();
  await column(board, "Ready").getByText("During the break").waitFor();
  await expect.poll(() => board.page.getByText("Reconnecting").count()).toBe(0);
  expect(board.faults).toEqual([]);
});

test("who may only look sees no button that changes anything; a wrong token is asked for again", async () => {
  const project = await stage.project("roles");
  const item = await create(project, "Look at me");
  const reader = await stage.open("read", project, `&item=${item.id}`);
  await reader.page.getByText("Read only").waitFor();
  await reader.page.getByRole("heading", { name: "Look at me" }).waitFor();
  for (const name of ["New item", "Pause", "All matching", "Cancel item", "Requeue", "Leave"])
    expect(await reader.page.getByRole("button", { name, exact: true }).count(), name).toBe(0);
  for (const key of ["i", "x", "p", "c"]) await reader.page.keyboard.press(key);
  expect(await reader.page.getByRole("dialog").count()).toBe(0);
  const stranger = await (await stage.browser.newContext()).newPage();
  await stranger.goto(`${stage.server.url}/#token=${"x".repeat(43)}`);
  await stranger.getByText("The server does not know this token").waitFor();
  await stranger.getByLabel("Token").fill(stage.server.tokens.read);
  await stranger.getByRole("button", { name: "Open" }).click();
  await stranger.getByRole("heading", { name: "Work Items" }).waitFor();
  await stranger.context().close();
  expect(reader.faults).toEqual([]);
});

test("actions: pause, requeue, cancel with a question, and all that match with a count before", async () => {
  const project = await stage.project("actions");
  const failing = await Promise.all([1, 2, 3].map((n) => create(project, `Shaky ${n}`, { key: `shaky-${n}` })));
  for (const item of failing) {
    const fencing_token = await claim(item);
    await stage.call("worker", `/api/work-items/${item.id}/fail`, { fencing_token, failure_reason: "no luck" });
  }
  const board = await stage.open("plan", project, "&view=board");
  const { page } = board;
  await page.keyboard.press("p");
  await page.getByText("Paused", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await column(board, "Failed").getByText("Shaky 1").click();
  await page.keyboard.press("r");
  await column(board, "Ready").getByText("Shaky 1").waitFor();
  const filter = page.getByRole("combobox", { name: "Filter" });
  const dialog = page.getByRole("dialog", { name: "All matching items" });
  // A slip of the pen lets nothing through here: it would be about every item.
  await filter.fill("state:faild");
  await page.getByRole("button", { name: "All matching" }).click();
  await dialog.getByText("The filter state:faild cannot be read").waitFor();
  expect(await dialog.getByRole("button", { name: /^Requeue/ }).isDisabled()).toBe(true);
  await page.keyboard.press("Escape");
  await filter.fill("shaky");
  await page.getByRole("button", { name: "All matching" }).click();
  await dialog.getByText("Requeue would change 2 items of 3").waitFor();
  await dialog.getByRole("button", { name: "Requeue 2 items" }).click();
  await dialog.getByText("2 items of 2 changed.").waitFor();
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect.poll(() => column(board, "Ready").locator("[data-item]").count()).toBe(3);
  await page.getByRole("button", { name: "Cancel item" }).click();
  const question = page.getByRole("dialog", { name: "Cancel this item?" });
  await question.getByLabel("Why (others read it)").fill("not needed");
  await question.getByRole("button", { name: "Cancel the item" }).click();
  await column(board, "Cancelled").getByText("Shaky 1").waitFor();
  expect(board.faults).toEqual([]);
});

test("the past is looked at with the same views, and nothing can be done to it", async () => {
  const project = await stage.project("past");
  const a = await create(project, "Then and now", { key: "a" });
  await create(project, "Later", { dependencies: ["a"] });
  const fencing_token = await claim(a);
  await stage.call("worker", `/api/work-items/${a.id}/complete`, {
    fencing_token,
    result_summary: "",
    files_modified: [],
  });
  const board = await stage.open("plan", project, "&view=board");
  const { page } = board;
  await column(board, "Done").getByText("Then and now").waitFor();
  await page.getByRole("button", { name: "Look at earlier versions" }).click();
  const bar = page.getByRole("region", { name: "Version" });
  await bar.getByText("item.done").waitFor();
  await bar.getByRole("button", { name: "One version back" }).click();
  await column(board, "Claimed").getByText("Then and now").waitFor();
  await bar.getByText("claimed 1 → 0").waitFor();
  expect(await page.getByRole("button", { name: "New item" }).count()).toBe(0);
  await page.reload();
  await column(board, "Claimed").getByText("Then and now").waitFor();
  await bar.getByRole("button", { name: "Back to now" }).click();
  await column(board, "Done").getByText("Then and now").waitFor();
  expect(board.faults).toEqual([]);
});

test("fifty hostile titles, descriptions, names and notes stay text, in every view", async () => {
  const project = await stage.project("hostile");
  const tasks = HOSTILE_TITLES.map((title, n) => ({
    title,
    description: title,
    key: `h${n}`,
    files: [title.slice(0, 40)],
  }));
  const items = await Promise.all(tasks.map(({ title, files: _, ...more }) => create(project, title, more)));
  const fencing_token = await claim(items[0]!, HOSTILE_TITLES[1]);
  await stage.call("worker", `/api/work-items/${items[0]!.id}/heartbeat`, { fencing_token, note: HOSTILE_TITLES[2] });
  const board = await stage.open("plan", project, `&item=${items[0]!.id}`);
  const { page } = board;
  for (const name of ["Lanes", "Board", "Timeline", "Graph", "Log"]) {
    await view(board, name);
    await page.waitForTimeout(50);
  }
  await view(board, "Board");
  const shown = new Set<string>();
  const ready = column(board, "Ready");
  await expect
    .poll(
      async () => {
        for (const text of await ready.locator("[data-item] [title]").allTextContents()) shown.add(text);
        await ready.getByRole("list").evaluate((list) => (list.scrollTop += 400));
        return shown.size;
      },
      { timeout: 10_000, interval: 20 },
    )
    .toBe(HOSTILE_TITLES.length - 1);
  expect([...shown].sort()).toEqual(HOSTILE_TITLES.slice(1).toSorted());
  expect(await page.evaluate(() => "pwned" in globalThis)).toBe(false);
  expect(board.faults).toEqual([]);
});

describe("for everybody", () => {
  test.each(["light", "dark"] as const)("axe finds nothing in any view, %s", async (colorScheme) => {
    const project = await stage.project(`axe ${colorScheme}`);
    const a = await create(project, "Read the plan", { key: "a", files: ["src/a.ts"], description: "All of it." });
    await create(project, "Check the plan", { key: "b", dependencies: ["a"] });
    const [c, d] = await Promise.all(
      ["c", "d"].map((key) => create(project, `Item ${key}`, { key, task_type: "docs" })),
    );
    await claim(a);
    const fencing_token = await claim(c!);
    await stage.call("worker", `/api/work-items/${c!.id}/fail`, { fencing_token, failure_reason: "no luck" });
    const done = { fencing_token: await claim(d!), result_summary: "fine", files_modified: [] };
    await stage.call("worker", `/api/work-items/${d!.id}/complete`, done);
    const board = await stage.open("plan", project, `&item=${a.id}`, { colorScheme, reducedMotion: "reduce" });
    const { page } = board;
    // A theme changes colours and nothing else.
    const rules = { resultTypes: ["violations"], ...(colorScheme === "dark" && { runOnly: ["color-contrast"] }) };
    const check = async (where: string): Promise<void> => {
      const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(rules)})`);
      expect(violations.map(({ id, nodes }) => `${where}: ${id} ${nodes[0]?.html}`)).toEqual([]);
    };
    await page.evaluate(axe.source);
    await page.getByText("Audit trail").waitFor();
    for (const name of ["Lanes", "Board", "Timeline", "Graph", "Log"]) {
      await view(board, name);
      await page.waitForTimeout(100);
      await check(name);
      if (name !== "Timeline") continue;
      for (const way of ["Layers", "Table"]) {
        await page.getByRole("button", { name: way }).click();
        await check(way);
      }
    }
    for (const [key, title] of Object.entries({
      i: "New work item",
      x: "All matching items",
      "?": "Keys and help",
      c: "Cancel this item?",
    })) {
      await page.keyboard.press(key);
      await page.getByRole("dialog", { name: title }).waitFor();
      await check(title);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    expect(board.faults).toEqual([]);
  });

  test("the help lists the keys, and a narrow page shows the item alone", async () => {
    const project = await stage.project("narrow");
    const item = await create(project, "Narrow");
    const board = await stage.open("plan", project, "", { viewport: { width: 480, height: 800 } });
    const { page } = board;
    expect(await page.getByRole("meter", { name: "Slots taken" }).isVisible()).toBe(true);
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys and help" }).getByText("next and previous item").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill(item.key);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Narrow" }).waitFor();
    expect(await page.getByRole("main").isVisible()).toBe(false);
    const width = await page.evaluate("document.documentElement.scrollWidth");
    expect(width).toBeLessThanOrEqual(480);
    expect(board.faults).toEqual([]);
  });
});

test("the pictures in the docs are of this board; UPDATE_DOCS=1 takes them anew", async () => {
  const { project, ids } = await setScene(stage);
  for (const colorScheme of ["light", "dark"] as const) {
    const open = (query: string): Promise<BoardPage> =>
      stage.open("plan", project, query, { colorScheme, reducedMotion: "reduce", laterMs: 134_000 });
    const lanes = await open("");
    await lanes.page.getByText("Needs you").waitFor();
    await lanes.page.getByText("tests are green, writing docs").first().waitFor();
    const item = await open(`&view=board&item=${ids[5]}`);
    await item.page.getByText("Audit trail").waitFor();
    const pictures = colorScheme === "light" ? { board: lanes } : { board: lanes, item };
    for (const [name, { page }] of Object.entries(pictures)) {
      const path = join(import.meta.dirname, `../../docs/images/${name}-${colorScheme}.png`);
      if (process.env["UPDATE_DOCS"] === "1") await page.screenshot({ path, animations: "disabled" });
      expect(statSync(path).size).toBeLessThan(200_000);
    }
    expect([...lanes.faults, ...item.faults]).toEqual([]);
  }
});
