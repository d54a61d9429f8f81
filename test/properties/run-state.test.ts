/**
 * Goal: a published snapshot is the fold of what was published, always, for every reader, however updates interleave.
 * Method: random publications against a plain array of records; many updaters released at once under a scheduler that
 * explores interleavings. A bug would look like: a torn batch, a lost update, an old snapshot that moved.
 */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { ItemStatus } from "../../src/items/status.ts";
import { snapshotProblems } from "../../src/state/invariants.ts";
import { diff } from "../../src/state/items-view.ts";
import type { ItemSnapshot, RunSnapshot } from "../../src/items/snapshot.ts";
import { itemAs, stateOf } from "../support/item-snapshots.ts";

const STATUSES: readonly ItemStatus[] = ["todo", "claimed", "done", "failed", "cancelled"];
const running = { status: "running", outcome: undefined } as const;

interface Step {
  readonly changes: readonly { readonly at: number; readonly status: ItemStatus }[];
  readonly grow: number;
}

/** Sizes on both sides of a page and of a page of pages; places that gather at their edges. */
const sizes = fc.constantFrom(1, 2, 63, 64, 65, 4_095, 4_096, 4_097, 9_000);
const places = fc.oneof(fc.nat(70), fc.integer({ min: 4_090, max: 4_100 }), fc.nat(9_000));
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    changes: fc.array(fc.record({ at: places, status: fc.constantFrom(...STATUSES) }), { maxLength: 12 }),
    grow: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(1, 64, 4_097) }),
  }),
  { maxLength: 12 },
);

test.prop([sizes, steps])(
  "I10, P1, P3: every snapshot, also an old one, is the fold of the publications up to it",
  (start, script) => {
    const state = stateOf(start);
    const model = Array.from({ length: start }, (_, number) => itemAs(number, "todo", 0));
    const kept: { snapshot: RunSnapshot; model: ItemSnapshot[] }[] = [
      { snapshot: state.snapshot(), model: [...model] },
    ];
    let seq = 0;
    for (const { changes, grow } of script) {
      for (let i = 0; i < grow; i++) model.push(itemAs(model.length, "todo", 0));
      const leaves = changes.map(({ at, status }) => itemAs(at % model.length, status, ++seq));
      for (const leaf of leaves) model[leaf.number] = leaf;
      const snapshot = state.publish({ seq, ...running, changes: leaves, size: model.length });
      kept.push({ snapshot, model: [...model] });
    }
    for (const { snapshot, model } of kept) {
      const { items, counts } = snapshot;
      expect([...items]).toEqual(model);
      for (const status of STATUSES) expect(counts[status]).toBe(model.filter((item) => item.status === status).length);
    }
  },
);

test.prop([sizes, steps, fc.nat(12), fc.nat(12)])(
  "diff is what a comparison of all items finds, between any two snapshots",
  (start, script, from, to) => {
    const state = stateOf(start);
    const kept = [state.snapshot()];
    let seq = 0;
    for (const { changes, grow } of script) {
      const size = state.snapshot().items.size + grow;
      const leaves = changes.map(({ at, status }) => itemAs(at % size, status, ++seq));
      kept.push(state.publish({ seq, ...running, changes: leaves, size }));
    }
    const before = kept[from % kept.length]!;
    const after = kept[to % kept.length]!;
    const changed = [...after.items].filter((item) => before.items.at(item.number)?.seq !== item.seq);
    expect(diff(before, after)).toEqual(changed);
  },
);

describe("S0-17, S0-18: updaters released together", () => {
  /** Each updater takes its item through its life, one publication a step, yielding wherever the scheduler likes. */
  async function race(updaters: number, pause: () => Promise<unknown>): Promise<string[]> {
    const state = stateOf(updaters);
    const problems: string[] = [];
    let seq = 0;
    let previous = state.snapshot();
    const publish = (number: number, status: ItemStatus): void => {
      const own = ++seq;
      const snapshot = state.publish({ seq: own, ...running, changes: [itemAs(number, status, own)] });
      problems.push(...snapshotProblems(snapshot, { previous }));
      previous = snapshot;
    };
    let open = (): void => undefined;
    const barrier = new Promise<void>((resolve) => (open = resolve));
    const updater = async (number: number): Promise<void> => {
      await barrier;
      for (const status of ["claimed", "failed", "claimed", "done"] as const) {
        await pause();
        // Read, wait, write: a reader's picture must not move in between.
        const before = state.snapshot();
        const text = JSON.stringify(before);
        await pause();
        publish(number, status);
        if (JSON.stringify(before) !== text) problems.push(`the picture of version ${before.seq} moved`);
      }
    };
    const all = Array.from({ length: updaters }, (_, number) => updater(number));
    open();
    await Promise.all(all);
    const { counts, seq: last } = state.snapshot();
    if (counts.done !== updaters || last !== updaters * 4)
      problems.push(`${counts.done} of ${updaters} are done at ${last}`);
    return problems;
  }

  test.prop([fc.scheduler()], { numRuns: 60 })(
    "10 concurrent updaters of different items: 0 races in any interleaving",
    async (scheduler) => {
      const done = race(10, () => scheduler.schedule(Promise.resolve()));
      await scheduler.waitFor(done);
      expect(await done).toEqual([]);
    },
  );

  test("1,000 publishing tasks: every update is there, none twice", async () => {
    const size = 1_000;
    const state = stateOf(size);
    let seq = 0;
    await Promise.all(
      Array.from({ length: size }, async (_, number) => {
        for (const status of ["claimed", "done"] as const) {
          for (let turn = 0; turn < (number * 7) % 5; turn++) await Promise.resolve();
          const own = ++seq;
          state.publish({ seq: own, ...running, changes: [itemAs(number, status, own)] });
        }
      }),
    );
    expect(state.snapshot().counts).toEqual({ todo: 0, claimed: 0, done: size, failed: 0, cancelled: 0 });
    expect(new Set(Array.from(state.snapshot().items, (item) => item.seq)).size).toBe(size);
    expect(snapshotProblems(state.snapshot())).toEqual([]);
  });

  test.prop([fc.scheduler(), fc.array(fc.nat(4), { minLength: 2, maxLength: 6 })], { numRuns: 60 })(
    "S0-12: of several reports for one attempt one counts, the others are duplicates, whatever their order",
    async (scheduler, reporters) => {
      const state = stateOf(1);
      state.publish({ seq: 1, ...running, changes: [itemAs(0, "claimed", 1)] });
      let accepted = 0;
      const report = async (status: ItemStatus): Promise<void> => {
        await scheduler.schedule(Promise.resolve());
        // Check and write in one turn: this is what a single writer gives, and what a lock would have to.
        if (state.snapshot().items.at(0)?.status !== "claimed") return;
        accepted++;
        const seq = state.snapshot().seq + 1;
        state.publish({ seq, ...running, changes: [itemAs(0, status, seq)] });
      };
      const all = Promise.all(reporters.map((which) => report(which % 2 === 0 ? "done" : "failed")));
      await scheduler.waitFor(all);
      expect([accepted, state.snapshot().seq]).toEqual([1, 2]);
    },
  );
});
