/**
 * Kills `signalbox run` and `signalbox resume` with -9 at random moments until the run has ended, and checks what must hold:
 *
 * - every run ends `done`;
 * - no acknowledged transition is lost: each event printed on stdout is in the audit log at the end, the same;
 * - no item is done twice: one `complete` each, and no command starts again after its `item.done` was printed;
 * - each attempt that a kill interrupted is in the audit log, given back by `recovery`;
 * - no process is left, and no file that names a holder of the lock.
 *
 * `node test/e2e/support/kill-loop.ts 100` does a hundred kills and prints what it saw.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { allGone, cli, jsonLines, makeFolder, startCli } from "./cli.ts";
import { seededRandom } from "../../../src/base/seeded-random.ts";
import { doneTwice, lost, unreturned } from "./log-faults.ts";

export interface KillLoopResult {
  /** Processes that a SIGKILL ended; one that had already ended by itself does not count. */
  /** Only of processes that had said something by then: a kill before that shows little. */
  readonly kills: number;
  /** The others. */
  readonly early: number;
  readonly runs: number;
  readonly acknowledged: number;
  readonly interrupted: number;
  /** What did not hold, in words. */
  readonly faults: readonly string[];
}

const LAYERS = 5;
const WIDTH = 6;
/**
 * Longest wait before a kill: about as long as a whole run takes here, from the start of the process; or, for three of four kills,
 * from its first event on, since a busy machine may take all of that time to come to it.
 */
const KILL_WITHIN_MS = { ofStart: 1_500, ofFirstEvent: 450 } as const;
const KILLS_PER_RUN_MAX = 5;
/** Runs begun for each kill wanted, at most: runs that end before their kill count no kill, and must not go on for ever. */
const RUNS_PER_KILL_MAX = 3;

/** A plan in layers; each command notes its start with its process id, works a little, notes its end. */
function planText(): string {
  const tasks: Record<string, object> = {};
  for (let layer = 0; layer < LAYERS; layer += 1) {
    for (let index = 0; index < WIDTH; index += 1) {
      const needs = layer === 0 ? [] : [`t${layer - 1}-${index}`, `t${layer - 1}-${(index + 1) % WIDTH}`];
      const run = 'echo "$SIGNALBOX_ITEM $$" >> starts.log; sleep 0.05; echo "$SIGNALBOX_ITEM" >> ends.log';
      tasks[`t${layer}-${index}`] = { run, needs };
    }
  }
  return JSON.stringify({ version: 1, name: "kill", liveItemsMax: 4, tasks });
}

export interface KillLoopOptions {
  /** Runs beside each other, each in a folder of its own. Default 1. */
  readonly lanes?: number;
  /** Told after each run. */
  readonly progress?: (soFar: KillLoopResult) => void;
}

export async function killLoop(
  kills: number,
  seed: number,
  { lanes = 1, progress }: KillLoopOptions = {},
): Promise<KillLoopResult> {
  const sum = { kills: 0, early: 0, runs: 0, acknowledged: 0, interrupted: 0, faults: [] as string[] };
  let underWay = 0;
  const lane = async (random: () => number): Promise<void> => {
    while (sum.kills + underWay < kills && sum.runs < kills * RUNS_PER_KILL_MAX) {
      const wanted = Math.min(kills - sum.kills - underWay, 1 + Math.floor(random() * KILLS_PER_RUN_MAX));
      underWay += wanted;
      const folder = makeFolder({ "plan.json": planText() });
      const one = await oneRun(folder, wanted, random);
      underWay -= wanted;
      sum.runs += 1;
      for (const what of ["kills", "early", "acknowledged", "interrupted"] as const) sum[what] += one[what];
      sum.faults.push(...one.faults.map((fault) => `run ${sum.runs}: ${fault}`));
      if (one.faults.length === 0) rmSync(folder, { recursive: true, force: true });
      progress?.(sum);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(seededRandom(seed + number))));
  return sum;
}

interface Started {
  readonly item: string;
  readonly pid: number;
}

async function oneRun(folder: string, kills: number, random: () => number): Promise<Omit<KillLoopResult, "runs">> {
  const events: Record<string, unknown>[] = [];
  const faults: string[] = [];
  let killed = 0;
  let early = 0;
  let words: readonly string[] = ["run", "plan.json", "--json"];
  for (let kill = 0; kill < kills; kill += 1) {
    const startedBefore = startsIn(folder);
    const doneBefore = doneItems(events);
    const life = startCli(words, { cwd: folder });
    const from = random() < 0.25 ? "ofStart" : "ofFirstEvent";
    // One that ends without an event is nothing to kill.
    if (from === "ofFirstEvent") await life.printed("\n").catch(() => {});
    const timer = setTimeout(() => life.child.kill("SIGKILL"), random() * KILL_WITHIN_MS[from]);
    const { signal, stdout } = await life.ended;
    clearTimeout(timer);
    // The last line may be cut in the middle: only whole lines were said.
    const said = jsonLines(stdout.slice(0, stdout.lastIndexOf("\n") + 1));
    events.push(...said);
    faults.push(...startedAgain(folder, startedBefore.length, doneBefore));
    if (signal !== "SIGKILL") break;
    if (said.length > 0) killed += 1;
    else early += 1;
    await allGone(startsIn(folder).map(({ pid }) => pid)).catch((error: unknown) =>
      faults.push(`after kill ${kill + 1}: ${String(error)}`),
    );
    if (existsSync(join(folder, ".signalbox", "signalbox.db"))) words = ["resume", "--json"];
  }
  return { kills: killed, early, ...(await finish(folder, events, faults)) };
}

/** Resumes without a kill, then holds the log against everything that was printed. */
async function finish(
  folder: string,
  events: Record<string, unknown>[],
  faults: string[],
): Promise<Omit<KillLoopResult, "runs" | "kills" | "early">> {
  const words = (await hasRun(folder)) ? ["resume", "--json"] : ["run", "plan.json", "--json"];
  const startedBefore = startsIn(folder).length;
  const doneBefore = doneItems(events);
  const last = await cli(words, { cwd: folder });
  faults.push(...startedAgain(folder, startedBefore, doneBefore));
  events.push(...jsonLines(last.stdout));
  if (last.code !== 0) faults.push(`the last resume ended with ${last.code}: ${last.stderr}`);
  if (events.at(-1)?.["outcome"] !== "done") faults.push(`the run did not end done: ${JSON.stringify(events.at(-1))}`);
  const log = jsonLines((await cli(["log", "--json"], { cwd: folder })).stdout);
  faults.push(...lost(events, log), ...doneTwice(log), ...unreturned(log));
  const items = doneItems(log).size;
  if (items !== LAYERS * WIDTH) faults.push(`${items} of ${LAYERS * WIDTH} items were done`);
  await allGone(startsIn(folder).map(({ pid }) => pid)).catch((error: unknown) => faults.push(String(error)));
  if (existsSync(join(folder, ".signalbox", "run.lock.json"))) faults.push("the file of the lock's holder is left");
  const interrupted = log.filter((entry) => codeOf(entry) === "interrupted").length;
  return { acknowledged: events.length, interrupted, faults };
}

/** Without a state directory here, one of a folder above would be looked into. */
async function hasRun(folder: string): Promise<boolean> {
  if (!existsSync(join(folder, ".signalbox"))) return false;
  const stored = await cli(["runs", "--json"], { cwd: folder });
  return stored.code === 0 && stored.stdout.trim() !== "[]";
}

function startsIn(folder: string): Started[] {
  const file = join(folder, "starts.log");
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.includes(" "))
    .map((line) => ({ item: line.split(" ")[0]!, pid: Number(line.split(" ")[1]) }));
}

function doneItems(events: readonly Record<string, unknown>[]): ReadonlySet<unknown> {
  return new Set(events.filter(({ event }) => event === "item.done").map(({ item }) => item));
}

function startedAgain(folder: string, from: number, done: ReadonlySet<unknown>): string[] {
  return startsIn(folder)
    .slice(from)
    .filter(({ item }) => done.has(item))
    .map(({ item }) => `${item} was started again after its end had been acknowledged`);
}

function codeOf(entry: Record<string, unknown>): unknown {
  const { reason } = entry;
  return entry["item"] !== undefined && typeof reason === "object" && reason !== null
    ? (reason as { code?: unknown }).code
    : undefined;
}

if (import.meta.main) {
  const [kills = "100", seed = String(process.pid)] = process.argv.slice(2);
  const result = await killLoop(Number(kills), Number(seed));
  const { faults, ...figures } = result;
  process.stdout.write(`${JSON.stringify({ seed: Number(seed), ...figures, faults: faults.length })}\n`);
  for (const fault of faults.slice(0, 20)) process.stdout.write(`${fault}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
