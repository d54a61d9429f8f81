/**
 * Goal: what the views draw is what there is: when what ran, what needs what, what is printed; also of ten thousand items. Method: as
 * for the board itself, one Chromium and one server, a project for each test; and once the board of a run of the command line.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { BoardStage, type BoardPage } from "../support/board-page.ts";
import { BOARD_KILOBYTES_MAX, boardSize } from "../support/build/board.ts";
import { startCli } from "./support/cli.ts";
import { tempFolder } from "./support/temp-folder.ts";

const stage = new BoardStage();
beforeAll(() => stage.start());
afterAll(() => stage.stop());

interface Made {
  readonly id: string;
}

const create = (project_id: string, title: string, more: object): Promise<Made> =>
  stage.call<Made>("plan", "/api/work-items", { project_id, title, ...more });
const view = ({ page }: BoardPage, name: string): Promise<void> =>
  page.getByRole("navigation", { name: "Views" }).getByRole("button", { name }).click();
/** So many pixels of the canvas have a colour. */
const paintedPixels = `(() => {
  const sheet = document.querySelector("canvas");
  const { data } = sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height);
  let painted = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at] > 0) painted++;
  return painted;
})()`;

test("timeline and graph: what ran when, what it needs, and a way from one to the other", async () => {
  const project = await stage.project("shapes");
  const [a] = [
    await create(project, "First", { key: "a" }),
    await create(project, "Second", { key: "b", dependencies: ["a"] }),
  ];
  const { fencing_token } = await stage.call<{ fencing_token: number }>("worker", `/api/work-items/${a.id}/claim`, {
    agent_id: "ada",
  });
  const board = await stage.open("read", project, "&view=timeline");
  const { page } = board;
  await page.getByRole("button", { name: /^First: claimed; waited .* ran .* by ada$/ }).click();
  await page.getByRole("complementary", { name: "Item" }).getByRole("heading", { name: "First" }).waitFor();
  await stage.call("worker", `/api/work-items/${a.id}/complete`, {
    fencing_token,
    result_summary: "",
    files_modified: [],
  });
  const row = page.getByRole("button", { name: /^First: done; / });
  await row.waitFor();
  // Closer, all of it again, the layers, and the same in a table.
  const look = page.getByRole("group", { name: "How far back" });
  // The bars follow the log once a second: until then there is no length to come closer to.
  await page.getByText(/^1 item · (?!100 ms)/).waitFor();
  await row.focus();
  await page.keyboard.press("+");
  expect(await look.locator("[aria-pressed=true]").count()).toBe(0);
  await page.keyboard.press("0");
  await look.getByRole("button", { name: "All", pressed: true }).waitFor();
  expect(await page.evaluate(paintedPixels)).toBeGreaterThan(1_000);
  await page.getByRole("button", { name: "Layers" }).click();
  await page.getByRole("button", { name: /^Layer 1 1 item ran / }).click();
  await row.waitFor();
  await page.getByRole("button", { name: "Table" }).click();
  const table = page.getByRole("table", { name: "Items by when they ran" });
  const cells = table.getByRole("row").nth(1).getByRole("cell");
  await expect.poll(() => cells.allInnerTexts()).toEqual(expect.arrayContaining(["First", "Done", "ada"]));
  await view(board, "Graph");
  const graph = page.getByRole("group", { name: "Items and what they need" });
  const [first, second] = await Promise.all(
    ["a", "b"].map((key) => graph.locator(`[data-item="${key}"]`).boundingBox()),
  );
  expect(first!.x + first!.width).toBeLessThan(second!.x);
  expect(await graph.locator("path").count()).toBeGreaterThan(0);
  expect(board.faults).toEqual([]);
});

test("of a run with commands the lanes show what was printed last, and the item shows the end of it, as it comes", async () => {
  const print = String.raw`echo '<b>first</b>'; while [ ! -e go ]; do sleep 0.02; done; echo second; while [ ! -e end ]; do sleep 0.02; done`;
  const tasks = { talk: { title: "Talks", run: print, uses: { one: 1 } }, held: { run: "true", uses: { one: 1 } } };
  const cwd = tempFolder({ "plan.json": JSON.stringify({ pools: { one: 1 }, tasks }) });
  const running = startCli(["run", "plan.json", "--board", "--cap=2"], { cwd });
  onTestFinished(() => void running.child.kill());
  await running.printed(/The board: http\S+\n/, "stderr");
  const board = await stage.openAt(/http\S+/.exec(running.stderr())![0]);
  const { page } = board;
  const lane = page.getByRole("list", { name: "Lanes" }).getByRole("listitem");
  await lane.getByText("<b>first</b>").waitFor();
  await page.getByText("1 slot free, but held waits: for 1 place of pool one: 1 of 1 taken, by talk").waitFor();
  await lane.getByRole("button").click();
  const output = page.getByRole("region", { name: "Last lines of the output" });
  await output.waitFor();
  writeFileSync(join(cwd, "go"), "");
  // It is asked for once a second.
  await output.getByText("second").waitFor();
  expect(await output.innerText()).toBe("<b>first</b>\nsecond");
  await lane.getByText("second").waitFor();
  writeFileSync(join(cwd, "end"), "");
  expect((await running.ended).code).toBe(0);
  // The process is gone, and the page knows how it ended all the same.
  await page.getByText("The run is done", { exact: true }).waitFor();
  expect(board.faults).toEqual([]);
});

test("ten thousand items: the page draws what is in view, and stays small", async () => {
  const project = await stage.project("many");
  const tasks = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`t${n}`, { title: `Item number ${n}` }]));
  await stage.call("plan", `/api/projects/${project}/plans`, { tasks });
  const board = await stage.open("read", project, "&view=board");
  await board.page.getByRole("region", { name: "Ready" }).getByText("Item number 0", { exact: true }).waitFor();
  expect(await board.page.locator("*").count()).toBeLessThan(1_500);
  // Laid out beside the page; a click on the map shows what is around an item.
  await view(board, "Graph");
  const map = board.page.getByRole("img", { name: "Map of 10,000 items in 1 layer" });
  await map.waitFor();
  expect(board.page.workers()).toHaveLength(1);
  const { width, height } = (await map.boundingBox())!;
  await map.click({ position: { x: width / 2 - 3, y: height / 2 } });
  await board.page.getByRole("group", { name: "Items and what they need" }).locator("[data-item]").waitFor();
  const { first, all } = boardSize();
  expect(first).toBeLessThanOrEqual(BOARD_KILOBYTES_MAX.first);
  expect(all).toBeLessThanOrEqual(BOARD_KILOBYTES_MAX.all);
  expect(board.faults).toEqual([]);
});
