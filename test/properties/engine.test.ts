/**
 * Goal: whatever the plan and whatever the order in which attempts end, fail, time out or come late, a run keeps its invariants.
 * Method: random plans on the real engine; fast-check chooses which running attempt ends next and how. Every published snapshot,
 * every start and the whole audit log are checked. The seed is printed with a failure.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import type { RunResult } from "../../src/engine/run.ts";
import { foldAudit } from "../../src/journal/fold.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import type { Schedule, TaskDefinition } from "../../src/plan/plan.ts";
import { checkSnapshotInvariants } from "../../src/state/invariants.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";

interface Case {
  readonly needs: readonly (readonly number[])[];
  readonly attempts: readonly number[];
  readonly cap: number;
  readonly schedule: Schedule;
  readonly onFailure: "isolate" | "fail-fast";
  /** Chooses the attempt that ends next, and how. */
  readonly choices: readonly { readonly pick: number; readonly how: number }[];
}

const cases: fc.Arbitrary<Case> = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.record({
    needs: fc.tuple(
      ...Array.from({ length: size }, (_, i) =>
        i === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(i - 1), { maxLength: 3 }),
      ),
    ),
    attempts: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: size, maxLength: size }),
    cap: fc.integer({ min: 1, max: 4 }),
    schedule: fc.constantFrom<Schedule>("as-ready", "layers", "sequential"),
    onFailure: fc.constantFrom("isolate", "fail-fast"),
    choices: fc.array(fc.record({ pick: fc.nat(), how: fc.nat(9) }), { minLength: 1, maxLength: 60 }),
  }),
);

function planOf({ needs, attempts }: Case): Record<string, TaskDefinition> {
  return Object.fromEntries(
    needs.map((list, i) => [
      `t${i}`,
      { run: "x", needs: list.map((need) => `t${need}`), attemptsMax: attempts[i]!, timeout: "1m" },
    ]),
  );
}

async function play(chosen: Case) {
  const env = virtualEnv();
  const executor = manualExecutor("ignore");
  const journal = memoryJournal();
  const run = createRun(
    { tasks: planOf(chosen) },
    {
      env,
      journal,
      executors: [executor],
      liveItemsMax: chosen.cap,
      schedule: chosen.schedule,
      onFailure: chosen.onFailure,
    },
  );
  const doneAtStart: boolean[] = [];
  run.changes$.subscribe((snapshot) => checkSnapshotInvariants(snapshot));
  run.audit$.subscribe((event) => {
    if (event.name !== "item.claimed") return;
    const needs = chosen.needs[Number(event.key!.slice(1))]!;
    doneAtStart.push(needs.every((need) => run.snapshot().items.get(`t${need}`)!.status === "done"));
  });
  let result: RunResult | undefined;
  void run.start().then((ended) => (result = ended));
  for (let step = 0; result === undefined; step++) {
    await env.settle();
    if (result !== undefined) break;
    expect(step, "the run settles in a bounded number of steps (I6)").toBeLessThan(400);
    const { pick, how } = chosen.choices[step % chosen.choices.length]!;
    const item = executor.running[pick % Math.max(1, executor.running.length)];
    if (item === undefined) await env.advance(60_000);
    else if (how === 9 && step % 2 === 0) await env.advance(60_000);
    else if (how === 9) executor.finish(item, { kind: "aborted" });
    else {
      executor.finish(
        item,
        how < 7 ? { kind: "done" } : { kind: "failed", reason: { code: "exit" }, retryable: how === 7 },
      );
    }
  }
  return { result, executor, audit: await journal.audit(run.id, { limit: 100_000 }), doneAtStart };
}

test.prop([cases], { numRuns: 1000 })(
  "I4, I5, I6, I10, I11: needs before dependents, never more than the cap, every run settles, the log explains the state",
  async (chosen) => {
    const { result, executor, audit, doneAtStart } = await play(chosen);
    expect(doneAtStart.every(Boolean)).toBe(true);
    expect(executor.peak).toBeLessThanOrEqual(chosen.schedule === "sequential" ? 1 : chosen.cap);
    expect(executor.running).toEqual([]);
    const folded = foldAudit(audit);
    for (const row of folded.items) {
      expect(result.snapshot.items.at(row.item)).toMatchObject({
        status: row.status,
        attempt: row.attempt,
        seq: row.seq,
      });
      expect(row.attempt - row.refunded).toBeLessThanOrEqual(
        chosen.attempts[Number(result.snapshot.items.at(row.item)!.key.slice(1))]!,
      );
    }
    expect(folded.status).toBe(result.outcome);
    expect(result.counts.claimed).toBe(0);
    // Whatever is left has an explanation.
    const explained = new Set(result.blocked.map(({ item }) => item));
    for (const item of result.snapshot.items) if (item.status === "todo") expect(explained.has(item.key)).toBe(true);
    if (chosen.onFailure === "isolate")
      expect(result.blocked.every(({ reason }) => reason === "blocked_by_failure")).toBe(true);
  },
);
