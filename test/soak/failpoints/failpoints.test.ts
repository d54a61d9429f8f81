/**
 * Goal and method: those of the campaign in `failpoints.ts`, with two trials; which ones, the seed says. It takes its time
 * because each trial is three or more processes. And the campaign's table holds every failpoint of the sources, and nothing else.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryPaths, root } from "../../support/tidy/repository.ts";
import { failpoints } from "./failpoints.ts";
import { allCells, TABLE } from "./table.ts";

const CALL = /failpoint\?\.\(\s*"([^"]+)"\s*,?\s*\)/g;

function namesInSources(): string[] {
  return repositoryPaths("src")
    .filter((path) => path.endsWith(".ts") && path !== "src/base/failpoint.ts")
    .flatMap((path) => {
      const text = readFileSync(join(root, path), "utf8");
      const names = [...text.matchAll(CALL)].map(([, name]) => name!);
      // Nothing but calls with a name that stands there.
      expect(text.split("failpoint?.").length - 1, path).toBe(names.length);
      return names;
    });
}

test("every failpoint of the sources has its trials, each stands in one place, and no trial is of a point that is gone", () => {
  expect(namesInSources().toSorted()).toEqual(Object.keys(TABLE).toSorted());
  expect(Object.keys(TABLE)).toEqual(Object.keys(TABLE).toSorted());
  expect(allCells().length).toBeGreaterThanOrEqual(180);
});

test("I7 I9 I16 I19 I21 I22: whatever happens between two steps of a run or a server, the next process brings all to its end", async () => {
  const seed = Number(process.env["SIGNALBOX_SEED"] ?? (process.env["CI"] === undefined ? process.pid : 20_261_121));
  const { figures, faults } = await failpoints.run({ size: "small", seed, say: () => {} });
  expect(faults, `seed ${seed}`).toEqual([]);
  expect(figures["trials"]).toBe(2);
}, 300_000);
