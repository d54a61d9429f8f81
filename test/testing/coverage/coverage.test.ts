/** Goal: coverage is exact, and says what is missing. Method: machines with something that no test can reach, or that is left at once. */
import { describe, expect, test } from "vitest";
import { createMachine } from "xstate";
import { assertCoverage, checkPaths, checkProperty, coverage, generatePaths } from "../../../src/testing/index.ts";

describe("coverage", () => {
  test("names what is missing and what cannot happen, in words, JSON and colours", async () => {
    const machine = createMachine({
      id: "lamp",
      initial: "off",
      states: { off: { on: { ON: "on" } }, on: { on: { OFF: "off", BREAK: "broken" } }, broken: {}, nowhere: {} },
    });
    expect(coverage(machine).states).toMatchObject({ covered: 0, total: 4 });
    const [path] = generatePaths(machine, { events: { BREAK: false }, mode: "pure" });
    expect(() => assertCoverage(coverage(machine), { states: 1 })).toThrow(
      "expected the tests to cover 100 % of states",
    );
    await path!.run();
    const seen = coverage(machine);
    expect(seen.states).toEqual({ covered: 2, total: 2, ratio: 1, missing: [], unreachable: ["broken", "nowhere"] });
    expect(seen.toString()).toContain("cannot happen: on: BREAK → broken");
    expect(seen.toMermaid()).toContain('s_off["off"]:::covered');
    expect(seen.toMermaid()).toContain('s_nowhere["nowhere"]:::unreachable');
    expect(seen.toMermaid()).toMatch(/s_off -->\|"ON ×1"\| s_on/);
    expect(JSON.parse(JSON.stringify(seen))).toMatchObject({ machine: "lamp", taken: { "off: ON → on": 1 } });
  });

  test("a state that is left as soon as it is entered was seen", async () => {
    const machine = createMachine({
      id: "passing",
      initial: "first",
      states: { first: { always: "second" }, second: { on: { NEXT: "third" } }, third: { always: "second" } },
    });
    await checkPaths(machine, {});
    expect(coverage(machine).states.missing).toEqual([]);
    expect(coverage(machine).pairs.missing).toEqual(["third: by itself → second, then second: NEXT → third"]);
  });

  test("a goal that cannot be looked at is refused, for it would be reached whatever happens", async () => {
    const machine = createMachine({ id: "goal", initial: "a", states: { a: { on: { GO: "b" } }, b: {}, c: {} } });
    await checkProperty(machine, { numRuns: 5, seed: 1 });
    expect(() => assertCoverage(coverage(machine), { pairs: 1 })).toThrow(/to be explored .* which pairs there are/);
    expect(() => assertCoverage(coverage(machine), { transition: 1 } as object)).toThrow(/got transition$/);
    expect(() => assertCoverage(coverage(machine), { states: 100 })).toThrow("from 0 to 1, got 100");
  });

  test("what is out of reach fails where it is not allowed", async () => {
    const machine = createMachine({ id: "reach", initial: "a", states: { a: { on: { GO: "b" } }, b: {}, c: {} } });
    await checkPaths(machine, {});
    assertCoverage(coverage(machine), { states: 1, unreachable: ["c"] });
    expect(() => assertCoverage(coverage(machine), { states: 1, unreachable: [] })).toThrow(/1 out of reach \(c\)/);
  });

  test("a pair with a wait between its transitions is one that can happen", async () => {
    const machine = createMachine({
      id: "lamp",
      initial: "off",
      states: { off: { on: { ON: "on" } }, on: { after: { 100: "off" } } },
    });
    await checkPaths(machine, { paths: "pairs" });
    expect(coverage(machine).pairs).toMatchObject({ covered: 2, total: 2 });
  });

  test("states that look the same to Mermaid are drawn as two, and a quote ends no label", () => {
    const machine = createMachine({
      id: "names",
      initial: "é",
      states: { é: { on: { 'say "é"': "ü" } }, ü: { on: { A: "a-b" } }, "a-b": { on: { A: "a_b" } }, a_b: {} },
    });
    expect(coverage(machine).toMermaid().split("\n").slice(1, 8)).toMatchInlineSnapshot(`
      [
        "  s__["é"]:::missing",
        "  s___2["ü"]:::missing",
        "  s_a_b["a-b"]:::missing",
        "  s_a_b_2["a_b"]:::missing",
        "  s__ -->|"say #34;é#34; ×0"| s___2",
        "  s___2 -->|"A ×0"| s_a_b",
        "  s_a_b -->|"A ×0"| s_a_b_2",
      ]
    `);
  });
});
