// Goal: who reads one version of an item twice is told the same end of its lease, and the right one when somebody sets the clock.
import { expect, test } from "vitest";
import { WallTimes } from "../../src/engine/wall-times.ts";

test("a time is the same whenever it is asked for, although the wall tells no parts of a millisecond", () => {
  let passed = 0;
  const times = new WallTimes({ now: () => Math.floor(1_000_000.7 + passed), monotonic: () => 5.25 + passed });
  const told = new Set<number>();
  for (; passed < 50; passed += 0.13) told.add(times.of(300_000));
  expect(told.size).toBe(1);
  expect(Math.abs([...told][0]! - (1_000_000.7 - 5.25 + 300_000))).toBeLessThan(2);
});

test("a clock that is set is followed, also by little at a time", () => {
  let wall = 1_000_000;
  const times = new WallTimes({ now: () => wall, monotonic: () => 0 });
  expect(times.of(500)).toBe(1_000_500);
  wall -= 3_600_000;
  expect(times.of(500)).toBe(1_000_500 - 3_600_000);
  for (let n = 0; n < 100; n++) {
    wall += 1;
    expect(Math.abs(times.of(500) - (wall + 500))).toBeLessThan(2);
  }
});
