/**
 * A plan, run on virtual time by workers that only exist here: hours pass in milliseconds, the same seed gives the same run, and
 * whatever may go wrong does, as often as the policy says. The engine, its machines and its journal are the real ones.
 */
import { seededRandom } from "../../base/seeded-random.ts";
import type { Env } from "../../base/env.ts";
import { createRun } from "../../engine/create-run.ts";
import { resumeRun } from "../../engine/resume-run.ts";
import type { Run, RunOptions, RunResult } from "../../engine/run.ts";
import type { AttemptOutcome, Executor } from "../../executors/executor.ts";
import type { RunOutcome } from "../../items/status.ts";
import type { Journal, JournalEntry } from "../../journal/journal.ts";
import { memoryJournal } from "../../journal/memory-journal.ts";
import type { Plan, PlanDefinition } from "../../plan/plan.ts";
import type { RunSnapshot } from "../../items/snapshot.ts";
import { SimulatedAgents, type AgentPolicy } from "./agents.ts";
import { chaosWorker, type ChaosFault } from "./chaos-worker.ts";
import { runInvariants, runProblems, type RunInvariant } from "./run-invariants.ts";
import { checkNames, checkSeed } from "../check-options.ts";
import { virtualEnv, type VirtualEnv } from "./virtual-env.ts";

/** What happens to a simulated run, and how often. Chances are from 0 to 1, for each attempt, and 0 when they are not given. */
export interface SimulationPolicy extends AgentPolicy {
  /** Options of the run: cap, schedule, what a failure does, deadline. */
  readonly run?: Pick<RunOptions, "liveItemsMax" | "schedule" | "onFailure" | "deadlineMs" | "scope" | "withNeeds">;
  /** How long an attempt works, in virtual milliseconds. Default: from 1 to 1,000, evenly. */
  readonly taskMs?: number | ((item: string, attempt: number, random: () => number) => number);
  /** An attempt fails, and may be tried again. */
  readonly fail?: number;
  /** An attempt fails for good. */
  readonly failForGood?: number;
  /** The worker of an attempt is lost. */
  readonly crash?: number;
  /** An attempt never ends by itself. */
  readonly hang?: number;
  /** An attempt begins late, by `slowMs` (default 1,000). */
  readonly slow?: number;
  readonly slowMs?: number;
  /** The whole process ends at a moment between two things that happen, and another goes on with the run: the chance at each moment. */
  readonly restart?: number;
  /** Executors of your own in the place of the simulated work, made for each life of the process; their faults are as above. */
  readonly executors?: (env: Env) => readonly Executor[];
  /** Where the run is kept. Default: memory. Use each store for one simulation at a time. */
  readonly journal?: Journal;
  /** Held against every run. Default: `runInvariants`. */
  readonly invariants?: Readonly<Record<string, RunInvariant>>;
  /** The longest a run may take, in virtual milliseconds. Default 30 days. */
  readonly horizonMs?: number;
}

const POLICY: Readonly<Record<keyof SimulationPolicy, true>> = {
  agents: true,
  crash: true,
  executors: true,
  fail: true,
  failForGood: true,
  hang: true,
  horizonMs: true,
  invariants: true,
  journal: true,
  leaseMs: true,
  lost: true,
  restart: true,
  run: true,
  slow: true,
  slowMs: true,
  taskMs: true,
};

/** What became of a simulated run. */
export interface Simulation {
  readonly seed: number;
  /** `unfinished`: it had not ended by the horizon, or waits for something that never comes. */
  readonly outcome: RunOutcome | "unfinished";
  /** Virtual milliseconds from the start to the end. */
  readonly makespanMs: number;
  readonly attempts: number;
  readonly faults: Readonly<Record<ChaosFault | "restart", number>>;
  /** What is wrong: broken invariants, and why it did not end. Empty when all is well. */
  readonly problems: readonly string[];
  readonly audit: readonly JournalEntry[];
  readonly snapshot: RunSnapshot;
}

const MONTH_MS = 30 * 24 * 3_600_000;
/** Where neither policy nor plan says: the same on every machine. */
const CAP_DEFAULT = 4;
const MOMENTS_MAX = 1_000_000;

/**
 * Runs the plan once. The same plan, policy and seed give the same run, entry by entry.
 * @throws what `createRun` throws for the plan and the options
 */
export async function simulate(
  plan: PlanDefinition | Plan,
  policy: SimulationPolicy = {},
  seed = 1,
): Promise<Simulation> {
  checkNames("a policy", policy, POLICY);
  checkSeed(seed);
  const journal = policy.journal ?? memoryJournal();
  const cap = policy.run?.liveItemsMax ?? plan.liveItemsMax ?? CAP_DEFAULT;
  const world = new World(policy, seed, journal, cap);
  world.begin(createRun(plan, world.options));
  const end = await world.toTheEnd();
  const run = world.life;
  const audit = await journal.audit(run.id, { limit: 10_000_000 });
  const snapshot = run.snapshot();
  const broken = runProblems(
    { plan: run.plan, audit, snapshot, liveItemsMax: cap },
    policy.invariants ?? runInvariants,
  );
  const { faults, attempts, problem } = world;
  await run.stop({ graceful: false });
  const outcome = end?.outcome ?? "unfinished";
  const problems = [...broken, ...(problem === undefined ? [] : [problem])];
  return { seed, outcome, makespanMs: world.elapsedMs, attempts, faults, problems, audit, snapshot };
}

/** Lives of one process after the other, and what they work with. */
class World {
  readonly faults: Record<ChaosFault | "restart", number> = { crash: 0, hang: 0, slow: 0, restart: 0 };
  attempts = 0;
  problem: string | undefined;
  life!: Run;
  options: RunOptions & { readonly journal: Journal };
  readonly #policy: SimulationPolicy;
  readonly #journal: Journal;
  readonly #cap: number;
  readonly #random: () => number;
  readonly #hanging = new Set<string>();
  #env: VirtualEnv;
  #agents: SimulatedAgents | undefined;
  #result: RunResult | undefined;
  #failure: Error | undefined;
  /** Of the lives before this one. */
  #elapsed = 0;

  constructor(policy: SimulationPolicy, seed: number, journal: Journal, cap: number) {
    this.#cap = cap;
    this.#policy = policy;
    this.#journal = journal;
    this.#random = seededRandom(seed);
    this.#env = virtualEnv(this.#nextSeed());
    this.options = this.#optionsOf();
  }

  get elapsedMs(): number {
    return this.#elapsed + this.#env.clock.monotonic();
  }

  begin(run: Run): void {
    this.life = run;
    this.#agents = new SimulatedAgents(run, this.#env, this.#policy, (fault) => this.faults[fault]++);
    run.start().then(
      (result) => (this.#result = result),
      (error: Error) => (this.#failure = error),
    );
  }

  /** Moves time on, from one timer to the next. */
  async toTheEnd(): Promise<RunResult | undefined> {
    const { horizonMs = MONTH_MS, restart = 0 } = this.#policy;
    for (let moment = 0; ; moment++) {
      await this.#rest();
      if (this.#result !== undefined) return this.#result;
      if (this.#failure !== undefined) throw this.#failure;
      const next = this.#env.nextIn;
      if (next === undefined || this.elapsedMs + next > horizonMs || moment === MOMENTS_MAX) return this.#giveUp(next);
      if (restart > 0 && this.#random() < restart) await this.#restart();
      else await this.#env.advance(next);
    }
  }

  async #rest(): Promise<void> {
    await this.#env.settle();
    while (await this.#agents!.claim()) await this.#env.settle();
    await this.#env.settle();
  }

  #giveUp(next: number | undefined): undefined {
    const hanging = [...this.#hanging];
    const why =
      hanging.length > 0
        ? `${hanging.join(", ")} hang${hanging.length === 1 ? "s" : ""} and nothing ends it: give it a timeout`
        : next === undefined
          ? "nothing is left that could happen"
          : "it takes longer than horizonMs";
    this.problem = `the run did not end: ${why}`;
    return undefined;
  }

  /** Nothing of the old process goes on; what its journal has, the next one goes on with. */
  async #restart(): Promise<void> {
    this.faults.restart++;
    this.#elapsed += this.#env.clock.monotonic();
    const wall = this.#env.clock.now();
    const { id, plan } = this.life;
    this.#hanging.clear();
    this.#env = virtualEnv(this.#nextSeed());
    this.#env.jump(wall - this.#env.clock.now());
    this.options = this.#optionsOf();
    this.begin(resumeRun(await this.#journal.recover(id), plan, this.options));
  }

  #optionsOf(): RunOptions & { readonly journal: Journal } {
    const { run = {}, executors } = this.#policy;
    const env = this.#env;
    const inner = executors?.(env) ?? [simulatedWork(env, this.#policy)];
    return {
      ...run,
      liveItemsMax: this.#cap,
      env,
      journal: this.#journal,
      executors: inner.map((each) => this.#withFaults(each, env)),
      awaitClaims: (this.#policy.agents ?? 0) > 0,
      onProblem: () => {},
    };
  }

  #withFaults(inner: Executor, env: VirtualEnv): Executor {
    const { crash = 0, hang = 0, slow = 0, slowMs = 1_000 } = this.#policy;
    const worker = chaosWorker(inner, {
      env,
      crash,
      hang,
      slow,
      slowMs,
      onFault: (fault, { item }) => {
        this.faults[fault]++;
        if (fault === "hang") this.#hanging.add(item);
      },
    });
    return {
      ...worker,
      start: (request, report) => {
        this.attempts++;
        return worker.start(request, (outcome) => {
          this.#hanging.delete(request.item);
          report(outcome);
        });
      },
    };
  }

  #nextSeed(): number {
    return Math.floor(this.#random() * 2 ** 32);
  }
}

/** Work that takes its time and comes out by chance. Its output is the name of the attempt. */
function simulatedWork(env: VirtualEnv, policy: SimulationPolicy): Executor {
  const { taskMs, fail = 0, failForGood = 0 } = policy;
  const outcomeOf = (name: string): AttemptOutcome => {
    const draw = env.random();
    if (draw >= fail + failForGood) return { kind: "done", output: name };
    return { kind: "failed", reason: { code: "simulated", message: "it failed by chance" }, retryable: draw < fail };
  };
  return {
    accepts: (task) => task.run !== undefined,
    start: ({ item, attempt }, report) => {
      const drawn = typeof taskMs === "function" ? taskMs(item, attempt, env.random) : taskMs;
      let isOver = false;
      const end = (outcome: AttemptOutcome): void => {
        if (!isOver) report(outcome);
        isOver = true;
      };
      const ms = drawn ?? 1 + Math.floor(env.random() * 1_000);
      const forget = env.timers.after(ms, () => end(outcomeOf(`${item}#${attempt}`)));
      return () => {
        forget();
        end({ kind: "aborted" });
      };
    },
    stop: async () => {},
  };
}
