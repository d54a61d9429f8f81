/**
 * Goal: the checker that judges recorded histories says `illegal` exactly when no order explains them.
 * Method: small histories of a register against every order there is; then the limits of the search.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkHistory, type Model, type Operation } from "./check.ts";

type Input = { readonly write: number } | "read";
type Step = Operation<Input, number>;

const register: Model<number, Input, number> = {
  first: 0,
  step: (state, input, output) => {
    if (input !== "read") return input.write;
    return output === undefined || output === state ? state : undefined;
  },
  keyOf: String,
  isSpent: (_, input) => input === "read",
};

const write = (called: number, returned: number, value: number): Step => ({
  called,
  returned,
  input: { write: value },
  output: returned === Infinity ? undefined : 0,
});
const read = (called: number, returned: number, output: number): Step => ({ called, returned, input: "read", output });

/** Every order of every choice of what took effect, tried. */
function explained(history: readonly Step[]): boolean {
  const tryAll = (state: number, left: readonly Step[]): boolean => {
    if (left.every(({ returned }) => returned === Infinity)) return true;
    return left.some((next) => {
      if (left.some((other) => other.returned < next.called)) return false;
      const after = register.step(state, next.input, next.output);
      return (
        after !== undefined &&
        tryAll(
          after,
          left.filter((other) => other !== next),
        )
      );
    });
  };
  return tryAll(0, history);
}

const step: fc.Arbitrary<Step> = fc
  .record({
    called: fc.nat(9),
    takes: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 6 }) }, fc.constant(Infinity)),
    value: fc.nat(2),
    writes: fc.boolean(),
  })
  .map(({ called, takes, value, writes }) =>
    writes ? write(called, called + takes, value) : read(called, called + Math.min(takes, 6), value),
  );

describe("checkHistory", () => {
  test("says what trying every order says", () => {
    let illegal = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 7 }), (history) => {
        const isLegal = explained(history);
        if (!isLegal) illegal++;
        expect(checkHistory(register, history).verdict).toBe(isLegal ? "legal" : "illegal");
      }),
      { numRuns: 2_000 },
    );
    expect(illegal).toBeGreaterThan(100);
  });

  test("C1: what was read may come from an answer that was lost, but not go again", () => {
    const lost = write(0, Infinity, 7);
    expect(checkHistory(register, [lost, read(5, 6, 7)]).verdict).toBe("legal");
    expect(checkHistory(register, [lost, read(5, 6, 0)]).verdict).toBe("legal");
    const gone = read(9, 10, 0);
    expect(checkHistory(register, [lost, read(5, 6, 7), gone])).toEqual({ verdict: "illegal", at: gone });
  });

  test("what took place before an operation was called has its effect for it", () => {
    expect(checkHistory(register, [write(0, 1, 7), read(2, 3, 0)]).verdict).toBe("illegal");
    expect(checkHistory(register, [write(0, 3, 7), read(2, 4, 0)]).verdict).toBe("legal");
  });

  test("C2: a search that grows too large is no verdict", () => {
    const writes = Array.from({ length: 12 }, (_, n) => write(0, 100, n));
    expect(checkHistory(register, [...writes, read(1, 50, 3)], 100).verdict).toBe("unknown");
  });
});
