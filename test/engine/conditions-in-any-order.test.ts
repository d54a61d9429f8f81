/**
 * Goal: what is true of plain runs in any order is true of plans with conditions, `when`, joins, groups, races, allowFailure and rollback, with
 * agents beside the local attempts whose leases end at any time (I1, I2, I5, I6, I16, F1): the run settles, everybody is answered,
 * nothing is left running, each start was allowed when it came, and what follows from what happened has all been done.
 * Method: fast-check's scheduler decides when attempts and agents report, timers fire, the disk acknowledges and people ask; the
 * log is then held against the rules of the specification.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import type { RunSpec } from "../../machines/run-spec.ts";
import type { Claim } from "../../src/engine/claim.ts";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import type { Run, RunResult } from "../../src/engine/run.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import type { PlanDefinition, TaskDefinition } from "../../src/plan/plan.ts";
import { isSkipped } from "../../src/items/skip.ts";
import { snapshotProblems } from "../../src/state/invariants.ts";
import { walks } from "../support/engine-walks.ts";
import { logProblems } from "../support/judged-log.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { raceEnv, raceExecutor, raceJournal, untilIdle, type AttemptScript } from "../support/race-world.ts";
import { replayLog } from "../support/replayed-log.ts";
import { definitionOf } from "../support/spec-plan.ts";
import { virtualEnv } from "../support/virtual-env.ts";

type Ask = "pause" | "resume" | "cancel" | "stop" | "kill" | "claim" | number | ItemAsk;
type ItemAsk = { readonly what: "cancel" | "cancel with dependents" | "retry"; readonly item: number };
/** What an agent does with what it claims. */
type Agent = "done" | "fails" | "fails for good" | "gives back" | "is never heard of again";

interface Race {
  readonly spec: RunSpec;
  readonly timeouts: boolean;
  readonly durable: boolean;
  readonly attempts: readonly AttemptScript[];
  readonly agents: readonly Agent[];
  readonly asks: readonly (readonly Ask[])[];
}

const races: fc.Arbitrary<Race> = fc
  .record({
    walk: walks(6, 1, true),
    timeouts: fc.boolean(),
    durable: fc.boolean(),
    attempts: fc.array(
      fc.record({
        ends: fc.constantFrom("done", "done", "done", "fails", "fails for good", "vanishes"),
        whenAborted: fc.constantFrom("stops at once", "stops later", "goes on"),
      }),
      { minLength: 1, maxLength: 8 },
    ),
    agents: fc.array(
      fc.constantFrom<Agent>("done", "done", "fails", "fails for good", "gives back", "is never heard of again"),
      { minLength: 1, maxLength: 6 },
    ),
    asks: fc.array(
      fc.array(
        fc.oneof(
          { arbitrary: fc.constantFrom<Ask>("pause", "resume", "cancel", "stop", "kill"), weight: 2 },
          { arbitrary: fc.constant<Ask>("claim"), weight: 3 },
          { arbitrary: fc.integer({ min: 1, max: 4 }), weight: 1 },
          {
            arbitrary: fc.record<ItemAsk>({
              what: fc.constantFrom("cancel", "cancel with dependents", "retry"),
              item: fc.nat(5),
            }),
            weight: 2,
          },
        ),
        { minLength: 1, maxLength: 3 },
      ),
      { maxLength: 5 },
    ),
  })
  .map(({ walk, ...rest }) => ({ ...rest, spec: walk.spec }));

test.prop([fc.scheduler(), races], { numRuns: 1_000 })(
  "whatever comes in whatever order, what follows has followed, and nothing of the run is left",
  async (scheduler, race) => {
    const store = memoryJournal();
    const first = new World(scheduler, race, store);
    await first.play(race.asks);
    if (first.result === "interrupted" && (await store.runs()).length > 0) {
      const second = new World(scheduler, race, store, first);
      await second.play([]);
      expect(second.result, "the run that goes on settles (I6)").toBeTypeOf("object");
    }
  },
  120_000,
);

/** No persons and no time; no groups and no `when` of a `join: any`, where who is first decides. */
const fates = walks(6, 1, true).chain(({ spec }) => {
  const size = spec.needs.length;
  const order = fc.array(fc.nat(), { minLength: 3 * size, maxLength: 3 * size });
  return fc.record({
    spec: fc.constant<RunSpec>({
      needs: spec.needs,
      edges: {
        ...spec.edges!,
        when: spec.edges!.when!.map((when, item) => (spec.edges!.joins![item] === "any" ? undefined : when)),
        groups: [],
        groupOf: [],
      },
      liveItemsMax: size,
      attemptsMax: 1,
      onFailure: "isolate",
    }),
    fails: fc.array(fc.boolean(), { minLength: size, maxLength: size }),
    orders: fc.tuple(order, order),
  });
});

test.prop([fates], { numRuns: 1_000 })(
  "E3: what each item comes to depends on what its needs come to, not on which of them does first",
  async ({ spec, fails, orders: [one, other] }) => {
    expect(await statusesAfter(spec, fails, other)).toEqual(await statusesAfter(spec, fails, one));
  },
  60_000,
);

/** Plays a run in which the order says which of the live items ends next. */
async function statusesAfter(spec: RunSpec, fails: readonly boolean[], order: readonly number[]): Promise<unknown> {
  const env = virtualEnv();
  const executor = manualExecutor();
  const definition = definitionOf(
    spec,
    spec.needs.map(() => 1_000),
  );
  const run = createRun(definition, { liveItemsMax: spec.needs.length, env, executors: [executor] });
  const ended = run.start();
  for (const pick of order) {
    await env.settle();
    const { running } = executor;
    if (running.length === 0) break;
    const item = running.toSorted()[pick % running.length]!;
    const failure = { kind: "failed", reason: { code: "no" }, retryable: false } as const;
    executor.finish(item, fails[Number(item.slice(1))] === true ? failure : { kind: "done", output: item });
  }
  const { outcome, snapshot, blocked } = await ended;
  const items = [...snapshot.items].map(({ key, status, reason }) => [key, status, isSkipped(status, reason)]);
  return { outcome, items, blocked };
}

/** One process's part of a run. */
class World {
  result: RunResult | string | undefined;
  readonly #scheduler: fc.Scheduler;
  readonly #race: Race;
  readonly #store: ReturnType<typeof memoryJournal>;
  readonly #env: ReturnType<typeof raceEnv>;
  readonly #executor: ReturnType<typeof raceExecutor>;
  readonly #run: Promise<Run>;
  readonly #problems: string[] = [];
  readonly #answers: Promise<unknown>[] = [];
  readonly #refusals = new Set<string>();
  /** Items that were started while an attempt of a need was running. */
  readonly #beside: string[] = [];
  #claims = 0;

  constructor(scheduler: fc.Scheduler, race: Race, store: ReturnType<typeof memoryJournal>, before?: World) {
    this.#scheduler = scheduler;
    this.#race = race;
    this.#store = store;
    this.#env = raceEnv(scheduler, before === undefined ? 1_000_000 : 2_000_000, before === undefined ? 1 : 2);
    const from = before === undefined ? 0 : before.#executor.started.length;
    const executor = raceExecutor(
      scheduler,
      (start) => race.attempts[(start + from) % race.attempts.length]!,
      (item) => item,
    );
    this.#executor = executor;
    const journal = race.durable ? raceJournal(scheduler, store) : store;
    const start: typeof executor.start = (request, report) => {
      const needs = race.spec.needs[Number(request.item.slice(1))]!.map((need) => `t${need}`);
      this.#beside.push(...executor.runningOf(needs).map((name) => `${request.item} beside ${name}`));
      return executor.start(request, report);
    };
    const options = { env: this.#env, journal, executors: [{ ...executor, start }], awaitClaims: true };
    const { liveItemsMax, onFailure } = race.spec;
    this.#run =
      before === undefined
        ? Promise.resolve(createRun(definitionOfRace(race), { ...options, liveItemsMax, onFailure }))
        : before.#run.then(async ({ id, plan }) => resumeRun(await store.recover(id), plan, options));
  }

  async play(asks: readonly (readonly Ask[])[]): Promise<void> {
    const scheduler = this.#scheduler;
    const run = await this.#run;
    run.changes$.subscribe({
      next: (snapshot) => this.#problems.push(...snapshotProblems(snapshot)),
      error: () => {},
    });
    void scheduler.schedule(Promise.resolve(), "start").then(() => this.#start(run));
    for (const group of asks)
      void scheduler
        .schedule(Promise.resolve(), JSON.stringify(group))
        .then(() => group.forEach((what) => this.#ask(run, what)));
    await untilIdle(scheduler);
    // People and agents come again as long as the run waits for them.
    for (let round = 0; this.result === undefined && round < 100; round++) {
      this.#ask(run, run.snapshot().status === "paused" ? "resume" : "claim");
      await untilIdle(scheduler);
    }
    await this.#check(run);
  }

  #start(run: Run): void {
    this.#answers.push(
      run.start().then(
        (value) => (this.result = value),
        (error: { code: string }) => (this.result = error.code),
      ),
    );
  }

  #ask(run: Run, what: Ask): void {
    this.#answers.push(
      this.#asked(run, what).then(
        () => {},
        (error: { code: string }) => this.#refusals.add(error.code),
      ),
    );
  }

  async #asked(run: Run, what: Ask): Promise<unknown> {
    if (what === "claim") return this.#claimed(run, await run.claims.claimNext({ agent: "ada", leaseMs: 1_000 }));
    if (typeof what === "number") return run.setCap(what);
    if (what === "kill") return run.stop({ graceful: false });
    if (typeof what !== "object") return run[what]();
    const key = `t${what.item % run.plan.tasks.length}`;
    return what.what === "retry" ? run.retry(key) : run.cancelItem(key, { withDependents: what.what !== "cancel" });
  }

  async #claimed({ claims }: Run, claim: Claim | undefined): Promise<void> {
    if (claim === undefined) return;
    const { agents } = this.#race;
    const does = agents[this.#claims++ % agents.length]!;
    // Somebody else is as likely to be as slow: after some claims every item is done.
    const how = this.#claims > 20 ? "done" : does;
    if (how === "is never heard of again") return;
    await this.#scheduler.schedule(Promise.resolve(), `agent ${claim.item} ${how}`);
    if (how === "done") await claims.complete(claim, { output: claim.item });
    else if (how === "gives back") await claims.release(claim);
    else await claims.fail(claim, { reason: "no", retryable: how === "fails" });
  }

  async #check(run: Run): Promise<void> {
    const { spec } = this.#race;
    expect(this.result, "the run settles (I6)").toBeDefined();
    const answered = Promise.all(this.#answers).then(() => "all");
    expect(await Promise.race([answered, turns().then(() => "not all")])).toBe("all");
    expect(["not_ready", "already_settled", "interrupted", "stale_fencing_token", "cap_reached"]).toEqual(
      expect.arrayContaining([...this.#refusals]),
    );
    expect([...this.#executor.running], "nothing is left running (I16)").toEqual([]);
    expect(this.#executor.overlaps, "an item has one attempt at a time").toEqual([]);
    expect(this.#beside, "nothing starts beside an attempt of what it needs").toEqual([]);
    expect(this.#env.armed).toBe(0);
    expect(this.#problems).toEqual([]);
    const caps = this.#race.asks.flat().filter((what) => typeof what === "number");
    expect(this.#executor.peak).toBeLessThanOrEqual(Math.max(spec.liveItemsMax, ...caps));
    const audit = (await this.#store.runs()).length === 0 ? [] : await this.#store.audit(run.id, { limit: 100_000 });
    replayLog(
      audit,
      (item) => (run.plan.tasks[item]!.join === undefined ? spec.attemptsMax : 1),
      spec.onFailure === "rollback",
    );
    expect(logProblems(spec, run.plan, audit)).toEqual([]);
  }
}

function definitionOfRace({ spec, timeouts }: Race): PlanDefinition {
  const { tasks, ...rest } = definitionOf(
    spec,
    spec.needs.map((_, item) => 100 * (item + 1)),
  );
  if (timeouts) return { tasks, ...rest };
  const patient = Object.entries(tasks).map(([key, { timeout: _, ...task }]): [string, TaskDefinition] => [key, task]);
  return { tasks: Object.fromEntries(patient), ...rest };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
