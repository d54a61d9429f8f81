/**
 * Goal: what the board knows beside the present picture is at hand in a real browser: the actors behind it, all of its log, what changed when, files to
 * keep. Method: as in `board.test.ts`, one Chromium and one server; every page must have no fault at its end.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { BoardStage } from "../support/board-page.ts";

const stage = new BoardStage();
beforeAll(() => stage.start());
afterAll(() => stage.stop());

interface Made {
  readonly id: string;
  readonly key: string;
}
const create = (project_id: string, title: string, more: object = {}): Promise<Made> =>
  stage.call<Made>("plan", "/api/work-items", { project_id, title, ...more });
const claim = async ({ id }: Made, agent_id = "ada"): Promise<number> =>
  (await stage.call<{ fencing_token: number }>("worker", `/api/work-items/${id}/claim`, { agent_id })).fencing_token;

test("the actors behind the board are a click away, on the same server, for whoever may see everything", async () => {
  const project = await stage.project("watched");
  const item = await create(project, "Watch <b>me</b>", { key: "watched" });
  const board = await stage.open("plan", project);
  const { page } = board;
  await page.getByRole("link", { name: "What the actors do" }).click();
  await page.getByRole("status").filter({ hasText: "connected" }).waitFor();
  expect(page.url()).toBe(`${stage.server.url}/inspect`);
  await page.getByRole("button", { name: "watched", exact: true }).first().click();
  await page.locator('#chart .on[data-state="lifecycle.running"]').waitFor();
  await claim(item);
  await page.locator("#log li", { hasText: "claim" }).first().waitFor();
  await page.getByText("createWebSocketInspector").filter({ hasText: "/inspect/ws?ticket=" }).waitFor();
  await page.getByRole("link", { name: "Board" }).click();
  await page.getByRole("heading", { name: "Work Items" }).waitFor();
  expect(board.faults).toEqual([]);
  const reader = await stage.open("read", project);
  expect(await reader.page.getByRole("link", { name: "What the actors do" }).count()).toBe(0);
  await reader.page.goto(`${stage.server.url}/inspect`);
  await reader.page.getByText("Your token has the role read").waitFor();
  expect(reader.faults).toEqual([]);
});
