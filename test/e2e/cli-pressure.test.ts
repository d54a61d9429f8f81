/**
 * Goal: what the machine is short of holds new items back and nothing else, in a real process. Method: a small `ulimit -n`, and items
 * that open files; the plan's limits make this machine's other resources irrelevant.
 */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { cleanEnvironment, cli, jsonLines, MAIN, makeFolder } from "./support/cli.ts";

/** `hog` opens files until most handles are taken, lets some time pass, and closes them; the others do nothing. */
const HOG = `import { closeSync, openSync } from "node:fs";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const hog = async () => {
  const files = Array.from({ length: 180 }, () => openSync("/dev/null", "r"));
  await pause(400);
  for (const file of files) closeSync(file);
  await pause(400);
};
const short = () => pause(100);
const others = Object.fromEntries(Array.from({ length: 6 }, (_, i) => ["short" + i, { run: short, priority: 9 }]));
export default { liveItemsMax: 2, pressure: { memory: 1, eventLoopDelay: "1h", sample: "20ms" }, tasks: { hog: { run: hog }, ...others } };
`;

function withFewHandles(cwd: string, words: string): { readonly stdout: string; readonly stderr: string } {
  const command = `ulimit -n 256; exec "${process.execPath}" "${MAIN}" run ${words}`;
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], {
    cwd,
    env: cleanEnvironment(),
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  return { stdout, stderr };
}

function eventsWithFewHandles(cwd: string, words: string): Record<string, unknown>[] {
  return jsonLines(withFewHandles(cwd, `${words} --json`).stdout);
}

test("S2-11: few handles left hold new items back until there are more again", () => {
  const events = eventsWithFewHandles(makeFolder({ "plan.mjs": HOG }), "plan.mjs");
  const at = (name: string): number => events.findIndex(({ event }) => event === name);
  const [raised, lowered] = [at("pressure.raised"), at("pressure.lowered")];
  expect(raised).toBeGreaterThan(0);
  expect(lowered).toBeGreaterThan(raised);
  expect(events[raised]).toMatchObject({
    resources: ["handles"],
    reason: { code: "pressure", message: expect.stringMatching(/^\d+ of 256 file handles are open \(\d\d %\)$/) },
  });
  const claimed = events.slice(raised, lowered).filter(({ event }) => event === "item.claimed");
  expect(claimed, "the hog was live all the time, so nothing else started").toEqual([]);
  expect(events.at(-1)).toMatchObject({ outcome: "done", live_items_peak: 2, counts: { done: 7 } });
  expect(events.at(-1)!["pressure_ms"]).toBeGreaterThan(100);
});

/** Node itself has more handles open than these limits allow. */
const tasks = Object.fromEntries(["a", "b", "c", "d"].map((id) => [id, { run: "sleep 0.1" }]));
const PLAN = JSON.stringify({ pressure: { handles: 0.01 }, liveItemsMax: 4, tasks });

test("a run that is short of something from beginning to end goes on one by one", async () => {
  const cwd = makeFolder({ "plan.json": PLAN });
  const events = eventsWithFewHandles(cwd, "plan.json");
  expect(events[1]).toMatchObject({ event: "pressure.raised", seq: 2 });
  expect(events.at(-1)).toMatchObject({ outcome: "done", live_items_peak: 1 });
  const { stdout } = await cli(["log", "--json"], { cwd });
  const [printed, stored] = [events.at(-1)!, jsonLines(stdout).at(-1)!].map((end) => end["pressure_ms"] as number);
  expect(Math.abs(printed! - stored!), "the log tells the same later").toBeLessThan(200);
});

test("--no-pressure starts what the cap allows", () => {
  const events = eventsWithFewHandles(makeFolder({ "plan.json": PLAN }), "plan.json --no-pressure");
  expect(events.map(({ event }) => event)).not.toContain("pressure.raised");
  expect(events.at(-1)).toMatchObject({ outcome: "done", live_items_peak: 4 });
});

test("plain lines and the summary say it in words", () => {
  const { stdout, stderr } = withFewHandles(makeFolder({ "plan.json": PLAN }), "plan.json");
  expect(stderr).toMatch(/^wait {4}new items wait: \d+ of 256 file handles are open/m);
  expect(stdout).toMatch(/^ {2}held back {7}\d.*, because the machine was short of something$/m);
});
