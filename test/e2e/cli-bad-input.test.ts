/** Input that cannot be used: for each a clear message on stderr, the right exit code, and nothing run or lost. */
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cleanEnvironment, cli, jsonLines, MAIN, startCli } from "./support/cli.ts";
import { tempFolder } from "./support/temp-folder.ts";

/** A message of ours never shows a stack. */
const STACK = /\n\s+at .*[/(]/;

const task = (rest: string): string => `tasks:\n  a: { run: "true", ${rest} }\n`;

const PLANS: readonly (readonly [string, string, RegExp])[] = [
  ["an empty file", "", /plan_empty/],
  ["no task", "name: x\ntasks: {}\n", /plan_empty/],
  ["an item that needs itself", task("needs: [a]"), /a -> a/],
  [
    "two separate cycles",
    "tasks:\n  a: { needs: [b], run: x }\n  b: { needs: [a], run: x }\n  c: { needs: [d], run: x }\n  d: { needs: [c], run: x }\n",
    /a -> b -> a|b -> a -> b[\s\S]*c -> d -> c|d -> c -> d/,
  ],
  [
    "an unknown need",
    "tasks:\n  build: { run: x }\n  test: { needs: [biuld], run: x }\n",
    /plan\.yaml:3:\d+: .*biuld.*[\s\S]*build/,
  ],
  ["an id given twice", "tasks:\n  a: { run: x }\n  a: { run: y }\n", /plan\.yaml:3:3: /],
  ["a name that objects keep to themselves", 'tasks:\n  "__proto__": { run: x }\n', /__proto__/],
  ["a cap of nothing", `liveItemsMax: 0\n${task("priority: 5")}`, /plan\.yaml:1:\d+: .*0/],
  ["a cap below nothing", `liveItemsMax: -3\n${task("priority: 5")}`, /-3/],
  ["a cap that is no number", `liveItemsMax: .nan\n${task("priority: 5")}`, /nan/i],
  ["a duration that is none", task("timeout: 10 parsecs"), /10 parsecs/],
  ["an unknown key", task("timout: 10s"), /timout[\s\S]*timeout/],
  ["text that is no YAML", "tasks: [\n", /plan\.yaml:\d+:\d+: /],
  [
    "a YAML bomb",
    `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefghi".replace(/./g, (c) => `${c}: &${c} [${`*${String.fromCharCode(c.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`,
    /invalid_plan/,
  ],
  ["nesting without end", `tasks: ${"[".repeat(20_000)}${"]".repeat(20_000)}\n`, /invalid_plan/],
];

describe("plans", () => {
  test("a plan module that never ends loading is told, not a silent end of the process", async () => {
    const cwd = tempFolder({ "plan.mjs": "await new Promise(() => {});\nexport default { tasks: {} };\n" });
    const { code, stderr } = await cli(["check", "plan.mjs"], { cwd });
    expect(stderr).toMatch(/plan\.mjs.*top-level `await`[\s\S]*invalid_plan/);
    expect(code).toBe(3);
  });

  test.each(PLANS)("%s: exit 3 and a message", async (_, text, message) => {
    const cwd = tempFolder({ "plan.yaml": text });
    for (const command of ["check", "run"]) {
      const { code, stderr, stdout } = await cli([command, "plan.yaml"], { cwd });
      expect(code, stderr).toBe(3);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(STACK);
      expect(stdout).toBe("");
    }
    expect(existsSync(join(cwd, ".signalbox"))).toBe(false);
  });

  test("every problem is told at once, with its line and a caret under the place", async () => {
    const cwd = tempFolder({ "plan.yaml": "tasks:\n  a: { run: x, priority: 99 }\n  b: { needs: [c], run: x }\n" });
    const { stderr } = await cli(["check", "plan.yaml"], { cwd });
    expect(stderr).toMatch(/^plan\.yaml:2:\d+: .*\n {2}2 \| .*\n {4}\| +\^\nplan\.yaml:3:\d+: /);
    expect(stderr).toContain("signalbox: 2 problems in the plan");
    const json = await cli(["check", "plan.yaml", "--json"], { cwd });
    expect(json.code).toBe(3);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, total: 2, problems: [{ line: 2 }, { line: 3 }] });
  });

  test("60,000 flat keys are refused or read within seconds", async () => {
    const keys = Array.from({ length: 60_000 }, (_, i) => `k${i}: 1`).join("\n");
    const cwd = tempFolder({ "plan.yaml": `${keys}\n` });
    const before = performance.now();
    const { code } = await cli(["check", "plan.yaml"], { cwd });
    expect(code).toBe(3);
    // Five seconds on a quiet machine; the quadratic way takes more than a minute.
    expect(performance.now() - before).toBeLessThan(20_000);
  });
});

describe("plan files", () => {
  test.each([
    ["one that is not there", "missing.yaml"],
    ["a folder", "folder.yaml"],
    ["a file of no known kind", "plan.txt"],
    ["a binary file", "binary.yaml"],
  ])("%s: a message that names it, and a code for a mistake", async (_, name) => {
    const cwd = tempFolder({ "plan.txt": "tasks: {}", "binary.yaml": "\u0000\u0001\u0002tasks:\u0000" });
    mkdirSync(join(cwd, "folder.yaml"));
    const { code, stderr } = await cli(["run", name], { cwd });
    expect([2, 3]).toContain(code);
    expect(stderr).toContain(name);
    expect(stderr).not.toMatch(STACK);
  });
});

describe("usage", () => {
  test.each([
    [["chek", "plan.yaml"], "Did you mean check?"],
    [["run", "--cop", "3", "plan.yaml"], "Did you mean --cap?"],
    [["run"], "missing required argument 'plan'"],
    [["run", "plan.yaml", "--cap", "0"], "whole number"],
    [["run", "plan.yaml", "--cap", "-1"], "whole number"],
    [["run", "plan.yaml", "--cap", "NaN"], "whole number"],
    [["run", "plan.yaml", "--cap", "1e3"], "whole number"],
    [["run", "plan.yaml", "--cap", "99999999"], "whole number"],
    [["run", "plan.yaml", "--schedule", "soon"], "Allowed choices are as-ready, layers, sequential"],
    [["graph", "plan.yaml", "--format", "png"], "Allowed choices are"],
    [[], "Usage: signalbox"],
  ])("%j: exit 2 and what was meant", async (words, message) => {
    const { code, stdout, stderr } = await cli(words, { cwd: tempFolder({ "plan.yaml": task("priority: 5") }) });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
  });

  test("--help and --version go to stdout, with 0", async () => {
    const cwd = tempFolder();
    const help = await cli(["--help"], { cwd });
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain("run a plan to its end");
    const version = await cli(["--version"], { cwd });
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
    expect((await cli(["run", "--help"], { cwd })).stdout).toContain("--with-needs");
  });
});

describe("state", () => {
  const GOOD = "name: small\ntasks:\n  a: { run: 'true' }\n";

  test("I18: a state directory in use by another run: exit 4, and the other run goes on", async () => {
    const cwd = tempFolder({ "plan.yaml": "tasks:\n  gate: { run: 'until test -e open; do sleep 0.05; done' }\n" });
    const first = startCli(["run", "plan.yaml", "--json"], { cwd });
    await first.printed(/item\.claimed/);
    for (const words of [["run", "plan.yaml"], ["resume"]]) {
      const { code, stderr } = await cli(words, { cwd });
      expect(code, stderr).toBe(4);
      expect(stderr).toContain(`process ${first.child.pid}`);
      expect(stderr).toContain("state_in_use");
    }
    writeFileSync(join(cwd, "open"), "");
    expect((await first.ended).code).toBe(0);
  });

  test("a state directory that cannot be made or is a file: exit 4 and what to do", async () => {
    const cwd = tempFolder({ "plan.yaml": GOOD, taken: "a file" });
    const { code, stderr } = await cli(["run", "plan.yaml", "--state-dir", "taken"], { cwd });
    expect(code).toBe(4);
    expect(stderr).toContain("--state-dir");
    expect(stderr).not.toMatch(STACK);
    expect(readFileSync(join(cwd, "taken"), "utf8")).toBe("a file");
  });

  test("an empty --state-dir: exit 2 and what to do, nothing made", async () => {
    const cwd = tempFolder({ "plan.yaml": GOOD });
    for (const words of [["run", "plan.yaml"], ["resume"], ["runs"], ["doctor"]]) {
      const { code, stderr } = await cli([...words, "--state-dir", ""], { cwd });
      expect(code, stderr).toBe(2);
      expect(stderr).toContain("expected a directory after --state-dir");
    }
    expect(readdirSync(cwd)).toEqual(["plan.yaml"]);
  });

  test("a state directory that holds other things: nothing is made in it by any command", async () => {
    const cwd = tempFolder({ "plan.yaml": GOOD });
    const refused = await cli(["run", "plan.yaml", "--state-dir", "."], { cwd });
    expect(refused.code, refused.stderr).toBe(4);
    expect(refused.stderr).toMatch(/expected a new, an empty or a signalbox state directory.*state_unwritable/);
    for (const words of [["resume"], ["runs"], ["show"]]) {
      const { code, stderr } = await cli([...words, "--state-dir", "."], { cwd });
      expect(code, stderr).toBe(2);
      expect(stderr).toContain("run_not_found");
    }
    expect(readdirSync(cwd)).toEqual(["plan.yaml"]);
  });

  test("a state directory that is there and empty, or that a run was killed in before its journal, is used", async () => {
    const cwd = tempFolder({ "plan.yaml": GOOD });
    mkdirSync(join(cwd, "empty"));
    mkdirSync(join(cwd, "begun"));
    writeFileSync(join(cwd, "begun", ".gitignore"), "*\n");
    writeFileSync(join(cwd, "begun", "run.lock.db"), "");
    // Without a journal a run leaves no database, and its directory must be good for the next run all the same.
    expect((await cli(["run", "plan.yaml", "--no-durable", "--state-dir", "empty"], { cwd })).code).toBe(0);
    for (const stateDir of ["empty", "begun", "empty"]) {
      const { code, stderr } = await cli(["run", "plan.yaml", "--state-dir", stateDir], { cwd });
      expect(code, stderr).toBe(0);
    }
  });

  test("a folder in which nothing can be made: exit 4", async () => {
    const cwd = tempFolder({ "plan.yaml": GOOD });
    chmodSync(cwd, 0o500);
    // For root every folder is open; below a device there is none for anybody.
    const words = process.getuid?.() === 0 ? ["--state-dir", "/dev/null/state"] : [];
    const { code, stderr } = await cli(["run", "plan.yaml", ...words], { cwd });
    chmodSync(cwd, 0o700);
    expect(code, stderr).toBe(4);
    expect(stderr).toContain("state_unwritable");
  });

  test("I21: no room for the journal: exit 4; what was acknowledged is kept, and with room the run goes on", async () => {
    const tasks = `Object.fromEntries(Array.from({ length: 800 }, (_, i) => ["t" + i, { run: () => i }]))`;
    const cwd = tempFolder({ "plan.mjs": `export default { tasks: ${tasks} };\n` });
    // A limit on the size of files stands for a full disk: both refuse a write in the middle of the run.
    const limited = `trap '' XFSZ; ulimit -f 300; exec "${process.execPath}" "${MAIN}" run plan.mjs --json > events.ndjson`;
    const { status, stderr } = spawnSync("sh", ["-c", limited], { cwd, env: cleanEnvironment(), encoding: "utf8" });
    expect(status, stderr).toBe(4);
    expect(stderr).toContain("journal_unavailable");
    expect(stderr).not.toMatch(STACK);
    const said = jsonLines(readFileSync(join(cwd, "events.ndjson"), "utf8"));
    expect(said.length).toBeGreaterThan(10);
    expect((await cli(["resume"], { cwd })).code).toBe(0);
    const stored = jsonLines((await cli(["log", "--json"], { cwd })).stdout);
    expect(stored.slice(0, said.length)).toEqual(said);
  });

  test("I9: a journal damaged in the middle: exit 4, a clear message, nothing dropped", async () => {
    const cwd = tempFolder({ "plan.yaml": GOOD });
    await cli(["run", "plan.yaml"], { cwd });
    const database = join(cwd, ".signalbox", "signalbox.db");
    const bytes = readFileSync(database);
    bytes.fill(0x5a, 4096, bytes.length - 512);
    writeFileSync(database, bytes);
    copyFileSync(database, join(cwd, "before"));
    for (const words of [["show"], ["log"], ["resume"]]) {
      const { code, stderr } = await cli(words, { cwd });
      expect(code, stderr).toBe(4);
      expect(stderr).not.toMatch(STACK);
    }
    expect(readFileSync(database).equals(readFileSync(join(cwd, "before")))).toBe(true);
  });

  test("a file that is no journal at all: exit 4", async () => {
    const cwd = tempFolder({ "plan.yaml": GOOD });
    mkdirSync(join(cwd, ".signalbox"), { mode: 0o700 });
    writeFileSync(join(cwd, ".signalbox", "signalbox.db"), "certainly not a database, though somebody named it so");
    for (const words of [["run", "plan.yaml"], ["runs"]]) {
      const { code, stderr } = await cli(words, { cwd });
      expect(code, stderr).toBe(4);
    }
  });

  test("--json: an error leaves stdout without half a line", async () => {
    const { code, stdout } = await cli(["run", "missing.yaml", "--json"], { cwd: tempFolder() });
    expect(code).not.toBe(0);
    expect(jsonLines(stdout)).toEqual([]);
  });
});

test("a word that names nothing because it is empty never means the only run that there is", async () => {
  const cwd = tempFolder({ "plan.yaml": task("priority: 5") });
  expect((await cli(["run", "plan.yaml"], { cwd })).code).toBe(0);
  for (const args of [
    ["cancel", ""],
    ["retry", ""],
    ["why", ""],
    ["show", ""],
    ["cancel", "a", "--run", ""],
  ]) {
    const { code, stderr, stdout } = await cli(args, { cwd });
    expect([code, stdout], args.join(" ")).toEqual([2, ""]);
    expect(stderr).toMatch(/got ""; .*(item_not_found|run_not_found)/);
  }
});

test.each(["0s", "99999h"])("--deadline %s: the message has the bounds", async (deadline) => {
  const cwd = tempFolder({ "plan.yaml": task("priority: 5") });
  const { code, stderr } = await cli(["run", "plan.yaml", "--deadline", deadline], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain(`Expected a duration from 1ms to 8784h (366 days), got "${deadline}".`);
});
