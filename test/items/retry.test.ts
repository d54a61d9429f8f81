/**
 * Goal: after a failure the wait is within its bounds whatever the numbers, and an item is tried exactly as often as its plan says.
 * Method: any numbers at all for the wait; the rules of the verdict one by one, then a whole life of attempts.
 */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { LIMITS } from "../../src/base/limits.ts";
import { backoffMs, retryVerdict, type FailedAttempt } from "../../src/items/retry.ts";

const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, Infinity, -Infinity, NaN, 1e308));

test.prop([anyNumber, anyNumber, anyNumber, fc.boolean(), fc.integer({ min: 0, max: 5000 }), anyNumber])(
  "a wait is never negative, never NaN, never above its maximum",
  (initialMs, factor, maxMs, jitter, failedAttempts, chance) => {
    const wait = backoffMs({ initialMs, factor, maxMs, jitter }, failedAttempts, () => chance);
    expect(wait).toBeGreaterThanOrEqual(0);
    expect(wait).toBeLessThanOrEqual(maxMs > 0 ? maxMs : 0);
  },
);

describe("backoff", () => {
  const backoff = { initialMs: 500, factor: 2, maxMs: 30_000, jitter: false };

  test("doubles from its initial wait up to its maximum", () => {
    const waits = [1, 2, 3, 6, 7, 8, 5000].map((failed) => backoffMs(backoff, failed, () => 0));
    expect(waits).toEqual([500, 1000, 2000, 16_000, 30_000, 30_000, 30_000]);
  });

  test("jitter spreads over the whole wait", () => {
    const waits = [0, 0.25, 0.999].map((chance) => backoffMs({ ...backoff, jitter: true }, 2, () => chance));
    expect(waits).toEqual([0, 250, 999]);
  });

  test("an infinite wait is bounded before chance makes something of it that is no number", () => {
    const endless = { initialMs: 1, factor: Infinity, maxMs: Infinity, jitter: true };
    expect([0, 0.5].map((chance) => backoffMs(endless, 5, () => chance))).toEqual([0, LIMITS.durationMsMax / 2]);
  });

  test("without backoff there is no wait, and an initial wait of nothing stays nothing", () => {
    expect(backoffMs(undefined, 3, () => 1)).toBe(0);
    expect(backoffMs({ ...backoff, initialMs: 0 }, 2000, () => 1)).toBe(0);
  });
});

describe("retry verdict", () => {
  const failed: FailedAttempt = {
    attempt: 1,
    refunded: 0,
    attemptsMax: 3,
    retryable: true,
    firstClaimedAtMs: 1000,
    deadlineMs: undefined,
    now: 2000,
    delay: 500,
  };

  test.each([
    ["an attempt is left", {}, { kind: "requeue", delayMs: 500 }],
    ["the last attempt was spent", { attempt: 3 }, { kind: "final", reason: "attempts_exhausted" }],
    ["an attempt was given back", { attempt: 3, refunded: 1 }, { kind: "requeue", delayMs: 500 }],
    ["another attempt would fail as well", { retryable: false }, { kind: "final", reason: "not_retryable" }],
    ["the deadline is over before the next could start", { deadlineMs: 1400 }, { kind: "final", reason: "deadline" }],
    ["the next would start at the deadline", { deadlineMs: 1500 }, { kind: "final", reason: "deadline" }],
    ["the next starts in time", { deadlineMs: 1501 }, { kind: "requeue", delayMs: 500 }],
    [
      "a deadline without a first claim has not begun",
      { deadlineMs: 1, firstClaimedAtMs: undefined },
      { kind: "requeue", delayMs: 500 },
    ],
  ] as const)("when %s", (_, change, verdict) => {
    expect(retryVerdict({ ...failed, ...change })).toEqual(verdict);
  });

  test.prop([fc.integer({ min: 1, max: 9 }), fc.infiniteStream(fc.boolean())])(
    "an item that always fails is tried exactly `attemptsMax` times, not counting what was given back",
    (attemptsMax, interrupted) => {
      let spent = 0;
      let refunded = 0;
      for (let attempt = 1; attempt < 100; attempt++) {
        if (refunded < 20 && interrupted.next().value === true) {
          refunded++;
          continue;
        }
        spent++;
        if (retryVerdict({ ...failed, attempt, refunded, attemptsMax }).kind === "final") break;
      }
      expect(spent).toBe(attemptsMax);
    },
  );
});
