/**
 * `node test/support/golden-runs.ts > test/engine/fixtures/runs-VERSION.json`: journals of runs as this version writes them, kept when it is
 * released and replayed by every later one. A file that is there is never made again.
 */
import { pathToFileURL } from "node:url";
import { definePlan, memoryJournal, createRun, type Plan, type RunOptions } from "../../src/index.ts";
import type { Executor } from "../../src/executors/executor.ts";
import type { JournalEntry, RunRecord } from "../../src/journal/journal.ts";
import { virtualEnv } from "./virtual-env.ts";

export interface GoldenRun {
  readonly about: string;
  readonly record: RunRecord;
  readonly entries: readonly JournalEntry[];
}

type Scenario = (run: ReturnType<typeof createRun>, env: ReturnType<typeof virtualEnv>) => Promise<void>;

/** Commands by what they come to: `ok`, `bad` (for good), `flaky` (the first attempt fails), `hang` (never ends). */
const executor: Executor = {
  accepts: ({ run }) => typeof run === "string",
  start: ({ task, attempt }, report) => {
    const failed = { kind: "failed", reason: { code: "exit", message: "exit code 1" }, retryable: true } as const;
    if (task.run === "bad" || (task.run === "flaky" && attempt === 1)) report(failed);
    else if (task.run !== "hang") report({ kind: "done", output: task.run === "ok" ? { n: 1 } : null });
    return () => report({ kind: "aborted" });
  },
  stop: async () => {},
};

const ok = { run: "ok" };
const toItsEnd: Scenario = async (run, env) => {
  const ended = run.start();
  await env.advance(3_600_000);
  await ended;
};
const stopped: Scenario = async (run, env) => {
  const ended = run.start().catch(() => {});
  await env.advance(1_000);
  await run.stop();
  await ended;
};

const scenarios: Readonly<Record<string, { plan: Plan; options?: RunOptions; play: Scenario }>> = {
  "a diamond that is done": {
    plan: definePlan({
      name: "diamond",
      tasks: { a: ok, b: { ...ok, needs: ["a"] }, c: { ...ok, needs: ["a"] }, d: { ...ok, needs: ["b", "c"] } },
    }),
    play: toItsEnd,
  },
  "attempts, a failure, what is blocked and what is skipped": {
    plan: definePlan({
      name: "troubled",
      tasks: {
        flaky: { run: "flaky", attemptsMax: 3, backoff: { initial: "1s" } },
        bad: { run: "bad", attemptsMax: 2, backoff: { initial: "1s" } },
        behind: { ...ok, needs: ["bad"] },
        instead: { ...ok, needs: { bad: "failed" } },
        onlyIf: { ...ok, needs: ["flaky"], when: { flaky: "never" } },
        either: { join: "any", needs: ["instead", "flaky"] },
      },
    }),
    play: toItsEnd,
  },
  "a group that fails fast, and a rollback": {
    plan: definePlan({
      name: "undone",
      onFailure: "rollback",
      liveItemsMax: 1,
      tasks: {
        first: { run: "ok", undo: "ok" },
        second: { run: "bad", needs: ["first"] },
        third: { run: "hang", timeout: "1s" },
      },
    }),
    play: toItsEnd,
  },
  "interrupted while items were live": {
    plan: definePlan({
      name: "cut",
      tasks: { done: ok, live: { run: "hang", needs: ["done"] }, todo: { ...ok, needs: ["live"] } },
    }),
    play: stopped,
  },
  "paused, with another cap": {
    plan: definePlan({ name: "paused", liveItemsMax: 1, tasks: { one: { run: "hang" }, two: ok, three: ok } }),
    play: async (run, env) => {
      const ended = run.start().catch(() => {});
      await env.advance(100);
      await run.setCap(2);
      await run.pause();
      await run.stop();
      await ended;
    },
  },
  "open, grown and edited, with claims from outside": {
    plan: definePlan({ name: "open", tasks: { first: {} } }),
    options: { open: true, awaitClaims: true },
    play: async (run, env) => {
      const ended = run.start().catch(() => {});
      await env.settle();
      const claim = await run.claims.claim("first", { agent: "ada", leaseMs: 60_000 });
      await run.claims.complete(claim, { output: 7 });
      await run.add({ second: { needs: ["first"] }, third: { needs: ["second"] } });
      await run.edit("third", { priority: 5 });
      await run.claims.claim("second", { agent: "bob", leaseMs: 60_000 });
      await env.settle();
      await run.stop();
      await ended;
    },
  },
};

/** Plays every scenario on virtual time. */
export async function goldenRuns(): Promise<GoldenRun[]> {
  const runs: GoldenRun[] = [];
  for (const [about, { plan, options, play }] of Object.entries(scenarios)) {
    const env = virtualEnv(runs.length + 1);
    const journal = memoryJournal();
    const run = createRun(plan, { ...options, journal, env, executors: [executor] });
    await play(run, env);
    const { record } = await journal.read(run.id);
    runs.push({ about, record, entries: await journal.audit(run.id, { limit: 10_000 }) });
  }
  return runs;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  process.stdout.write(`${JSON.stringify(await goldenRuns(), undefined, 1)}\n`);
