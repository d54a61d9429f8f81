/** Progress in plain lines: whole lines in order, bounded in number however large the run is. */
import { expect, test } from "vitest";
import { PlainView } from "../../../src/cli/view/plain-view.ts";
import { outputText } from "../../support/output-text.ts";
import { factsOf, itemEvent } from "../../support/run-events.ts";
import { virtualEnv } from "../../support/virtual-env.ts";

const counts = { todo: 1, claimed: 2, done: 3, failed: 4, cancelled: 0 };

test("each start, end, failure and further attempt is a line", async () => {
  const env = virtualEnv();
  const output = outputText();
  const view = new PlainView(
    factsOf(6, () => counts),
    env,
    output,
  );
  view.start();
  view.event(itemEvent("a", "todo", "claimed"));
  await env.advance(1_200);
  const mono = env.clock.monotonic();
  view.event(itemEvent("a", "claimed", "failed", { mono, reason: { code: "exit", message: "exit code 2" } }));
  view.event(itemEvent("a", "failed", "todo", { reason: { code: "retry", message: "tried again in 100 ms" } }));
  view.event(itemEvent("a", "todo", "claimed", { mono, attempt: 2 }));
  view.event(itemEvent("a", "claimed", "done", { mono, attempt: 2 }));
  view.event(itemEvent("a", "done", "done", { event: "undo_start" }));
  view.event(itemEvent("a", "done", "done", { event: "undo" }));
  view.event(
    itemEvent("c", "done", "done", { event: "undo_failed", reason: { code: "timeout", message: "too long" } }),
  );
  view.event(itemEvent("c", "failed", "failed", { event: "complete" }));
  view.event(itemEvent("b", "todo", "cancelled", { reason: { code: "upstream_failed" } }));
  view.stop();
  expect(output.text().split("\n")).toEqual([
    "demo: 6 items, run run",
    "start   a",
    "failed  a  1.2 s  exit code 2",
    "again   a  tried again in 100 ms",
    "start   a (attempt 2)",
    "done    a  0 ms",
    "undone  a  0 ms",
    "not undone  c  too long",
    "cancel  b  upstream failed",
    "",
  ]);
});

test("I1: a large run gets a bounded number of lines, then counts now and then", async () => {
  const env = virtualEnv();
  const output = outputText();
  const view = new PlainView(
    factsOf(100_000, () => counts),
    env,
    output,
  );
  view.start();
  for (let i = 0; i < 100_000; i += 1) {
    view.event(itemEvent(`t${i}`, "todo", "claimed"));
    view.event(itemEvent(`t${i}`, "claimed", "done"));
    if (i % 10_000 === 0) await env.advance(10_000);
  }
  const lines = output.text().trim().split("\n");
  expect(lines.length).toBeLessThan(1_020);
  expect(lines.at(-1)).toBe("3 of 10 done, 4 failed, 2 live");
});

test("the time of an item is that between its transitions, however late they are heard: a timeout is never longer than it", async () => {
  const env = virtualEnv();
  const output = outputText();
  const view = new PlainView(
    factsOf(1, () => counts),
    env,
    output,
  );
  const claimedAt = env.clock.monotonic();
  await env.advance(300);
  view.event(itemEvent("a", "todo", "claimed", { mono: claimedAt }));
  await env.advance(200);
  const reason = { code: "timeout", message: "ran longer than its timeout of 500 ms" };
  view.event(itemEvent("a", "claimed", "failed", { mono: claimedAt + 500, reason }));
  expect(output.text()).toContain("failed  a  500 ms  ran longer than its timeout of 500 ms\n");
});
