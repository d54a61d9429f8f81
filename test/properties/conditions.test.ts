/**
 * Goal: whatever a plan asks of its needs, nothing starts before it may and nothing waits for ever (complaints 9 and 13).
 * Method: random plans with conditions, joins, `when`, `allowFailure` and groups on the real engine, under every schedule and policy,
 * with processes that end at any batch. The audit log is replayed against the rules of `machines/run-spec-edges.ts`.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { isForgiven, needsAllow, type ItemSpecState, type SpecEdges } from "../../machines/run-spec-edges.ts";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import { isSkipped } from "../../src/items/skip.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { checkPlan } from "../../src/plan/check-plan.ts";
import type { Plan, TaskDefinition } from "../../src/plan/plan.ts";
import { crashes, play, scriptsWithEdges, type Script, type Story } from "../support/crash-lives.ts";
import { crashingJournal } from "../support/crashing-journal.ts";
import { numberedEdges } from "../support/spec-plan.ts";

const NEW: ItemSpecState = { status: "todo", spent: 0, ending: false };

test.prop([scriptsWithEdges(8), fc.array(crashes, { maxLength: 3 })], { numRuns: 1_500 })(
  "9, 13: an item starts only when its edges let it, and a run that has ended explains every item that never ran",
  async (script, ends) => {
    const story = await play(script, ends);
    const { keys, audit, result } = story;
    try {
      checkStarts(script, story);
      const left = story.stored.items.filter(({ status }) => status === "claimed");
      expect(left).toEqual([]);
      if (result.snapshot === undefined) return;
      const states = [...result.snapshot.items].map(({ status }) => status);
      const open = keys.filter((_, item) => states[item] === "todo");
      // Whatever is left is told with what holds it.
      expect(result.blocked.map(({ item }) => item)).toEqual(open);
      for (const { item, by, reason } of result.blocked) {
        expect(reason, item).not.toBe("stuck");
        if (reason === "blocked_by_failure") expect(by.length, item).toBeGreaterThan(0);
      }
      checkOutcome(script, story);
    } catch (error) {
      const log = audit.map(
        ({ seq, epoch, item, event, to, reason }) =>
          `${seq} e${epoch} ${keys[item] ?? ""} ${event} ${to} ${reason?.code ?? ""}`,
      );
      throw new Error(`${JSON.stringify({ script, ends })}\n${log.join("\n")}`, { cause: error });
    }
  },
);

/** Every claim in the log was allowed by what had happened before it. */
function checkStarts(script: Script, story: Story): void {
  const { keys, audit } = story;
  const { needs, edges } = numbered(script, story);
  let items = keys.map(() => NEW);
  for (const entry of audit) {
    if (entry.item < 0) continue;
    if (entry.event === "claim")
      expect([keys[entry.item], needsAllow({ needs, edges }, items, entry.item)]).toEqual([keys[entry.item], true]);
    const skipped = isSkipped(entry.to as ItemSpecState["status"], entry.reason);
    items = items.with(entry.item, {
      status: entry.to as ItemSpecState["status"],
      spent: entry.attempt - entry.refunded,
      ending: false,
      ...(skipped && { skipped: true }),
    });
  }
}

/** The script in the numbers of the plan. */
function numbered(
  script: Script,
  { keys }: Story,
): { readonly needs: readonly (readonly number[])[]; readonly edges: SpecEdges } {
  const plan = { tasks: keys.map((key) => ({ key })), numberOf: (key: string) => keys.indexOf(key) } as unknown as Plan;
  return {
    needs: keys.map((key) => script.needs[Number(key.slice(1))]!.map((need) => keys.indexOf(`t${need}`))),
    edges: numberedEdges({ ...script, liveItemsMax: 1, attemptsMax: 1 }, plan),
  };
}

function checkOutcome(script: Script, story: Story): void {
  const { keys, result } = story;
  const states = [...result.snapshot.items];
  const items = states.map(({ status }): ItemSpecState => ({ ...NEW, status }));
  const plan = numbered(script, story);
  const failed = states.some(
    ({ status, reason }, item) =>
      (status === "failed" || reason?.code === "fail_fast") && !isForgiven(plan, items, item),
  );
  const open = states.some(({ status }) => status === "todo");
  if (failed) expect(result.outcome).toBe("failed");
  else if (!open) expect(result.outcome).toBe("done");
  else expect(["failed", "stalled"]).toContain(result.outcome);
  if (script.onFailure === "isolate" && !open && !failed) expect(result.outcome).toBe("done");
  expect(keys).toHaveLength(states.length);
}

test.each([
  ["joins", (i: number): TaskDefinition => ({ join: "all", needs: [`t${i - 1}`] }), { done: 10_000 }],
  [
    "skips",
    (i: number): TaskDefinition => ({ run: "x", needs: i === 1 ? { t0: "failed" } : [`t${i - 1}`] }),
    { done: 1, cancelled: 9_999 },
  ],
])(
  "I9: a process that ends between the batches of a long chain of %s leaves what follows to the next",
  async (_what, task, counts) => {
    const tasks = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, i): [string, TaskDefinition] => [`t${i}`, i === 0 ? { run: "x" } : task(i)]),
    );
    const plan = checkPlan({ tasks });
    const done = {
      accepts: ({ run }: { readonly run: unknown }) => run !== undefined,
      start: (_: unknown, report: (outcome: { kind: "done" }) => void) => {
        queueMicrotask(() => report({ kind: "done" }));
        return () => {};
      },
      stop: async () => {},
    };
    for (const at of [3, 4]) {
      for (const kept of [false, true]) {
        const store = memoryJournal();
        const options = { executors: [done] };
        const run = createRun(plan, { ...options, journal: crashingJournal(store, at, kept) });
        await expect(run.start()).rejects.toMatchObject({ code: "journal_unavailable" });
        const result = await resumeRun(await store.recover(run.id), plan, { ...options, journal: store }).start();
        expect(result).toMatchObject({ outcome: "done", counts });
      }
    }
  },
);
