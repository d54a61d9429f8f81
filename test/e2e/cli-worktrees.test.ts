/** Items with `worktree: true` on the command line: what is told, and what a killed process leaves to `resume`. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { openRepository } from "../../src/git/repository.ts";
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
  const log = jsonLines((await cli(["log", "--json"], { cwd })).stdout);
  expect(log.at(-1)).toMatchObject({ event: "run.finished", worktrees: [came] });
  expect(JSON.parse((await cli(["show", "--json"], { cwd })).stdout)).toMatchObject({ worktrees: [came] });
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

test("I19: a removal that kill -9 cut off is put back by resume, and what came into the folder since is kept and told", async () => {
  const cwd = repositoryWith("tasks: { a: {} }");
  writeFileSync(join(cwd, "plan.yaml"), GATED(cwd).replace(/ {2}gate:[^]*(?= {2}idle)/, ""));
  const run = startCli(["run", "plan.yaml", "--json"], { cwd });
  await run.printed("worktree.created");
  const path = String(jsonLines(run.stdout()).find(({ event }) => event === "worktree.created")!["path"]);
  // The removal gives the folder its last name, and waits for the lock.
  const lease = await (await openRepository(cwd, { env: nodeEnv() })).lock({ purpose: "hold it" });
  writeFileSync(join(cwd, "open"), "");
  await expect.poll(() => existsSync(`${path}.removing`), { timeout: 10_000 }).toBe(true);
  run.child.kill("SIGKILL");
  await run.ended;
  await lease.release();
  writeFileSync(join(`${path}.removing`, "new.txt"), "mine");
  const { stdout, stderr } = await cli(["resume", "--json"], { cwd });
  const told = jsonLines(stdout).find(({ actor, event }) => actor === "recovery" && event === "worktree.kept");
  expect(told, stderr).toMatchObject({ path, findings: ["untracked: new.txt"] });
  const { stdout: cleaned } = await cli(["worktrees", "clean", "--forget-missing"], { cwd });
  expect(cleaned).toMatch(/^kept +idle/m);
  expect(readFileSync(join(path, "new.txt"), "utf8")).toBe("mine");
  expect(existsSync(`${path}.removing`)).toBe(false);
});

interface Listed {
  readonly item: string;
  readonly status: string;
  readonly path: string;
  readonly held_by: number | null;
}

const listOf = async (cwd: string): Promise<Listed[]> =>
  JSON.parse((await cli(["worktrees", "list", "--json"], { cwd })).stdout) as Listed[];

describe("signalbox worktrees", () => {
  /** `dirty` leaves a file that is not committed, `fine` nothing. */
  const LEAVES = `tasks:
  dirty: { worktree: true, run: "echo mine > notes.txt; echo secret > .env" }
  fine: { worktree: true, run: "true" }
`;

  test("list tells what is left, clean keeps work and says how to go on, and removes it once it is saved", async () => {
    const cwd = repositoryWith(LEAVES);
    writeFileSync(join(cwd, ".gitignore"), ".env\n");
    git(cwd, "add", ".gitignore");
    git(cwd, "commit", "-q", "-m", "ignore");
    const { code, stderr } = await cli(["run", "plan.yaml"], { cwd });
    expect(code, stderr).toBe(0);
    const [left, ...more] = await listOf(cwd);
    expect(more).toEqual([]);
    expect(left).toMatchObject({ item: "dirty", status: "kept", held_by: null });
    const words = ["worktrees", "clean"];
    const dry = await cli([...words, "--dry-run", "--save"], { cwd });
    expect(dry.stdout).toMatch(/^would be removed +dirty/);
    const kept = await cli(words, { cwd });
    expect(kept).toMatchObject({ code: 1 });
    expect(kept.stdout).toMatch(/^kept +dirty[^]*untracked: notes.txt[^]*ignored: .env/);
    expect(kept.stderr).toContain("worktrees clean --save");
    expect(readFileSync(join(left!.path, "notes.txt"), "utf8")).toBe("mine\n");
    const saved = await cli([...words, "--save", "--json"], { cwd });
    expect(saved.code).toBe(0);
    const [one] = (JSON.parse(saved.stdout) as { worktrees: Record<string, string>[] }).worktrees;
    expect(one).toMatchObject({ item: "dirty", outcome: "removed" });
    expect(git(cwd, "show", `${one!["saved_ref"]}:notes.txt`)).toBe("mine");
    expect(readFileSync(join(one!["saved_copy"]!, ".env"), "utf8")).toBe("secret\n");
    expect(worktreesOf(cwd)).toHaveLength(1);
    expect(await cli(words, { cwd })).toMatchObject({ code: 0, stderr: "No worktrees.\n" });
  });

  test("clean leaves alone what a living run has; of one that was killed it removes what holds no work", async () => {
    const cwd = repositoryWith('tasks: { idle: { worktree: true, run: "sleep 60" } }');
    const run = startCli(["run", "plan.yaml", "--json"], { cwd });
    await run.printed("worktree.created");
    const meanwhile = await cli(["worktrees", "clean"], { cwd });
    expect(meanwhile).toMatchObject({ code: 0 });
    expect(meanwhile.stdout).toMatch(new RegExp(`^in use +idle[^]*process ${run.child.pid} has it`));
    run.child.kill("SIGKILL");
    await run.ended;
    expect(await listOf(cwd)).toMatchObject([{ item: "idle", status: "ready", held_by: null }]);
    // Its command is ended by the runner process, a moment after.
    const cleaned = async (): Promise<string> => (await cli(["worktrees", "clean"], { cwd })).stdout;
    await expect.poll(cleaned, { timeout: 60_000 }).toMatch(/^removed +idle/);
    expect(worktreesOf(cwd)).toHaveLength(1);
    expect(git(cwd, "branch")).toBe("* main");
  });

  test("only the runs that are named are cleaned; a name that fits none is an error", async () => {
    const cwd = repositoryWith(LEAVES);
    for (const _ of [1, 2]) await cli(["run", "plan.yaml"], { cwd });
    const [first, second] = (await listOf(cwd)) as unknown as { run_id: string }[];
    await cli(["worktrees", "clean", "--save", first!.run_id], { cwd });
    expect(await listOf(cwd)).toMatchObject([{ run_id: second!.run_id }]);
    const wrong = await cli(["worktrees", "clean", "nope"], { cwd });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('got "nope"');
  });

  test("S3-22: doctor mends what is ours, tells of what is not, and changes nothing with --dry-run", async () => {
    const cwd = repositoryWith('tasks: { idle: { worktree: true, run: "sleep 60" } }');
    git(cwd, "worktree", "add", "-q", join(cwd, "..", `${basename(cwd)}-theirs`));
    onTestFinished(() => rmSync(join(cwd, "..", `${basename(cwd)}-theirs`), { recursive: true, force: true }));
    const run = startCli(["run", "plan.yaml", "--json"], { cwd });
    await run.printed("worktree.created");
    run.child.kill("SIGKILL");
    await run.ended;
    const [left] = await listOf(cwd);
    const admin = join(cwd, ".git/worktrees");
    // What a kill in the wrong moment leaves, of ours and of somebody else's.
    writeFileSync(join(admin, basename(left!.path), "commondir"), "");
    expect(() => git(cwd, "branch")).toThrow("Command failed");
    const dry = await cli(["worktrees", "doctor", "--dry-run"], { cwd });
    expect(dry).toMatchObject({ code: 1 });
    expect(dry.stdout).toContain("which is empty");
    expect(() => git(cwd, "branch")).toThrow("Command failed");
    const mended = await cli(["worktrees", "doctor", "--json"], { cwd });
    expect(JSON.parse(mended.stdout)).toMatchObject({ ok: true, mended: [{ what: "mended", path: left!.path }] });
    expect(git(cwd, "branch", "--list", "main")).toBe("* main");
    const theirs = join(admin, `${basename(cwd)}-theirs`, "commondir");
    writeFileSync(theirs, "");
    const told = await cli(["worktrees", "doctor"], { cwd });
    expect(told).toMatchObject({ code: 1 });
    expect(told.stdout).toContain(`echo ../.. > ${theirs}`);
    expect(readFileSync(theirs, "utf8")).toBe("");
  });

  test.each(["list", "clean"])("%s says where it looked when there is no state directory", async (word) => {
    const { code, stderr } = await cli(["worktrees", word], { cwd: tempFolder({}) });
    expect(code).toBe(2);
    expect(stderr).toContain("--state-dir");
  });
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

test("a cwd that leads out of the repository is a warning of check, and the run does not begin", async () => {
  const cwd = repositoryWith(`tasks:
  out: { worktree: true, cwd: .., matrix: { n: [1, 2] }, run: "true" }
  in: { worktree: true, cwd: ./src, run: "true" }
`);
  const checked = await cli(["check", "plan.yaml"], { cwd });
  expect(checked.code).toBe(0);
  expect(checked.stderr).toMatch(
    /^warning: tasks\.out\.cwd: expected a folder inside of the repository .*, got "\.\."; .*\n$/,
  );
  const run = await cli(["run", "plan.yaml"], { cwd });
  expect(run.code).toBe(2);
  expect(run.stderr).toContain('got ".."');
  expect(worktreesOf(cwd)).toHaveLength(1);
});
