/**
 * Goal: what other programs read of a run says the same as the run itself, whatever stands in its texts.
 * Method: a real run with every way that an item can end, printed in each format and read back, also of a compacted log; one that was
 * interrupted, and one made by hand whose log spans two lives.
 */
import { cpSync, rmSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { chromeTraceOf } from "../../src/cli/export/chrome-trace.ts";
import { HistoryReader, type RunHistory } from "../../src/cli/export/history.ts";
import { checkPlan } from "../../src/index.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { say } from "../support/command-line.ts";

const plan = {
  name: 'every <way> & "more"',
  liveItemsMax: 2,
  tasks: {
    good: { title: '=HYPERLINK(1), "quoted"', run: "echo '{\"n\":[1]}' > $SIGNALBOX_OUTPUT", verify: "true" },
    bad: { title: "a <b> & ]]> 'c'", run: "printf 'one\\n\\033[31mtwo <&>\\n'; exit 3", attemptsMax: 2 },
    blocked: { needs: ["bad"], run: "true" },
    behind: { needs: { bad: "failed" }, run: "true", type: "docs" },
    skipped: { needs: { good: "failed" }, run: "true" },
    maybe: { run: "exit 1", allowFailure: true },
  },
};

let cwd: string;
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "signalbox-export-"));
  writeFileSync(join(cwd, "plan.json"), JSON.stringify(plan));
  const ran = await say(["run", join(cwd, "plan.json"), "--no-pressure"], { cwd });
  expect([ran.code, ran.stderr]).toEqual([1, expect.any(String)]);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

async function exported(format: string, folder = cwd): Promise<string> {
  const { code, stdout, stderr } = await say(["export", "--format", format], { cwd: folder });
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

interface Document {
  readonly status: string;
  readonly plan: { readonly tasks: object };
  readonly items: readonly {
    readonly item: string;
    readonly status: string;
    readonly needs: readonly string[];
    readonly output: unknown;
    readonly attempts: readonly {
      readonly end: string;
      readonly duration_ms: number;
      readonly reason: object | null;
    }[];
    readonly stages: readonly { readonly stage: string }[];
  }[];
}

test("json: the run, its plan, and each item with everything that was tried", async () => {
  const document = JSON.parse(await exported("json")) as Document;
  expect(document).toMatchObject({ status: "failed", interrupted: false, name: plan.name });
  expect(Object.keys(document.plan.tasks)).toHaveLength(6);
  const ends = document.items.map(({ item, status, attempts }) => [item, status, attempts.map(({ end }) => end)]);
  expect(ends).toEqual([
    ["good", "done", ["done"]],
    ["bad", "failed", ["failed", "failed"]],
    ["blocked", "todo", []],
    ["behind", "done", ["done"]],
    ["skipped", "cancelled", []],
    ["maybe", "failed", ["failed"]],
  ]);
  expect(document.items[0]).toMatchObject({ output: { n: [1] }, stages: [{ stage: "verifying" }] });
  expect(document.items[1]!.attempts[0]).toMatchObject({ duration_ms: expect.any(Number), reason: { code: "exit" } });
  expect(document.items[3]!.needs).toEqual(["bad"]);
});

test("csv: a row for each, texts quoted, nothing that a spreadsheet would run", async () => {
  const lines = (await exported("csv")).split("\r\n");
  expect(lines[0]).toBe("item,title,type,status,priority,attempts,live_ms,started_at,ended_at,actor,needs,reason");
  expect(lines).toHaveLength(8);
  expect(lines[1]).toMatch(/^good,"'=HYPERLINK\(1\), ""quoted""",,done,5,1,\d+,.+Z,.+Z,local,,$/);
  expect(lines[2]).toMatch(/^bad,a <b> & \]\]> 'c',,failed,5,2,.*,exit code 3$/);
  expect(lines[5]).toMatch(/^skipped,,,cancelled,5,0,0,,,,good,./);
});

test("junit: counts that are those of the cases, in XML that is whole", async () => {
  const text = await exported("junit");
  expect(text).toMatch(/<testsuite [^>]*tests="6" failures="2" errors="0" skipped="2"/);
  expect(text.match(/<testcase /g)).toHaveLength(6);
  expect(text.match(/<failure /g)).toHaveLength(2);
  expect(text.match(/<skipped /g)).toHaveLength(2);
  expect(text).toContain('message="exit code 3" type="exit">one&#10;two &lt;&amp;&gt;</failure>');
  expect(text).toContain('name="bad: a &lt;b&gt; &amp; ]]&gt; &#39;c&#39;"');
  // Every tag is closed, and nothing stands between them that is not escaped.
  const open: string[] = [];
  for (const [, end, name, more] of text
    .replace(/^<\?.*\?>\n/, "")
    .matchAll(/<(\/?)(\w+)((?: \w+="[^"<>&]*(?:&\w+;|&#\d+;|[^"<>&])*")*)\/?>/g)) {
    if (end === "/") expect(open.pop()).toBe(name);
    else if (!text.includes(`<${name}${more}/>`)) open.push(name!);
  }
  expect(open).toEqual([]);
  expect(text.replaceAll(/<[^>]*>/g, "")).not.toMatch(/[<>]|&(?!\w+;|#\d+;)/);
});

test("trace: a bar for each attempt, no two of a row at once, as many rows as were live at once", async () => {
  const { traceEvents } = JSON.parse(await exported("trace")) as {
    traceEvents: { ph: string; pid: number; tid: number; ts: number; dur: number; name: string; cat: string }[];
  };
  const bars = traceEvents.filter(({ ph, pid }) => ph === "X" && pid === 1);
  expect(bars.map(({ name, cat }) => `${name}: ${cat}`).toSorted()).toEqual([
    "bad (attempt 2): failed",
    "bad: failed",
    "behind: done",
    "good: done",
    "maybe: failed",
  ]);
  for (const a of bars) {
    expect([a.ts >= 0, a.dur >= 0]).toEqual([true, true]);
    for (const b of bars)
      if (a !== b && a.tid === b.tid) expect(a.ts >= b.ts + b.dur || b.ts >= a.ts + a.dur).toBe(true);
  }
  const finished = (await exported("ndjson")).trim().split("\n").at(-1)!;
  const { live_items_peak: peak } = JSON.parse(finished) as { live_items_peak: number };
  expect(new Set(bars.map(({ tid }) => tid)).size).toBe(peak);
  expect(traceEvents.some(({ ph, name }) => ph === "i" && name === "run failed")).toBe(true);
});

test("html: one page with every item and its bars, on which every text is text and nothing can load or run", async () => {
  const page = await exported("html");
  expect(page.startsWith("<!doctype html>")).toBe(true);
  for (const text of [
    "every &lt;way&gt; &amp; &quot;more&quot;",
    "a &lt;b&gt; &amp; ]]&gt; &#39;c&#39;",
    "two &lt;&amp;&gt;",
    "✗ failed",
  ])
    expect(page).toContain(text);
  expect(page.match(/<tr><td>/g)).toHaveLength(Object.keys(plan.tasks).length);
  // `bad` was tried twice.
  expect(page.match(/<rect class="failed"/g)!.length).toBeGreaterThanOrEqual(2);
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/<script|<img|<link|https?:|\son\w+=|javascript:/);
  // Whatever is opened is closed, so no text has ended an element.
  for (const name of ["table", "tr", "td", "code", "pre", "svg", "span", "p"])
    expect(page.match(new RegExp(`<${name}[ >]`, "g"))?.length, name).toBe(
      page.match(new RegExp(`</${name}>`, "g"))?.length,
    );
});

test("of a compacted log, each says how many attempts there were, and html that older ones are not shown", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-export-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(cwd, folder, { recursive: true });
  const whole = await exported("html");
  expect((await say(["compact"], { cwd: folder })).code).toBe(0);
  const left = await exported("html", folder);
  const triesOf = (page: string): string[] => [...page.matchAll(/<\/td><td>(\d.*?)<\/td>/g)].map(([, cell]) => cell!);
  expect(triesOf(whole)).toEqual(["1", "2", "0", "1", "0", "1"]);
  expect(triesOf(left)).toEqual(["1", '2 <span class="soft">(1 shown)</span>', "0", "1", "0", "1"]);
  const note = "The log was compacted";
  expect([whole.includes(note), left.includes(note)]).toEqual([false, true]);
  expect((await exported("csv", folder)).split("\r\n")[2]).toMatch(/^bad,.*,failed,5,2,/);
});

test("trace: a bar that begins where another ends does not touch it, whatever rounding does to both", () => {
  const attempt = (attempt: number, from: number, to: number) => ({ attempt, from, to, actor: "local", end: "failed" });
  const attempts = [attempt(1, 0.0006, 1.0013), attempt(2, 1.0013, 2)];
  const history = {
    plan: checkPlan({ tasks: { a: { run: "x" } } }),
    summary: { createdAt: 0, id: "r", name: "r", status: "failed" },
    items: [{ number: 0, key: "a", row: undefined, attempts, stages: [] }],
    moments: [],
  };
  const text = [...chromeTraceOf(history as unknown as RunHistory)].join("");
  const { traceEvents } = JSON.parse(text) as { traceEvents: { ph: string; tid: number; ts: number; dur: number }[] };
  expect(traceEvents.filter(({ ph }) => ph === "X")).toMatchObject([
    { tid: 1, ts: 1, dur: 1_000 },
    { tid: 1, ts: 1_001, dur: 999 },
  ]);
});

test("ndjson: the audit log as `log --json` prints it; an unknown run or format is told", async () => {
  expect(await exported("ndjson")).toBe((await say(["log", "--json"], { cwd })).stdout);
  expect((await say(["export", "nothing"], { cwd })).code).toBe(2);
  expect((await say(["export", "--format", "pdf"], { cwd })).code).toBe(2);
});

describe("over two lives of a run", () => {
  const entry = (seq: number, epoch: number, mono: number, more: Partial<JournalEntry>): JournalEntry => ({
    seq,
    at: 1_000_000 * epoch + mono,
    mono,
    epoch,
    item: -1,
    event: "x",
    from: "running",
    to: "running",
    attempt: 0,
    refunded: 0,
    token: 0,
    actor: "engine",
    ...more,
  });
  const claim = { item: 0, event: "claim", from: "todo", to: "claimed", attempt: 1, actor: "local" };
  const { tasks } = checkPlan({ tasks: { a: { run: "x" } } });
  const graph = { tasks } as ReturnType<typeof checkPlan>;

  test("an attempt that died with its process ends with the last thing that this said, not when the next one began", () => {
    const reader = new HistoryReader();
    reader.take(entry(1, 1, 100, claim));
    reader.take(entry(2, 1, 250, { event: "pause", to: "paused" }));
    reader.take(entry(3, 2, 5, { item: 0, event: "release", from: "claimed", to: "todo", actor: "recovery" }));
    reader.take(entry(4, 2, 9, { ...claim }));
    reader.take(entry(5, 2, 30, { item: 0, event: "complete", from: "claimed", to: "done" }));
    const [item] = reader.items(graph, new Map(), false);
    expect(item!.attempts.map(({ from, to, end }) => [from, to, end])).toEqual([
      [1_000_100, 1_000_250, "interrupted"],
      [2_000_009, 2_000_030, "done"],
    ]);
  });

  test("what is live when the log ends is live, or was interrupted when nobody runs it", () => {
    for (const [isInterrupted, end] of [
      [false, "live"],
      [true, "interrupted"],
    ] as const) {
      const reader = new HistoryReader();
      reader.take(entry(1, 1, 100, claim));
      reader.take(entry(2, 1, 400, {}));
      expect(reader.items(graph, new Map(), isInterrupted)[0]!.attempts).toMatchObject([
        { from: 1_000_100, to: 1_000_400, end },
      ]);
    }
  });
});
