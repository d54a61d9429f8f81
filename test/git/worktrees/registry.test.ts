/**
 * Goal: what the registry answered is on the disk, and a crash at any byte of it costs at most what was not answered.
 * Method: real files; the text is cut at every byte and read again.
 */
import { appendFileSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openWorktreeRegistry, readRegistry, registryFile } from "../../../src/git/worktrees/registry.ts";
import { foldRegistry } from "../../../src/git/worktrees/registry-lines.ts";
import { worktreePlan } from "../../support/worktree-entries.ts";

function folder(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "signalbox-registry-")));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return join(path, "worktrees");
}

const open = async (directory: string): ReturnType<typeof openWorktreeRegistry> => {
  const registry = await openWorktreeRegistry({ directory, runId: "run-1" });
  onTestFinished(() => registry.close());
  return registry;
};

test("S3-10: an empty registry has no entries, and its file is for its owner only", async () => {
  const directory = folder();
  const registry = await open(directory);
  expect(registry.entries()).toEqual([]);
  expect(statSync(registry.file).mode & 0o777).toBe(0o600);
});

test("S3-09: entries come back in the order in which they were planned, also after a restart", async () => {
  const directory = folder();
  const registry = await open(directory);
  await Promise.all(["a", "b", "c"].map((item) => registry.plan(worktreePlan(item))));
  await registry.record("b-1", { type: "create", token: 1 }, { ports: { first: 1, count: 2 } });
  await registry.record("b-1", { type: "created", token: 1 }, { made: [{ path: ".env", signature: "x" }] });
  expect(registry.entries().map(({ item, status }) => `${item} ${status}`)).toEqual([
    "a planned",
    "b ready",
    "c planned",
  ]);
  expect((await open(directory)).entries()).toEqual(registry.entries());
});

test("G3: what a reader does to an answer changes nothing", async () => {
  const registry = await open(folder());
  const entry = await registry.plan(worktreePlan("a"));
  expect(() => ((entry as { item: string }).item = "b")).toThrow(TypeError);
  (registry.entries() as unknown[]).length = 0;
  expect(registry.entries()).toHaveLength(1);
});

test("G2: an event that the entry does not take is refused, and leaves no line", async () => {
  const registry = await open(folder());
  await registry.plan(worktreePlan("a"));
  const before = readFileSync(registry.file, "utf8");
  await expect(registry.record("a-1", { type: "created", token: 1 })).rejects.toThrow("planned with token 1");
  await expect(registry.record("a-1", { type: "create", token: 2 })).rejects.toThrow("another process took it over");
  await expect(registry.record("b-1", { type: "create", token: 1 })).rejects.toThrow("unknown");
  await expect(registry.plan(worktreePlan("a"))).rejects.toThrow("there already");
  expect(readFileSync(registry.file, "utf8")).toBe(before);
});

test("S3-19, G4: cut at any byte, the registry tells what its whole lines tell, and goes on from there", async () => {
  const directory = folder();
  const registry = await open(directory);
  await registry.plan(worktreePlan("a"));
  await registry.record("a-1", { type: "create", token: 1 });
  await registry.record("a-1", { type: "fail", token: 1, reason: { code: "x", message: "a\nb" } });
  const bytes = readFileSync(registry.file);
  const ends = [...bytes.entries()].filter(([, byte]) => byte === 10).map(([at]) => at + 1);
  const expected = ["planned", "creating", "orphaned"];
  for (let length = 0; length <= bytes.length; length++) {
    // A line that lacks only its end is whole.
    const whole = ends.filter((end) => end <= length + 1).length;
    const entries = [...foldRegistry(bytes.subarray(0, length).toString("utf8")).values()];
    expect(entries.map(({ status }) => status)).toEqual(whole === 0 ? [] : [expected[whole - 1]]);
  }
  writeFileSync(registry.file, bytes.subarray(0, -5));
  const again = await open(directory);
  await again.record("a-1", { type: "created", token: 1 });
  expect((await readRegistry(again.file))![0]).toMatchObject({ status: "ready" });
});

test("lines that nobody of ours wrote are passed over", async () => {
  const directory = folder();
  const registry = await open(directory);
  await registry.plan(worktreePlan("a"));
  const plan = { ...worktreePlan("b"), path: "relative" };
  for (const line of ["", "{}", "null", "[1]", '{"v":1}', '{"v":2,"plan":{}}', "\u0000"])
    appendFileSync(registry.file, `${line}\n`);
  appendFileSync(registry.file, `${JSON.stringify({ v: 1, plan })}\n`);
  for (const type of ["__proto__", "constructor", "take"]) {
    appendFileSync(registry.file, `${JSON.stringify({ v: 1, name: "a-1", event: { type, token: type } })}\n`);
  }
  expect((await readRegistry(registry.file))!.map(({ item, status }) => `${item} ${status}`)).toEqual(["a planned"]);
});

test("a registry that cannot be written says so before anything is done", async () => {
  const directory = folder();
  writeFileSync(join(directory, "..", "file"), "");
  await expect(openWorktreeRegistry({ directory: join(directory, "..", "file"), runId: "x" })).rejects.toMatchObject({
    code: "state_unwritable",
  });
  expect(await readRegistry(registryFile(directory, "none"))).toBeUndefined();
});
