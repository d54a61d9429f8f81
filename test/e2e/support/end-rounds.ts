/**
 * Starts a tree of real processes that ignores TERM, ends the run in one of the ways in which runs end, and measures how long any
 * process of the tree lives on: it must be gone within the grace and a second more.
 *
 * `node test/e2e/support/end-rounds.ts 50` does fifty rounds of each way, ten at a time, and prints what it saw.
 */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createRun, definePlan, type Run } from "../../../src/index.ts";
import { CommandBench } from "../../support/commands.ts";
import { makeFolder, startCli } from "./cli.ts";

export const WAYS = ["timeout", "cancel", "cancel of the item", "fail-fast", "Ctrl-C", "kill -9"] as const;
export type Way = (typeof WAYS)[number];

export interface EndedRound {
  readonly way: Way;
  /** Milliseconds from what ended it until none of the tree lived. */
  readonly goneMs: number;
  /** Processes that were left when the time was over, and had to be killed by this program. */
  readonly left: number;
}

/** The command line's; the ways that do not go through it may have a shorter one. */
const CLI_GRACE_MS = 5_000;
const TIMEOUT_MS = 1_500;
/** After this the round is lost: well beyond what is allowed. */
const GIVE_UP_MS = 20_000;
/** A shell, its subshell, two sleeps. */
const TREE = 4;
const LOOK_EVERY_MS = 25;

/** `sh → subshell → sleep`, all of which ignore TERM: what is ignored stays ignored in whatever is started. */
const treeOf = (mark: string): string => `trap "" TERM INT HUP; (sleep ${mark} & sleep ${mark}; true) & wait; true`;

let lastRound = 0;
/** A number of seconds that nobody else sleeps for; all are of one length, so that none is the beginning of another. */
const newMark = (): string => `8${process.pid}.${String(++lastRound).padStart(6, "0")}`;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Whose command line holds the mark; one look at the list of all processes serves every round that asks meanwhile. */
let looking: Promise<string> | undefined;
function lookAtAll(): Promise<string> {
  looking ??= pause(LOOK_EVERY_MS).then(() => {
    looking = undefined;
    return execFileSync("ps", ["-A", "-ww", "-o", "pid=,stat=,args="], { encoding: "utf8", maxBuffer: 1 << 26 });
  });
  return looking;
}

async function treeOfMark(mark: string): Promise<number[]> {
  const lines = (await lookAtAll()).split("\n");
  return lines.flatMap((line) => {
    const [, pid, state, args] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    const isOurs = args !== undefined && args.includes(mark) && !state!.startsWith("Z");
    // The command line of a plan names the mark too; only shells and sleeps are the tree.
    return isOurs && /^(\/bin\/)?sh |^sleep /.test(args) ? [Number(pid)] : [];
  });
}

async function whenUp(mark: string): Promise<void> {
  const end = performance.now() + GIVE_UP_MS;
  while ((await treeOfMark(mark)).length < TREE)
    if (performance.now() > end) throw new Error("the tree did not come up");
}

/** Milliseconds from `since` until none of the tree is there; what is left after too long is killed here. */
async function measure(way: Way, mark: string, since: number): Promise<EndedRound> {
  for (;;) {
    const pids = await treeOfMark(mark);
    const goneMs = performance.now() - since;
    if (pids.length === 0) return { way, goneMs, left: 0 };
    if (goneMs < GIVE_UP_MS) continue;
    await killTree(mark);
    return { way, goneMs, left: pids.length };
  }
}

/** Whatever happened in the round, nothing of its tree outlives it. */
async function killTree(mark: string): Promise<void> {
  for (const pid of await treeOfMark(mark)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended since.
    }
  }
}

export async function endedRound(way: Way, graceMs = CLI_GRACE_MS): Promise<EndedRound> {
  return way === "Ctrl-C" || way === "kill -9" ? byCommandLine(way) : byLibrary(way, graceMs);
}

/** How long a round of this way may take from what ended it: the grace and a second. */
export const allowedMs = (way: Way, graceMs = CLI_GRACE_MS): number =>
  1_000 + (way === "Ctrl-C" || way === "kill -9" ? CLI_GRACE_MS : graceMs);

async function byCommandLine(way: "Ctrl-C" | "kill -9"): Promise<EndedRound> {
  const mark = newMark();
  const folder = makeFolder({ "plan.json": JSON.stringify({ tasks: { stubborn: { run: treeOf(mark) } } }) });
  const { child, ended } = startCli(["run", "plan.json"], { cwd: folder });
  try {
    await whenUp(mark);
    const since = performance.now();
    child.kill(way === "Ctrl-C" ? "SIGINT" : "SIGKILL");
    const round = await measure(way, mark, since);
    await ended;
    return round;
  } finally {
    child.kill("SIGKILL");
    await killTree(mark);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function byLibrary(way: Exclude<Way, "Ctrl-C" | "kill -9">, graceMs: number): Promise<EndedRound> {
  await using commands = new CommandBench({ graceMs });
  const mark = newMark();
  const breakFile = join(commands.folder, "break");
  const plan = definePlan({
    liveItemsMax: 2,
    onFailure: way === "fail-fast" ? "fail-fast" : "isolate",
    tasks: {
      stubborn: { run: treeOf(mark), ...(way === "timeout" && { timeout: TIMEOUT_MS }) },
      // Fails as soon as it is told to.
      other: { run: way === "fail-fast" ? `until [ -e "${breakFile}" ]; do sleep 0.05; done; exit 3` : "true" },
    },
  });
  const run = createRun(plan, { executors: [commands.executor] });
  let claimedAt = 0;
  run.audit$.subscribe(({ name, key }) => {
    if (name === "item.claimed" && key === "stubborn") claimedAt = performance.now();
  });
  const result = run.start();
  try {
    await whenUp(mark);
    const round = await measure(way, mark, await end(way, run, { claimedAt, breakFile }));
    await result;
    return round;
  } finally {
    await killTree(mark);
  }
}

/** Does what ends it, and answers when that was. */
async function end(
  way: Exclude<Way, "Ctrl-C" | "kill -9">,
  run: Run,
  { claimedAt, breakFile }: { readonly claimedAt: number; readonly breakFile: string },
): Promise<number> {
  if (way === "timeout") return claimedAt + TIMEOUT_MS;
  const since = performance.now();
  if (way === "cancel") void run.cancel("the test says so");
  else if (way === "cancel of the item") void run.cancelItem("stubborn");
  else execFileSync("touch", [breakFile]);
  return since;
}

/** Rounds of every way, so many at a time. */
export async function endRounds(rounds: number, atOnce: number, graceMs?: number): Promise<EndedRound[]> {
  const left = WAYS.flatMap((way) => Array.from({ length: rounds }, () => way));
  const ended: EndedRound[] = [];
  const worker = async (): Promise<void> => {
    for (let way = left.shift(); way !== undefined; way = left.shift()) ended.push(await endedRound(way, graceMs));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return ended;
}

if (import.meta.main) {
  const [rounds = "50", atOnce = "10"] = process.argv.slice(2);
  const ended = await endRounds(Number(rounds), Number(atOnce));
  for (const way of WAYS) {
    const ms = ended.filter((round) => round.way === way).map(({ goneMs }) => goneMs);
    const late = ms.filter((each) => each > allowedMs(way)).length;
    const left = ended.filter((round) => round.way === way && round.left > 0).length;
    const most = Math.round(Math.max(...ms));
    process.stdout.write(
      `${JSON.stringify({ way, rounds: ms.length, left, late, allowed_ms: allowedMs(way), slowest_ms: most })}\n`,
    );
    if (late > 0 || left > 0) process.exitCode = 1;
  }
}
