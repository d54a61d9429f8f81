/**
 * Keeps one runner process at hand.
 *
 * S1  At most one runner is in use; a new one is started only after the last has ended.
 * S2  A request goes to a runner that is ready, or `send` says `false` and the caller sends it when it hears `ready`.
 */
import { systemCode } from "../base/error-code.ts";
import { messageOf } from "../base/error-message.ts";
import { SignalboxError } from "../base/errors.ts";
import { itemAdviceIfExhausted } from "../base/exhausted.ts";
import { RunnerProcess, type RunnerKind, type RunnerOptions } from "./runner-process.ts";
import type { RunnerReport } from "./runner-protocol.ts";

export interface SupplyListener {
  reported(report: RunnerReport): void;
  /** A runner that had been ready is gone. */
  lost(problem: string): void;
  /** None could be started: why, in sentences. */
  missing(problem: string): void;
}

// macOS may answer `python3` with an offer to install it, and there Node itself starts processes without a fork.
const KINDS: readonly RunnerKind[] = process.platform === "linux" ? ["fast", "portable"] : ["portable"];
/** Longer than the grace, since the runner ends by itself when it has ended everything. */
const CLOSE_EXTRA_MS = 10_000;

export class RunnerSupply {
  readonly #options: RunnerOptions;
  readonly #listener: SupplyListener;
  #kinds: readonly RunnerKind[];
  #runner: RunnerProcess | undefined;
  #isReady = false;
  #starting: Promise<void> | undefined;
  #stopped = false;

  constructor(options: RunnerOptions, kind: RunnerKind | undefined, listener: SupplyListener) {
    this.#options = options;
    this.#listener = listener;
    this.#kinds = kind === undefined ? KINDS : [kind];
  }

  /** Resolves when a runner is ready. @throws SignalboxError `runner_lost` */
  start(): Promise<void> {
    if (this.#isReady || this.#stopped) return Promise.resolve();
    return (this.#starting ??= this.#startOne());
  }

  /** `false`: there is no runner yet. One is being started; `reported` hears of it. */
  send(request: string): boolean {
    if (this.#runner !== undefined && this.#isReady) {
      this.#runner.hold(true);
      this.#runner.send(request);
      return true;
    }
    this.start().catch(() => {});
    // While it starts there is work that waits for it.
    this.#runner?.hold(true);
    return false;
  }

  /** Nothing is live: the runner need not keep this process alive. */
  idle(): void {
    this.#runner?.hold(false);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#starting?.catch(() => {});
    const runner = this.#runner;
    if (runner !== undefined) await runner.close(this.#options.env, this.#options.graceMs + CLOSE_EXTRA_MS);
  }

  async #startOne(): Promise<void> {
    let problem = "";
    for (const kind of this.#kinds) {
      try {
        await this.#ready(kind);
      } catch (error) {
        problem = notStarted(kind, error);
        continue;
      }
      // What did not start once is not tried again.
      this.#kinds = [kind];
      this.#isReady = true;
      this.#starting = undefined;
      this.#listener.reported({ kind: "ready" });
      return;
    }
    this.#starting = undefined;
    this.#listener.missing(problem);
    throw new SignalboxError("runner_lost", problem);
  }

  /** Rejects, also when the system refuses at once: whoever asked has to begin to wait first. */
  async #ready(kind: RunnerKind): Promise<void> {
    const runner = this.#launch(kind);
    this.#runner = runner;
    await runner.ready;
  }

  #launch(kind: RunnerKind): RunnerProcess {
    const runner: RunnerProcess = new RunnerProcess(kind, this.#options, {
      reported: (report) => this.#listener.reported(report),
      ended: (problem) => {
        if (this.#runner !== runner) return;
        this.#runner = undefined;
        if (!this.#isReady) return;
        this.#isReady = false;
        if (this.#stopped) return;
        this.start().catch(() => {});
        this.#listener.lost(problem);
      },
    });
    runner.hold(false);
    return runner;
  }
}

function notStarted(kind: RunnerKind, error: unknown): string {
  const why = messageOf(error);
  const advice = itemAdviceIfExhausted(systemCode(error));
  return `Expected a process to run commands, got none: the ${kind} runner did not start: ${why}.${advice === undefined ? "" : ` ${advice}`}`;
}
