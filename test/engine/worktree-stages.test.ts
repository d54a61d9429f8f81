/**
 * Goal: what makes an item with `worktree: true` ready, its work, its check and what takes it back happen in one place. Method: real
 * runs on real repositories; each stage writes down where it is and what it finds there.
 */
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { retryRun } from "../../src/engine/retry-run.ts";
import { definePlan } from "../../src/plan/define.ts";
import type { TaskContext } from "../../src/items/task-function.ts";
import { git } from "../support/git-repository.ts";
import { gitView } from "../support/worktree-bench.ts";
import { author, commitWork, worktreeRuns } from "../support/worktree-runs.ts";

const fails = { needs: ["build"], run: "exit 1" };

describe("prepare", () => {
  test("runs in the worktree of the work that follows it, and its files are there", async () => {
    const { repository, run, events } = worktreeRuns();
    const { outcome } = await run({
      tasks: {
        build: {
          worktree: true,
          prepare: "pwd -P > where.log; git branch --show-current >> where.log",
          run: `test "$(head -1 where.log)" = "$(pwd -P)" && test "$(tail -1 where.log)" = "$SIGNALBOX_BRANCH" && rm where.log`,
        },
      },
    }).start();
    expect(outcome).toBe("done");
    expect(events.map(({ name }) => name).filter((name) => name.startsWith("worktree."))).toEqual([
      "worktree.created",
      "worktree.removed",
    ]);
    expect(gitView(repository)).toMatchObject({ worktrees: [expect.anything()], branches: ["main"] });
  });

  test("runs anew for another attempt, which has another worktree", async () => {
    const { run } = worktreeRuns();
    const seen: string[] = [];
    const prepare = ({ worktree }: TaskContext): void => void seen.push(`prepare ${worktree!.path}`);
    const work = ({ worktree, attempt }: TaskContext): void => {
      seen.push(`run ${worktree!.path}`);
      if (attempt < 3) throw new Error("not yet");
    };
    const task = { worktree: true, prepare, run: work, attemptsMax: 3, backoff: { initial: 0 } };
    expect(await run({ tasks: { build: task } }).start()).toMatchObject({ outcome: "done" });
    expect(seen.map((line) => line.split(" ")[0])).toEqual(["prepare", "run", "prepare", "run", "prepare", "run"]);
    const places = seen.map((line) => line.split(" ")[1]);
    expect([places[0], places[2], places[4]]).toEqual([places[1], places[3], places[5]]);
    expect(new Set(places).size).toBe(3);
  });

  test("runs anew in a run that tries this one again", async () => {
    const { repository, run, options } = worktreeRuns();
    const gate = join(dirname(repository), "open");
    const journal = memoryJournal();
    const plan = {
      tasks: {
        build: { worktree: true, prepare: "echo ready > ready.log", run: `test -e ready.log && test -e ${gate}` },
      },
    };
    const first = run(plan, { journal });
    expect(await first.start()).toMatchObject({ outcome: "failed" });
    writeFileSync(gate, "");
    const again = retryRun(await journal.read(first.id), definePlan(plan), { ...options, journal });
    expect(await again.start()).toMatchObject({ outcome: "done" });
  });

  test("S3-13: one that fails, or whose item never comes to its work, leaves nothing", async () => {
    const { repository, run } = worktreeRuns();
    const { failures } = await run({
      tasks: { build: { worktree: true, prepare: "exit 3", run: "true" } },
    }).start();
    expect(failures).toMatchObject([{ reason: { code: "prepare_failed" } }]);
    // With one slot taken for ever, the other item is prepared and waits.
    const made = run({
      liveItemsMax: 1,
      tasks: { a: { run: "sleep 60" }, b: { worktree: true, prepare: "true", run: "true" } },
    });
    const started = made.start().catch(() => undefined);
    await expect.poll(() => made.snapshot().items.at(1)?.stage, { timeout: 10_000 }).toBe("prepared");
    expect(gitView(repository).worktrees).toHaveLength(2);
    await made.cancel();
    await started;
    expect(gitView(repository)).toMatchObject({ worktrees: [expect.anything()], branches: ["main"] });
  });
});

describe("undo", () => {
  const look = (file: string): string =>
    `{ pwd -P; echo "$(git branch --show-current)"; git log -1 --format=%s; ls; } > ${file}`;

  test("runs on the branch of the work when the worktree is gone, in another one that goes too", async () => {
    const { repository, home, run } = worktreeRuns();
    const seen = join(dirname(repository), "seen");
    const undo = `${look(seen)}; git rm -q work.txt && git ${author} commit -qm "Take back"`;
    const made = run({ tasks: { build: { worktree: true, run: commitWork, undo }, fails } }, { onFailure: "rollback" });
    const { rollback, worktrees } = await made.start();
    expect(rollback).toMatchObject({ undone: ["build"], failed: [] });
    const [folder, branch, subject, ...files] = readFileSync(seen, "utf8").trim().split("\n");
    expect(folder!.startsWith(join(realpathSync(home), made.id, "build-"))).toBe(true);
    expect([branch, subject]).toEqual([`signalbox/${made.id}/build`, "work"]);
    expect(files).toContain("work.txt");
    expect(git(repository, "log", "-2", "--format=%s", branch!).split("\n")).toEqual(["Take back", "work"]);
    expect(gitView(repository).worktrees).toHaveLength(1);
    expect(worktrees).toMatchObject([{ item: "build", filesModified: ["work.txt"], isThere: false }]);
  });

  test("runs in the worktree of the work when that was kept, and what it finds and leaves is told", async () => {
    const { repository, run, events } = worktreeRuns();
    const plan = {
      tasks: { build: { worktree: true, run: "echo mine > notes.txt", undo: "rm notes.txt" }, fails },
    };
    const { rollback } = await run(plan, { onFailure: "rollback" }).start();
    expect(rollback).toMatchObject({ undone: ["build"] });
    const about = events.filter(({ name }) => name.startsWith("worktree."));
    expect(about.map(({ name }) => name)).toEqual([
      "worktree.created",
      "worktree.kept",
      "worktree.created",
      "worktree.removed",
    ]);
    expect(new Set(about.map(({ data }) => (data as { path: string }).path)).size).toBe(1);
    expect(gitView(repository)).toMatchObject({ worktrees: [expect.anything()], branches: ["main"] });
  });

  test.each([
    ["nothing was committed, so there is no branch", "true", "second"],
    ["somebody has the branch checked out", commitWork, "work"],
  ])("runs at the last commit when %s", async (_title, work, subject) => {
    const { repository, run } = worktreeRuns();
    const seen = join(dirname(repository), "seen");
    const made = run(
      {
        tasks: {
          build: { worktree: true, run: work, undo: look(seen) },
          between: {
            needs: ["build"],
            run: `git -C ${repository} checkout -q "signalbox/$SIGNALBOX_RUN_ID/build" || true`,
          },
          fails: { needs: ["between"], run: "exit 1" },
        },
      },
      { onFailure: "rollback" },
    );
    expect((await made.start()).rollback).toMatchObject({ undone: ["build"] });
    expect(readFileSync(seen, "utf8").split("\n").slice(1, 3)).toEqual(["", subject]);
    expect(gitView(repository).worktrees).toHaveLength(1);
  });

  test("finds the branch of a run whose work was taken over", async () => {
    const { repository, run, options } = worktreeRuns();
    const seen = join(dirname(repository), "seen");
    const journal = memoryJournal();
    const plan = { tasks: { build: { worktree: true, run: commitWork, undo: look(seen) }, fails } };
    const first = run(plan, { journal });
    expect(await first.start()).toMatchObject({ outcome: "failed" });
    const again = retryRun(await journal.read(first.id), definePlan(plan), {
      ...options,
      journal,
      onFailure: "rollback",
    });
    expect((await again.start()).rollback).toMatchObject({ undone: ["build"] });
    expect(readFileSync(seen, "utf8").split("\n").slice(1, 3)).toEqual([`signalbox/${first.id}/build`, "work"]);
    expect(existsSync(repository)).toBe(true);
  });
});
