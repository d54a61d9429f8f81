/**
 * Goal: what the board knows beside the present picture is at hand in a real browser: the actors behind it, all of its log, what changed when, files to
 * keep. Method: as in `board.test.ts`, one Chromium and one server; every page must have no fault at its end.
 */
import { readFileSync } from "node:fs";
import axe, { type AxeResults } from "axe-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BoardStage, type BoardPage } from "../support/board-page.ts";
import { HOSTILE_TITLES } from "../support/hostile-titles.ts";

const stage = new BoardStage();
/** A machine that is busy needs longer. */
const soon = { timeout: 15_000, interval: 30 };
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
  await page.goto(`${stage.server.url}/inspect#token=${stage.server.tokens.read}`);
  await page.getByText("Your token has the role read").waitFor();
  expect(page.url()).not.toContain("token");
});

/** What the page gives as a file of this kind. */
async function downloaded(
  { page }: BoardPage,
  kind: string,
): Promise<{ readonly name: string; readonly text: string }> {
  const coming = page.waitForEvent("download");
  await page.getByRole("button", { name: `Download ${kind}`, exact: true }).click();
  const download = await coming;
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

test("what is looked at can be taken along in each format; no title becomes a formula or an element there", async () => {
  const project = await stage.project("to keep: a/b");
  const tasks = Object.fromEntries(HOSTILE_TITLES.map((title, n) => [`h${n}`, { title }]));
  await stage.call("plan", `/api/projects/${project}/plans`, { tasks });
  const sum = await create(project, "=HYPERLINK(1)", { key: "sum", dependencies: ["h0"] });
  const first = (await stage.call<{ items: Made[] }>("read", `/api/work-items?project_id=${project}&q=h0`)).items[0]!;
  const fencing_token = await claim(first, "@ada");
  const report = { fencing_token, failure_reason: "<b>no</b>", retryable: false };
  await stage.call("worker", `/api/work-items/${first.id}/fail`, report);
  const board = await stage.open("read", project);
  const { page } = board;
  await page.keyboard.press("d");
  const taken = new Map<string, string>();
  for (const kind of [
    "JSON",
    "CSV",
    "JUnit XML",
    "HTML report",
    "Graph as Mermaid",
    "Graph as SVG",
    "Timeline as SVG",
  ]) {
    const { name, text } = await downloaded(board, kind);
    expect(name).toMatch(/^to-keep-a-b-\d+\.[a-z.]+$/);
    taken.set(kind, text);
  }
  const items = (JSON.parse(taken.get("JSON")!) as { items: { title: string }[] }).items;
  expect(items.map(({ title }) => title)).toEqual([...HOSTILE_TITLES, "=HYPERLINK(1)"]);
  expect(taken.get("CSV")).toContain("\r\nsum,'=HYPERLINK(1),");
  expect(taken.get("CSV")).toMatch(/h0,<script>.*failed,5,1,\d+,.*,'@ada,,<b>no<\/b>\r\n/);
  expect(taken.get("JUnit XML")).toContain('failures="1"');
  expect(taken.get("Timeline as SVG")).toContain("✗ &lt;script&gt;");
  for (const kind of ["JUnit XML", "Graph as SVG", "Timeline as SVG"])
    expect(
      await page.evaluate(`(() => {
      const read = new DOMParser().parseFromString(${JSON.stringify(taken.get(kind))}, "application/xml");
      return [...read.querySelectorAll("parsererror, script, image, a, foreignObject, [onload]")].map(({ outerHTML }) => outerHTML);
    })()`),
      kind,
    ).toEqual([]);
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("combobox", { name: "Filter" }).fill("sum");
  await page.getByRole("button", { name: "Download", exact: true }).click();
  await page.getByText("1 item at version").waitFor();
  const some = JSON.parse((await downloaded(board, "JSON")).text) as { items: Made[] };
  expect(some.items.map(({ id }) => id)).toEqual([sum.id]);
  expect(await page.evaluate("'pwned' in globalThis")).toBe(false);
  expect(board.faults).toEqual([]);
});

test("S4-12: the log reaches back to its first event, by scrolling and by filter, and leaves off following when it does", async () => {
  const project = await stage.project("long log");
  const tasks = Object.fromEntries(Array.from({ length: 2_500 }, (_, n) => [`t${n}`, { title: `Item ${n}` }]));
  await stage.call("plan", `/api/projects/${project}/plans`, { tasks });
  const board = await stage.open("read", project, "&view=log");
  const { page } = board;
  const list = page.getByRole("list", { name: "Events" });
  await list.getByText("Item 2499", { exact: true }).waitFor();
  await page.getByText("2,501 events").waitFor();
  await page.getByRole("button", { name: "Oldest" }).click();
  await list.getByText("run.started").waitFor();
  await list.getByText("Item 0", { exact: true }).waitFor();
  expect(await page.locator("*").count()).toBeLessThan(900);
  await page.getByRole("button", { name: "Follow", exact: true }).click();
  await list.getByText("Item 2499", { exact: true }).waitFor();
  const late = await create(project, "Just now");
  await list.getByText("Just now", { exact: true }).waitFor();
  await list.hover();
  await page.mouse.wheel(0, -3_000);
  await page.getByRole("button", { name: "Follow", exact: true }).waitFor();
  const done = { fencing_token: await claim(late), result_summary: "", files_modified: [] };
  const { fencing_token } = done;
  await stage.call("worker", `/api/work-items/${late.id}/heartbeat`, { fencing_token, note: "half" });
  await stage.call("worker", `/api/work-items/${late.id}/complete`, done);
  await page.getByText("2,505 events").waitFor();
  expect(await list.getByText("Just now", { exact: true }).count()).toBe(0);
  await page.getByRole("combobox", { name: "Filter" }).fill("t7");
  await list.getByText("Item 7", { exact: true }).waitFor();
  await page.getByText("111 events about the items that match, among all").waitFor();
  // What was removed is said to be gone, by the log and by a version of that time.
  const { coordinator } = stage.server;
  const upTo = coordinator.project(project).hub.seq;
  await coordinator.compact(coordinator.project(project), { upTo, exportTo: false });
  await create(project, "After that");
  await page.goto(`${stage.server.url}/?project=${project}&view=log`);
  await page.getByText("what came before event 2,506 was removed to save room").waitFor();
  await list.getByText("After that", { exact: true }).waitFor();
  await page.goto(`${stage.server.url}/?project=${project}&view=board&at=7`);
  await page.getByRole("alert").filter({ hasText: "the audit log was compacted up to there" }).waitFor();
  expect(board.faults).toEqual([]);
});

test("two versions are compared item by item, by an address that says so; the scrubber goes from one to the other", async () => {
  const project = await stage.project("compare");
  const [a, b] = [await create(project, "Moved", { key: "a" }), await create(project, "Stays", { key: "b" })];
  const { seq } = await stage.call<{ seq: number }>("read", `/api/projects/${project}/snapshot?limit=1`);
  const fencing_token = await claim(a);
  await create(project, "Came later", { key: "c" });
  await stage.call("worker", `/api/work-items/${a.id}/fail`, { fencing_token, failure_reason: "no luck" });
  const board = await stage.open("plan", project, `&view=board&since=${seq}&at=${seq + 3}`);
  const { page } = board;
  const changes = page.getByRole("list", { name: "Changes by item" }).getByRole("listitem");
  await expect.poll(() => changes.count(), soon).toBe(2);
  expect(await changes.nth(0).innerText()).toMatch(/todo\s+→\s+to\s+failed\s+Moved\s+no luck · 2 events\s+ada/);
  expect(await changes.nth(1).innerText()).toMatch(/new\s+→\s+to\s+todo\s+Came later/);
  await page.getByRole("combobox", { name: "Filter" }).fill("Moved");
  await expect.poll(() => changes.count(), soon).toBe(1);
  await page.getByRole("slider", { name: "Version to look at" }).press("Home");
  await page.getByText(`What changed from version 1 to ${seq}`).waitFor();
  // Moved without any key or pointer, as by what assists people.
  await page.getByRole("slider", { name: "Version to look at" }).fill("2");
  await page.getByText(`What changed from version 2 to ${seq}`).waitFor();
  expect(new URL(page.url()).searchParams.get("since")).toBe(String(seq));
  await page.getByRole("button", { name: "Close the comparison" }).click();
  expect(new URL(page.url()).searchParams.has("since")).toBe(false);
  // A version that is not there says so, and shows nothing of another.
  await page.goto(`${stage.server.url}/?project=${project}&view=board&at=${seq + 99}`);
  await page.getByText("This version cannot be shown").waitFor();
  expect(await page.locator(`[data-item="${b.key}"]`).count()).toBe(0);
  await page.getByRole("region", { name: "Version" }).getByRole("button", { name: "Back to now" }).click();
  await page.locator(`[data-item="${b.key}"]`).waitFor();
  // All of it at once is asked for, with how much that is.
  await page.getByRole("button", { name: "Cancel…" }).click();
  await page.getByRole("dialog").getByText("Cancel would change 3 items of 3 matching ones.").waitFor();
  expect(board.faults).toEqual([]);
});

test("the filter suggests what can be said, by key and by mouse, and every view and the address have what was chosen", async () => {
  const project = await stage.project("suggest");
  const [a] = [
    await create(project, "Read", { key: "read", files: ["src/plan/read.ts"] }),
    await create(project, "Write", { key: "write", files: ["src/plan/deep/write.ts"] }),
    await create(project, "Draw", { key: "draw", files: ["docs/**"] }),
  ];
  await claim(a, "ada");
  const board = await stage.open("read", project, "&view=board");
  const { page } = board;
  const box = page.getByRole("combobox", { name: "Filter" });
  const options = page.getByRole("listbox", { name: "Suggestions" }).getByRole("option");
  await page.keyboard.press("/");
  await page.keyboard.type("fil");
  await expect.poll(() => options.allInnerTexts(), soon).toHaveLength(1);
  await page.keyboard.press("ArrowDown");
  expect(await box.getAttribute("aria-activedescendant")).toBe(await options.first().getAttribute("id"));
  await page.keyboard.press("Enter");
  await options.filter({ hasText: "file:src/**" }).click();
  await expect.poll(() => page.locator("main [data-item]").count(), soon).toBe(2);
  expect(new URL(page.url()).searchParams.get("q")).toBe("file:src/** ");
  await page.keyboard.type("status:cl");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect
    .poll(() =>
      page.locator("main [data-item]").evaluateAll((all) => all.map((each) => each.getAttribute("data-item"))),
    )
    .toEqual(["read"]);
  // The first Escape closes the list, the second leaves the box.
  await page.keyboard.type("ag");
  await options.first().waitFor();
  await page.keyboard.press("Escape");
  expect(await options.count()).toBe(0);
  expect(await box.evaluate((each) => each.matches(":focus"))).toBe(true);
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Escape");
  await page.keyboard.press("1");
  await expect.poll(() => page.getByRole("list", { name: "Lanes" }).getByRole("listitem").count(), soon).toBe(1);
  await box.fill("agent:a?a file:src/plan/*.ts");
  await page.getByText("1 of 3 items").waitFor();
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await page.getByText("3 items", { exact: true }).waitFor();
  expect(board.faults).toEqual([]);
});

test("a person claims, extends, completes, gives back and fails items from here; what is not theirs offers none of it", async () => {
  const project = await stage.project("by hand");
  const [mine, other] = [
    await create(project, "Mine", { key: "mine" }),
    await create(project, "Other", { key: "other", attempts_max: 2 }),
  ];
  const board = await stage.open("worker", project, `&item=${mine.id}`);
  const { page } = board;
  const panel = page.getByRole("complementary", { name: "Item" });
  // The role `worker` works, and steers nothing.
  expect(await page.getByRole("button", { name: /^(New item|Pause|Cancel item)$/ }).count()).toBe(0);
  await panel.getByRole("button", { name: "Claim", exact: true }).click();
  const asked = page.getByRole("dialog", { name: "Claim this item?" });
  await asked.getByLabel("Your name").fill("grace");
  await asked.getByLabel("For").selectOption("15 minutes");
  await asked.getByRole("button", { name: "Claim", exact: true }).click();
  const held = panel.getByRole("region", { name: "Your claim" });
  await held.getByText(/^lease 14m/).waitFor();
  await panel.getByText("Assigned to: grace").waitFor();
  await held.getByRole("button", { name: "Extend" }).click();
  await held.getByText(/^lease 59m/).waitFor();
  await page.reload();
  await held.getByRole("button", { name: "Complete" }).click();
  const done = page.getByRole("dialog", { name: "Complete this item?" });
  await done.getByLabel("What came of it").fill("it works");
  await done.getByLabel("Files that changed").fill("src/a.ts\n\nsrc/b.ts");
  await done.getByRole("button", { name: "Complete", exact: true }).click();
  await panel.getByText("it works", { exact: true }).waitFor();
  await expect.poll(() => held.count(), soon).toBe(0);
  expect(await stage.call("read", `/api/work-items/${mine.id}`)).toMatchObject({
    status: "done",
    files_modified: ["src/a.ts", "src/b.ts"],
  });
  const look = async (title: string): Promise<void> => {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Item or command" }).fill(title);
    await page.getByRole("listbox", { name: "Found" }).getByRole("option", { name: title }).waitFor();
    await page.keyboard.press("Enter");
    await panel.getByRole("heading", { name: title }).waitFor();
  };
  await look("Other");
  await panel.getByRole("button", { name: "Claim", exact: true }).click();
  // The name is remembered.
  await asked.getByRole("button", { name: "Claim", exact: true }).click();
  await held.getByRole("button", { name: "Give back" }).click();
  await panel.getByRole("button", { name: "Claim", exact: true }).click();
  await asked.getByRole("button", { name: "Claim", exact: true }).click();
  await held.getByRole("button", { name: "Report failure" }).click();
  const failed = page.getByRole("dialog", { name: "Report a failure?" });
  await failed.getByLabel("Why it failed").fill("no <b>luck</b>");
  await failed.getByLabel("It may be tried again").uncheck();
  await failed.getByRole("button", { name: "Report", exact: true }).click();
  await panel.getByText("no <b>luck</b>", { exact: true }).first().waitFor();
  expect((await stage.call<{ status: string }>("read", `/api/work-items/${other.id}`)).status).toBe("failed");
  const theirs = await create(project, "Theirs", { key: "theirs" });
  await claim(theirs, "grace");
  await look("Theirs");
  await panel.getByText("Assigned to: grace").waitFor();
  // The same name, but not the claim of this tab.
  expect(await panel.getByRole("button", { name: /Claim|Complete|Extend|Report|Give back/ }).count()).toBe(0);
  expect(board.faults).toEqual([]);
});

test("C3: a page that nobody sees asks for nothing and says that it sleeps; when it is seen it has missed nothing", async () => {
  const project = await stage.project("hidden");
  const board = await stage.open("read", project, "&view=board");
  const { page } = board;
  const see = (state: "hidden" | "visible"): Promise<void> =>
    page.evaluate(`
      Object.defineProperty(document, "visibilityState", { value: ${JSON.stringify(state)}, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    `);
  expect(await page.getByRole("link", { name: "What the actors do" }).count()).toBe(0);
  await see("hidden");
  await page.getByText("Asleep").waitFor();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await create(project, "While nobody looked");
  expect(await page.locator("[data-item]").count()).toBe(0);
  expect(asked).toEqual([]);
  await see("visible");
  await page.locator("[data-item]", { hasText: "While nobody looked" }).waitFor();
  // Whoever listens is told, every few seconds.
  await page.getByRole("status").filter({ hasText: "1 item: 1 ready." }).waitFor();
  expect(asked.length).toBeGreaterThan(0);
  expect(board.faults).toEqual([]);
});

test("axe finds nothing in what stands beside the views: suggestions, a comparison, downloads, claims, the actors; light and dark", async () => {
  const project = await stage.project("axe data");
  const item = await create(project, "Read it", { key: "a", files: ["src/a.ts"] });
  const board = await stage.open("plan", project, `&item=${item.id}`, { reducedMotion: "reduce" });
  const { page } = board;
  // A theme changes colours and nothing else: in the dark only those are looked at.
  const check = async (where: string, ...schemes: ("light" | "dark")[]): Promise<void> => {
    // What stands behind a dialog was looked at.
    const within = where.endsWith("?") ? 'document.querySelector("[role=dialog]")' : "document";
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      // The page hears of it, and is drawn anew.
      await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
      const rules = { resultTypes: ["violations"], ...(colorScheme === "dark" && { runOnly: ["color-contrast"] }) };
      const { violations } = await page.evaluate<AxeResults>(`axe.run(${within}, ${JSON.stringify(rules)})`);
      expect(violations.map(({ id, nodes }) => `${where}, ${colorScheme}: ${id} ${nodes[0]?.html}`)).toEqual([]);
    }
  };
  await page.evaluate(axe.source);
  await page.keyboard.press("d");
  await page.getByRole("dialog", { name: "Download" }).waitFor();
  await check("Download", "light");
  await page.keyboard.press("Escape");
  const panel = page.getByRole("complementary", { name: "Item" });
  await panel.getByRole("button", { name: "Claim", exact: true }).click();
  const asked = page.getByRole("dialog", { name: "Claim this item?" });
  await asked.getByLabel("Your name").fill("grace");
  await check("Claim", "light");
  await page.keyboard.press("Enter");
  for (const [button, title] of Object.entries({
    Complete: "Complete this item?",
    "Report failure": "Report a failure?",
  })) {
    await panel.getByRole("button", { name: button }).click();
    await page.getByRole("dialog", { name: title }).waitFor();
    await check(title, "light");
    await page.keyboard.press("Escape");
  }
  await page.keyboard.press("/");
  await page.keyboard.type("st");
  await page.getByRole("listbox", { name: "Suggestions" }).getByRole("option").first().waitFor();
  await check("suggestions and a claim", "light", "dark");
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await page.getByRole("button", { name: "Look at earlier versions" }).click();
  await page.getByRole("button", { name: "Compare" }).click();
  await page.getByRole("list", { name: "Changes by item" }).waitFor();
  await check("comparison", "light");
  await page.goto(`${stage.server.url}/inspect`);
  await page.getByRole("button", { name: "axe data" }).click();
  await page.locator("#chart svg").waitFor();
  await page.evaluate(axe.source);
  await check("actors", "light", "dark");
  expect(board.faults).toEqual([]);
});
