/**
 * A rollback with real commands: what a failed run did is taken back in order, also when the process is killed in the middle of it,
 * and everything that tells of a run tells of it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cli, jsonLines, startCli } from "./support/cli.ts";
import { tempFolder } from "./support/temp-folder.ts";

/** The undo of `b` waits until there is a file named `open`; that of `d` fails, and `e` has none. */
const PLAN = `
name: rolled
onFailure: rollback
tasks:
  a: { run: echo '"made"' > "$SIGNALBOX_OUTPUT", undo: grep -q made "$SIGNALBOX_INPUTS" && echo a >> undone.log }
  b: { needs: [a], run: "true", undo: "echo b >> undone.log; until test -e open; do sleep 0.05; done" }
  c: { needs: [b], run: "true", undo: echo c >> undone.log }
  d: { needs: [c], run: "true", undo: "echo why; exit 4" }
  e: { needs: [d], run: "true" }
  bad: { needs: [e], run: exit 3 }
  never: { needs: [bad], run: "true" }
`;

const undone = (cwd: string): string[] => readFileSync(join(cwd, "undone.log"), "utf8").trim().split("\n");

test("S1: every done item is undone, last first; the exit code, the summary, log, show and why tell of it", async () => {
  const cwd = tempFolder({ "plan.yaml": PLAN, open: "" });
  const { code, stdout, stderr } = await cli(["run", "plan.yaml"], { cwd });
  expect(code, stderr).toBe(1);
  expect(undone(cwd)).toEqual(["c", "b", "a"]);
  expect(stderr).toMatch(/^back +what is done is undone, last first$/m);
  expect(stderr).toMatch(/^undone +a /m);
  expect(stdout).toContain("Rolled back, 3 items undone: c, b, a\n  done, and without an undo: e\n");
  expect(stdout).toMatch(/undo failed:\n +✗ d +exit code 4\n +\| why\n/);
  const log = (await cli(["log"], { cwd })).stdout;
  expect(log).toMatch(/run.rolling_back/);
  expect(log).toMatch(/item.undo_failed {2}d {2}undo failed .*exit code 4/);
  const show = (await cli(["show"], { cwd })).stdout;
  expect(show).toMatch(/^b +done, undone/m);
  expect(show).toMatch(/^d +done, undo failed .*exit code 4/m);
  expect((await cli(["why", "d"], { cwd })).stdout).toBe("d is done, and its undo failed: exit code 4.\n");
  expect((await cli(["why", "c"], { cwd })).stdout).toBe("c is done, and was undone.\n");
  const again = await cli(["retry", "e"], { cwd });
  expect([again.code, again.stderr.split("\n")[0]]).toEqual([1, expect.stringContaining("takes over what run")]);
  expect(again.stderr).toContain("has done, 0 of 7.");
  expect(undone(cwd)).toEqual(["c", "b", "a", "c", "b", "a"]);
});

describe.each(["SIGINT", "SIGKILL"] as const)("%s in the middle of a rollback", (signal) => {
  test("S1: resume goes on with it: what was undone stays so, the one that was cut short runs again, first", async () => {
    const cwd = tempFolder({ "plan.yaml": PLAN });
    const run = startCli(["run", "plan.yaml", "--json"], { cwd });
    await run.printed(/"event":"item.undone","item":"c".*\n.*"event":"item.note","item":"b"/);
    while (!undone(cwd).includes("b")) await new Promise((resolve) => setTimeout(resolve, 20));
    run.child.kill(signal);
    expect((await run.ended).code).toBe(signal === "SIGINT" ? 130 : null);
    const before = (await cli(["show", "--json"], { cwd })).stdout;
    expect(JSON.parse(before)).toMatchObject({ status: "rollingBack", interrupted: true });
    expect((await cli(["why", "b"], { cwd })).stdout).toBe(
      "b is done, and was being undone when the run was interrupted.\n",
    );
    expect((await cli(["show"], { cwd })).stdout).toMatch(/^b +done, was being undone/m);
    writeFileSync(join(cwd, "open"), "");
    const { code, stdout, stderr } = await cli(["resume", "--json"], { cwd });
    expect(code, stderr).toBe(1);
    expect(undone(cwd)).toEqual(["c", "b", "b", "a"]);
    const end = jsonLines(stdout).at(-1)!;
    expect(end).toMatchObject({
      event: "run.finished",
      outcome: "failed",
      reason: { code: "fail_fast", data: { item: "bad" } },
      failures: [{ item: "bad" }],
      rollback: {
        undone: ["c", "b", "a"],
        skipped: ["e"],
        failed: [{ item: "d", reason: { data: { exit_code: 4 } } }],
      },
    });
    const log = jsonLines((await cli(["log", "--json"], { cwd })).stdout);
    expect(log.at(-1)).toMatchObject({ rollback: end["rollback"] });
    const starts = log.filter((event) => event["stage"] === "undo").map(({ item }) => item);
    expect(starts).toEqual(["d", "c", "b", "b", "a"]);
  });
});

test("S1: cancel from another process takes back what was done, with exit code 1 there", async () => {
  const cwd = tempFolder({
    "plan.yaml": `
onFailure: rollback
tasks:
  a: { run: "true", undo: echo a >> undone.log }
  b: { needs: [a], run: sleep 60 }
`,
  });
  const run = startCli(["run", "plan.yaml", "--json"], { cwd });
  await run.printed(/"event":"item.claimed","item":"b"/);
  const { stdout } = await cli(["cancel", "last"], { cwd });
  expect(stdout).toContain("was ended: cancelled");
  expect((await run.ended).code).toBe(1);
  expect(undone(cwd)).toEqual(["a"]);
});
