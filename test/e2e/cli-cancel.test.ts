/**
 * `signalbox cancel`, `retry` and `pause`: commands of another process to a live run, through its mailbox, and to runs that were
 * interrupted or have ended.
 */
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { allGone, cli, jsonLines, startCli, type Cli } from "./support/cli.ts";
import { tempFolder } from "./support/temp-folder.ts";

/** `gate` holds a process until there is a file named `open`; where there is one named `deaf` it ignores TERM. */
const GATED = `
name: gated
tasks:
  first: { run: "echo first >> ran.log" }
  gate:
    needs: [first]
    run: "echo gate >> ran.log; test -e deaf && trap '' TERM; sh -c 'echo $$ > pid; until test -e open; do sleep 0.05; done'"
  last: { needs: [gate], run: "echo last >> ran.log" }
  other: { run: "until test -e open || test -e other; do sleep 0.05; done" }
  bad: { needs: [first], run: "test -e good" }
  after: { needs: [bad], run: "echo after >> ran.log" }
`;

const mailbox = (cwd: string): string => join(cwd, ".signalbox", "mailbox");

async function gated(files: Record<string, string> = {}): Promise<{ cwd: string; run: Cli }> {
  const cwd = tempFolder({ "plan.yaml": GATED, ...files });
  const run = startCli(["run", "plan.yaml", "--json", "--cap", "4"], { cwd });
  await run.printed(/"event":"item.failed","item":"bad"/);
  while (!existsSync(join(cwd, "pid")) || readFileSync(join(cwd, "pid"), "utf8") === "")
    await new Promise((resolve) => setTimeout(resolve, 20));
  return { cwd, run };
}

describe("a live run", () => {
  test("cancels an item with what needs it: nothing of it is left when the command ends", async () => {
    const { cwd, run } = await gated({ deaf: "" });
    const pid = Number(readFileSync(join(cwd, "pid"), "utf8"));
    const { code, stdout, stderr } = await cli(["cancel", "gate", "--with-dependents", "--reason", "no need"], { cwd });
    expect(code, stderr).toBe(0);
    expect(stdout).toBe("Cancelled 2 items: gate, last. Nothing of it is running.\n");
    await allGone([pid], 0);
    expect(readdirSync(mailbox(cwd))).toEqual([]);
    expect(statSync(mailbox(cwd)).mode & 0o777).toBe(0o700);
    writeFileSync(join(cwd, "other"), "");
    const ended = await run.ended;
    const events = jsonLines(ended.stdout);
    expect(events.at(-1)).toMatchObject({
      event: "run.finished",
      outcome: "failed",
      counts: { cancelled: 2, failed: 1 },
    });
    expect(events.find(({ event, item }) => event === "item.cancelled" && item === "gate")).toMatchObject({
      actor: "user",
      reason: { code: "cancelled", message: "no need" },
    });
  });

  test("retries an item that failed, and what it had blocked runs; refusals come back as they are", async () => {
    const { cwd, run } = await gated();
    const refused = await cli(["retry", "gate"], { cwd });
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("(not_ready)")]);
    writeFileSync(join(cwd, "good"), "");
    const { code, stdout, stderr } = await cli(["retry", "bad", "--json"], { cwd });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ retried: ["bad"] });
    writeFileSync(join(cwd, "open"), "");
    expect((await run.ended).code).toBe(0);
    expect(readFileSync(join(cwd, "ran.log"), "utf8")).toContain("after");
  });

  test("is cancelled as a whole, and its own process ends as cancelled", async () => {
    const { cwd, run } = await gated();
    const { code, stdout, stderr } = await cli(["cancel", "last"], { cwd });
    expect([code, stdout], stderr).toEqual([0, expect.stringContaining("Cancelled 1 item: last")]);
    const id = jsonLines(run.stdout())[0]!["run_id"] as string;
    const whole = await cli(["cancel", id], { cwd });
    expect([whole.code, whole.stdout], whole.stderr).toEqual([0, expect.stringContaining("was ended: cancelled")]);
    const ended = await run.ended;
    expect(ended.code).toBe(1);
    await allGone([Number(readFileSync(join(cwd, "pid"), "utf8"))], 0);
  });

  test("is paused and goes on; what is no command in its mailbox is thrown away unread", async () => {
    const { cwd, run } = await gated();
    expect((await cli(["pause"], { cwd })).code).toBe(0);
    const id = "01a1fdda-6685-7399-80bd-205a00000000";
    writeFileSync(join(mailbox(cwd), `${id}.request.json`), '{"id":1,"__proto__":{}}');
    symlinkSync("/etc/hostname", join(mailbox(cwd), `${id.replace("1a", "2b")}.request.json`));
    writeFileSync(join(cwd, "open"), "");
    await run.printed(/"event":"item.done","item":"gate"/);
    const { code, stdout, stderr } = await cli(["resume"], { cwd });
    expect([code, stdout], stderr).toEqual([0, expect.stringMatching(/goes on, in process \d+/)]);
    expect((await run.ended).code).toBe(1);
    expect(readdirSync(mailbox(cwd)).filter((name) => name.includes("request"))).toEqual([]);
  });
});

describe("a run that was interrupted", () => {
  test("has items cancelled and retried under the lock; resume goes on with that", async () => {
    const { cwd, run } = await gated();
    run.child.kill("SIGKILL");
    await run.ended;
    writeFileSync(join(cwd, "good"), "");
    writeFileSync(join(cwd, "open"), "");
    const ran = readFileSync(join(cwd, "ran.log"), "utf8");
    const retried = await cli(["retry", "bad"], { cwd });
    expect([retried.code, retried.stdout], retried.stderr).toEqual([0, expect.stringMatching(/signalbox resume/)]);
    expect(readFileSync(join(cwd, "ran.log"), "utf8")).toBe(ran);
    const cancelled = await cli(["cancel", "gate", "--with-dependents", "--json"], { cwd });
    expect(JSON.parse(cancelled.stdout)).toMatchObject({ cancelled: ["gate", "last"] });
    const { code, stdout } = await cli(["resume", "--json"], { cwd });
    expect([code, jsonLines(stdout).at(-1)]).toEqual([
      1,
      expect.objectContaining({
        outcome: "cancelled",
        counts: { todo: 0, claimed: 0, done: 4, failed: 0, cancelled: 2 },
      }),
    ]);
  });

  test("starts nothing when an item of it is cancelled; one of which nothing is open says that resume ends it", async () => {
    const plan = `
liveItemsMax: 1
tasks:
  slow: { run: "touch up; sleep 60" }
  pay: { needs: { slow: settled }, run: "echo PAID >> paid.log" }
`;
    const cwd = tempFolder({ "plan.yaml": plan });
    const run = startCli(["run", "plan.yaml"], { cwd });
    while (!existsSync(join(cwd, "up"))) await new Promise((resolve) => setTimeout(resolve, 20));
    run.child.kill("SIGKILL");
    await run.ended;
    const refused = await cli(["retry", "slow"], { cwd });
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("(not_ready)")]);
    expect((await cli(["log"], { cwd })).stdout).not.toContain("recovery");
    const slow = await cli(["cancel", "slow"], { cwd });
    expect([slow.code, slow.stdout], slow.stderr).toEqual([0, expect.stringContaining("The run is interrupted.")]);
    expect(existsSync(join(cwd, "paid.log"))).toBe(false);
    const pay = await cli(["cancel", "pay"], { cwd });
    expect([pay.code, pay.stdout], pay.stderr).toEqual([
      0,
      expect.stringContaining("Every item of the run has settled."),
    ]);
    expect((await cli(["resume"], { cwd })).stdout).toContain("0 items done, 2 cancelled");
  });

  test("is cancelled as a whole", async () => {
    const { cwd, run } = await gated();
    run.child.kill("SIGKILL");
    await run.ended;
    const { code, stdout, stderr } = await cli(["cancel", "last", "--run", "last", "--json"], { cwd });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ cancelled: ["last"] });
    const id = JSON.parse(stdout).run_id as string;
    const whole = await cli(["cancel", id, "--json"], { cwd });
    expect(JSON.parse(whole.stdout), whole.stderr).toEqual({ run_id: id, cancelled: null, outcome: "cancelled" });
    expect((await cli(["cancel", id], { cwd })).stderr).toContain("(already_settled)");
  });
});

test("complaint 15: of a run that has ended, retry makes a new one that takes over what was done and runs the rest", async () => {
  const cwd = tempFolder({ "plan.yaml": GATED, open: "" });
  expect((await cli(["run", "plan.yaml"], { cwd })).code).toBe(1);
  const before = readFileSync(join(cwd, "ran.log"), "utf8");
  expect((await cli(["retry", "first"], { cwd })).stderr).toContain("(already_settled)");
  expect((await cli(["retry", "nothing"], { cwd })).stderr).toContain("(item_not_found)");
  writeFileSync(join(cwd, "good"), "");
  const { code, stdout, stderr } = await cli(["retry", "bad", "--json"], { cwd });
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/New run \S+: takes over what run \S+ has done, 4 of 6\./);
  expect(readFileSync(join(cwd, "ran.log"), "utf8")).toBe(`${before}after\n`);
  const events = jsonLines(stdout);
  expect(events.filter(({ actor }) => actor === "carried")).toHaveLength(8);
  const runs = JSON.parse((await cli(["runs", "--json"], { cwd })).stdout) as { options: { retryOf?: string } }[];
  expect(runs[0]!.options.retryOf).toBe((runs[1] as unknown as { run_id: string }).run_id);
});
