/** A project as it is in the middle of a day: what the pictures of the board in the docs show. */
import type { BoardStage } from "./board-page.ts";

const TITLES = [
  "Read the plan file",
  "Check the graph for cycles",
  "Write the journal",
  "Replay after a crash",
  "Stream events to readers",
  "Draw the board",
  "Refuse a stale token",
  "Measure the hot path",
  "Name every error",
  "Lock the repository",
  "Make a worktree for each item",
  "Undo what was done",
  "Explain what an item waits for",
  "Keep leases alive",
  "Count live items",
  "Describe the interface",
  "Try the page in a browser",
  "Trim the bundle",
  "Publish the package",
  "Write the changelog",
  "Answer the first issue",
  "Sort the glossary",
  "Test the examples",
  "Draw the machines",
];
const AGENTS = ["ada", "grace", "linus", "margaret", "barbara", "edsger"];
const WORDS = ["reading the sources", "tests are green, writing docs", "3 of 8 files done", "running the benchmark"];
const TYPES = ["feature", "bug", "test", "docs"];

interface Made {
  readonly id: string;
}

/** Answers the project and the ids of its items. */
export async function setScene(
  stage: BoardStage,
): Promise<{ readonly project: string; readonly ids: readonly string[] }> {
  const project = await stage.project("release 0.1", { live_items_max: 8 });
  const ids: string[] = [];
  for (const [n, title] of TITLES.entries()) {
    const { id } = await stage.call<Made>("plan", "/api/work-items", {
      project_id: project,
      title,
      key: title.toLowerCase().replaceAll(" ", "-"),
      description: `${title}, with tests and a page in the docs.`,
      task_type: TYPES[n % TYPES.length],
      priority: n % 6 === 0 ? 1 : 5,
      files: [`src/part-${n % 7}/**`, `test/part-${n % 7}.test.ts`],
      attempts_max: 2,
      // The last ones need nothing: they are ready.
      dependencies: n > 9 && n < 19 ? [ids[n - 9], ids[n - 7]] : [],
    });
    ids.push(id);
  }
  for (const n of [0, 1, 2, 4, 8]) await work(stage, ids[n]!, n, "complete");
  for (const n of [3]) await work(stage, ids[n]!, n, "fail");
  for (const n of [5, 6, 7, 9, 19]) await work(stage, ids[n]!, n, "hold");
  return { project, ids };
}

async function work(stage: BoardStage, id: string, n: number, how: "complete" | "fail" | "hold"): Promise<void> {
  const path = `/api/work-items/${id}`;
  const agent_id = AGENTS[n % AGENTS.length];
  const { fencing_token } = await stage.call<{ fencing_token: number }>("worker", `${path}/claim`, { agent_id });
  const progress = 0.2 + (n % 5) / 7;
  await stage.call("worker", `${path}/heartbeat`, { fencing_token, progress, note: WORDS[n % WORDS.length] });
  const files_modified = [`src/part-${n % 7}/index.ts`];
  if (how === "complete")
    await stage.call("worker", `${path}/complete`, { fencing_token, result_summary: "All tests pass", files_modified });
  if (how === "fail")
    await stage.call("worker", `${path}/fail`, {
      fencing_token,
      failure_reason: "2 of 40 tests failed: expected 3 rows, got 4",
      retryable: false,
    });
}
