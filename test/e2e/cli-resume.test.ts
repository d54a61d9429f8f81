/**
 * `signalbox resume`: going on with a run that a signal or a crash ended. What was done stays done, what was live is tried
 * again, and the plan is the one the run was started with.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cli, jsonLines, startCli } from "./support/cli.ts";
import { tempFolder } from "./support/temp-folder.ts";

/** `gate` waits until there is a file named `open`. */
const GATED = `
name: gated
tasks:
  first: { run: "echo first >> ran.log" }
  gate: { needs: [first], run: "echo gate >> ran.log; until test -e open; do sleep 0.05; done" }
  last: { needs: [gate], run: "echo last >> ran.log" }
`;

async function interrupted(files: Record<string, string>, signal: NodeJS.Signals, plan = "plan.yaml"): Promise<string> {
  const cwd = tempFolder(files);
  const run = startCli(["run", plan, "--json"], { cwd });
  await run.printed(/"event":"item.claimed","item":"gate"/);
  run.child.kill(signal);
  await run.ended;
  writeFileSync(join(cwd, "open"), "");
  return cwd;
}

describe.each(["SIGINT", "SIGKILL"] as const)("after %s", (signal) => {
  test("the last run goes on to its end; what was done is not done again", async () => {
    const cwd = await interrupted({ "plan.yaml": GATED }, signal);
    if (signal === "SIGKILL") {
      expect((await cli(["why", "gate"], { cwd })).stdout).toBe("gate was live when the run was interrupted.\n");
      const show = (await cli(["show"], { cwd })).stdout;
      expect(show).toMatch(/^gate +claimed, interrupted /m);
      expect((await cli(["show", "--tree"], { cwd })).stdout).toContain("claimed, interrupted");
    }
    const { code, stdout, stderr } = await cli(["resume", "--json"], { cwd });
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/Going on with run \S+: 1 of 3 done\./);
    expect(jsonLines(stdout).at(-1)).toMatchObject({ event: "run.finished", outcome: "done", counts: { done: 3 } });
    const ran = readFileSync(join(cwd, "ran.log"), "utf8").trim().split("\n");
    expect(ran.filter((line) => line === "first")).toHaveLength(1);
    expect(ran.at(-1)).toBe("last");
    const log = jsonLines((await cli(["log", "--json"], { cwd })).stdout);
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
    expect(log.filter(({ item, event }) => item === "gate" && event === "item.claimed")).toHaveLength(2);
    const given = log.find(({ item, event }) => item === "gate" && event === "item.released");
    expect(given).toMatchObject({ from: "claimed", to: "todo" });
    if (signal === "SIGKILL") expect(given).toMatchObject({ actor: "recovery", reason: { code: "interrupted" } });
  });
});

test("why: nobody has a slot, a place or files of a run whose process was killed; what was live goes first where it should", async () => {
  const plan = `
liveItemsMax: 1
pools: { p: 1 }
tasks:
  gate: { run: sleep 60, uses: { p: 1 }, files: [x], priority: 0 }
  plain: { run: "true", priority: 0 }
  holds: { run: "true", uses: { p: 1 }, files: [x], priority: 0 }
  later: { run: "true", priority: 2 }
`;
  const cwd = tempFolder({ "plan.yaml": plan });
  const run = startCli(["run", "plan.yaml", "--json"], { cwd });
  await run.printed(/"event":"item.claimed","item":"gate"/);
  expect((await cli(["why", "plain"], { cwd })).stdout).toContain("1 of 1 are taken");
  expect((await cli(["why", "holds"], { cwd })).stdout).toContain("1 of 1 taken, by gate");
  run.child.kill("SIGKILL");
  await run.ended;
  for (const item of ["plain", "holds"])
    expect((await cli(["why", item], { cwd })).stdout).toBe(`${item} is ready and starts when the run goes on.\n`);
  expect((await cli(["why", "later"], { cwd })).stdout).toBe(
    "later waits:\n  for a slot: 0 of 1 are taken, 3 items go first\n",
  );
});

test("S2-02, P3: what was prepared before the process was killed is not prepared again, and is there for the work", async () => {
  const plan = `
liveItemsMax: 1
tasks:
  gate: { run: "until test -e open; do sleep 0.05; done", priority: 0 }
  item:
    prepare: 'echo prepared >> ran.log; echo 7 > "$SIGNALBOX_OUTPUT"'
    run: 'cat "$SIGNALBOX_INPUTS" >> ran.log'
`;
  const cwd = tempFolder({ "plan.yaml": plan });
  const run = startCli(["run", "plan.yaml", "--json"], { cwd });
  await run.printed(/"stage":"prepared"/);
  expect(run.stdout()).not.toContain('"output"');
  run.child.kill("SIGKILL");
  await run.ended;
  expect((await cli(["show"], { cwd })).stdout).toMatch(/item +todo, prepared/);
  writeFileSync(join(cwd, "open"), "");
  const { code, stderr } = await cli(["resume"], { cwd });
  expect(code, stderr).toBe(0);
  expect(readFileSync(join(cwd, "ran.log"), "utf8")).toBe('prepared\n{"prepare":7}');
});

describe("which run", () => {
  test("a run is named by the beginning of its id; one that fits nothing is an error", async () => {
    const cwd = await interrupted({ "plan.yaml": GATED }, "SIGKILL");
    const [{ run_id: id }] = JSON.parse((await cli(["runs", "--json"], { cwd })).stdout);
    const unknown = await cli(["resume", "ffff"], { cwd });
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("run_not_found");
    const { code } = await cli(["resume", String(id).slice(0, 20)], { cwd });
    expect(code).toBe(0);
  });

  test("without a name the newest run that has not ended is taken, not a newer one that has", async () => {
    const cwd = await interrupted({ "plan.yaml": GATED, "other.yaml": "tasks:\n  a: { run: 'true' }\n" }, "SIGKILL");
    await cli(["run", "other.yaml"], { cwd });
    const { code, stdout } = await cli(["resume"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain("gated  done");
  });

  test("a run that has ended says so and ends with its own exit code", async () => {
    const cwd = tempFolder({ "plan.yaml": "tasks:\n  a: { run: exit 1 }\n" });
    await cli(["run", "plan.yaml"], { cwd });
    const { code, stdout, stderr } = await cli(["resume", "--json"], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain("has ended already: failed");
    expect(jsonLines(stdout)).toMatchObject([{ event: "run.finished", outcome: "failed" }]);
  });

  test("where nothing was ever run there is nothing to resume", async () => {
    const { code, stderr } = await cli(["resume"], { cwd: tempFolder() });
    expect(code).toBe(2);
    expect(stderr).toContain("run a plan first");
  });
});

describe("a plan that has changed", () => {
  test("in a file: the stored plan is used, and that is said", async () => {
    const cwd = await interrupted({ "plan.yaml": GATED }, "SIGKILL");
    writeFileSync(join(cwd, "plan.yaml"), GATED.replace("echo last", "echo changed"));
    const { code, stderr } = await cli(["resume"], { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain("is not what this run was started with");
    expect(readFileSync(join(cwd, "ran.log"), "utf8")).toContain("last\n");
  });

  test("in a file that is gone: the same", async () => {
    const cwd = await interrupted({ "plan.yaml": GATED }, "SIGKILL");
    rmSync(join(cwd, "plan.yaml"));
    const { code } = await cli(["resume"], { cwd });
    expect(code).toBe(0);
  });

  const MODULE = `
import { appendFileSync, existsSync } from "node:fs";
const dir = import.meta.dirname;
export default { name: "module", tasks: {
  gate: { run: async ({ signal }) => { while (!existsSync(dir + "/open")) { signal.throwIfAborted(); await new Promise((r) => setTimeout(r, 20)); } return 1; } },
  last: { needs: ["gate"], run: ({ inputs }) => { appendFileSync(dir + "/ran.log", "got " + inputs.gate + "\\n"); } },
} };
`;

  test("in a module: its functions are taken from it again", async () => {
    const cwd = await interrupted({ "plan.mjs": MODULE }, "SIGKILL", "plan.mjs");
    const { code, stderr } = await cli(["resume"], { cwd });
    expect(code, stderr).toBe(0);
    expect(readFileSync(join(cwd, "ran.log"), "utf8")).toBe("got 1\n");
  });

  test("in a module that is another plan now: it is refused", async () => {
    const cwd = await interrupted({ "plan.mjs": MODULE }, "SIGKILL", "plan.mjs");
    writeFileSync(join(cwd, "plan.mjs"), MODULE.replace('needs: ["gate"]', 'attemptsMax: 3, needs: ["gate"]'));
    const { code, stderr } = await cli(["resume"], { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain("plan_changed");
  });
});
