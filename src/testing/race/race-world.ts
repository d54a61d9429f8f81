/** A run in a world in which everything that takes time ends when fast-check's scheduler says so, in whichever order it likes. */
import type { Scheduler } from "fast-check";
import type { Env } from "../../base/env.ts";
import { nodeEnv } from "../../base/node-env.ts";
import { seededRandom } from "../../base/seeded-random.ts";
import { sortableIds } from "../../base/sortable-ids.ts";
import type { AttemptOutcome, Executor } from "../../executors/executor.ts";
import type { Json } from "../../base/json.ts";
import type { Journal } from "../../journal/journal.ts";

/** An `Env` whose timers ring when the scheduler says so. */
export interface RaceEnv extends Env {
  /** Timers that are set. */
  readonly armed: number;
}

/** Timers fire in any order, as for a process that was held up: whichever fires, time has come at least that far. */
export function raceEnv(scheduler: Scheduler, wall: number, seed = 1): RaceEnv {
  let mono = 0;
  const timers = new Set<object>();
  const random = seededRandom(seed);
  return {
    clock: { now: () => wall + mono, monotonic: () => mono },
    timers: {
      after(delayMs, callback) {
        const timer = {};
        const at = mono + delayMs;
        timers.add(timer);
        const fire = async (): Promise<void> => {
          await scheduler.schedule(Promise.resolve(), `timer ${at}`);
          if (!timers.delete(timer)) return;
          mono = Math.max(mono, at);
          callback();
        };
        void fire();
        return () => timers.delete(timer);
      },
      nextTurn: () => scheduler.schedule(Promise.resolve(), "turn"),
    },
    random,
    nextId: sortableIds(
      () => wall,
      () => Uint8Array.from({ length: 10 }, () => Math.floor(random() * 256)),
    ),
    get armed() {
      return timers.size;
    },
  };
}

/** What an attempt will come to, and what it does when it is told to stop. */
export interface AttemptScript {
  readonly ends: "done" | "fails" | "fails for good" | "vanishes";
  readonly whenAborted: "stops at once" | "stops later" | "goes on";
}

/** An executor whose attempts end when the scheduler says so. */
export interface RaceExecutor extends Executor {
  /** Attempts that run now, `key#attempt`. */
  readonly running: ReadonlySet<string>;
  /** Those of them that are attempts of these items. */
  runningOf(keys: readonly string[]): readonly string[];
  readonly started: readonly string[];
  readonly peak: number;
  /** Attempts that were started while another of the same item was running. */
  readonly overlaps: readonly string[];
  /** What each attempt reported. */
  readonly reported: ReadonlyMap<string, AttemptOutcome>;
}

/** The output of an attempt is its name, `key#attempt`, unless said otherwise. */
export function raceExecutor(
  scheduler: Scheduler,
  scriptOf: (start: number) => AttemptScript,
  outputOf: (item: string, name: string) => Json = (_item, name) => name,
): RaceExecutor {
  const running = new Map<string, () => void>();
  const started: string[] = [];
  const reported = new Map<string, AttemptOutcome>();
  const overlaps: string[] = [];
  let peak = 0;
  return {
    accepts: (task) => task.run !== undefined,
    start({ item, attempt }, report) {
      const name = `${item}#${attempt}`;
      const script = scriptOf(started.length);
      started.push(name);
      if ([...running.keys()].some((other) => other.startsWith(`${item}#`))) overlaps.push(name);
      const end = (outcome: AttemptOutcome): void => {
        if (!running.delete(name)) return;
        reported.set(name, outcome);
        report(outcome);
      };
      const stop = (): void => end({ kind: "aborted" });
      running.set(name, stop);
      peak = Math.max(peak, running.size);
      void scheduler
        .schedule(Promise.resolve(), `${name} ${script.ends}`)
        .then(() => end(outcomeOf(script, outputOf(item, name))));
      return () => {
        if (script.whenAborted === "stops at once") stop();
        else if (script.whenAborted === "stops later")
          void scheduler.schedule(Promise.resolve(), `${name} stops`).then(stop);
      };
    },
    stop: async () => {
      for (const stop of running.values()) stop();
    },
    get running() {
      return new Set(running.keys());
    },
    runningOf: (keys) => [...running.keys()].filter((name) => keys.includes(name.slice(0, name.indexOf("#")))),
    started,
    get peak() {
      return peak;
    },
    overlaps,
    reported,
  };
}

function outcomeOf({ ends }: AttemptScript, output: Json): AttemptOutcome {
  if (ends === "done") return { kind: "done", output };
  if (ends === "vanishes") return { kind: "aborted" };
  return { kind: "failed", reason: { code: "exit" }, retryable: ends === "fails" };
}

/** A journal whose disk takes as long as the scheduler likes. */
export function raceJournal(scheduler: Scheduler, store: Journal): Journal {
  /** A journal acknowledges in the order of the calls, however long each takes. */
  let before: Promise<unknown> = Promise.resolve();
  return {
    durable: true,
    createRun: (record) => scheduler.schedule(Promise.resolve(), "create").then(() => store.createRun(record)),
    append: (runId, entries) => {
      const events = entries.map(({ item, event }) => `${item < 0 ? "" : `${item} `}${event}`).join(", ");
      const earlier = before;
      const stored = scheduler
        .schedule(Promise.resolve(), `append ${events}`)
        .then(() => earlier)
        .then(() => store.append(runId, entries));
      before = stored;
      return stored;
    },
    recover: (runId) => store.recover(runId),
    runs: (options) => store.runs(options),
    read: (runId) => store.read(runId),
    audit: (runId, options) => store.audit(runId, options),
    compact: (runId, options) => store.compact(runId, options),
    close: () => store.close(),
  };
}

/** Lets the scheduler do everything that is left, and everything that follows from it. */
export async function untilIdle(scheduler: Scheduler): Promise<void> {
  do {
    // oxlint-disable-next-line typescript/no-deprecated -- waitIdle lets fifty microtasks pass between two tasks; races are closer
    await scheduler.waitAll();
    // Turns of the event loop: chains of promises of any length have ended afterwards.
    for (let turn = 0; turn < 3; turn++) await nodeEnv().timers.nextTurn();
  } while (scheduler.count() > 0);
}

/** A world whose every delay is fast-check's choice. */
export interface RaceWorld {
  readonly env: RaceEnv;
  /** An executor whose attempts follow `scriptOf(start)`, the number of the start counting from 0; the output is the attempt's name. */
  executor(scriptOf: (start: number) => AttemptScript): RaceExecutor;
  /** A journal that takes as long as it likes to acknowledge, in order. */
  journal(store: Journal): Journal;
  /** Lets everything happen that is left. Call it until what you wait for is there, or nothing is left. */
  untilIdle(): Promise<void>;
}

/**
 * A world for `createRun` in which `fc.scheduler()` decides the order of everything that takes time: attempts, timers, the disk.
 * @param options `now`: the wall clock at first, in milliseconds, default 1,000,000; `seed` of ids and jitter, default 1
 */
export function raceScheduler(
  scheduler: Scheduler,
  { now = 1_000_000, seed = 1 }: { readonly now?: number; readonly seed?: number } = {},
): RaceWorld {
  return {
    env: raceEnv(scheduler, now, seed),
    executor: (scriptOf) => raceExecutor(scheduler, scriptOf),
    journal: (store) => raceJournal(scheduler, store),
    untilIdle: () => untilIdle(scheduler),
  };
}
