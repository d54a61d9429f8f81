/**
 * `signalbox run` as a user has it: real processes in folders of their own. What is promised here: the exit code of each
 * outcome, stdout for data and stderr for progress, events as the contract writes them, and a summary that says what to do.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cli, jsonLines, startCli } from "./support/cli.ts";
import { tempFolder } from "./support/temp-folder.ts";

const DIAMOND = `
name: diamond
tasks:
  a: { run: "echo a >> order.log" }
  b: { needs: [a], run: "echo b >> order.log" }
  c: { needs: [a], run: "echo c >> order.log" }
  d: { needs: [b, c], run: "echo d >> order.log" }
`;

const FAILING = `
name: failing
tasks:
  good: { run: "true" }
  bad: { run: "echo out of luck; exit 3" }
  behind: { needs: [bad], run: "true" }
`;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("outcomes", () => {
  test("a plan whose items all get done ends with 0; needs come before what needs them", async () => {
    const cwd = tempFolder({ "plan.yaml": DIAMOND });
    const { code, stdout, stderr } = await cli(["run", "plan.yaml", "--cap", "2"], { cwd });
    expect(code, stderr).toBe(0);
    expect(readFileSync(join(cwd, "order.log"), "utf8")).toMatch(/^a\n(b\nc|c\nb)\nd\n$/);
    expect(stdout).toMatch(/^diamond {2}done in /);
    expect(stdout).toContain("4 items done");
    expect(stdout).toMatch(/critical path .* a -> [bc] -> d\n/);
    expect(stdout).toMatch(/Next:\n {2}signalbox show\n {2}signalbox log\n$/);
  });

  test("a failed item ends the run with 1; what is behind it is told apart from what failed", async () => {
    const cwd = tempFolder({ "plan.yaml": FAILING });
    const { code, stdout } = await cli(["run", "plan.yaml"], { cwd });
    expect(code).toBe(1);
    expect(stdout).toContain("1 item done, 1 failed, 1 never ran");
    expect(stdout).toMatch(
      /1 item failed:\n {2}✗ bad {2}exit code 3\n {6}\| out of luck\n {6}all of its output: \S+\n/,
    );
    expect(stdout).toMatch(/1 item never ran:\n {2}behind {2}held by bad\n/);
    expect(stdout).toContain("Next:\n  signalbox why behind\n");
    const log = /all of its output: (\S+)/.exec(stdout)![1]!;
    expect(readFileSync(join(cwd, log), "utf8")).toBe("out of luck\n");
  });

  test("S2-12: a run that waits for a claim that cannot come ends as stalled, with 5 and the item", async () => {
    const cwd = tempFolder({
      "plan.yaml": "tasks:\n  review: { type: review }\n  ship: { needs: [review], run: 'true' }\n",
    });
    const { code, stdout } = await cli(["run", "plan.yaml"], { cwd });
    expect(code).toBe(5);
    expect(stdout).toContain("stalled");
    expect(stdout).toMatch(/2 items never ran:\n {2}review {2}.*\n {2}ship {2}.*review/);
  });

  test("fail-fast ends live items and cancels the rest", async () => {
    const cwd = tempFolder({
      "plan.yaml":
        "tasks:\n  slow: { run: sleep 30 }\n  bad: { run: exit 1 }\n  later: { needs: [slow], run: 'true' }\n",
    });
    const { code, stdout } = await cli(["run", "plan.yaml", "--on-failure", "fail-fast", "--cap", "2", "--json"], {
      cwd,
    });
    expect(code).toBe(1);
    expect(jsonLines(stdout).at(-1)).toMatchObject({ outcome: "failed", counts: { done: 0, failed: 1 } });
  });
});

describe("--json", () => {
  test("prints each published event once and in order, as the contract writes it, and nothing else", async () => {
    const cwd = tempFolder({ "plan.yaml": FAILING });
    const { code, stdout, stderr } = await cli(["run", "plan.yaml", "--json"], { cwd });
    expect(code).toBe(1);
    const events = jsonLines(stdout);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    for (const event of events) {
      expect(event["run_id"]).toMatch(UUID);
      expect(event["at"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(event["event"]).toMatch(/^(run|item|layer)\.[a-z]+$/);
    }
    expect(events[0]).toMatchObject({ seq: 1, event: "run.started", from: "planned", to: "running" });
    const claimed = events.find(({ event, item }) => event === "item.claimed" && item === "bad");
    expect(claimed).toMatchObject({ attempt: 1, from: "todo", to: "claimed" });
    expect(claimed!["item_id"]).toMatch(UUID);
    const failed = events.find(({ event }) => event === "item.failed");
    expect(failed).toMatchObject({ item: "bad", from: "claimed", to: "failed", reason: { code: "exit" } });
    const last = events.at(-1)!;
    expect(last).toMatchObject({
      event: "run.finished",
      outcome: "failed",
      counts: { todo: 1, claimed: 0, done: 1, failed: 1, cancelled: 0 },
      failures: [{ item: "bad", reason: { code: "exit" } }],
      blocked: [{ item: "behind", by: ["bad"] }],
    });
    expect(last["duration_ms"]).toBeGreaterThan(0);
    expect(last["live_items_peak"]).toBeGreaterThan(0);
    // What people read is on stderr.
    expect(stderr).toContain("1 item failed:");
  });

  test("the stored log says the same as what was printed", async () => {
    const cwd = tempFolder({ "plan.yaml": FAILING });
    const printed = jsonLines((await cli(["run", "plan.yaml", "--json"], { cwd })).stdout);
    const stored = jsonLines((await cli(["log", "--json"], { cwd })).stdout);
    const withoutResult = (events: Record<string, unknown>[]): unknown[] => events.slice(0, -1);
    expect(withoutResult(stored)).toEqual(withoutResult(printed));
    const { seq, outcome, counts, failures, blocked, live_items_peak: peak } = printed.at(-1)!;
    expect(stored.at(-1)).toMatchObject({ seq, outcome, counts, failures, blocked, live_items_peak: peak });
  });

  test("a reader that goes away does not end the run", async () => {
    const cwd = tempFolder({ "plan.yaml": DIAMOND });
    const run = startCli(["run", "plan.yaml", "--json"], { cwd });
    run.child.stdout!.destroy();
    const { code } = await run.ended;
    expect(code).toBe(0);
    expect(readFileSync(join(cwd, "order.log"), "utf8")).toContain("d\n");
  });
});

describe("options", () => {
  test("--dry-run says what would run and does nothing", async () => {
    const cwd = tempFolder({ "plan.yaml": DIAMOND });
    const { code, stdout } = await cli(["run", "plan.yaml", "--dry-run", "--cap", "3"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/1 +a\n.*2 +b +c\n.*3 +d\n/);
    expect(stdout).toContain("at most 3 at once");
    expect(existsSync(join(cwd, ".signalbox"))).toBe(false);
    const json = await cli(["run", "plan.yaml", "--dry-run", "--json"], { cwd });
    expect(JSON.parse(json.stdout)).toMatchObject({ name: "diamond", layers: [["a"], ["b", "c"], ["d"]] });
  });

  test("S2-16: --scope runs what is named, with --with-needs also what it needs; a need outside is an error", async () => {
    const cwd = tempFolder({ "plan.yaml": DIAMOND });
    const outside = await cli(["run", "plan.yaml", "--scope", "b"], { cwd });
    expect(outside.code).toBe(2);
    expect(outside.stderr).toContain("--with-needs");
    const { code, stdout } = await cli(["run", "plan.yaml", "--scope", "b", "--with-needs"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain("2 items done");
    const typo = await cli(["run", "plan.yaml", "--scope", "bb"], { cwd });
    expect(typo.code).toBe(2);
  });

  test("S2-19: --cap bounds the live items, --schedule sequential runs one at a time", async () => {
    const plan = "tasks:\n  a: { run: sleep 0.1 }\n  b: { run: sleep 0.1 }\n  c: { run: sleep 0.1 }\n";
    const cwd = tempFolder({ "plan.yaml": plan });
    const peakOf = async (...words: string[]): Promise<unknown> =>
      jsonLines((await cli(["run", "plan.yaml", "--json", ...words], { cwd })).stdout).at(-1)!["live_items_peak"];
    expect(await peakOf("--cap", "3")).toBe(3);
    expect(await peakOf("--cap", "2")).toBe(2);
    expect(await peakOf("--cap", "3", "--schedule", "sequential")).toBe(1);
  });

  test("state is kept beside the plan, hidden from git and from others; --state-dir keeps it elsewhere", async () => {
    const cwd = tempFolder({ "plan.yaml": DIAMOND });
    await cli(["run", "plan.yaml"], { cwd });
    expect(readFileSync(join(cwd, ".signalbox", ".gitignore"), "utf8")).toBe("*\n");
    const { code, stdout } = await cli(["run", "plan.yaml", "--state-dir", "elsewhere"], { cwd });
    expect(code).toBe(0);
    expect(existsSync(join(cwd, "elsewhere", "signalbox.db"))).toBe(true);
    expect(stdout).toContain("signalbox show --state-dir elsewhere");
  });

  test("--no-durable leaves nothing to resume", async () => {
    const cwd = tempFolder({ "plan.yaml": DIAMOND });
    const { code, stdout } = await cli(["run", "plan.yaml", "--no-durable"], { cwd });
    expect(code).toBe(0);
    expect(stdout).not.toContain("Next:");
    expect(existsSync(join(cwd, ".signalbox", "signalbox.db"))).toBe(false);
  });
});

describe("plain lines", () => {
  test("a pipe gets one line for each start, end and failure, without control characters", async () => {
    const cwd = tempFolder({ "plan.yaml": FAILING });
    const { stderr } = await cli(["run", "plan.yaml"], { cwd });
    expect(stderr).toMatch(/^failing: 3 items, run /);
    expect(stderr).toMatch(/^start {3}bad$/m);
    expect(stderr).toMatch(/^failed {2}bad {2}.* {2}exit code 3$/m);
    expect(stderr).toMatch(/^done {4}good {2}/m);
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  test("FORCE_COLOR colours a pipe, NO_COLOR wins over it", async () => {
    const cwd = tempFolder({ "plan.yaml": DIAMOND });
    const coloured = await cli(["run", "plan.yaml"], { cwd, env: { FORCE_COLOR: "1" } });
    expect(coloured.stdout).toContain("\u001b[32m");
    const plain = await cli(["run", "plan.yaml"], { cwd, env: { FORCE_COLOR: "1", NO_COLOR: "1" } });
    expect(plain.stdout + plain.stderr).not.toContain("\u001b");
  });

  test("what an item prints cannot move the cursor or colour the terminal", async () => {
    const evil = String.raw`printf '\033[2J\033]0;title\007\033[31mred\r\bx\n' >&2; exit 1`;
    const cwd = tempFolder({ "plan.json": JSON.stringify({ tasks: { evil: { run: evil } } }) });
    const { code, stdout, stderr } = await cli(["run", "plan.json"], { cwd });
    expect(code).toBe(1);
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    const json = await cli(["run", "plan.json", "--json"], { cwd });
    expect(json.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});

test("values flow to dependents, and a command that fails is tried again", async () => {
  const plan = {
    tasks: {
      one: { run: 'echo 41 > "$SIGNALBOX_OUTPUT"' },
      shaky: { attemptsMax: 2, run: 'test "$SIGNALBOX_ATTEMPT" = 2' },
      sum: { needs: ["one", "shaky"], run: 'cat "$SIGNALBOX_INPUTS" > inputs.json' },
    },
  };
  const cwd = tempFolder({ "plan.json": JSON.stringify(plan) });
  const { code, stdout } = await cli(["run", "plan.json", "--json"], { cwd });
  expect(code).toBe(0);
  expect(JSON.parse(readFileSync(join(cwd, "inputs.json"), "utf8"))).toEqual({ one: 41, shaky: null });
  const shaky = jsonLines(stdout).filter(({ item }) => item === "shaky");
  expect(shaky.map(({ event, attempt }) => `${String(event)} ${String(attempt)}`)).toEqual([
    "item.claimed 1",
    "item.failed 1",
    "item.requeued 1",
    "item.claimed 2",
    "item.done 2",
  ]);
});
