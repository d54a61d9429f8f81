/**
 * Goal: a server that has run for a while makes ticks as fast as a fresh one.
 * Method: a process of its own that collects everything again and again; the fastest of many rounds, so that the load of the machine
 * does not count. Without the one that is kept a tick costs six times as much from the first collection on; seen by taking it out.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const script = `
  import { keepTickShape } from ${JSON.stringify(join(import.meta.dirname, "../../src/server/tick-shape.ts"))};
  const round = () => new Promise((resolve) => {
    let left = 5_000;
    const began = performance.now();
    const tick = () => (--left > 0 ? process.nextTick(tick) : resolve(performance.now() - began));
    process.nextTick(tick);
  });
  const fastest = async () => {
    let best = Infinity;
    for (let n = 0; n < 60; n++) best = Math.min(best, await round());
    return best;
  };
  keepTickShape();
  const fresh = await fastest();
  for (let n = 0; n < 6; n++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    gc();
  }
  console.log(JSON.stringify({ fresh, later: await fastest() }));
`;

test("after full collections a tick costs what it cost before", () => {
  const output = execFileSync(process.execPath, ["--expose-gc", "--input-type=module", "--eval", script]);
  const { fresh, later } = JSON.parse(String(output)) as { readonly fresh: number; readonly later: number };
  expect(later / fresh).toBeLessThan(3);
});
