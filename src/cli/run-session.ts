/**
 * One run as the command line carries it: shown while it goes on, stopped by signals, told about at its end.
 *
 * I1  stdout gets each published event once and in order (`--json`), or the summary; never both.
 * I2  The first signal starts nothing new and lets live items stop; the second kills at once. Either way the process ends
 *     only when nothing that it started is running (I22).
 *     Output that cannot be written stops a run as the first signal does.
 * I3  However the run ends, the view is closed and the cursor is back before anything else is printed.
 */
import { EXIT_CODES, SignalboxError } from "../base/errors.ts";
import { harmless } from "../base/harmless.ts";
import type { Progress, Run, RunResult } from "../engine/run.ts";
import type { CommandExecutor } from "../executors/command-executor.ts";
import type { RunOutcome } from "../items/status.ts";
import { openInspection } from "./inspect-host.ts";
import type { Inspection } from "./inspect-server.ts";
import type { Io } from "./io.ts";
import { listenForStop, SIGNAL_EXITS, type StopSignals } from "./stop-signals.ts";
import { serveMailbox } from "./mailbox-host.ts";
import { nextCommand, showPath } from "./next-command.ts";
import type { ScopeProgress } from "./scope-progress.ts";
import { paintFor } from "./terminal/style.ts";
import { countOf } from "./view/format.ts";
import { LiveView } from "./view/live-view.ts";
import { PlainView } from "./view/plain-view.ts";
import type { ProgressView, RunFacts } from "./view/progress-view.ts";
import { renderSummary } from "./view/summary.ts";
import { eventOnWire } from "../engine/event-on-wire.ts";
import { jsonLine } from "./wire.ts";

/** Where problems go that belong to nobody: to stderr, and past the live view once there is one. */
export class Problems {
  #say: (line: string) => void;

  constructor(io: Io) {
    this.#say = (line) => io.stderr.write(`${harmless(line)}\n`);
  }

  readonly report = (problem: Error): void => this.#say(`signalbox: ${problem.message}`);

  showOn(view: ProgressView): void {
    this.#say = (line) => view.say(line);
  }
}

export interface Session {
  readonly run: Run;
  readonly problems: Problems;
  readonly executor: CommandExecutor | undefined;
  readonly json: boolean;
  /** The part of the run that the user asked for. */
  readonly scope?: ScopeProgress;
  /** `undefined`: nothing of the run outlives the process. */
  readonly stateDir: string | undefined;
  /** Port of the page that shows its actors; `undefined`: there is none. */
  readonly inspect?: number | undefined;
}

export const OUTCOME_EXITS: Readonly<Record<RunOutcome, number>> = { done: 0, failed: 1, cancelled: 1, stalled: 5 };

/** Runs it to its end and answers the exit code. @throws what the run was rejected with, unless a signal asked for it */
export async function runToEnd(io: Io, session: Session): Promise<number> {
  const { run } = session;
  const progress = latestProgress(run);
  const view = viewFor(io, session, factsOf(session, progress.latest));
  session.problems.showOn(view);
  const signals = stopOnSignals(io, session, view);
  const unwatch = stopOnFullOutput(io, session, view);
  run.audit$.subscribe({
    next: (event) => {
      if (session.json) io.stdout.write(jsonLine(eventOnWire(event)));
      session.scope?.apply(event);
      view.event(event);
    },
    // The promise of `start` tells of it.
    error: () => {},
  });
  io.onExit(() => view.stop());
  const mailbox =
    session.stateDir === undefined ? undefined : serveMailbox(io.env, run, session.stateDir, session.problems.report);
  let inspecting: Inspection | undefined;
  try {
    if (session.inspect !== undefined) inspecting = await showActors(io, session, session.inspect);
    view.start();
    const result = await run.start();
    view.stop();
    tellResult(io, session, result);
    return OUTCOME_EXITS[result.outcome];
  } catch (error) {
    view.stop();
    const signal = signals.received();
    const asked = signal !== undefined || io.stdout.failure !== undefined;
    if (!asked || !isInterrupted(error)) throw error;
    tellInterrupted(io, session, progress.latest());
    return signal === undefined ? EXIT_CODES.output_unwritable : SIGNAL_EXITS[signal];
  } finally {
    await inspecting?.stop();
    await mailbox?.stop();
    signals.stop();
    unwatch();
    progress.stop();
  }
}

async function showActors(io: Io, { run }: Session, port: number): Promise<Inspection> {
  const inspection = await openInspection(io.env, port);
  inspection.watch(run);
  io.stderr.write(`Its actors are shown at ${inspection.url}\n`);
  return inspection;
}

function isInterrupted(error: unknown): boolean {
  return error instanceof SignalboxError && error.code === "interrupted";
}

/** The run's progress as last published. */
function latestProgress(run: Run): { readonly latest: () => Progress; readonly stop: () => void } {
  const { counts, seq } = run.snapshot();
  const total = run.plan.graph.size;
  let latest: Progress = { ...counts, seq, total, ready: 0, blocked: 0, liveItemsMax: 0, elapsedMs: 0 };
  const subscription = run.progress$.subscribe({
    next: (progress) => {
      latest = progress;
    },
    error: () => {},
  });
  return { latest: () => latest, stop: () => subscription.unsubscribe() };
}

function factsOf({ run, executor, scope }: Session, latest: () => Progress): RunFacts {
  return {
    runId: run.id,
    name: run.plan.name,
    total: run.plan.graph.size,
    liveItemsMax: () => latest().liveItemsMax,
    ready: () => latest().ready,
    counts: latest,
    status: () => run.snapshot().status,
    scope,
    pressure: () => latest().pressure,
    lastLineOf: (key) => executor?.tailOf(key)?.at(-1),
  };
}

/** A picture where a person watches a terminal; plain lines for a pipe, a log, a build server. */
function viewFor(io: Io, session: Session, facts: RunFacts): ProgressView {
  const { stderr, stdout, variables } = io;
  const dumb = variables["TERM"] === "dumb" || !["", "0", "false"].includes(variables["CI"] ?? "");
  const sharesTerminal = session.json && stdout.isTerminal;
  return stderr.isTerminal && !dumb && !sharesTerminal
    ? new LiveView(facts, io.env, stderr)
    : new PlainView(facts, io.env, stderr);
}

function stopOnSignals(io: Io, { run, stateDir }: Session, view: ProgressView): StopSignals {
  return listenForStop(io, {
    onFirst: (signal) => {
      const kept = stateDir === undefined ? "" : " and the run can be resumed";
      view.notice(
        // A live view cuts it at the width of the terminal: what can be done stands first.
        `Stopping; Ctrl-C again kills at once. Nothing new starts, live items are asked to stop${kept}.`,
      );
      void run.stop({ graceful: true, reason: `stopped by ${signal}` });
    },
    onLater: (signal) => {
      view.notice("Killing what is still live.");
      void run.stop({ graceful: false, reason: `killed by ${signal}` });
    },
  });
}

/** Events that nobody can get are no reason to go on: what reads them may be what the run is for. */
function stopOnFullOutput(io: Io, { run }: Session, view: ProgressView): () => void {
  return io.stdout.onFailure((error) => {
    view.notice(`Stopping, stdout cannot be written: ${error.message}`);
    void run.stop({ graceful: true, reason: "stopped: stdout cannot be written" });
  });
}

function tellResult(io: Io, session: Session, result: RunResult): void {
  const output = session.json ? io.stderr : io.stdout;
  output.write(
    renderSummary(result, {
      paint: paintFor(output.color),
      showPath: (path) => showPath(io, path),
      next: nextAfter(io, session, result),
    }),
  );
}

function nextAfter(io: Io, { stateDir }: Session, result: RunResult): string[] {
  if (stateDir === undefined) return [];
  const command = (...words: readonly string[]): string => nextCommand(io, stateDir, ...words);
  const blocked = result.blocked[0]?.item;
  const failed = result.failures[0]?.item;
  const why = blocked ?? failed;
  const isKept = result.worktrees?.some(({ isThere }) => isThere) === true;
  return [
    ...(why === undefined ? [] : [command("why", why)]),
    ...(isKept ? [command("worktrees", "list")] : []),
    command("show"),
    command("log"),
  ];
}

function tellInterrupted(io: Io, { run, stateDir }: Session, { done, total }: Progress): void {
  const lines = [
    `${harmless(run.plan.name)}: stopped with ${done} of ${countOf(total, "item")} done; nothing of it is running.`,
  ];
  if (stateDir !== undefined) lines.push("Go on with it:", `  ${nextCommand(io, stateDir, "resume", run.id)}`);
  io.stderr.write(`${lines.join("\n")}\n`);
}
