/** The commands that look at plans and stored runs, also while another process runs: what people and programs get from them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { openRepository } from "../../src/git/repository.ts";
import { gitRepository } from "../support/git-repository.ts";
import { cli, jsonLines, startCli } from "./support/cli.ts";
import { tempFolder } from "./support/temp-folder.ts";

const PLAN = `
name: mixed
tasks:
  good: { run: "echo 7 > $SIGNALBOX_OUTPUT" }
  bad: { run: "echo no luck; exit 4" }
  behind: { needs: [good, bad], run: "true" }
`;

async function ran(plan = PLAN): Promise<string> {
  const cwd = tempFolder({ "plan.yaml": plan });
  await cli(["run", "plan.yaml"], { cwd });
  return cwd;
}

describe("runs", () => {
  test("lists stored runs, newest first, for people and for programs", async () => {
    const cwd = await ran();
    await cli(["run", "plan.yaml", "--scope", "good"], { cwd });
    const { stdout } = await cli(["runs"], { cwd });
    expect(stdout).toMatch(/^RUN +NAME +STATUS +ITEMS +STARTED +TOOK\n/);
    const listed = JSON.parse((await cli(["runs", "--json"], { cwd })).stdout);
    expect(listed).toMatchObject([
      { name: "mixed", status: "done", size: 1, counts: { done: 1 } },
      { name: "mixed", status: "failed", size: 3, counts: { done: 1, failed: 1, todo: 1 } },
    ]);
    expect(JSON.parse((await cli(["runs", "--json", "--limit", "1"], { cwd })).stdout)).toHaveLength(1);
  });

  test("state is found from folders below, and named by --state-dir from elsewhere", async () => {
    const cwd = await ran();
    mkdirSync(join(cwd, "deep", "er"), { recursive: true });
    expect((await cli(["runs"], { cwd: join(cwd, "deep", "er") })).code).toBe(0);
    expect((await cli(["runs", "--state-dir", join(cwd, ".signalbox")], { cwd: tempFolder() })).code).toBe(0);
  });
});

test("show tells a run with its items, what failed, and what to type next", async () => {
  const cwd = await ran();
  const { stdout } = await cli(["show"], { cwd });
  expect(stdout).toMatch(/^mixed {2}failed\n/);
  expect(stdout).toMatch(/^bad +failed +1 +.+exit code 4$/m);
  expect(stdout).toMatch(/^behind +todo$/m);
  expect(stdout).toContain("| no luck");
  const json = JSON.parse((await cli(["show", "last", "--json"], { cwd })).stdout);
  expect(json).toMatchObject({
    name: "mixed",
    items: [
      { item: "good", status: "done", attempt: 1, output: 7 },
      { item: "bad", status: "failed", reason: { code: "exit" } },
      { item: "behind", status: "todo", attempt: 0, output: null },
    ],
  });
});

const PHASES = `
name: phases
tasks:
  P1.M1.T1: { title: Write it, run: "true" }
  P1.M1.T2: { needs: [P1.M1.T1], run: "until test -e open; do sleep 0.05; done" }
  P1.M2: { needs: [P1.M1.T2], run: "true" }
  P2.M1: { needs: [P1.M2], matrix: { node: [22, 26] }, run: "exit 3" }
`;
const treeOf = (stdout: string): string[] =>
  stdout.slice(stdout.indexOf("STATUS")).split("\n\n")[0]!.trimEnd().split("\n");

describe("show --tree", () => {
  test("S2-15: shows items below their parents with derived states, of a run that is live, interrupted, ended", async () => {
    const cwd = tempFolder({ "plan.yaml": PHASES });
    const run = startCli(["run", "plan.yaml", "--json"], { cwd });
    await run.printed(/item\.claimed.*P1\.M1\.T2/);
    const half = [
      "STATUS   DONE    ITEM",
      "claimed  1 of 3  P1  1 live",
      "todo               P1.M2",
      "claimed  1 of 2    P1.M1  1 live",
      "done                 P1.M1.T1  Write it",
      "claimed              P1.M1.T2",
      "todo     0 of 2  P2",
      "todo     0 of 2    P2.M1",
      "todo                 P2.M1[node=22]",
      "todo                 P2.M1[node=26]",
    ];
    expect(treeOf((await cli(["show", "--tree"], { cwd })).stdout)).toEqual(half);
    run.child.kill("SIGKILL");
    await run.ended;
    const { stdout: interrupted } = await cli(["show", "--tree"], { cwd });
    expect(interrupted).toMatch(/^phases {2}interrupted\n/);
    expect(treeOf(interrupted)).toEqual([
      "STATUS                DONE    ITEM",
      "claimed               1 of 3  P1  1 live",
      "todo                            P1.M2",
      "claimed               1 of 2    P1.M1  1 live",
      "done                              P1.M1.T1  Write it",
      "claimed, interrupted              P1.M1.T2",
      "todo                  0 of 2  P2",
      "todo                  0 of 2    P2.M1",
      "todo                              P2.M1[node=22]",
      "todo                              P2.M1[node=26]",
    ]);
    writeFileSync(join(cwd, "open"), "");
    await cli(["resume"], { cwd });
    expect(treeOf((await cli(["show", "--tree"], { cwd })).stdout)).toEqual([
      "STATUS  DONE    ITEM",
      "done    3 of 3  P1",
      "done              P1.M2",
      "done    2 of 2    P1.M1",
      "done                P1.M1.T1  Write it",
      "done                P1.M1.T2",
      "failed  0 of 2  P2  2 failed",
      "failed  0 of 2    P2.M1  2 failed",
      "failed              P2.M1[node=22]  exit code 3",
      "failed              P2.M1[node=26]  exit code 3",
    ]);
  }, 60_000);

  test("S2-16: --scope shows a part and how far it is; figures of parents around it are of all that they have", async () => {
    const cwd = await ran(PHASES.replace("until test -e open; do sleep 0.05; done", "exit 1"));
    const { stdout } = await cli(["show", "--tree", "--scope", "P1.M1"], { cwd });
    expect(stdout).toMatch(/^ {2}scope {4}P1\.M1: 1 of 2 done, 1 failed$/m);
    expect(treeOf(stdout)).toEqual([
      "STATUS  DONE    ITEM",
      "failed  1 of 3  P1  1 failed",
      "failed  1 of 2    P1.M1  1 failed",
      "done                P1.M1.T1  Write it",
      "failed              P1.M1.T2  exit code 1",
    ]);
    const json = JSON.parse((await cli(["show", "--tree", "--scope", "P1.M1", "--json"], { cwd })).stdout);
    expect(json).toMatchObject({
      scope: { ids: ["P1.M1"], total: 2, done: 1, failed: 1, fraction: 1 },
      items: [{ item: "P1.M1.T1" }, { item: "P1.M1.T2" }],
      tree: [{ id: "P1", items: [], parents: [{ id: "P1.M1", items: ["P1.M1.T1", "P1.M1.T2"], parents: [] }] }],
    });
    const table = (await cli(["show", "--scope", "P2"], { cwd })).stdout;
    expect(table).toMatch(/^P2\.M1\[node=22\] +todo$/m);
    expect(table).not.toContain("P1.M1.T2");
    expect(await cli(["show", "--scope", "P1.M3"], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean "P1.M'),
    });
  });
});

test("S2-16: run --scope says how far the scope is, beside what it needs", async () => {
  const cwd = tempFolder({ "plan.yaml": PHASES, open: "" });
  const { stderr } = await cli(["run", "plan.yaml", "--scope", "P1.M2", "--with-needs"], { cwd });
  expect(stderr).toMatch(/^phases: 3 items, 1 in scope P1\.M2, run /);
});

describe("log", () => {
  test("prints every transition in order with who and why, of the run or of one item", async () => {
    const cwd = await ran();
    const { stdout } = await cli(["log"], { cwd });
    const lines = stdout.trim().split("\n");
    expect(lines[0]).toMatch(/^\S+Z +1 {2}run\.started +planned -> running {2}by /);
    expect(lines.at(-1)).toMatch(/run\.finished +running -> failed/);
    const one = jsonLines((await cli(["log", "--json", "--item", "bad"], { cwd })).stdout);
    expect(one.map(({ event }) => event)).toEqual(["item.claimed", "item.failed"]);
    expect((await cli(["log", "--item", "nobody"], { cwd })).code).toBe(2);
  });

  test("tells how the run ended as it was printed: the same fields, and times that differ by little", async () => {
    const cwd = tempFolder({
      "plan.yaml":
        "tasks:\n  first: { run: 'sleep 0.3' }\n  second: { needs: [first], run: 'test $SIGNALBOX_ATTEMPT -gt 1 || { sleep 0.2; false; }', attemptsMax: 2 }\n  beside: { run: 'sleep 0.3' }\n",
    });
    const [printed] = jsonLines((await cli(["run", "plan.yaml", "--json", "--cap", "2"], { cwd })).stdout).slice(-1);
    const [logged] = jsonLines((await cli(["log", "--json"], { cwd })).stdout).slice(-1);
    expect((await cli(["resume", "last", "--json"], { cwd })).stdout).toBe(`${JSON.stringify(logged)}\n`);
    expect(Object.keys(logged!).toSorted()).toEqual(Object.keys(printed!).toSorted());
    // All three, and both attempts: 0.3 + 0.2 in the chain, 0.3 beside it.
    expect(logged!["sequential_ms"]).toBeGreaterThanOrEqual(780);
    expect(logged!["critical_path_ms"]).toBeGreaterThanOrEqual(490);
    expect(logged!["critical_path_ms"]).toBeLessThanOrEqual(Number(logged!["sequential_ms"]) - 290);
  });

  test("what was between two attempts when its run ended has its error in the log, as it was printed, and in why", async () => {
    const cwd = tempFolder({
      "plan.yaml":
        "deadline: 1s\ntasks:\n  flaky: { run: 'exit 7', attemptsMax: 3, backoff: { initial: 30s } }\n  behind: { needs: [flaky], run: 'true' }\n",
    });
    const [printed] = jsonLines((await cli(["run", "plan.yaml", "--json"], { cwd })).stdout).slice(-1);
    const [logged] = jsonLines((await cli(["log", "--json"], { cwd })).stdout).slice(-1);
    expect(printed!["blocked"]).toMatchObject([
      { item: "flaky", by: [], reason: "not_tried_again", attempt: 1, last_reason: { message: "exit code 7" } },
      { item: "behind", by: ["flaky"], reason: "not_started" },
    ]);
    expect(logged!["blocked"]).toEqual(printed!["blocked"]);
    expect((await cli(["why", "flaky"], { cwd })).stdout).toMatch(
      /^flaky waits:\n.*\nAttempt 1 of it ended: exit code 7\.\n$/,
    );
  });

  test("says which layer begins and ends; one of joins only is passed over", async () => {
    const cwd = tempFolder({
      "plan.yaml":
        "tasks:\n  a: { run: 'true' }\n  b: { run: 'true' }\n  all: { needs: [a, b], join: all }\n  end: { needs: [all], run: 'true' }\n",
    });
    await cli(["run", "plan.yaml", "--schedule", "layers"], { cwd });
    const { stdout } = await cli(["log"], { cwd });
    expect(stdout.match(/layer\.\w+ +layer.+?(?= {2}by)/g)?.map((line) => line.replaceAll(/ +/g, " "))).toEqual([
      "layer.started layer 0, 2 items",
      "layer.finished layer 0, 2 items",
      "layer.started layer 2, 1 item",
      "layer.finished layer 2, 1 item",
    ]);
  });

  test("--follow prints what another process does until its run has ended", async () => {
    const cwd = tempFolder({
      "plan.yaml":
        "tasks:\n  gate: { run: 'until test -e open; do sleep 0.05; done' }\n  last: { needs: [gate], run: 'true' }\n",
    });
    const run = startCli(["run", "plan.yaml", "--json"], { cwd });
    await run.printed(/item\.claimed/);
    const follow = startCli(["log", "--follow", "--json"], { cwd });
    await follow.printed(/item\.claimed/);
    writeFileSync(join(cwd, "open"), "");
    const [{ stdout: printed }, { stdout: followed, code }] = await Promise.all([run.ended, follow.ended]);
    expect(code).toBe(0);
    expect(jsonLines(followed).map(({ seq, event }) => [seq, event])).toEqual(
      jsonLines(printed).map(({ seq, event }) => [seq, event]),
    );
  });
});

describe("why", () => {
  test("says in words how an item ended or what holds it", async () => {
    const cwd = await ran();
    expect((await cli(["why", "good"], { cwd })).stdout).toBe("good is done.\n");
    expect((await cli(["why", "bad"], { cwd })).stdout).toMatch(/^bad failed: exit code 4/);
    expect((await cli(["why", "behind"], { cwd })).stdout).toMatch(/^behind waits:\n.*bad/);
    const json = JSON.parse((await cli(["why", "behind", "--json"], { cwd })).stdout);
    expect(json).toMatchObject({
      item: "behind",
      state: "waiting",
      for: [{ kind: "blocked_by_failure", items: ["bad"] }],
    });
  });

  test("says of a cancelled item what ended it", async () => {
    const cwd = await ran(
      "onFailure: fail-fast\ntasks:\n  slow: { run: 'touch up; sleep 30' }\n  bad: { run: 'until test -e up; do sleep 0.05; done; exit 3' }\n",
    );
    expect((await cli(["why", "slow"], { cwd })).stdout).toMatch(/^slow was cancelled: .*\bbad\b.*exit code 3.*\.\n$/);
    const json = JSON.parse((await cli(["why", "slow", "--json"], { cwd })).stdout);
    expect(json).toMatchObject({ state: "cancelled", reason: expect.stringContaining("bad") });
  });

  test("an item that is not there gets the nearest name", async () => {
    const { code, stderr } = await cli(["why", "behnd"], { cwd: await ran() });
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean "behind"?');
  });

  test("answers while another process runs: what is live, and what waits for it", async () => {
    const plan =
      "liveItemsMax: 1\ntasks:\n  gate: { run: 'until test -e open; do sleep 0.05; done', files: [src] }\n  free: { priority: 9, run: 'true' }\n  last: { needs: [gate], run: 'true' }\n  same: { files: [src/a.ts], run: 'true' }\n";
    const cwd = tempFolder({ "plan.yaml": plan });
    const run = startCli(["run", "plan.yaml", "--json"], { cwd });
    await run.printed(/item\.claimed/);
    expect((await cli(["why", "gate"], { cwd })).stdout).toContain("gate is live");
    expect((await cli(["why", "last"], { cwd })).stdout).toContain("gate (claimed)");
    expect((await cli(["why", "free"], { cwd })).stdout).toContain("1 of 1 are taken");
    expect((await cli(["why", "same"], { cwd })).stdout).toContain("for files: gate holds src");
    expect((await cli(["doctor"], { cwd })).stdout).toContain("a run is going on");
    writeFileSync(join(cwd, "open"), "");
    expect((await run.ended).code).toBe(0);
  });
});

test("a run that a crash ended is told as interrupted, with the command that goes on with it", async () => {
  const cwd = tempFolder({ "plan.yaml": "tasks:\n  gate: { run: sleep 60 }\n" });
  const run = startCli(["run", "plan.yaml", "--json"], { cwd });
  await run.printed(/item\.claimed/);
  run.child.kill("SIGKILL");
  await run.ended;
  expect((await cli(["runs"], { cwd })).stdout).toContain("interrupted");
  expect((await cli(["show"], { cwd })).stdout).toMatch(/^plan {2}interrupted\n[\s\S]*signalbox resume /);
  expect((await cli(["why", "gate"], { cwd })).stderr).toContain("signalbox resume ");
  expect(JSON.parse((await cli(["show", "--json"], { cwd })).stdout)).toMatchObject({
    status: "running",
    interrupted: true,
  });
});

test("a reader that goes away (`| head`) ends a reading command without an error", async () => {
  const cwd = await ran();
  const log = startCli(["log"], { cwd });
  log.child.stdout!.destroy();
  expect(await log.ended).toMatchObject({ code: 0, stderr: "" });
});

describe("plans", () => {
  test("check says one line about a good plan, and warns of what this version does not run", async () => {
    const cwd = tempFolder({ "plan.yaml": PLAN, "later.yaml": "tasks:\n  a: { worktree: true }\n" });
    const { code, stdout } = await cli(["check", "plan.yaml"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toBe("mixed: good. 3 items in 2 layers; the longest chain has 2 items, the widest layer 2 items.\n");
    const json = JSON.parse((await cli(["check", "plan.yaml", "--json"], { cwd })).stdout);
    expect(json).toMatchObject({
      ok: true,
      items: 3,
      layers: 2,
      critical_path_length: 2,
      widest_layer: 2,
      warnings: [],
    });
    const later = await cli(["check", "later.yaml"], { cwd });
    expect(later.code).toBe(0);
    expect(later.stderr).toMatch(/^warning: .*worktree/);
    const refused = await cli(["run", "later.yaml"], { cwd });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain("unsupported_feature");
  });

  test.each([
    ["layers", /^1 +good +bad\n2 +behind\n$/],
    ["mermaid", /^flowchart [\s\S]+-->/],
    ["dot", /^digraph "mixed" \{[\s\S]+->[\s\S]+\}\n$/],
    ["json", /^\{\n {2}"name": "mixed"/],
  ])("graph --format %s draws it", async (format, expected) => {
    const cwd = tempFolder({ "plan.yaml": PLAN });
    const { code, stdout } = await cli(["graph", "plan.yaml", "--format", format], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(expected);
  });

  test("schema prints the JSON Schema of plan files", async () => {
    const { code, stdout } = await cli(["schema"], { cwd: tempFolder() });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ $schema: expect.any(String), type: "object" });
  });
});

describe("doctor", () => {
  test("S3-02: it says who has the lock of the repository, for how long, what for, and how many wait", async () => {
    const cwd = gitRepository();
    const lineOf = async (): Promise<string> => {
      const { code, stdout } = await cli(["doctor"], { cwd });
      expect(code).toBe(0);
      return stdout.split("\n").find((line) => line.includes("repository"))!;
    };
    expect(await lineOf()).toMatch(/^ok {4}repository {2}nobody changes it$/);
    const lease = await (await openRepository(cwd, { env: nodeEnv() })).lock({ purpose: "a long merge" });
    expect(await lineOf()).toMatch(
      new RegExp(`^ok {4}repository {2}locked by process ${process.pid} on .+ for .+ \\(a long merge\\)$`),
    );
    await lease.release();
    const outside = await cli(["doctor"], { cwd: tempFolder() });
    expect(outside.stdout).not.toContain("repository");
  });

  test("says what is well and what to do about the rest; nothing failed is 0", async () => {
    const cwd = await ran();
    const { code, stdout } = await cli(["doctor"], { cwd });
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(/^ok +node +v\d+/m);
    expect(stdout).toMatch(/^ok +journal +1 run, 0 not ended$/m);
    const json = JSON.parse((await cli(["doctor", "--json"], { cwd })).stdout);
    expect(json).toMatchObject({
      ok: true,
      checks: expect.arrayContaining([expect.objectContaining({ name: "lock", status: "ok" })]),
    });
  });

  test("a journal that is damaged fails, with 4", async () => {
    const cwd = await ran();
    writeFileSync(
      join(cwd, ".signalbox", "signalbox.db"),
      "this is no database, and it is long enough to be looked at",
    );
    const { code, stdout } = await cli(["doctor"], { cwd });
    expect(code).toBe(4);
    expect(stdout).toMatch(/^fail +journal/m);
  });
});
