/** Goal: a file name that every file system takes, whatever the key is, and no two attempts with one. */
import { dirname } from "node:path";
import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { attemptFiles } from "../../src/executors/attempt-files.ts";

const runId = "0190a1b2-c3d4-7000-8000-000000000000";

test("the name of a log can be read by a person", () => {
  expect(attemptFiles("/state/output", { runId, item: "test[node=22]", attempt: 2, token: 17 }).log).toBe(
    `/state/output/${runId}/test_node_22_.2.17.log`,
  );
});

property.prop([fc.string({ unit: "binary" }), fc.nat(), fc.nat()])(
  "any key gives a name in the run's folder, short, of plain characters",
  (item, attempt, token) => {
    const { folder, ...files } = attemptFiles("/state/output", { runId, item, attempt, token });
    expect(new Set(Object.values(files)).size).toBe(3);
    for (const file of Object.values(files)) {
      expect(dirname(file)).toBe(folder);
      expect(file.slice(folder.length + 1)).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/);
    }
  },
);

test.each(["..", ".", "", "../../etc/passwd", "-rf", "a/b", "\0", "ü".repeat(300), "x".repeat(500)])(
  "%j stays inside",
  (item) => {
    const { folder, log } = attemptFiles("/state/output", { runId, item, attempt: 1, token: 1 });
    expect(dirname(log)).toBe(folder);
  },
);

test("two attempts of one item, the stages of one attempt, and two items whose keys differ in case only, have different files", () => {
  const logs = [
    attemptFiles("/o", { runId, item: "a", attempt: 1, token: 1 }).log,
    attemptFiles("/o", { runId, item: "a", attempt: 1, token: 2 }).log,
    attemptFiles("/o", { runId, item: "a", attempt: 1, token: 2, stage: "verify" }).log,
    attemptFiles("/o", { runId, item: "a", attempt: 1, token: 2, stage: "undo" }).log,
    attemptFiles("/o", { runId, item: "A", attempt: 1, token: 3 }).log,
    attemptFiles("/o", { runId, item: "a[x=/]", attempt: 1, token: 4 }).log,
    attemptFiles("/o", { runId, item: "a[x=:]", attempt: 1, token: 5 }).log,
  ];
  expect(new Set(logs.map((log) => log.toLowerCase())).size).toBe(logs.length);
});
