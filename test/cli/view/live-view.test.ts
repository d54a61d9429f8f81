/** The live view over virtual time: how often it draws, what it shows, and that nothing of it stays after `stop`. */
import { expect, test } from "vitest";
import { ScopeProgress } from "../../../src/cli/scope-progress.ts";
import { LiveView, remainingMs } from "../../../src/cli/view/live-view.ts";
import { checkPlan } from "../../../src/plan/check-plan.ts";
import { outputText } from "../../support/output-text.ts";
import { factsOf, itemEvent } from "../../support/run-events.ts";
import { TerminalScreen } from "../../support/terminal-screen.ts";
import { virtualEnv } from "../../support/virtual-env.ts";

const counts = { todo: 1, claimed: 2, done: 3, failed: 0, cancelled: 0 };
const pictures = (text: string): string[] => text.split("\u001b[?2026h").slice(1);

test("I1: events only mark the picture as old: a thousand of them in a moment are one picture", async () => {
  const env = virtualEnv();
  const output = outputText();
  const view = new LiveView(
    factsOf(6, () => counts),
    env,
    output,
  );
  view.start();
  for (let i = 0; i < 1_000; i += 1) view.event(itemEvent(`t${i}`, "todo", "claimed"));
  await env.advance(1_000);
  expect(pictures(output.text()).length).toBeLessThanOrEqual(3);
  for (let i = 0; i < 50; i += 1) {
    view.event(itemEvent(`t${i}`, "claimed", "done"));
    await env.advance(20);
  }
  // A second of steady change: ten pictures.
  expect(pictures(output.text()).length).toBeLessThanOrEqual(14);
  view.stop();
});

test("without events it draws once a second, so that clocks go on", async () => {
  const env = virtualEnv();
  const output = outputText();
  const view = new LiveView(
    factsOf(6, () => counts),
    env,
    output,
  );
  view.start();
  await env.advance(5_000);
  expect(pictures(output.text()).length).toBeGreaterThanOrEqual(5);
  expect(pictures(output.text()).length).toBeLessThanOrEqual(7);
  view.stop();
});

test("it shows live items with time, attempt and last line, and the latest failures", async () => {
  const env = virtualEnv();
  const output = outputText();
  const view = new LiveView(
    factsOf(
      6,
      () => counts,
      (key) => (key === "build" ? "compiling" : undefined),
    ),
    env,
    output,
  );
  view.start();
  view.event(itemEvent("build", "todo", "claimed", { attempt: 2 }));
  view.event(itemEvent("lint", "todo", "claimed"));
  await env.advance(1_500);
  view.event(itemEvent("lint", "claimed", "failed", { reason: { code: "exit", message: "exit code 1" } }));
  await env.advance(100);
  const last = pictures(output.text()).at(-1)!;
  expect(last).toMatch(/^\S*demo · running · 1\.6 s · 2 of 4 slots live/m);
  expect(last).toMatch(/3 of 6 done · 0 ready · 1 waiting/);
  expect(last).toMatch(/▸ build {2} +1\.6 s {2}attempt 2 {2}compiling/);
  expect(last).toMatch(/✗ failed {2}lint {2}exit code 1/);
  view.notice("Stopping");
  await env.advance(100);
  expect(pictures(output.text()).at(-1)).toContain("Stopping");
  view.stop();
});

test("a failed item that is tried again is no failure any more", async () => {
  const env = virtualEnv();
  const output = outputText();
  const view = new LiveView(
    factsOf(6, () => counts),
    env,
    output,
  );
  view.start();
  view.event(itemEvent("shaky", "todo", "claimed"));
  view.event(itemEvent("shaky", "claimed", "failed"));
  view.event(itemEvent("shaky", "failed", "todo"));
  await env.advance(100);
  expect(pictures(output.text()).at(-1)).not.toContain("shaky");
  view.stop();
});

test("an item that is being prepared, verified or undone says so, and an undo that failed is told", async () => {
  const env = virtualEnv();
  const output = outputText();
  const view = new LiveView(
    factsOf(6, () => counts),
    env,
    output,
  );
  view.start();
  view.event(itemEvent("build", "todo", "claimed"));
  view.event(itemEvent("build", "claimed", "claimed", { event: "verify" }));
  view.event(itemEvent("lint", "done", "done", { event: "undo_start" }));
  view.event(itemEvent("pack", "todo", "todo", { event: "prepare_start" }));
  await env.advance(100);
  expect(pictures(output.text()).at(-1)).toMatch(/▸ pack .*being prepared/);
  view.event(itemEvent("pack", "todo", "todo", { event: "prepared" }));
  expect(pictures(output.text()).at(-1)).toMatch(/▸ build .*being verified/);
  expect(pictures(output.text()).at(-1)).toMatch(/▸ lint .*being undone/);
  view.event(itemEvent("build", "done", "done", { event: "undo" }));
  view.event(
    itemEvent("lint", "done", "done", { event: "undo_failed", reason: { code: "exit", message: "exit code 1" } }),
  );
  await env.advance(100);
  expect(pictures(output.text()).at(-1)).not.toMatch(/▸/);
  expect(pictures(output.text()).at(-1)).toMatch(/✗ failed {2}lint {2}undo: exit code 1/);
  view.stop();
});

test("I1: after stop there is no timer, the picture is gone and the cursor is back; stopping twice is fine", async () => {
  const env = virtualEnv();
  const output = outputText();
  const view = new LiveView(
    factsOf(6, () => counts),
    env,
    output,
  );
  view.start();
  view.start();
  await env.advance(300);
  view.stop();
  view.stop();
  expect(env.armed).toBe(0);
  expect(output.text().endsWith("\u001b[J\u001b[?7h\u001b[?25h")).toBe(true);
  const before = output.text();
  await env.advance(5_000);
  expect(output.text()).toBe(before);
});

test("a line that is said stays above the picture", async () => {
  const env = virtualEnv();
  const terminal = new TerminalScreen(80, 24);
  const output = { ...outputText(), write: (text: string) => terminal.write(text) };
  const view = new LiveView(
    factsOf(6, () => counts),
    env,
    output,
  );
  view.start();
  await env.advance(200);
  view.say("something went\u001b[2J wrong");
  await env.advance(1_200);
  view.say("again");
  expect(terminal.text().slice(0, 2)).toEqual(["something went wrong", "again"]);
  expect(terminal.text()[2]).toContain("demo");
  view.stop();
  expect(terminal.text()).toEqual(["something went wrong", "again"]);
});

test("I2: no more last lines are read than there are rows", async () => {
  const env = virtualEnv();
  let asked = 0;
  const facts = factsOf(
    10_000,
    () => counts,
    () => {
      asked += 1;
      return "x";
    },
  );
  const view = new LiveView(facts, env, outputText({ rows: 10 }));
  for (let i = 0; i < 10_000; i += 1) view.event(itemEvent(`t${i}`, "todo", "claimed"));
  view.start();
  expect(asked).toBeLessThanOrEqual(10);
  view.stop();
});

test("a guess of the time left is given only when it is worth something", () => {
  expect(remainingMs(1_000, 50, 100)).toBeUndefined();
  expect(remainingMs(10_000, 2, 4)).toBeUndefined();
  expect(remainingMs(10_000, 5, 100)).toBeUndefined();
  expect(remainingMs(10_000, 50, 100)).toBe(10_000);
  expect(remainingMs(10_000, 100, 100)).toBeUndefined();
});

test("S2-16: it shows how far the scope is that was asked for, beside the run", async () => {
  const env = virtualEnv();
  const output = outputText();
  const plan = checkPlan({ tasks: { "P1.T1": {}, "P1.T2": {}, P2: {} } });
  const scope = new ScopeProgress(plan, ["P1"], (item) => (item === 1 ? "failed" : "done"));
  const view = new LiveView({ ...factsOf(3, () => counts), scope }, env, output);
  view.start();
  await env.advance(100);
  expect(output.text()).toContain("scope P1 · 1 of 2 done · 1 failed");
  view.stop();
});
