/**
 * Runs from the command line, one scenario each: a life in which something happens at a failpoint, then one in which nothing does, and
 * then everything must be as if nothing had: the run has ended, nothing that was printed is lost, nothing is done twice, nothing is left.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { nodeEnv } from "../../../src/base/node-env.ts";
import { foldAudit } from "../../../src/journal/fold.ts";
import { openJournalReader } from "../../../src/journal/sqlite-reader.ts";
import { allGone, cli, jsonLines, makeFolder, type CliResult } from "../../e2e/support/cli.ts";
import { doneTwice, lost, unreturned } from "../../e2e/support/log-faults.ts";
import { compact } from "./compact-scenario.ts";
import { live, wasHit } from "./life.ts";
import type { Cell, Scenario } from "./table.ts";

type Event = Readonly<Record<string, unknown>>;

const NOTE = 'echo "$SIGNALBOX_ITEM $$" >> "$FOLDER/starts.log"';
const PLANS: Readonly<Record<Exclude<Scenario, "serve">, string>> = {
  commands: `
tasks:
  a: { run: '${NOTE}; sleep 0.02' }
  b: { run: '${NOTE}', attemptsMax: 2 }
  c: { needs: [a, b], run: '${NOTE}; test "$SIGNALBOX_ATTEMPT" -gt 1', attemptsMax: 3 }
  d: { needs: [c], run: '${NOTE}' }
`,
  resume: `
tasks:
  a: { run: '${NOTE}' }
  gate: { needs: [a], run: '${NOTE}; until test -e open; do sleep 0.02; done' }
  last: { needs: [gate], run: '${NOTE}' }
`,
  mailbox: `
tasks:
  gate: { run: '${NOTE}; until test -e open; do sleep 0.02; done' }
  other: { run: '${NOTE}; until test -e open; do sleep 0.02; done' }
`,
  rollback: `
onFailure: rollback
tasks:
  a: { run: '${NOTE}', undo: 'echo a >> undone.log' }
  b: { needs: [a], run: '${NOTE}', undo: 'echo b >> undone.log' }
  bad: { needs: [b], run: '${NOTE}; exit 3' }
`,
  worktrees: `
worktrees: { keep: never }
tasks:
  a: { worktree: true, run: '${NOTE}; echo more > note.txt' }
  b: { needs: [a], worktree: true, run: '${NOTE}' }
`,
  backup: `tasks: { a: { run: '${NOTE}' } }\n`,
  compact: `
tasks:
  a: { run: '${NOTE}; test "$SIGNALBOX_ATTEMPT" -gt 5', attemptsMax: 6, backoff: { initial: 1ms } }
  b: { needs: [a], run: '${NOTE}' }
`,
};

/** What did not hold, in words. */
export async function trial(cell: Cell): Promise<string[]> {
  const scenario = cell.scenario as Exclude<Scenario, "serve">;
  const folder = makeFolder();
  writeFileSync(join(folder, "plan.yaml"), PLANS[scenario].replaceAll("$FOLDER", folder));
  if (scenario === "worktrees") makeRepository(folder);
  const faults = await (scenario === "backup"
    ? backup(cell, folder)
    : scenario === "compact"
      ? compact(cell, folder, (ended) => endFaults(cell, ended))
      : run(cell, folder));
  if (!wasHit(folder)) faults.push("the process never came to it");
  if (faults.length === 0) rmSync(folder, { recursive: true, force: true });
  return faults.map((fault) => `${fault} (left in ${folder})`);
}

function git(folder: string, ...words: string[]): string {
  const settings = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
  return execFileSync("git", ["-C", folder, ...settings, ...words], { encoding: "utf8", stdio: "pipe" }).trim();
}

function makeRepository(folder: string): void {
  git(folder, "init", "-q", "-b", "main");
  writeFileSync(join(folder, ".gitignore"), "starts.log\nfailpoint*\n");
  git(folder, "add", ".");
  git(folder, "commit", "-q", "-m", "first");
}

async function run(cell: Cell, folder: string): Promise<string[]> {
  const events: Event[] = [];
  const faults: string[] = [];
  if (cell.scenario === "resume") await interrupted(folder, events);
  const words = cell.scenario === "resume" ? ["resume", "--json"] : ["run", "plan.yaml", "--json"];
  const life = live(words, folder, cell);
  const cancelled = cell.scenario === "mailbox" ? cancelGate(folder, life.printed(/item\.claimed.*gate/)) : undefined;
  if (cell.scenario === "resume") writeFileSync(join(folder, "open"), "");
  const wasCancelled = await cancelled;
  const ended = await life.over;
  events.push(...wholeLines(ended.stdout));
  if (ended.hung) faults.push(`it hung: ${ended.stderr}`);
  faults.push(...endFaults(cell, ended), ...(await leftRunning(folder)));
  const end = await goOn(folder, events, cell);
  faults.push(...end.faults);
  const log = jsonLines((await cli(["log", "--json"], { cwd: folder })).stdout);
  faults.push(...lost(events, log), ...doneTwice(log), ...unreturned(log), ...(await foldFaults(folder)));
  if (wasCancelled === true && !log.some(({ event, item }) => event === "item.cancelled" && item === "gate"))
    faults.push("a cancel was answered, and is not in the log");
  if (cell.scenario === "rollback") faults.push(...undoFaults(log, folder));
  if (end.toRetry !== undefined) faults.push(...(await retried(folder, end.toRetry)));
  if (cell.scenario === "worktrees") faults.push(...(await cleaned(folder)));
  faults.push(...(await leftRunning(folder)), ...leftBehind(folder));
  return faults;
}

/** A run that ends in the middle, as after a power cut. */
async function interrupted(folder: string, events: Event[]): Promise<void> {
  const first = live(["run", "plan.yaml", "--json"], folder);
  await first.printed(/item\.claimed.*gate/);
  first.child.kill("SIGKILL");
  events.push(...wholeLines((await first.ended).stdout));
}

/** Whether it was told that it is done. */
async function cancelGate(folder: string, claimed: Promise<void>): Promise<boolean> {
  await claimed.catch(() => {});
  const { code } = await cli(["cancel", "gate"], { cwd: folder });
  writeFileSync(join(folder, "open"), "");
  return code === 0;
}

interface End {
  readonly faults: readonly string[];
  /** What failed because of the failpoint: an error of the disk must cost no item, so it has to be possible to try it again. */
  readonly toRetry?: string;
}

/** Resumes without a failpoint. */
async function goOn(folder: string, events: Event[], { scenario, action }: Cell): Promise<End> {
  // Without a state directory here, one of a folder above would be looked into.
  const isThere = existsSync(join(folder, ".signalbox"));
  const stored = isThere ? await cli(["runs", "--json"], { cwd: folder }) : undefined;
  const words =
    stored?.code === 0 && stored.stdout.trim() !== "[]" ? ["resume", "--json"] : ["run", "plan.yaml", "--json"];
  const second = await live(words, folder).over;
  const ended = wholeLines(second.stdout);
  events.push(...ended);
  const outcome = String(ended.at(-1)?.["outcome"]);
  const expected = { rollback: "failed", mailbox: "done or cancelled" }[scenario as string] ?? "done";
  if (second.hung) return { faults: [`${words[0]} hung`] };
  if (expected.includes(outcome)) return { faults: [] };
  const broken = action === "throw" || action === "ENOSPC";
  const failures = (ended.at(-1)?.["failures"] ?? []) as readonly { readonly item: string }[];
  if (outcome === "failed" && broken && failures.length > 0) return { faults: [], toRetry: failures[0]!.item };
  return { faults: [`${words[0]} came to ${outcome}, not ${expected}: ${second.stderr}`] };
}

async function retried(folder: string, item: string): Promise<string[]> {
  const { code, stderr } = await cli(["retry", item], { cwd: folder });
  return code === 0 ? [] : [`retry of ${item} ended with ${code}: ${stderr}`];
}

/** An error of the disk is told as one; a signal ends the process as it should, or at once while it has nothing to end yet. */
function endFaults({ action, point }: Cell, { code, signal, stderr }: CliResult): string[] {
  const said = `${code ?? signal}: ${stderr}`;
  if (action === "ENOSPC" && code !== 0 && !/full|ENOSPC|no space/i.test(stderr))
    return [`nothing says that the disk is full: ${said}`];
  const asked = (action === "TERM" || action === "INT") && signal !== `SIG${action}`;
  if (asked && ![0, 1, 130, 143].includes(code ?? -1)) return [`${action} at ${point} ended it with ${said}`];
  if (action === "STOP" && code !== 0 && code !== 1) return [`it was stopped and woken up, and ended with ${said}`];
  return [];
}

/** The last line may be cut in the middle: only whole lines were said. */
const wholeLines = (text: string): Event[] => jsonLines(text.slice(0, text.lastIndexOf("\n") + 1));

async function leftRunning(folder: string): Promise<string[]> {
  const file = join(folder, "starts.log");
  if (!existsSync(file)) return [];
  const pids = readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => Number(line.split(" ")[1]));
  return await allGone(pids).then(
    () => [],
    (error: unknown) => [String(error)],
  );
}

/** Every run's state is the fold of its log; the sums of both are checked on the way. */
async function foldFaults(folder: string): Promise<string[]> {
  const reader = openJournalReader({ directory: join(folder, ".signalbox"), env: nodeEnv() });
  try {
    const faults: string[] = [];
    for (const { id } of await reader.runs()) {
      const folded = foldAudit(await reader.audit(id, { limit: 100_000 })).items;
      if (JSON.stringify(folded) !== JSON.stringify((await reader.read(id)).items))
        faults.push(`the items of run ${id} are not what its log comes to`);
    }
    return faults;
  } catch (error) {
    return [`the journal cannot be read: ${String(error)}`];
  } finally {
    await reader.close();
  }
}

/** What an error kept from being removed was told to the person, who has it removed. */
async function cleaned(folder: string): Promise<string[]> {
  const { code, stdout, stderr } = await cli(["worktrees", "clean", "--save"], { cwd: folder });
  return code === 0 ? [] : [`worktrees clean ended with ${code}: ${stdout}${stderr}`];
}

/** No lock, no half file, no worktree, no branch that nobody asked for. */
function leftBehind(folder: string): string[] {
  const state = join(folder, ".signalbox");
  const names = readdirSync(state, { recursive: true }).map(String);
  const faults = names
    .filter((name) => /run\.lock\.json|\.new$|\.part$|mailbox\/.|\.removing$/.test(name))
    .map((name) => `${name} is left in the state directory`);
  if (!existsSync(join(folder, ".git"))) return faults;
  const trees = git(folder, "worktree", "list", "--porcelain")
    .split("\n")
    .filter((line) => line.startsWith("worktree "));
  if (trees.length !== 1) faults.push(`worktrees are left: ${trees.join(", ")}`);
  const locks = readdirSync(join(folder, ".git"), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".lock"));
  if (locks.length > 0) faults.push(`locks of git are left: ${locks.join(", ")}`);
  git(folder, "fsck", "--connectivity-only");
  return faults;
}

/** U1 and U2: last first; what is recorded as over ran once, and only what was cut short ran again. */
function undoFaults(log: readonly Event[], folder: string): string[] {
  const undone = log.filter(({ event }) => event === "item.undone").map(({ item }) => item);
  const ran = [...new Set(readFileSync(join(folder, "undone.log"), "utf8").trim().split("\n"))];
  return undone.join() === "b,a" && ran.join() === "b,a" ? [] : [`undone: ${undone.join()}; it ran ${ran.join()}`];
}

/** A backup that did not end leaves nothing, and the next one is whole. */
async function backup(cell: Cell, folder: string): Promise<string[]> {
  await cli(["run", "plan.yaml"], { cwd: folder });
  const ended = await live(["backup", "copy.db"], folder, cell).over;
  const { code, signal, hung } = ended;
  const faults = hung ? ["it hung"] : endFaults(cell, ended);
  if (cell.action === "throw" && code === 0) faults.push("it ended with 0");
  const isThere = existsSync(join(folder, "copy.db"));
  if (isThere !== (code === 0))
    faults.push(`it ended with ${code}, and its file is ${isThere ? "there" : "not there"}`);
  const again = await cli(["backup", "again.db"], { cwd: folder });
  if (again.code !== 0) faults.push(`the next one ended with ${again.code}: ${again.stderr}`);
  // A signal ends it at once: it has nothing to tidy up but its part.
  if (signal === null && readdirSync(folder).some((name) => name.endsWith(".part"))) faults.push("a part is left");
  return faults;
}
