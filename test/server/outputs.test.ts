/**
 * Goal: what commands print can be looked at while they run and after, by whoever may look, bounded and harmless.
 * Method: a real run of real commands over the real interface; the commands wait for a file that the test makes.
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { attemptFiles } from "../../src/executors/attempt-files.ts";
import { commandExecutor } from "../../src/executors/command-executor.ts";
import { createRun, definePlan, memoryJournal } from "../../src/index.ts";
import { Coordinator } from "../../src/server/coordinator.ts";
import { LIVE_OUTPUTS_MAX, OUTPUT_LINES_MAX, outputOf } from "../../src/server/outputs.ts";
import { serveRun } from "../../src/server/serve-run.ts";

const WAIT = 'while [ ! -e "$GO" ]; do sleep 0.02; done';
const HOSTILE = String.raw`printf '\033[2Jfirst\033[31m\rsecond\033]0;title\007\342\200\256third\n<script>alert(1)</script>\n'`;

async function stage(tasks: Readonly<Record<string, object>>) {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-outputs-"));
  const go = join(folder, "go");
  const env = nodeEnv();
  const journal = memoryJournal();
  const directory = join(folder, "output");
  const executor = commandExecutor({
    env,
    outputDirectory: directory,
    planFolder: folder,
    environment: { ...process.env },
  });
  const named = Object.entries(tasks).map(([key, task]) => [key, { ...task, env: { GO: go } }]);
  const plan = definePlan({ name: "printing", tasks: Object.fromEntries(named) });
  const run = createRun(plan, { journal, env, executors: [executor], liveItemsMax: 8 });
  const outputs = {
    directory,
    liveItems: () => executor.liveItems(),
    tailOf: (item: string, lines?: number) => executor.tailOf(item, lines),
  };
  const onProblem = (): void => {};
  const served = await serveRun({
    run,
    journal,
    env,
    version: "0",
    liveItemsMax: 8,
    outputs,
    onProblem,
    board: "none",
  });
  onTestFinished(async () => {
    writeFileSync(go, "");
    await executor.stop();
    await served.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const get = async (path: string) => {
    const response = await fetch(`${served.url}${path}`, {
      headers: { authorization: `Bearer ${served.tokens.read}` },
    });
    const body: ReturnType<typeof JSON.parse> = await response.json();
    return { status: response.status, body };
  };
  const outputOf = async (key: string, query = "") => (await get(`/api/work-items/${key}/output${query}`)).body;
  return { run, get, outputOf, go: () => appendFileSync(go, "") };
}

test("the last lines are there while a command runs and after, of the latest attempt, without anything that steers a terminal", async () => {
  const { run, get, outputOf, go } = await stage({
    talker: { run: `${HOSTILE}; ${WAIT}; echo last` },
    silent: { run: WAIT },
    later: { run: "echo never begun", needs: ["talker"] },
  });
  const ended = run.start();
  await expect.poll(async () => (await outputOf("talker")).lines).toContain("<script>alert(1)</script>");
  const live = await outputOf("talker");
  expect(live).toMatchObject({ attempt: 1, is_live: true, is_kept: true });
  expect(live.lines.join("\n")).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
  expect((await outputOf("talker", "?lines=1")).lines).toEqual(["<script>alert(1)</script>"]);
  const lines = (await get(`/api/projects/${run.id}/output`)).body;
  expect(lines).toEqual([{ work_item_id: live.work_item_id, line: "<script>alert(1)</script>" }]);
  expect(await outputOf("later")).toMatchObject({ attempt: 0, is_live: false, lines: [] });
  go();
  expect((await ended).outcome).toBe("done");
  const after = await outputOf("talker");
  expect(after).toMatchObject({ attempt: 1, is_live: false });
  expect(after.lines.at(-1)).toBe("last");
  expect((await outputOf("silent")).lines).toEqual([]);
  expect((await get(`/api/projects/${run.id}/output`)).body).toEqual([]);
});

test("of a failed check its own words are shown, and of a second attempt those of the second", async () => {
  const { run, outputOf, go } = await stage({
    checked: { run: "echo worked", verify: "echo not good enough; exit 1" },
    again: {
      run: 'echo "attempt $SIGNALBOX_ATTEMPT"; test "$SIGNALBOX_ATTEMPT" = 2',
      attemptsMax: 2,
    },
  });
  go();
  expect((await run.start()).outcome).toBe("failed");
  expect((await outputOf("checked")).lines).toEqual(["not good enough"]);
  expect(await outputOf("again")).toMatchObject({ attempt: 2, lines: ["attempt 2"] });
});

test("U2: of very much only a bounded end is read; a question for more is refused", async () => {
  const { run, get, outputOf, go } = await stage({ loud: { run: "seq 1 20000" } });
  go();
  await run.start();
  expect((await outputOf("loud")).lines).toHaveLength(100);
  expect((await outputOf("loud", `?lines=${OUTPUT_LINES_MAX}`)).lines.slice(-2)).toEqual(["19999", "20000"]);
  expect((await get(`/api/work-items/loud/output?lines=${OUTPUT_LINES_MAX + 1}`)).status).toBe(400);
  expect((await get("/api/work-items/..%2F..%2Fetc/output")).status).toBe(404);
  expect(LIVE_OUTPUTS_MAX).toBeLessThan(1_000);
});

test("of an item that was tried more often than a page of the log holds, the latest attempt is shown", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-outputs-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const env = nodeEnv();
  const journal = memoryJournal();
  const run = createRun({ tasks: { often: {} } }, { env, journal, awaitClaims: true });
  const ended = run.start();
  let token = 0;
  for (let n = 0; n < 1_001; n++) {
    const claim = await run.claims.claim("often", { agent: "ada" });
    token = claim.fencingToken;
    await run.claims.release(claim);
  }
  const file = attemptFiles(folder, { runId: run.id, item: "often", attempt: 1_001, token }).log;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "the last\n");
  const project = new Coordinator({
    env,
    openJournal: () => Promise.resolve(journal),
    defaultName: "p",
    onProblem: () => {},
  }).show(journal, run, { name: "p", liveItemsMax: 1, conflicts: "report" });
  const outputs = { directory: folder, liveItems: () => [], tailOf: () => undefined };
  expect((await outputOf(outputs, project, 0, 10)).lines).toEqual(["the last"]);
  await run.cancel();
  await ended;
});
