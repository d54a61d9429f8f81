/** Goal: options add up to thresholds, and the page of defaults shows the numbers of the code. Method: the table; the page is read. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { UsageError } from "../../src/base/errors.ts";
import { PRESSURE_DEFAULTS } from "../../src/resources/defaults.ts";
import { pressureThresholds, sampleMsOf, type PressureOptions } from "../../src/resources/pressure-options.ts";

const limits = (options: PressureOptions): Record<string, readonly [number, number]> =>
  Object.fromEntries(pressureThresholds(options).map(({ name, raise, lower }) => [name, [raise, lower]]));

test("what is not said has its default; load is off", () => {
  expect(limits({})).toEqual({
    memory: [0.9, 0.85],
    memory_limit: [0.8, 0.75],
    heap: [0.8, 0.75],
    handles: [0.8, 0.7],
    event_loop: [500, 200],
  });
  expect(sampleMsOf({})).toBe(1_000);
});

test("a number is where it begins, and the end keeps its distance; both can be said; each can be left out", () => {
  const { memory, heap, load, event_loop } = limits({
    memory: 0.45,
    handles: false,
    eventLoopDelayMs: { raise: 50, lower: 50 },
    loadPerProcessor: 2,
  });
  expect(memory).toEqual([0.45, expect.closeTo(0.425, 10)]);
  expect(heap).toEqual([0.45, expect.closeTo(0.421875, 10)]);
  expect([event_loop, load]).toEqual([[50, 50], [2, expect.closeTo(1.6, 10)]]); // oxfmt-ignore
  expect(limits({ handles: false })).not.toHaveProperty("handles");
});

test.each<[string, unknown]>([
  ["memory", 0],
  ["memory", 1.1],
  ["handles", Number.NaN],
  ["handles", "0.8"],
  ["memory", { raise: 0.5, lower: 0.6 }],
  ["eventLoopDelayMs", { raise: 5 }],
  ["loadPerProcessor", Infinity],
  ["handles", null],
])("%s: %j is refused", (option, value) => {
  expect(() => pressureThresholds({ [option]: value })).toThrow(UsageError);
  expect(() => pressureThresholds({ [option]: value })).toThrow(`expected pressure.${option} to be`);
});

test.each([0, 5, Number.NaN, Infinity, "1s"])("a sample every %s is refused", (sampleMs) => {
  expect(() => sampleMsOf({ sampleMs: sampleMs as number })).toThrow("expected pressure.sampleMs");
});

test("docs/reference/defaults.md shows every default as it is", () => {
  const page = readFileSync(new URL("../../docs/reference/defaults.md", import.meta.url), "utf8");
  for (const [name, value] of Object.entries(PRESSURE_DEFAULTS)) {
    const told = typeof value === "number" ? value.toLocaleString("en-US") : `${value.raise} · ${value.lower}`;
    expect(page).toContain(`| \`${name}\` | ${told} |`);
  }
});
