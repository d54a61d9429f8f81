/**
 * Goal: an item with `worktree: true` works in a worktree and on a branch of its own; what it did is told and never lost;
 * whatever happens to its attempt, nothing of ours is left. Method: real runs on real repositories; git is asked before and after.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { createRun } from "../../src/engine/create-run.ts";
import type { Run } from "../../src/engine/run.ts";
import { openRepository } from "../../src/git/repository.ts";
import type { TaskContext } from "../../src/items/task-function.ts";
import type { PlanDefinition } from "../../src/plan/plan.ts";
import { git, gitFolder } from "../support/git-repository.ts";
import { gitView, write } from "../support/worktree-bench.ts";
import { author, commitWork, worktreeRuns } from "../support/worktree-runs.ts";

function commitIn(path: string, name: string): void {
  writeFileSync(join(path, name), `${name}\n`);
  git(path, "add", name);
  git(path, "commit", "-q", "-m", name);
}

describe("an item with a worktree of its own", () => {
  test("runs its command in it, on its branch, and says so in the command's variables", async () => {
    const { repository, home, run } = worktreeRuns();
    const seen = join(dirname(repository), "seen");
    const command = `{ pwd -P; git branch --show-current; echo "$SIGNALBOX_WORKTREE"; echo "$SIGNALBOX_BRANCH"; } > ${seen}`;
    const made = run({ tasks: { build: { worktree: true, run: command } } });
    expect(await made.start()).toMatchObject({ outcome: "done" });
    const [folder, branch, ...variables] = readFileSync(seen, "utf8").trim().split("\n");
    expect(folder!.startsWith(join(realpathSync(home), made.id, "build-"))).toBe(true);
    expect(branch).toBe(`signalbox/${made.id}/build`);
    expect(variables).toEqual([folder, branch]);
  });

  test("runs a function with its path and branch, and a task without has none", async () => {
    const seen: TaskContext["worktree"][] = [];
    const look = (context: TaskContext): void => void seen.push(context.worktree);
    const { run } = worktreeRuns();
    await run({ tasks: { one: { worktree: true, run: look }, two: { run: look, needs: ["one"] } } }).start();
    expect(seen[0]!.path).toContain("one-");
    expect(seen[0]!.branch).toMatch(/^signalbox\/.*\/one$/);
    expect(seen[1]).toBeUndefined();
  });

  test("leaves its commits on its branch, and the run's result says what was done; the user's own tree is as it was", async () => {
    const { repository, run } = worktreeRuns();
    const before = gitView(repository);
    write(join(repository, "readme.md"), "changed by a person\n");
    const made = run({ tasks: { build: { worktree: true, run: `rm src/main.c && ${commitWork}` } } });
    const { worktrees } = await made.start();
    const branch = `signalbox/${made.id}/build`;
    expect(worktrees).toMatchObject([
      {
        item: "build",
        branch,
        isThere: false,
        base: git(repository, "rev-parse", "main"),
        commit: git(repository, "rev-parse", branch),
        filesModified: ["src/main.c", "work.txt"],
        filesTotal: 2,
        insertions: 1,
        deletions: 1,
      },
    ]);
    expect(gitView(repository).worktrees).toEqual(before.worktrees);
    expect(git(repository, "show", `${branch}:work.txt`)).toBe("done");
    expect(git(repository, "status", "--porcelain")).toBe("M readme.md");
  });

  test("is checked in the worktree of its work, and that goes after the check", async () => {
    const { repository, run, events } = worktreeRuns();
    const verify = "test -f work.txt && git diff --quiet HEAD";
    const result = await run({ tasks: { build: { worktree: true, run: commitWork, verify } } }).start();
    expect(result.outcome).toBe("done");
    expect(events.map(({ name }) => name)).toEqual([
      "run.started",
      "item.claimed",
      "worktree.created",
      "item.note",
      "worktree.removed",
      "item.done",
      "run.finished",
    ]);
    expect(gitView(repository).worktrees).toHaveLength(1);
  });

  test("S3-18: every event of a worktree carries run, item and path", async () => {
    const { run, events } = worktreeRuns();
    const made = run({ tasks: { build: { worktree: true, run: "echo more > notes.txt" } } });
    await made.start();
    const about = events.filter(({ name }) => name.startsWith("worktree."));
    expect(about.map(({ name }) => name)).toEqual(["worktree.created", "worktree.kept"]);
    for (const event of about)
      expect(event).toMatchObject({ runId: made.id, key: "build", data: { path: expect.stringContaining("build-") } });
  });

  test("that changes more than its files declare is done, and what it had not declared is told", async () => {
    const { run, problems } = worktreeRuns();
    const change = `echo x >> src/main.c; echo x > shared.md; echo x >> readme.md; git ${author} commit -qam work`;
    const { worktrees, outcome } = await run({
      sharedFiles: ["*.md"],
      tasks: {
        build: { worktree: true, files: ["src/**"], run: `mkdir lib && echo x > lib/a.c && git add lib && ${change}` },
        other: { worktree: true, run: change, needs: ["build"] },
      },
    }).start();
    expect(outcome).toBe("done");
    expect(worktrees!.map(({ undeclared }) => undeclared)).toEqual([["lib/a.c"], []]);
    expect(problems).toEqual(["build changed what its files do not declare: lib/a.c"]);
  });

  test("of a matrix have one each", async () => {
    const { repository, run } = worktreeRuns();
    const made = run({ tasks: { build: { worktree: true, matrix: { n: [1, 2, 3] }, run: commitWork } } });
    const { worktrees } = await made.start();
    expect(new Set(worktrees!.map(({ branch }) => branch)).size).toBe(3);
    expect(gitView(repository).branches).toHaveLength(4);
  });

  test("finds its folder where the plan's folder and its `cwd` are in the repository", async () => {
    const { repository, run } = worktreeRuns();
    const { worktrees } = await run({
      tasks: { build: { worktree: true, cwd: "src", run: "test -f main.c && echo more >> main.c" } },
    }).start();
    expect(worktrees).toMatchObject([{ filesModified: ["src/main.c"], insertions: 1, isThere: true }]);
    expect(git(repository, "status", "--porcelain")).toBe("");
  });
});

describe("what is not committed", () => {
  const plan = (keep?: "work" | "always" | "never"): PlanDefinition => ({
    ...(keep !== undefined && { worktrees: { keep } }),
    tasks: { build: { worktree: true, run: "echo mine > notes.txt" }, clean: { worktree: true, run: "true" } },
  });

  test("stays in its worktree, and the result says where and what to do; one without work goes", async () => {
    const { run } = worktreeRuns();
    const { worktrees } = await run(plan()).start();
    const [build, clean] = ["build", "clean"].map((key) => worktrees!.find(({ item }) => item === key));
    expect(build).toMatchObject({ isThere: true, findings: ["untracked: notes.txt"] });
    expect(readFileSync(join(build!.path, "notes.txt"), "utf8")).toBe("mine\n");
    expect(build!.remedy).toContain("signalbox worktrees clean");
    expect(clean).toMatchObject({ isThere: false, branch: undefined, remedy: undefined });
  });

  test("is saved behind a ref when worktrees are not to stay", async () => {
    const { repository, run } = worktreeRuns();
    const { worktrees } = await run(plan("never")).start();
    const ref = worktrees!.find(({ item }) => item === "build")!.saved!.ref!;
    expect(worktrees!.map((each) => each.isThere)).toEqual([false, false]);
    expect(git(repository, "show", `${ref}:notes.txt`)).toBe("mine");
  });

  test("is where it was when all worktrees are to stay", async () => {
    const { run } = worktreeRuns();
    const { worktrees } = await run(plan("always")).start();
    expect(worktrees!.map((each) => each.isThere && existsSync(each.path))).toEqual([true, true]);
  });
});

describe("R1: another attempt", () => {
  test("has a worktree of its own from the base, and a branch that a late one cannot move", async () => {
    const { repository, run } = worktreeRuns();
    const seen: { path: string; branch: string | undefined }[] = [];
    const task = (context: TaskContext): void => {
      const { path, branch } = context.worktree!;
      seen.push({ path, branch });
      expect(existsSync(join(path, "first.txt"))).toBe(false);
      commitIn(path, context.attempt === 1 ? "first.txt" : "second.txt");
      if (context.attempt > 1) return;
      // It stays, as one does in which something is still at work.
      writeFileSync(join(path, "unfinished.txt"), "");
      throw new Error("not yet");
    };
    const made = run({ tasks: { build: { worktree: true, run: task, attemptsMax: 2, backoff: { initial: 0 } } } });
    const { worktrees } = await made.start();
    const [first, second] = seen;
    expect(first!.branch).toBe(`signalbox/${made.id}/build`);
    expect(second!.branch).toMatch(new RegExp(`^signalbox/${made.id}/build\\.\\d+$`));
    const commit = git(repository, "rev-parse", second!.branch!);
    expect(worktrees).toMatchObject([
      { role: "latest", branch: second!.branch, commit, filesModified: ["second.txt"] },
      { role: "earlier", branch: first!.branch, isThere: true, findings: ["untracked: unfinished.txt"] },
    ]);
    commitIn(first!.path, "late.txt");
    git(first!.path, "push", "-q", "-f", ".", `HEAD:${first!.branch}`);
    expect(git(repository, "rev-parse", second!.branch!)).toBe(commit);
  });
});

describe("S3-13: nothing of ours is left", () => {
  const left = (repository: string): object => {
    const { worktrees, branches } = gitView(repository);
    return { worktrees: worktrees.length, branches };
  };
  const nothing = { worktrees: 1, branches: ["main"] };

  test("after a failure, a function that throws, and a check that fails", async () => {
    const { repository, run } = worktreeRuns();
    const result = await run({
      tasks: {
        fails: { worktree: true, run: "exit 7" },
        throws: {
          worktree: true,
          run: () => {
            throw new Error("no");
          },
        },
        unverified: { worktree: true, run: "true", verify: "false" },
      },
    }).start();
    expect(result.failures.map(({ item, reason }) => `${item} ${reason.code}`).toSorted()).toEqual([
      "fails exit",
      "throws threw",
      "unverified verify_failed",
    ]);
    expect(left(repository)).toEqual(nothing);
  });

  test.each<[string, (made: Run) => Promise<unknown>]>([
    ["a cancelled run", (made) => made.cancel()],
    ["a cancelled item", (made) => made.cancelItem("build")],
    ["a run that was stopped", (made) => made.stop()],
    ["a run that was killed", (made) => made.stop({ graceful: false })],
  ])("after %s", async (_title, end) => {
    const { repository, run } = worktreeRuns();
    const hang = ({ signal }: TaskContext): Promise<void> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    const made = run({ tasks: { build: { worktree: true, run: "sleep 60" }, other: { worktree: true, run: hang } } });
    const started = made.start().catch(() => undefined);
    await expect.poll(() => gitView(repository).worktrees.length, { timeout: 10_000 }).toBe(3);
    await end(made);
    if (_title === "a cancelled item") await made.cancelItem("other");
    await started;
    expect(left(repository)).toEqual(nothing);
  });

  test("after one that ran out of time", async () => {
    const { repository, run } = worktreeRuns();
    const { failures } = await run({ tasks: { build: { worktree: true, run: "sleep 60", timeout: 700 } } }).start();
    expect(failures).toMatchObject([{ reason: { code: "timeout" } }]);
    expect(left(repository)).toEqual(nothing);
  });

  test("after an attempt whose worktree could not be made, which says why", async () => {
    const { repository, run } = worktreeRuns();
    const { failures } = await run({
      worktrees: { setup: "echo no room >&2; exit 3" },
      tasks: { build: { worktree: true, run: "true", attemptsMax: 1 } },
    }).start();
    expect(failures).toMatchObject([{ reason: { code: "worktree_failed" } }]);
    expect(failures[0]!.reason.message).toContain("no room");
    expect(left(repository)).toEqual(nothing);
  });
});

describe("what a plan says of worktrees", () => {
  test("they begin at a base, are set up, and link to what may be shared", async () => {
    const { repository, run } = worktreeRuns();
    write(join(repository, "node_modules/left-pad/index.js"), "1");
    const check =
      "test ! -f src/main.c && test -f ready.log && test -f node_modules/left-pad/index.js && echo $SIGNALBOX_PORT_FIRST > port.log";
    const { outcome, failures } = await run({
      worktrees: { base: "HEAD~1", setup: "touch ready.log", links: ["node_modules"], ports: {}, keep: "never" },
      tasks: { build: { worktree: true, run: check } },
    }).start();
    expect(failures).toEqual([]);
    expect(outcome).toBe("done");
    expect(readFileSync(join(repository, "node_modules/left-pad/index.js"), "utf8")).toBe("1");
  });

  test("a base that is not there fails the item, and another attempt would not help", async () => {
    const { run, events } = worktreeRuns();
    const { failures } = await run({
      worktrees: { base: "nowhere" },
      tasks: { build: { worktree: true, run: "true", attemptsMax: 3 } },
    }).start();
    expect(failures).toMatchObject([{ reason: { code: "invalid_usage" } }]);
    expect(events.filter(({ name }) => name === "item.claimed")).toHaveLength(1);
  });
});

describe("a run that cannot have worktrees does not begin", () => {
  test("where there is no repository", async () => {
    const { run } = worktreeRuns(gitFolder());
    await expect(run({ tasks: { build: { worktree: true, run: "true" } } }).start()).rejects.toMatchObject({
      code: "not_a_repository",
    });
  });

  test("where the folder of an item leads out of the repository", async () => {
    const { run, repository, events } = worktreeRuns();
    const task = { worktree: true, run: "true" };
    await expect(run({ tasks: { first: task, build: { ...task, cwd: ".." } } }).start()).rejects.toMatchObject({
      code: "invalid_usage",
      message: expect.stringContaining(`inside of the repository ${repository}, got ".."`) as string,
    });
    expect(events).toEqual([]);
  });

  test.each(["signalbox", "signalbox/RUN"])(
    "where a branch %j of somebody's is in the way of its branches, and says how to go on",
    async (name) => {
      const { run, repository, events } = worktreeRuns();
      const made = run({ tasks: { build: { worktree: true, run: "true" } } });
      const branch = name.replace("RUN", made.id);
      git(repository, "branch", branch);
      git(repository, "pack-refs", "--all");
      await expect(made.start()).rejects.toMatchObject({
        code: "invalid_usage",
        message: expect.stringContaining(`\`git branch -m ${branch} NEW_NAME\``) as string,
      });
      expect(events).toEqual([]);
      git(repository, "branch", "-m", branch, "mine");
      expect(await run({ tasks: { build: { worktree: true, run: "true" } } }).start()).toMatchObject({
        outcome: "done",
      });
    },
  );

  test("when nobody says where they are to be", () => {
    expect(() => createRun({ tasks: { build: { worktree: true, run: () => 1 } } })).toThrow("itemWorktrees({ home })");
  });
});

test("a worktree that something still works in is kept, says so, and keeps nobody else from anything", async () => {
  const { repository, run } = worktreeRuns();
  const started = join(dirname(repository), "started");
  // It has left its group, so nothing ends it with the attempt.
  const stay = `setsid sh -c 'touch ${started}; exec sleep 61.7' > /dev/null 2>&1 < /dev/null & until test -e ${started}; do sleep 0.02; done`;
  onTestFinished(() => {
    execFileSync("sh", [
      "-c",
      "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -q '^sleep 61.7' && kill -9 ${p#/proc/}; done; true",
    ]);
  });
  const { worktrees, outcome } = await run({
    tasks: { build: { worktree: true, run: stay }, other: { worktree: true, run: "true", needs: ["build"] } },
  }).start();
  expect(outcome).toBe("done");
  expect(worktrees).toMatchObject([{ isThere: true }, { isThere: false }]);
  expect(worktrees![0]!.findings.join()).toContain("busy");
  expect(gitView(repository).worktrees).toHaveLength(2);
});

test("S3-15: five matrix items and three runs at once, all are done, and nothing is left", async () => {
  const { repository, home, run } = worktreeRuns();
  const plan: PlanDefinition = {
    liveItemsMax: 5,
    tasks: { build: { worktree: true, matrix: { n: [1, 2, 3, 4, 5] }, run: commitWork, timeout: 60_000 } },
  };
  const results = await Promise.all([run(plan), run(plan), run(plan)].map((each) => each.start()));
  expect(results.map(({ counts }) => counts.done)).toEqual([5, 5, 5]);
  expect(new Set(results.flatMap(({ worktrees }) => worktrees!.map(({ branch }) => branch))).size).toBe(15);
  expect(gitView(repository).worktrees).toHaveLength(1);
  const opened = await openRepository(repository, { env: nodeEnv() });
  expect(opened.lockState()).toEqual({ holder: undefined, waiting: [] });
  expect(existsSync(home)).toBe(true);
}, 60_000);
