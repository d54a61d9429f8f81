/**
 * Workers of a simulated process: attempts that take their time, succeed, fail, hang, stop by themselves, and report late. What each
 * came to is remembered, so that the log can be held against it.
 */
import type { AttemptOutcome, AttemptRequest, Executor, ReportOutcome } from "../../src/executors/executor.ts";
import type { Life, World } from "./world.ts";

/** What the world knows of attempts, over all processes. */
export class AttemptFacts {
  /** `key#attempt stage` of everything that reported success, and how often. */
  readonly succeeded = new Map<string, number>();
  /** The same of what failed for good. */
  readonly hopeless = new Set<string>();
}

interface Live {
  readonly name: string;
  readonly request: AttemptRequest;
  readonly report: ReportOutcome;
  isOver: boolean;
}

export interface AttemptsOptions {
  readonly world: World;
  readonly life: Life;
  readonly facts: AttemptFacts;
  /** Whether things go wrong at present. */
  readonly isRough: () => boolean;
  readonly onStart: (request: AttemptRequest, running: number) => void;
}

export class Attempts implements Executor {
  readonly #options: AttemptsOptions;
  readonly #live = new Set<Live>();

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  get running(): readonly string[] {
    return [...this.#live].map(({ name }) => name);
  }

  accepts({ run }: { readonly run: unknown }): boolean {
    return run !== undefined;
  }

  start(
    request: AttemptRequest,
    report: ReportOutcome,
  ): (reason: string, options?: { readonly now?: boolean }) => void {
    const { world, life, onStart, isRough } = this.#options;
    const { item, attempt: number, stage = "run" } = request;
    const live: Live = { name: `${item}#${number} ${stage}`, request, report, isOver: false };
    this.#live.add(live);
    world.log(`${life.name} starts ${live.name}`);
    onStart(request, this.#countRunning());
    const { random } = world;
    const took = random.chance(0.1) ? random.int(1, 90_000) : random.int(1, 5_000);
    const luck = random.next();
    // A hanging one ends by its timeout; what has none is not left hanging.
    const hangs = isRough() && luck < 0.05;
    if (!hangs) world.after(took, () => this.#end(live, this.#outcome(live, luck)), life);
    return (_, options) => {
      if (live.isOver) return;
      const isDeaf = isRough() && random.chance(0.3);
      const late = options?.now === true ? 1 : isDeaf ? random.int(1, 20_000) : random.int(0, 50);
      const outcome: AttemptOutcome = random.chance(0.8) ? { kind: "aborted" } : this.#outcome(live, random.next());
      world.after(late, () => this.#end(live, outcome), life);
    };
  }

  async stop(): Promise<void> {
    for (const live of this.#live) this.#end(live, { kind: "aborted" });
  }

  /** Stages that come before a slot is taken do not take one. */
  #countRunning(): number {
    return [...this.#live].filter(({ request }) => request.stage !== "prepare").length;
  }

  #outcome({ request }: Live, luck: number): AttemptOutcome {
    const { isRough } = this.#options;
    const { item, attempt } = request;
    if (isRough() && luck > 0.97) return { kind: "aborted" };
    if (luck > (isRough() ? 0.8 : 0.95))
      return { kind: "failed", reason: { code: "exit" }, retryable: luck < 0.9 || !isRough() };
    // Conditions look at the output: each item's is its key. The attempt is told apart by `facts`.
    return { kind: "done", output: attempt < 0 ? "" : item };
  }

  #end(live: Live, outcome: AttemptOutcome): void {
    if (live.isOver) return;
    live.isOver = true;
    this.#live.delete(live);
    const { world, life, facts } = this.#options;
    if (!life.isUp) return;
    world.log(`${live.name} is ${outcome.kind}`);
    if (outcome.kind === "done") facts.succeeded.set(live.name, (facts.succeeded.get(live.name) ?? 0) + 1);
    if (outcome.kind === "failed" && !outcome.retryable) facts.hopeless.add(live.name);
    live.report(outcome);
  }
}
