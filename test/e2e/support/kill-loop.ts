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
  readonly kills: number;
  readonly runs: number;
  readonly acknowledged: number;
  readonly interrupted: number;
  /** What did not hold, in words. */
  readonly faults: readonly string[];
}

const LAYERS = 5;
const WIDTH = 6;
/**
 * Longest wait before a kill: about as long as a whole run takes here, from the start of the process; or, for every other kill,
 * from its first event on, since a busy machine may take all of that time to come to it.
 */
const KILL_WITHIN_MS = { ofStart: 1_500, ofFirstEvent: 600 } as const;
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

export async function killLoop(kills: number, seed: number): Promise<KillLoopResult> {
  const random = seededRandom(seed);
  let done = 0;
  let runs = 0;
  let acknowledged = 0;
  let interrupted = 0;
  const faults: string[] = [];
  while (done < kills && runs < kills * RUNS_PER_KILL_MAX) {
    const wanted = Math.min(kills - done, 1 + Math.floor(random() * KILLS_PER_RUN_MAX));
    const folder = makeFolder({ "plan.json": planText() });
    const one = await oneRun(folder, wanted, random);
    runs += 1;
    done += one.kills;
    acknowledged += one.acknowledged;
    interrupted += one.interrupted;
    faults.push(...one.faults.map((fault) => `run ${runs}: ${fault}`));
    if (one.faults.length === 0) rmSync(folder, { recursive: true, force: true });
  }
  return { kills: done, runs, acknowledged, interrupted, faults };
}

interface Started {
  readonly item: string;
  readonly pid: number;
}

async function oneRun(folder: string, kills: number, random: () => number): Promise<Omit<KillLoopResult, "runs">> {
  const events: Record<string, unknown>[] = [];
  const faults: string[] = [];
  let killed = 0;
  let words: readonly string[] = ["run", "plan.json", "--json"];
  for (let kill = 0; kill < kills; kill += 1) {
    const startedBefore = startsIn(folder);
    const doneBefore = doneItems(events);
    const life = startCli(words, { cwd: folder });
    const from = random() < 0.5 ? "ofStart" : "ofFirstEvent";
    // One that ends without an event is nothing to kill.
    if (from === "ofFirstEvent") await life.printed("\n").catch(() => {});
    const timer = setTimeout(() => life.child.kill("SIGKILL"), random() * KILL_WITHIN_MS[from]);
    const { signal, stdout } = await life.ended;
    clearTimeout(timer);
    // The last line may be cut in the middle: only whole lines were said.
    events.push(...jsonLines(stdout.slice(0, stdout.lastIndexOf("\n") + 1)));
    faults.push(...startedAgain(folder, startedBefore.length, doneBefore));
    if (signal !== "SIGKILL") break;
    killed += 1;
    await allGone(startsIn(folder).map(({ pid }) => pid)).catch((error: unknown) =>
      faults.push(`after kill ${kill + 1}: ${String(error)}`),
    );
    if (existsSync(join(folder, ".signalbox", "signalbox.db"))) words = ["resume", "--json"];
  }
  return { kills: killed, ...(await finish(folder, events, faults)) };
}

/** Resumes without a kill, then holds the log against everything that was printed. */
async function finish(
  folder: string,
  events: Record<string, unknown>[],
  faults: string[],
): Promise<Omit<KillLoopResult, "runs" | "kills">> {
  const stored = await cli(["runs", "--json"], { cwd: folder });
  const words =
    stored.code === 0 && stored.stdout.trim() !== "[]" ? ["resume", "--json"] : ["run", "plan.json", "--json"];
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
