/** Items with `worktree: true` on the command line: what is told, and what a killed process leaves to `resume`. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { git } from "../support/git-repository.ts";
import { cli, jsonLines, startCli } from "./support/cli.ts";
import { tempFolder } from "./support/temp-folder.ts";

const COMMIT = "git add . && git -c user.name=Ada -c user.email=ada@example.org commit -q -m work";

function repositoryWith(plan: string): string {
  const folder = tempFolder({ "plan.yaml": plan, "readme.md": "read me\n" });
  git(folder, "init", "-q", "-b", "main");
  git(folder, "add", ".");
  git(folder, "commit", "-q", "-m", "first");
  return folder;
}

const worktreesOf = (folder: string): string[] =>
  git(folder, "worktree", "list", "--porcelain")
    .split("\n")
    .filter((line) => line.startsWith("worktree "));

/** `gate` waits until there is a file named `open` beside the plan, and commits when it is. */
const GATED = (folder: string): string => `
tasks:
  gate:
    worktree: true
    run: "echo x > work.txt; until test -e ${folder}/open; do sleep 0.05; done; ${COMMIT}"
  idle: { worktree: true, run: "until test -e ${folder}/open; do sleep 0.05; done" }
`;

test("S3-18: a run tells of each worktree, with item and path, and of what came out at its end", async () => {
  const cwd = repositoryWith(`tasks: { build: { worktree: true, run: "echo more > notes.txt && ${COMMIT}" } }`);
  const { code, stdout, stderr } = await cli(["run", "plan.yaml", "--json"], { cwd });
  expect(code, stderr).toBe(0);
  const events = jsonLines(stdout);
  const [created, removed] = events.filter(({ event }) => String(event).startsWith("worktree."));
  const runId = created!["run_id"];
  const branch = `signalbox/${String(runId)}/build`;
  expect(created).toMatchObject({ event: "worktree.created", item: "build", attempt: 1, branch });
  expect(removed).toMatchObject({ event: "worktree.removed", run_id: runId, item: "build", path: created!["path"] });
  const came = { item: "build", branch, files_modified: ["notes.txt"], insertions: 1, is_there: false };
  expect(events.at(-1)).toMatchObject({ event: "run.finished", worktrees: [came] });
  expect(git(cwd, "show", `${branch}:notes.txt`)).toBe("more");
  expect(worktreesOf(cwd)).toHaveLength(1);
});

test("S3-13, S3-19: after kill -9 resume removes what the dead process left, keeps work, and does the items anew", async () => {
  const cwd = repositoryWith("tasks: { a: {} }");
  writeFileSync(join(cwd, "plan.yaml"), GATED(cwd));
  const run = startCli(["run", "plan.yaml", "--json", "--cap", "2"], { cwd });
  await run.printed(/worktree.created[^]*worktree.created/);
  await expect
    .poll(() =>
      jsonLines(run.stdout()).flatMap(({ path }) => (existsSync(join(String(path), "work.txt")) ? [path] : [])),
    )
    .toHaveLength(1);
  run.child.kill("SIGKILL");
  const { stdout: before } = await run.ended;
  expect(worktreesOf(cwd)).toHaveLength(3);
  const resumed = startCli(["resume", "--json"], { cwd });
  await resumed.printed(/worktree.created[^]*worktree.created/);
  writeFileSync(join(cwd, "open"), "");
  const { code, stdout, stderr } = await resumed.ended;
  expect(code, stderr).toBe(0);
  const events = jsonLines(stdout);
  const left = events.filter(({ actor, event }) => actor === "recovery" && String(event).startsWith("worktree."));
  const about = (key: string): Record<string, unknown> => left.find(({ item }) => item === key)!;
  expect([about("gate"), about("idle")]).toMatchObject([
    { event: "worktree.kept", item: "gate", findings: ["untracked: work.txt"] },
    { event: "worktree.removed", item: "idle" },
  ]);
  // The work of the dead attempt is where it was; the new one has another branch.
  const kept = String(about("gate")["path"]);
  expect(before).toContain(kept);
  expect(readFileSync(join(kept, "work.txt"), "utf8")).toBe("x\n");
  const { worktrees } = events.at(-1) as unknown as { worktrees: { item: string; branch: string | null }[] };
  const branch = worktrees.find(({ item }) => item === "gate")!.branch!;
  expect(branch).toMatch(/gate\.\d+$/);
  expect(git(cwd, "show", `${branch}:work.txt`)).toBe("x");
  expect(worktreesOf(cwd)).toHaveLength(2);
  expect(git(cwd, "fsck")).toBe("");
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("S3-13: %s leaves no worktree without work", async (signal, exit) => {
  const cwd = repositoryWith('tasks: { idle: { worktree: true, run: "sleep 60" } }');
  const run = startCli(["run", "plan.yaml", "--json"], { cwd });
  await run.printed("worktree.created");
  run.child.kill(signal);
  expect((await run.ended).code).toBe(exit);
  expect(worktreesOf(cwd)).toHaveLength(1);
  expect(git(cwd, "branch")).toBe("* main");
});

test("outside a repository the run does not begin, and says what is missing", async () => {
  const cwd = tempFolder({ "plan.yaml": "tasks: { a: { worktree: true, run: 'true' } }" });
  const { code, stderr } = await cli(["run", "plan.yaml"], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain("to be in a git repository");
});
