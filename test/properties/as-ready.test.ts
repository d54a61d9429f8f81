/**
 * Goal: what is true of the time that a run takes as ready and in layers, and what only sounds true (docs/internals/decisions.md).
 * Method: random graphs whose items take random times, on the real engine and virtual time, under both schedules.
 */
import { fc, test } from "@fast-check/vitest";
import { expect, test as example } from "vitest";
import { makespan, type TimedRun } from "../support/timed-run.ts";

const RUNS = { numRuns: 1_000 };

function timedRuns(capMax: number, takesMax = 5): fc.Arbitrary<TimedRun> {
  return fc.integer({ min: 1, max: 8 }).chain((size) =>
    fc.record({
      needs: fc.tuple(
        ...Array.from({ length: size }, (_, i) =>
          i === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(i - 1), { maxLength: 3 }),
        ),
      ),
      takes: fc.array(fc.integer({ min: 1, max: takesMax }), { minLength: size, maxLength: size }),
      cap: fc.integer({ min: 1, max: capMax }),
    }),
  );
}

test.prop([timedRuns(1)], RUNS)(
  "as-ready is never slower than layers in any graph: while the cap holds nothing back",
  async (timed) => {
    const unlimited = { ...timed, cap: timed.needs.length };
    expect(await makespan(unlimited, "as-ready")).toBeLessThanOrEqual(await makespan(unlimited, "layers"));
  },
);

test.prop([timedRuns(4)], RUNS)(
  "as-ready never takes longer than (2 - 1/cap) times what layers take, whatever the cap",
  async (timed) => {
    const bound = (2 - 1 / timed.cap) * (await makespan(timed, "layers"));
    expect(await makespan(timed, "as-ready")).toBeLessThanOrEqual(bound);
  },
);

example("under a cap a barrier can be the faster schedule: a long item that starts early is in the way", async () => {
  const timed: TimedRun = { needs: [[], [], [1], [], [0], [2]], takes: [3, 1, 6, 4, 6, 1], cap: 2 };
  expect(await makespan(timed, "as-ready")).toBe(13);
  expect(await makespan(timed, "layers")).toBe(12);
});
