/**
 * Goal: a tree of processes that ignores TERM is gone within the grace and a second, however its run ends (I16, I22). Method: a few
 * rounds of each way at once; `node test/e2e/support/end-rounds.ts 50` does as many as wanted.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { allowedMs, endRounds, WAYS, type EndedRound } from "./support/end-rounds.ts";

const ROUNDS = 2;
const GRACE_MS = 300;
/** Beyond what is promised: three of these tests may run at once on two processors. */
const BUSY_MS = 4_000;

describe("a tree that ignores TERM is gone", () => {
  let ended: readonly EndedRound[] = [];
  beforeAll(async () => {
    ended = await endRounds(ROUNDS, ROUNDS * WAYS.length, GRACE_MS);
  }, 120_000);

  test.each(WAYS)("complaint 18, I16: after %s", (way) => {
    const rounds = ended.filter((round) => round.way === way);
    expect(rounds).toHaveLength(ROUNDS);
    expect(rounds.filter(({ left }) => left > 0)).toEqual([]);
    expect(rounds.filter(({ goneMs }) => goneMs > allowedMs(way, GRACE_MS) + BUSY_MS)).toEqual([]);
    // It was asked to end first, and would not.
    expect(rounds.filter(({ goneMs }) => goneMs < GRACE_MS * 0.9)).toEqual([]);
  });
});
