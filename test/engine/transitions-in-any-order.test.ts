/**
 * Goal: I2, I5, I6, I16, S0-12: completions, failures, timeouts, cancel of the run and of items, requeues by hand, stop, pause, resume
 * and new caps may arrive in any order, also in the same breath: the run settles, everybody is answered, nothing is left running,
 * what was cancelled has nothing running when its promise resolves, and no report counts that came too late.
 * Method: fast-check's scheduler decides when attempts end, timers fire, the disk acknowledges and people ask; the log is then
 * replayed through the machines. The seed and the schedule are printed with a failure.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import type { Run, RunEvent, RunResult } from "../../src/engine/run.ts";
import { foldAudit } from "../../src/journal/fold.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import type { TaskDefinition } from "../../src/plan/plan.ts";
import { snapshotProblems } from "../../src/state/invariants.ts";
import type { RunSnapshot } from "../../src/items/snapshot.ts";
import {
  raceEnv,
  raceExecutor,
  raceJournal,
  untilIdle,
  type AttemptScript,
  type RaceExecutor,
} from "../support/race-world.ts";
import { replayLog } from "../support/replayed-log.ts";

type Ask = "pause" | "resume" | "cancel" | "stop" | "kill" | "actor" | number | ItemAsk;
/** About the item with this number, modulo their number. */
type ItemAsk = { readonly what: "cancel" | "cancel with dependents" | "retry"; readonly item: number };

interface Race {
  readonly needs: readonly (readonly number[])[];
  readonly attemptsMax: number;
  readonly timeouts: boolean;
  readonly backoff: boolean;
  readonly cap: number;
  readonly onFailure: "isolate" | "fail-fast";
  /** Whether the journal takes time. */
  readonly durable: boolean;
  readonly attempts: readonly AttemptScript[];
  /** Those of one list are asked in the same breath; a number is a new cap. */
  readonly asks: readonly (readonly Ask[])[];
}

const races: fc.Arbitrary<Race> = fc.integer({ min: 1, max: 6 }).chain((size) =>
  fc.record({
    needs: fc.tuple(
      ...Array.from({ length: size }, (_, i) =>
        fc.uniqueArray(fc.nat(Math.max(0, i - 1)), { maxLength: Math.min(2, i) }),
      ),
    ),
    attemptsMax: fc.integer({ min: 1, max: 3 }),
    timeouts: fc.boolean(),
    backoff: fc.boolean(),
    cap: fc.integer({ min: 1, max: 3 }),
    onFailure: fc.constantFrom("isolate", "fail-fast"),
    durable: fc.boolean(),
    attempts: fc.array(
      fc.record({
        ends: fc.constantFrom("done", "done", "done", "fails", "fails for good", "vanishes"),
        whenAborted: fc.constantFrom("stops at once", "stops later", "goes on"),
      }),
      { minLength: 1, maxLength: 8 },
    ),
    asks: fc.array(
      fc.array(
        fc.oneof(
          fc.constantFrom<Ask>("pause", "resume", "pause", "resume", "cancel", "stop", "kill", "actor"),
          fc.integer({ min: 1, max: 4 }),
          fc.record<ItemAsk>({
            what: fc.constantFrom("cancel", "cancel with dependents", "retry"),
            item: fc.nat(5),
          }),
        ),
        { minLength: 1, maxLength: 3 },
      ),
      { maxLength: 4 },
    ),
  }),
);

test.prop([fc.scheduler(), races], { numRuns: 2_000 })(
  "whatever comes in whatever order, the run settles and nothing of it is left",
  async (scheduler, race) => {
    const store = memoryJournal();
    const journal = race.durable ? raceJournal(scheduler, store) : store;
    const env = raceEnv(scheduler, 1_000_000);
    const executor = raceExecutor(scheduler, (start) => race.attempts[start % race.attempts.length]!);
    const { cap: liveItemsMax, onFailure } = race;
    const run = createRun({ tasks: tasksOf(race) }, { env, journal, executors: [executor], liveItemsMax, onFailure });
    const watched = watch(run);
    const answers: Promise<unknown>[] = [];
    const refusals = new Set<string>();
    let result: RunResult | string | undefined;
    const start = (): void => {
      answers.push(
        run.start().then(
          (value) => (result = value),
          (error: { code: string }) => (result = error.code),
        ),
      );
    };
    const leftovers: string[] = [];
    const ask = (what: Ask): void => {
      answers.push(
        asked(run, what, (keys) => leftovers.push(...executor.runningOf(keys))).then(
          () => {},
          (error: { code: string }) => refusals.add(error.code),
        ),
      );
    };
    void scheduler.schedule(Promise.resolve(), "start").then(start);
    for (const group of race.asks)
      void scheduler.schedule(Promise.resolve(), JSON.stringify(group)).then(() => group.forEach(ask));
    await untilIdle(scheduler);
    if (result === undefined && run.snapshot().status === "paused") {
      ask("resume");
      await untilIdle(scheduler);
    }
    expect(result, "the run settles (I6)").toBeDefined();
    expect(await Promise.race([Promise.all(answers).then(() => "all"), turns().then(() => "not all")])).toBe("all");
    expect(["not_ready", "already_settled", "interrupted"]).toEqual(expect.arrayContaining([...refusals]));
    expect([...executor.running], "nothing is left running (I16)").toEqual([]);
    expect(leftovers, "nothing of a cancelled item is left when its promise resolves").toEqual([]);
    expect(executor.overlaps, "an item has one attempt at a time").toEqual([]);
    expect(env.armed).toBe(0);
    expect(executor.peak).toBeLessThanOrEqual(
      Math.max(race.cap, ...race.asks.flat().filter((what) => typeof what === "number")),
    );
    const audit = (await store.runs()).length === 0 ? [] : await store.audit(run.id, { limit: 100_000 });
    checkLog(run, race, audit, [executor]);
    // Whoever stays until the end has seen all of it, once and in order.
    expect(watched.events.map(({ seq }) => seq)).toEqual(audit.map(({ seq }) => seq));
    expect(watched.problems).toEqual([]);
    if (typeof result === "object") {
      expect(audit.at(-1)).toMatchObject({ event: expect.stringMatching(/drained|cancel/), to: result.outcome });
      expect(watched.events.at(-1)).toMatchObject({ name: "run.finished" });
      return;
    }
    expect(result).toBe("interrupted");
    if (audit.length > 0) await goOn(scheduler, race, run, store, executor);
  },
);

/** A run that was stopped goes on and ends, with what is left of each item's attempts. */
async function goOn(
  scheduler: fc.Scheduler,
  race: Race,
  before: Run,
  store: ReturnType<typeof memoryJournal>,
  first: RaceExecutor,
): Promise<void> {
  const env = raceEnv(scheduler, 2_000_000, 2);
  const executor = raceExecutor(
    scheduler,
    (start) => race.attempts[(start + first.started.length) % race.attempts.length]!,
  );
  const journal = race.durable ? raceJournal(scheduler, store) : store;
  const run = resumeRun(await store.recover(before.id), before.plan, { env, journal, executors: [executor] });
  let result: RunResult | undefined;
  void run.start().then((value) => (result = value));
  await untilIdle(scheduler);
  expect(result, "the run that goes on settles (I6)").toBeDefined();
  expect(env.armed).toBe(0);
  checkLog(run, race, await store.audit(run.id, { limit: 100_000 }), [first, executor]);
}

function asked(run: Run, what: Ask, onCancelled: (keys: readonly string[]) => void): Promise<unknown> {
  if (typeof what === "number") return run.setCap(what);
  if (typeof what === "object") {
    const { key } = run.plan.tasks[what.item % run.plan.tasks.length]!;
    if (what.what === "retry") return run.retry(key);
    return run.cancelItem(key, { withDependents: what.what !== "cancel" }).then(onCancelled);
  }
  if (what === "kill") return run.stop({ graceful: false });
  if (what !== "actor") return run[what]();
  // XState warns when an actor that has stopped is sent anything.
  if (run.actor.getSnapshot().status !== "active") return Promise.resolve();
  run.actor.send({ type: "pause" });
  run.actor.send({ type: "resume" });
  return Promise.resolve();
}

function checkLog(run: Run, race: Race, audit: readonly JournalEntry[], executors: readonly RaceExecutor[]): void {
  expect(audit.map(({ seq }) => seq)).toEqual(audit.map((_, index) => index + 1));
  replayLog(audit, () => race.attemptsMax);
  const reported = new Map(executors.flatMap((each) => [...each.reported]));
  for (const entry of audit) {
    if (entry.item < 0 || entry.from === entry.to) continue;
    const name = `${run.plan.tasks[entry.item]!.key}#${entry.attempt}`;
    // S0-12: what counts is what that very attempt said, and only while it was the current one.
    if (entry.event === "complete") expect([name, reported.get(name)]).toEqual([name, { kind: "done", output: name }]);
    if (entry.event === "complete") expect(entry.data).toBe(name);
    if (entry.event === "fail") expect(reported.get(name)?.kind).toMatch(/failed|aborted/);
    if (entry.event === "claim")
      for (const need of race.needs[Number(run.plan.tasks[entry.item]!.key.slice(1))]!)
        expect(
          audit.some(
            ({ seq, item, to }) => seq < entry.seq && to === "done" && run.plan.tasks[item]?.key === `t${need}`,
          ),
        ).toBe(true);
  }
  const folded = foldAudit(audit);
  const snapshot = run.snapshot();
  expect([snapshot.seq, snapshot.status]).toEqual([folded.seq, folded.status]);
  for (const row of folded.items)
    expect(snapshot.items.at(row.item)).toMatchObject({ status: row.status, attempt: row.attempt, seq: row.seq });
  expect(folded.items.filter(({ status }) => status === "claimed")).toEqual([]);
}

function watch(run: Run): { readonly events: RunEvent[]; readonly problems: string[] } {
  const events: RunEvent[] = [];
  const problems: string[] = [];
  let previous: RunSnapshot | undefined;
  run.audit$.subscribe({ next: (event) => events.push(event), error: () => {} });
  run.changes$.subscribe({
    next: (snapshot) => {
      problems.push(
        ...snapshotProblems(snapshot, { graph: run.plan.graph, ...(previous !== undefined && { previous }) }),
      );
      previous = snapshot;
    },
    error: () => {},
  });
  return { events, problems };
}

function tasksOf({ needs, attemptsMax, timeouts, backoff }: Race): Record<string, TaskDefinition> {
  return Object.fromEntries(
    needs.map((list, i): [string, TaskDefinition] => [
      `t${i}`,
      {
        run: "x",
        needs: list.map((need) => `t${need}`),
        attemptsMax,
        ...(timeouts && { timeout: 1_000 * (i + 1), deadline: 10_000 }),
        ...(backoff && { backoff: { initial: 500, jitter: false } }),
      },
    ]),
  );
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
