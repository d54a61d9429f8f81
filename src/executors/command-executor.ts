/**
 * Runs tasks whose `run` is a shell command. A runner process starts and ends the commands (`runner-protocol.ts`), so nothing
 * here waits for a fork; files carry what goes in and out.
 *
 * I1  Every started attempt is reported exactly once, after the last process of it is gone.
 * I2  `abort` of an attempt that was not sent to the runner yet ends it here; afterwards it is the runner's to end.
 * I3  When the runner is lost, what it had started is ended from here, its attempts fail as `runner_lost`, and the next attempt
 *     gets a new runner.
 * I4  An attempt that was told to stop is never reported as done, even if the command then ended with 0.
 * I5  Nothing of a plan is pasted into a command line: the command is one argument of `sh -c`, everything else is environment.
 */
import { resolve } from "node:path";
import type { Env } from "../base/env.ts";
import { endProcesses } from "../base/end-processes.ts";
import { messageOf } from "../base/error-message.ts";
import { failpoint } from "../base/failpoint.ts";
import { LIMITS } from "../base/limits.ts";
import { attemptFiles, type AttemptFiles } from "./attempt-files.ts";
import { LogLimiter, tailOfLog } from "./captured-log.ts";
import {
  declaredVariables,
  environmentProblem,
  matrixVariables,
  passedEnvironment,
  type Environment,
} from "./command-environment.ts";
import { doneWith, doneWithout, failedWith, noRunner, refusal, runnerLost, spawnFailed } from "./command-outcome.ts";
import {
  hasOutput,
  type AbortAttempt,
  type AttemptOutcome,
  type AttemptRequest,
  type Executor,
  type ReportOutcome,
  type Work,
} from "./executor.ts";
import { InputsFiles, type InputsPlace } from "./inputs-files.ts";
import { findLeftovers, findOrphans } from "./leftovers.ts";
import type { RunnerKind } from "./runner-process.ts";
import { ENDED_BY_REQUEST, NOT_ENDED, endRequest, startRequest, type RunnerReport } from "./runner-protocol.ts";
import { RunnerSupply } from "./runner-supply.ts";

/** Where commands run and write, what they get, and how they are ended. */
export interface CommandExecutorOptions {
  readonly env: Env;
  /** Folder for captured output and for the files that items exchange; made when first needed. Nothing else is written. */
  readonly outputDirectory: string;
  /** Absolute folder in which commands run, and from which a relative `cwd` counts. */
  readonly planFolder: string;
  /** Milliseconds from TERM to KILL when a command is ended. Default 5,000. */
  readonly graceMs?: number;
  /** Bytes of the value that a command may write as its output. Default 10 MiB. */
  readonly outputBytesMax?: number;
  /** Bytes of what one attempt prints that are kept: of more, the beginning and the end. Default 16 MiB. */
  readonly logBytesMax?: number;
  /** Lines of what a failed command printed that go into its reason. Default 20. */
  readonly tailLines?: number;
  /** Further variables of our own environment that commands get. Default none. */
  readonly passEnvironment?: readonly string[];
  /** What the variables are taken from. Default `process.env`. */
  readonly environment?: Environment;
  /** Default: `fast`, or `portable` where that does not start. */
  readonly runner?: RunnerKind;
  /** Told when the runner was lost. Default: nobody is. */
  readonly onProblem?: (problem: Error) => void;
}

/** An executor of shell commands, with what a command line needs to watch and to clean up. */
export interface CommandExecutor extends Executor {
  /** Starts the runner process. An attempt does so too; calling it early saves the first one the wait. @throws SignalboxError `runner_lost` */
  start(): Promise<void>;
  start(request: AttemptRequest, report: ReportOutcome): AbortAttempt;
  /** The last lines that the live attempt of this item printed, harmless, newest last (default 1). `undefined`: it is not live. */
  tailOf(item: string, lines?: number): string[] | undefined;
  /** Keys of the items that have a live attempt. */
  liveItems(): Iterable<string>;
  /**
   * Ends processes of this run that outlived both their runner and the process that had it. Call it before the run goes on;
   * resolves with how many there were. Linux only; elsewhere none are found.
   */
  endLeftovers(runId: string): Promise<number>;
}

/** Makes an executor of shell commands. The caller stops it; then nothing that it started is left running. */
export function commandExecutor(options: CommandExecutorOptions): CommandExecutor {
  return new ShellExecutor(options);
}

const LEFT_GRACE_MS_MAX = 1_000;
const nothingToAbort: AbortAttempt = () => {};

interface LiveCommand {
  readonly id: number;
  readonly item: string;
  readonly files: AttemptFiles;
  /** What it writes as its output counts. */
  readonly hasOutput: boolean;
  readonly folder: string;
  readonly inputs: InputsPlace;
  readonly report: ReportOutcome;
  /** What the runner is told. */
  readonly request: string;
  /** `waiting`: for its inputs or for a runner. */
  phase: "waiting" | "sent";
  aborted: boolean;
  pid: number | undefined;
  refusal: AttemptOutcome | undefined;
}

class ShellExecutor implements CommandExecutor {
  readonly startsFirst = true;
  readonly #options: Required<Omit<CommandExecutorOptions, "passEnvironment" | "environment" | "runner">>;
  readonly #supply: RunnerSupply;
  readonly #limiter: LogLimiter;
  readonly #live = new Map<number, LiveCommand>();
  readonly #liveOfItem = new Map<string, LiveCommand>();
  /** For a runner. */
  readonly #waiting: LiveCommand[] = [];
  readonly #inputs = new InputsFiles();
  #lastId = 0;
  #stopping: PromiseWithResolvers<void> | undefined;

  constructor(options: CommandExecutorOptions) {
    const { env, graceMs = 5_000, environment = process.env, passEnvironment = [], runner } = options;
    this.#options = {
      outputBytesMax: LIMITS.outputBytesMax,
      logBytesMax: LIMITS.logBytesMax,
      tailLines: 20,
      onProblem: () => {},
      ...options,
      graceMs,
      outputDirectory: resolve(options.outputDirectory),
      planFolder: resolve(options.planFolder),
    };
    this.#limiter = new LogLimiter(env, this.#options.logBytesMax);
    const passed = passedEnvironment(environment, passEnvironment);
    const path = environment["PATH"] ?? "/usr/bin:/bin";
    const leftGraceMs = Math.min(graceMs, LEFT_GRACE_MS_MAX);
    this.#supply = new RunnerSupply({ env, graceMs, leftGraceMs, environment: passed, path }, runner, {
      reported: (report) => this.#reported(report),
      lost: (problem) => this.#lost(problem),
      missing: (problem) => this.#missing(problem),
    });
  }

  accepts(task: Work): boolean {
    return typeof task.run === "string";
  }

  start(): Promise<void>;
  start(request: AttemptRequest, report: ReportOutcome): AbortAttempt;
  start(request?: AttemptRequest, report?: ReportOutcome): Promise<void> | AbortAttempt {
    if (request === undefined || report === undefined) return this.#supply.start();
    return this.#startAttempt(request, report);
  }

  async stop({ graceful = true }: { readonly graceful?: boolean } = {}): Promise<void> {
    this.#stopping ??= Promise.withResolvers<void>();
    for (const command of this.#live.values()) this.#abort(command, graceful ? this.#options.graceMs : 0);
    if (this.#live.size === 0) this.#stopping.resolve();
    await this.#stopping.promise;
    await this.#supply.stop();
    this.#inputs.clear();
  }

  tailOf(item: string, lines = 1): string[] | undefined {
    const command = this.#liveOfItem.get(item);
    return command === undefined ? undefined : tailOfLog(command.files.log, lines);
  }

  liveItems(): Iterable<string> {
    return this.#liveOfItem.keys();
  }

  endLeftovers(runId: string): Promise<number> {
    return endProcesses(this.#options.env, () => findLeftovers(runId), this.#options.graceMs);
  }

  #startAttempt(request: AttemptRequest, report: ReportOutcome): AbortAttempt {
    if (this.#stopping !== undefined) {
      report({ kind: "aborted" });
      return nothingToAbort;
    }
    const problem = problemWith(request.task);
    if (problem !== undefined) {
      report(spawnFailed(problem, false));
      return nothingToAbort;
    }
    let command: LiveCommand;
    try {
      command = this.#commandOf(request, report);
    } catch (error) {
      report(spawnFailed(`The state directory cannot be written: ${messageOf(error)}`, true));
      return nothingToAbort;
    }
    this.#live.set(command.id, command);
    this.#liveOfItem.set(command.item, command);
    this.#limiter.watch(command.files.log);
    const { written } = command.inputs;
    if (written === undefined) this.#send(command);
    else {
      written.then(
        () => this.#send(command),
        (error: unknown) =>
          this.#settle(command, spawnFailed(`The inputs cannot be written: ${messageOf(error)}`, true)),
      );
    }
    return (_reason, options) => this.#abort(command, options?.now === true ? 0 : this.#options.graceMs);
  }

  #commandOf(attemptRequest: AttemptRequest, report: ReportOutcome): LiveCommand {
    const { runId, item, attempt, token, task, stage, variables = {} } = attemptRequest;
    const { outputDirectory, planFolder } = this.#options;
    const id = ++this.#lastId;
    const files = attemptFiles(outputDirectory, { runId, item, attempt, token, stage });
    const place = this.#inputs.place(files, attemptRequest.inputs());
    const folder = task.cwd === undefined ? planFolder : resolve(planFolder, task.cwd);
    const request = startRequest({
      id,
      folder,
      log: files.log,
      output: files.output,
      inputs: place.path,
      inputsText: place.text,
      // `accepts` and `problemWith` have seen that it is text.
      command: task.run as string,
      variables: [
        ...declaredVariables(task.env),
        ...matrixVariables(task.matrix),
        ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
        `SIGNALBOX_RUN_ID=${runId}`,
        `SIGNALBOX_ITEM=${item}`,
        `SIGNALBOX_ATTEMPT=${attempt}`,
      ],
    });
    const state = { phase: "waiting", aborted: false, pid: undefined, refusal: undefined } as const;
    return { id, item, files, hasOutput: hasOutput(stage), folder, inputs: place, report, request, ...state };
  }

  #send(command: LiveCommand): void {
    // It may have been aborted while its inputs were written.
    if (!this.#live.has(command.id)) return;
    failpoint?.("command.send");
    if (this.#supply.send(command.request)) command.phase = "sent";
    else this.#waiting.push(command);
  }

  #abort(command: LiveCommand, graceMs: number): void {
    if (!this.#live.has(command.id)) return;
    command.aborted = true;
    if (command.phase === "waiting") this.#settle(command, { kind: "aborted" });
    else this.#supply.send(endRequest(command.id, graceMs));
  }

  #reported(report: RunnerReport): void {
    if (report.kind === "ready") {
      for (const command of this.#waiting.splice(0)) this.#send(command);
      return;
    }
    const command = this.#live.get(report.id);
    if (command === undefined) return;
    if (report.kind === "started") command.pid = report.pid;
    else if (report.kind === "refused") command.refusal = refusal(report, command.folder);
    else this.#over(command, report);
  }

  #over(command: LiveCommand, report: Extract<RunnerReport, { kind: "over" }>): void {
    failpoint?.("command.over");
    const { files } = command;
    this.#limiter.unwatch(files.log, report.logBytes);
    const outcome = this.#outcomeOf(command, report);
    if (!(outcome instanceof Promise)) return this.#settle(command, outcome);
    outcome.then(
      (settled) => this.#settle(command, settled),
      (error: unknown) => this.#settle(command, spawnFailed(messageOf(error), true)),
    );
  }

  #outcomeOf(
    { files, hasOutput, refusal, aborted }: LiveCommand,
    { status, outputBytes, logBytes, flags }: Extract<RunnerReport, { kind: "over" }>,
  ): AttemptOutcome | Promise<AttemptOutcome> {
    if ((flags & ENDED_BY_REQUEST) !== 0) {
      if (!aborted) return runnerLost("it was told to end");
      return (flags & NOT_ENDED) === 0
        ? { kind: "aborted" }
        : { kind: "aborted", note: "a process of it could not be ended" };
    }
    if (refusal !== undefined) return refusal;
    if (status === 0 && !hasOutput) return doneWithout(files, outputBytes);
    return status === 0
      ? doneWith(files, outputBytes, this.#options.outputBytesMax)
      : failedWith(status, files, logBytes, this.#options.tailLines);
  }

  #settle(command: LiveCommand, outcome: AttemptOutcome): void {
    if (!this.#live.delete(command.id)) return;
    if (this.#liveOfItem.get(command.item) === command) this.#liveOfItem.delete(command.item);
    this.#limiter.unwatch(command.files.log, 0);
    this.#inputs.release(command.inputs);
    if (this.#live.size === 0) this.#supply.idle();
    failpoint?.("command.settle");
    command.report(outcome);
    if (this.#live.size === 0) this.#stopping?.resolve();
  }

  /** I3. What had not been sent yet waits for the next runner. */
  #lost(problem: string): void {
    const orphans = [...this.#live.values()].filter((command) => command.phase === "sent");
    if (this.#stopping === undefined) this.#options.onProblem(new Error(`the command runner was lost: ${problem}`));
    const groups = orphans.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    const outputs = orphans.map(({ files }) => files.output);
    const settle = (): void => {
      for (const command of orphans) this.#settle(command, command.aborted ? { kind: "aborted" } : runnerLost(problem));
    };
    void endProcesses(this.#options.env, () => findOrphans(groups, outputs), this.#options.graceMs).then(
      settle,
      settle,
    );
  }

  /** There is no runner to be had: what waits for one fails. */
  #missing(problem: string): void {
    for (const command of this.#waiting.splice(0)) this.#settle(command, noRunner(problem));
  }
}

function problemWith({ run, env }: Work): string | undefined {
  if (typeof run !== "string") return `Expected a shell command as text, got ${typeof run}.`;
  if (run.includes("\0")) return "Expected a command of text, got a null character in it. Remove it.";
  const problem = environmentProblem(env);
  return problem === undefined
    ? undefined
    : `Expected environment variables that a system can hold, got ${problem}. Change the task's env.`;
}
