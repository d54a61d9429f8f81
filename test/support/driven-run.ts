/**
 * The real engine, driven one event of its environment at a time and followed by the specification: after each event it must
 * come to rest where the specification is, having started all that could start (I6).
 */
import { isTerminal, liveOf, type RunSpec, type RunSpecState } from "../../machines/run-spec.ts";
import type { AttemptOutcome, Executor } from "../../src/executors/executor.ts";
import { createRun } from "../../src/engine/create-run.ts";
import { resumeRun } from "../../src/engine/resume-run.ts";
import type { Run, RunEvent, RunOptions, RunResult } from "../../src/engine/run.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import type { Journal, JournalEntry } from "../../src/journal/journal.ts";
import type { Plan, Schedule } from "../../src/plan/plan.ts";
import { isSkipped } from "../../src/items/skip.ts";
import { definitionOf, numberedEdges } from "./spec-plan.ts";
import { manualExecutor, type ManualExecutor } from "./manual-executor.ts";
import { SpecFollower, type FollowedEntry } from "./spec-follower.ts";
import { virtualEnv, type VirtualEnv } from "./virtual-env.ts";

/** What the world may do to a run that rests. */
export type Move =
  /** What runs of the attempt, its work or its check, is done. */
  | { readonly type: "complete"; readonly item: number }
  /** The attempt stops although nobody asked it to. */
  | { readonly type: "vanish"; readonly item: number }
  | { readonly type: "fail"; readonly item: number; readonly retryable: boolean }
  /** An attempt that was told to stop ends, as told or with a report that comes too late. */
  | { readonly type: "ended"; readonly item: number; readonly how: AttemptOutcome["kind"] }
  | { readonly type: "undone"; readonly item: number }
  | { readonly type: "undoFail"; readonly item: number }
  /** Time passes until the next attempt runs out of it. */
  | { readonly type: "timeout" }
  | { readonly type: "pause" | "resume" | "cancel" }
  | { readonly type: "setCap"; readonly cap: number }
  /** The process ends, by itself or asked to, and another goes on with the run. */
  | { readonly type: "crash" }
  | { readonly type: "stop" };

/** Which moves are on offer beside the usual ones. */
export interface MoveKinds {
  readonly restarts?: boolean;
  readonly caps?: readonly number[];
}

export interface DrivenOptions {
  readonly spec: RunSpec;
  /** Milliseconds that an attempt of each item may take. */
  readonly timeouts: readonly number[];
  readonly journal?: Journal;
  /** Of the run's id and jitter; runs in one journal need different ones. Default 1. */
  readonly seed?: number;
  /** Default `as-ready`. The specification leaves the order open; only with `as-ready` does it say when something must start. */
  readonly schedule?: Schedule;
  /** Faults that a test plants between the engine and the specification. */
  readonly planted?: Planted;
}

export interface Planted {
  /** What the engine is told instead of what the specification is told. */
  readonly engine?: (spec: RunSpec) => RunSpec;
  /** What the engine is told that an attempt came to. */
  readonly outcome?: (outcome: AttemptOutcome) => AttemptOutcome;
  /** What the log shows; `undefined` is an entry that is missing. */
  readonly entry?: (entry: FollowedEntry, state: RunSpecState) => FollowedEntry | undefined;
  /** Only the log is looked at, as if the engine were really like that. */
  readonly logOnly?: boolean;
}

interface Life {
  readonly env: VirtualEnv;
  readonly executor: ManualExecutor;
  readonly run: Run;
}

export class DrivenRun {
  readonly follower: SpecFollower;
  readonly #options: DrivenOptions;
  readonly #journal: QuietJournal;
  readonly #retryable = new Map<string, boolean>();
  readonly #events: JournalEntry[] = [];
  /** Keys of the items whose present attempt was told to stop. */
  readonly #told = new Set<string>();
  /** Entries seen and not followed yet. */
  #waiting: JournalEntry[] = [];
  #life: Life;
  readonly #plan: Plan;
  #result: RunResult | undefined;
  readonly #keys: readonly string[];

  private constructor(options: DrivenOptions) {
    this.#options = options;
    this.#journal = quietJournal(options.journal ?? memoryJournal());
    const { spec, timeouts } = options;
    const engineSpec = options.planted?.engine?.(spec) ?? spec;
    const env = virtualEnv(options.seed);
    const executor = manualExecutor("ignore");
    const run = createRun(definitionOf(engineSpec, timeouts), {
      ...this.#runOptions(env, executor),
      liveItemsMax: engineSpec.liveItemsMax,
      onFailure: engineSpec.onFailure,
      schedule: options.schedule ?? "as-ready",
    });
    this.#life = { env, executor, run };
    this.#plan = run.plan;
    this.#keys = run.plan.tasks.map(({ key }) => key);
    // Items are numbered by the plan; the specification speaks of the same numbers.
    const numbered: RunSpec = {
      ...spec,
      needs: this.#keys.map((key) => spec.needs[Number(key.slice(1))]!.map((need) => run.plan.numberOf(`t${need}`)!)),
      ...(spec.edges !== undefined && { edges: numberedEdges(spec, run.plan) }),
      ...(spec.undo !== undefined && { undo: this.#keys.map((key) => spec.undo![Number(key.slice(1))]!) }),
      ...(spec.verify !== undefined && { verify: this.#keys.map((key) => spec.verify![Number(key.slice(1))]!) }),
      ...(spec.unclaimed !== undefined && { unclaimed: spec.unclaimed.map((item) => run.plan.numberOf(`t${item}`)!) }),
    };
    this.follower = new SpecFollower(numbered, (item, attempt) => this.#retryable.get(`${item}#${attempt}`) ?? false);
  }

  /** A run that has started and rests. */
  static async start(options: DrivenOptions): Promise<DrivenRun> {
    const driven = new DrivenRun(options);
    driven.#begin();
    await driven.#rest();
    return driven;
  }

  get ended(): boolean {
    return isTerminal(this.follower.state);
  }

  /** State of the specification, and which attempt runs out of time next: two runs with the same key behave alike. */
  get key(): string {
    return JSON.stringify([this.follower.state, this.#nextTimeout(), this.follower.spec.liveItemsMax]);
  }

  /** Everything that the world may do now. */
  moves(kinds: MoveKinds = {}): Move[] {
    if (this.ended) return [];
    const { run, items } = this.follower.state;
    const ofItems = items.flatMap(({ status, ending, undo }, item): Move[] => {
      if (undo === "running") return (["undone", "undoFail"] as const).map((type) => ({ type, item }));
      if (status === "claimed") {
        return [
          { type: "complete", item },
          { type: "fail", item, retryable: true },
          { type: "fail", item, retryable: false },
          { type: "vanish", item },
        ];
      }
      return ending ? (["aborted", "done", "failed"] as const).map((how) => ({ type: "ended", item, how })) : [];
    });
    const time: Move[] = this.#nextTimeout() === undefined ? [] : [{ type: "timeout" }];
    const person: Move[] = run === "running" ? [{ type: "pause" }] : run === "paused" ? [{ type: "resume" }] : [];
    const cancel: Move[] = run === "settling" || run === "rollingBack" ? [] : [{ type: "cancel" }];
    const caps = (kinds.caps ?? []).map((cap): Move => ({ type: "setCap", cap }));
    const restarts: Move[] = kinds.restarts ? [{ type: "crash" }, { type: "stop" }] : [];
    return [...ofItems, ...time, ...person, ...cancel, ...caps, ...restarts];
  }

  /** Makes the move, lets the run come to rest, and holds it against the specification. */
  async make(move: Move): Promise<void> {
    if (move.type === "crash") await this.#crash();
    else if (move.type === "stop") await this.#stop();
    else await this.#send(move);
    await this.#rest();
  }

  /** The whole log as the journal has it is what was published, without gaps, and the promise of the run agrees. */
  async checkEnd(): Promise<void> {
    const audit = await this.#journal.audit(this.#life.run.id, { limit: 100_000 });
    const seqs = audit.map(({ seq }) => seq);
    if (seqs.some((seq, index) => seq !== index + 1)) throw new Error(`the log has gaps: ${seqs.join(" ")}`);
    const short = ({ seq, item, event, to }: JournalEntry): string => `${seq} ${item} ${event} ${to}`;
    same("the published log and the stored one", this.#events.map(short), audit.map(short));
    if (!this.ended) return;
    same("the result", this.#result?.outcome, this.follower.state.run);
    same("timers left", this.#life.env.armed, 0);
  }

  async #send(move: Exclude<Move, { type: "crash" } | { type: "stop" }>): Promise<void> {
    const { env, run } = this.#life;
    if ("item" in move) this.#report(move);
    else if (move.type === "timeout") await env.advance(this.#nextTimeout()!.in);
    else if (move.type === "setCap") await this.#asked(run.setCap(move.cap));
    // Resolves when the run has ended, which may take more moves or another process.
    else if (move.type === "cancel") run.cancel().catch(() => {});
    else await this.#asked(run[move.type]());
  }

  async #asked(answer: Promise<void>): Promise<void> {
    const refusal = answer.then(
      () => undefined,
      (error: Error) => error,
    );
    await this.#journal.quiet(this.#life.env);
    const refused = await refusal;
    if (refused !== undefined) throw refused;
  }

  #report(move: Extract<Move, { item: number }>): void {
    const { item } = move;
    const key = this.#keys[item]!;
    const { attempt } = this.#life.executor.request(key);
    this.#retryable.set(`${item}#${attempt}`, move.type === "vanish" || (move.type === "fail" && move.retryable));
    if (move.type === "ended" && move.how === "aborted") this.follower.ended(item);
    const outcome = outcomeOf(move, key);
    this.#life.executor.finish(key, this.#options.planted?.outcome?.(outcome) ?? outcome);
  }

  async #crash(): Promise<void> {
    // Nothing that the old process started is there any more.
    this.#endAttempts();
    await this.#goOn();
  }

  async #stop(): Promise<void> {
    const { run, executor, env } = this.#life;
    const stopped = run.stop();
    await this.#journal.quiet(env);
    this.#endAttempts();
    for (const key of executor.running) executor.finish(key, { kind: "aborted" });
    await this.#journal.quiet(env);
    await stopped;
    same("attempts of a stopped run", executor.running, []);
    same("timers of a stopped run", env.armed, 0);
    await this.#goOn();
  }

  #endAttempts(): void {
    this.follower.state.items.forEach(({ ending, undo }, item) => {
      if (ending) this.follower.ended(item);
      if (undo === "running") this.follower.cut(item);
    });
  }

  async #goOn(): Promise<void> {
    const wall = this.#life.env.clock.now();
    const env = virtualEnv();
    env.jump(wall - env.clock.now());
    const executor = manualExecutor("ignore");
    const recovered = await this.#journal.recover(this.#life.run.id);
    const run = resumeRun(recovered, this.#plan, {
      ...this.#runOptions(env, executor),
      // A cap that was set is a wish to the process that has ended; the next is told again.
      liveItemsMax: this.follower.spec.liveItemsMax,
    });
    this.#life = { env, executor, run };
    this.#begin();
  }

  #runOptions(env: VirtualEnv, executor: ManualExecutor): RunOptions & { journal: Journal } {
    const listening: Executor = {
      ...executor,
      start: (request, report) => {
        this.#told.delete(request.item);
        const abort = executor.start(request, report);
        return (reason) => {
          this.#told.add(request.item);
          abort(reason);
        };
      },
    };
    return { env, journal: this.#journal, executors: [listening] };
  }

  #begin(): void {
    const { run } = this.#life;
    run.audit$.subscribe({ next: (event: RunEvent) => this.#waiting.push(event), error: () => {} });
    run.start().then(
      (result) => (this.#result = result),
      () => {},
    );
  }

  async #rest(): Promise<void> {
    await this.#journal.quiet(this.#life.env);
    for (const entry of this.#waiting) {
      this.#events.push(entry);
      const { planted } = this.#options;
      const seen = planted?.entry === undefined ? entry : planted.entry(entry, this.follower.state);
      if (seen !== undefined) this.follower.take(seen);
    }
    this.#waiting = [];
    if (this.#options.planted?.logOnly !== true) this.#compare();
    // Another schedule may hold items back while others are live, but never for nothing.
    const mayRest = (this.#options.schedule ?? "as-ready") !== "as-ready" && liveOf(this.follower.state) > 0;
    same("what the engine owes (I6)", mayRest ? [] : this.follower.owedByEngine(), []);
  }

  #compare(): void {
    const { state } = this.follower;
    const snapshot = this.#life.run.snapshot();
    same("the run", snapshot.status, state.run);
    same(
      "the items",
      [...snapshot.items].map(({ status }) => status),
      state.items.map(({ status }) => status),
    );
    const live = state.items.flatMap(({ status, ending, undo }, item) =>
      status === "claimed" || ending || undo === "running" ? [item] : [],
    );
    const untold = live.filter((item) => state.items[item]!.ending && !this.#told.has(this.#keys[item]!));
    same("attempts that were not told to stop", untold, []);
    same(
      "the skipped items",
      [...snapshot.items].map(({ status, reason }) => isSkipped(status, reason)),
      state.items.map(({ skipped }) => skipped === true),
    );
    same("what the log has to tell yet", this.follower.behind(), []);
    const running = this.#life.executor.running.map((key) => this.#keys.indexOf(key)).sort((a, b) => a - b);
    same("attempts that run", running, live);
  }

  /** The claimed item whose time is over first, and in how many milliseconds. */
  #nextTimeout(): { readonly item: number; readonly in: number } | undefined {
    const { env, run } = this.#life;
    let next: { item: number; in: number } | undefined;
    for (const { status, claimedAt, number } of run.snapshot().items) {
      if (status !== "claimed") continue;
      const left = claimedAt! + this.#options.timeouts[Number(this.#keys[number]!.slice(1))]! - env.clock.now();
      if (next === undefined || left < next.in) next = { item: number, in: left };
    }
    return next;
  }
}

function outcomeOf(move: Extract<Move, { item: number }>, key: string): AttemptOutcome {
  const failed = (retryable: boolean): AttemptOutcome => ({ kind: "failed", reason: { code: "exit" }, retryable });
  if (move.type === "undone") return { kind: "done" };
  if (move.type === "undoFail") return failed(false);
  if (move.type === "complete") return { kind: "done", output: key };
  if (move.type === "fail") return failed(move.retryable);
  if (move.type === "vanish" || move.how === "aborted") return { kind: "aborted" };
  return move.how === "done" ? { kind: "done" } : failed(true);
}

function same(what: string, got: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(got), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: expected ${right}, got ${left}`);
}

interface QuietJournal extends Journal {
  /** Resolves when the engine rests and everything that was asked of the journal is answered. */
  quiet(env: VirtualEnv): Promise<void>;
}

function quietJournal(journal: Journal): QuietJournal {
  const open = new Set<Promise<unknown>>();
  const tracked = <T extends Promise<unknown> | undefined>(promise: T): T => {
    if (promise !== undefined) {
      open.add(promise);
      const close = (): void => void open.delete(promise);
      promise.then(close, close);
    }
    return promise;
  };
  return {
    durable: journal.durable,
    createRun: (record) => tracked(journal.createRun(record)),
    append: (runId, entries) => tracked(journal.append(runId, entries)),
    recover: (runId) => tracked(journal.recover(runId)),
    runs: (options) => journal.runs(options),
    read: (runId) => journal.read(runId),
    audit: (runId, options) => journal.audit(runId, options),
    compact: (runId, options) => journal.compact(runId, options),
    close: () => journal.close(),
    async quiet(env) {
      await env.settle();
      while (open.size > 0) {
        await Promise.allSettled(open);
        await env.settle();
      }
    },
  };
}
