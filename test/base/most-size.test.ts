/**
 * Goal: whatever JSON somebody sends, what it takes in memory is known, so that it can be bounded.
 * Method: a process of its own that keeps values of many shapes, the dearest for their length among them, and measures its heap.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const source = join(import.meta.dirname, "../../src/base");
const script = `
  import { mostSize } from ${JSON.stringify(join(source, "rough-size.ts"))};
  import { jsonCopy } from ${JSON.stringify(join(source, "json-copy.ts"))};
  const many = (length, make) => "[" + Array.from({ length }, (_, n) => make(n)).join() + "]";
  const name = (n) => JSON.stringify(n.toString(36) + "k");
  const texts = {
    "empty objects": many(50_000, () => "{}"),
    "empty lists": many(50_000, () => "[]"),
    "objects of one shape": many(30_000, () => '{"a":1}'),
    "objects of as many shapes": many(20_000, (n) => "{" + name(n) + ":0}"),
    "one object of many members": "{" + Array.from({ length: 20_000 }, (_, n) => name(n) + ":0").join() + "}",
    "lists in lists": many(800, () => "[".repeat(90) + "]".repeat(90)),
    "whole numbers": many(50_000, () => "1"),
    "other numbers": many(50_000, (n) => n + ".5"),
    "short texts": many(30_000, (n) => name(n)),
    "wide text": JSON.stringify("ö€".repeat(100_000)),
  };
  const heap = () => (gc(), gc(), process.memoryUsage().heapUsed);
  const shares = Object.entries(texts).map(([shape, text]) => {
    const kept = [];
    const before = heap();
    for (let n = 0; n < 4; n++) kept.push(jsonCopy(JSON.parse(text)).value);
    const real = (heap() - before) / kept.length;
    return [shape, real / mostSize(kept[0])];
  });
  console.log(JSON.stringify(Object.fromEntries(shares)));
`;

test("no shape takes more than what is said of it", () => {
  const output = execFileSync(process.execPath, ["--expose-gc", "--input-type=module", "--eval", script]);
  const shares = JSON.parse(String(output)) as Record<string, number>;
  expect(Object.keys(shares)).toHaveLength(10);
  expect(Object.entries(shares).filter(([, share]) => share > 1.25)).toEqual([]);
  // Nor is it said of all that they take much.
  expect(shares["wide text"]).toBeGreaterThan(0.5);
});
