import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { EXIT_CODES, SignalboxError, UsageError } from "../../base/errors.ts";
import { nearestStateDir, STATE_DIR_NAME } from "../../base/nearest-state-dir.ts";
import type { Claim, ClaimNextWorkItem } from "../../client/shapes.ts";
import { attemptFiles } from "../../executors/attempt-files.ts";
import { tailOfLog } from "../../executors/captured-log.ts";
import { commandExecutor } from "../../executors/command-executor.ts";
import type { Executor } from "../../executors/executor.ts";
import { worktreeExecutor } from "../../executors/worktree-executor.ts";
import { itemWorktrees, type RunWorktrees } from "../../git/run-worktrees.ts";
import { prepareStateDirectory } from "../../journal/state-directory.ts";
import { coordinatorOf, type CoordinatorOf, type CoordinatorOptions } from "../coordinator-client.ts";
import type { Command, Io } from "../io.ts";
import { listenForStop, SIGNAL_EXITS, type StopSignals } from "../stop-signals.ts";
import { quoteWord } from "../next-command.ts";
import { Problems } from "../run-session.ts";
import { givenStateDir } from "../state-dir.ts";
import { outputDirectoryOf, worktreesFolderOf } from "../store.ts";
import { HeldItem } from "../work/held-item.ts";
import { OUTPUT_BYTES_MAX } from "../work/report-text.ts";
import { workTeller, type TellWork } from "../work/work-news.ts";
import { Worker } from "../work/worker.ts";

export interface WorkOptions extends CoordinatorOptions {
  /** The program and its arguments, or one shell command. */
  readonly command: readonly string[];
  readonly agent?: string;
  readonly project?: string;
  readonly types?: readonly string[];
  readonly cap?: number;
  readonly lease?: number;
  readonly once?: boolean;
  readonly untilEmpty?: boolean;
  readonly worktree?: boolean;
  readonly json?: boolean;
}

const LEASE_MS = 60_000;
const BEAT_MS_MAX = 10_000;
const WAIT_MS = 30_000;
const TAIL_LINES = 20;
/** One request that fails is sent again for so long; the worker goes on asking after that. */
const RETRY_FOR_MS = 10_000;

/** Works for a coordinator until it is told to stop; gives back what it holds then, and leaves no process. */
export const workCommand: Command<WorkOptions> = async (io, options) => {
  const coordinator = coordinatorOf(io, options, "worker", RETRY_FOR_MS);
  const shop = await openShop(io, options);
  const tell = workTeller(io, options.json === true);
  const worker = workerOf(io, options, coordinator, shop, tell);
  const signals = stopOnSignals(io, worker, tell);
  try {
    if (options.json !== true) tell({ event: "waiting", url: coordinator.url });
    await worker.work();
  } finally {
    await shop.close();
    signals.stop();
  }
  const signal = signals.received();
  if (signal !== undefined) return SIGNAL_EXITS[signal];
  if (worker.fault !== undefined)
    throw new SignalboxError(
      "worker_unfit",
      `expected to work on items here, but ${worker.fault}; what was claimed is given back`,
    );
  const badly = [...worker.endings].some(([ending, count]) => ending !== "done" && count > 0);
  return badly ? EXIT_CODES.item_failed : 0;
};

/** Where and with what commands run. */
interface Shop {
  readonly executor: Executor;
  readonly outputDirectory: string;
  close(): Promise<void>;
}

/** @throws SignalboxError when there can be no worktrees here, or no state */
async function openShop(io: Io, options: WorkOptions): Promise<Shop> {
  const { env, cwd } = io;
  refuseMissing(io, options.command);
  const stateDir = givenStateDir(io, options.stateDir) ?? nearestStateDir(cwd) ?? join(cwd, STATE_DIR_NAME);
  prepareStateDirectory(stateDir);
  // Of this worker alone: another one may work on items of the same project here.
  const id = env.nextId();
  const outputDirectory = join(outputDirectoryOf(stateDir), `work-${id}`);
  mkdirSync(outputDirectory, { recursive: true, mode: 0o700 });
  const { report } = new Problems(io);
  const commands = commandExecutor({
    env,
    outputDirectory,
    planFolder: cwd,
    environment: io.variables,
    outputBytesMax: OUTPUT_BYTES_MAX,
    onProblem: report,
  });
  if (options.worktree !== true) return { executor: commands, outputDirectory, close: () => commands.stop() };
  const open = itemWorktrees({ home: worktreesFolderOf(stateDir), folder: cwd });
  const worktrees: RunWorktrees = await open({ env, runId: id, settings: {}, onProblem: report });
  const executor = worktreeExecutor({
    worktrees: () => Promise.resolve(worktrees),
    executors: [commands],
    undeclared: () => [],
    onProblem: report,
  });
  const close = async (): Promise<void> => {
    await executor.stop();
    await commands.stop();
    await worktrees.close();
  };
  return { executor, outputDirectory, close };
}

function workerOf(io: Io, options: WorkOptions, { client }: CoordinatorOf, shop: Shop, say: TellWork): Worker {
  const { env } = io;
  const { agent, project: projectId, types: taskTypes, lease: leaseMs = LEASE_MS, cap = 1 } = options;
  const tell = onceUnreachable(say);
  const until = options.once === true ? "once" : options.untilEmpty === true ? "empty" : "stopped";
  const request: ClaimNextWorkItem = {
    agentId: agent ?? `${hostname()}-${process.pid}`,
    leaseMs,
    waitMs: until === "empty" ? 0 : WAIT_MS,
    ...(projectId !== undefined && { projectId }),
    ...(taskTypes !== undefined && { taskTypes }),
  };
  const common = { env, client, executor: shop.executor, leaseMs, folder: io.cwd, tell };
  const command = commandText(options.command);
  const hold = (claim: Claim): HeldItem => {
    const { fencingToken: token, item } = claim;
    const { log } = attemptFiles(shop.outputDirectory, {
      runId: item.runId,
      item: item.key,
      attempt: item.attempt,
      token,
    });
    return new HeldItem({
      ...common,
      claim,
      command,
      beatMs: Math.min(leaseMs / 3, BEAT_MS_MAX),
      worktree: options.worktree === true,
      itemFile: join(shop.outputDirectory, `item-${token}.json`),
      tail: () => tailOfLog(log, TAIL_LINES),
    });
  };
  return new Worker({ env, client, request, cap, until, hold, tell });
}

/** Several words are a program and its arguments, whatever is in them; one alone is a command of the shell. */
function commandText(words: readonly string[]): string {
  return words.length === 1 ? words[0]! : `exec ${words.map(quoteWord).join(" ")}`;
}

/**
 * A worker without its program would claim one item after the other for nothing.
 * @throws UsageError
 */
function refuseMissing({ variables, cwd }: Io, words: readonly string[]): void {
  const program = words[0] ?? "";
  if (words.length === 1 && !/^[\w./@%+:-]+$/.test(program)) return;
  const folders = program.includes("/") ? [""] : (variables["PATH"] ?? "/usr/bin:/bin").split(delimiter);
  if (folders.some((folder) => isProgram(resolve(cwd, folder, program)))) return;
  throw new UsageError(
    `expected a program to run for each item after --, got ${JSON.stringify(program)}, which is none here; write its path, or one shell command in quotes`,
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** A coordinator that is away is told once, and that it is back once. */
function onceUnreachable(say: TellWork): TellWork {
  let isReached = true;
  return (news) => {
    if (news.event === "reached" && isReached) return;
    if (news.event === "unreachable" && !isReached) return;
    if (news.event === "reached" || news.event === "unreachable") isReached = news.event === "reached";
    say(news);
  };
}

/** The first signal gives everything back, a second one kills at once. */
function stopOnSignals(io: Io, worker: Worker, tell: TellWork): StopSignals {
  return listenForStop(io, {
    onFirst: (signal) => {
      tell({ event: "stopping", why: signal });
      worker.stop({ now: false });
    },
    onLater: () => worker.stop({ now: true }),
  });
}
