/** Goal: coverage is exact, and says what is missing. Method: machines with something that no test can reach, or that is left at once. */
import { describe, expect, test } from "vitest";
import { createMachine } from "xstate";
import { assertCoverage, checkPaths, coverage, generatePaths } from "../../../src/testing/index.ts";

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
});
