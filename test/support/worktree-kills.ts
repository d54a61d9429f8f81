/**
 * Kills with -9, at random moments, what makes and removes worktrees: us, git's children, or both; then checks what must hold
 * (S3-22, I19, I20):
 *
 * - the next `create`, of the same run or of another state directory, succeeds, and so does removing what it made;
 * - `git fsck`, `git worktree list` and `git branch` say nothing bad, and no lock file is left;
 * - what the dead run still has is removed by its own `clean`; then git knows the same worktrees and branches as before. In every
 *   second round that comes first, and two processes do it at once;
 * - everything that was done in a worktree is in it, on a branch, behind a ref or in a copy;
 * - nothing of the user's own is different: files, staged changes, stash, branches, a worktree of theirs.
 *
 * `node test/support/worktree-kills.ts 200` does two hundred rounds and prints what it saw.
 */
import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeEnv } from "../../src/base/node-env.ts";
import { openRepository } from "../../src/git/repository.ts";
import { WorktreeManager } from "../../src/git/worktree-manager.ts";
import { findingText } from "../../src/git/worktrees/findings.ts";
import { INDEX_LOCKED } from "../../src/git/worktrees/inspect-worktree.ts";
import { processesInside } from "../../src/git/worktrees/processes.ts";
import { openWorktreeRegistry } from "../../src/git/worktrees/registry.ts";
import type { WorktreeNotice } from "../../src/git/worktrees/workshop.ts";
import { seededRandom } from "../../src/base/seeded-random.ts";

export interface KillRounds {
  readonly rounds: number;
  /** Kills that hit a living process, by what was hit. */
  readonly kills: Readonly<Record<Target, number>>;
  /** What the next `create` found to mend. */
  readonly repairs: number;
  /** Files that were written into worktrees, and looked for after. */
  readonly works: number;
  /** What did not hold, in words. */
  readonly faults: readonly string[];
}

const targets = ["us", "git", "both"] as const;
type Target = (typeof targets)[number];

interface World {
  readonly folder: string;
  readonly repository: string;
  /** What the user has, as text that must stay the same. */
  readonly before: string;
  readonly random: () => number;
}

const program = fileURLToPath(new URL("./worktree-worker.ts", import.meta.url));
const cleanerProgram = fileURLToPath(new URL("./worktree-cleaner.ts", import.meta.url));
const env = nodeEnv();
const FILES = 400;
/** Longest wait before a kill, from the moment in which git is about to be touched: about two worktrees long. */
const KILL_WITHIN_MS = 1_200;
const KILLS_OF_GIT_MAX = 5;

export async function killRounds(rounds: number, seed: number): Promise<KillRounds> {
  const random = seededRandom(seed);
  const world = makeWorld(random);
  const result = { kills: { us: 0, git: 0, both: 0 }, repairs: 0, works: 0, faults: [] as string[] };
  for (let round = 0; round < rounds; round += 1) {
    const target = targets[Math.floor(random() * targets.length)]!;
    const one = await oneRound(world, round, target);
    result.kills[target] += one.kills;
    result.repairs += one.repairs;
    result.works += one.works;
    result.faults.push(...one.faults.map((fault) => `round ${round} (${target}): ${fault}`));
    if (result.faults.length > 20) break;
  }
  if (result.faults.length === 0) rmSync(world.folder, { recursive: true, force: true });
  else {
    writeFileSync(join(world.folder, "faults.txt"), `seed ${seed}\n${result.faults.join("\n")}\n`);
    result.faults.push(`everything is left in ${world.folder}`);
  }
  return { rounds, ...result };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void env.timers.after(ms, resolve));

function git(folder: string, ...words: string[]): string {
  const settings = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "protocol.file.allow=always"];
  return execFileSync("git", ["-C", folder, ...settings, ...words], { encoding: "utf8", stdio: "pipe" }).trim();
}

function makeWorld(random: () => number): World {
  const folder = realpathSync.native(mkdtempSync(join(tmpdir(), "signalbox-kills-")));
  const repository = join(folder, "repository");
  execFileSync("git", ["init", "-q", "-b", "main", repository]);
  for (let index = 0; index < FILES; index += 1) {
    const file = join(repository, `part-${index % 20}`, `file-${index}.txt`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${index}\n`.repeat(200));
  }
  writeFileSync(join(repository, ".gitignore"), "*.log\n.env\nnode_modules/\n");
  mkdirSync(join(repository, "node_modules"));
  writeFileSync(join(repository, "node_modules", "index.js"), "1");
  git(repository, "add", ".");
  git(repository, "commit", "-q", "-m", "first");
  // What is the user's, of every kind.
  git(repository, "branch", "signalbox/mine");
  git(repository, "pack-refs", "--all");
  git(repository, "branch", "topic");
  writeFileSync(join(repository, "part-1", "file-1.txt"), "stashed\n");
  git(repository, "stash");
  writeFileSync(join(repository, "part-0", "file-0.txt"), "changed\n");
  writeFileSync(join(repository, "staged.txt"), "staged\n");
  git(repository, "add", "staged.txt");
  writeFileSync(join(repository, "new.txt"), "new\n");
  writeFileSync(join(repository, ".env"), "secret\n");
  git(repository, "worktree", "add", "-q", "-b", "theirs", join(folder, "theirs"));
  writeFileSync(join(folder, "theirs", "untracked.txt"), "mine\n");
  return { folder, repository, before: usersView(folder, repository), random };
}

/** Everything of the user's that must not change. */
function usersView(folder: string, repository: string): string {
  const view = (at: string): string[] => [
    git(at, "status", "--porcelain", "--ignored", "--branch"),
    git(at, "diff", "HEAD"),
    readFileSync(join(at, at === repository ? "new.txt" : "untracked.txt"), "utf8"),
  ];
  const branches = git(repository, "for-each-ref", "--format=%(refname) %(objectname)").split("\n");
  return [
    ...view(repository),
    ...view(join(folder, "theirs")),
    readFileSync(join(repository, ".env"), "utf8"),
    readFileSync(join(repository, "node_modules", "index.js"), "utf8"),
    readFileSync(join(repository, ".git", "info", "exclude"), "utf8"),
    readdirSync(join(repository, ".git", "info"))
      .toSorted()
      .join(),
    ...branches.filter((line) => !/^refs\/(heads\/signalbox\/run-|signalbox\/keep\/)/.test(line)),
  ].join("\n");
}

interface Round {
  kills: number;
  repairs: number;
  works: number;
  readonly faults: string[];
}

async function oneRound(world: World, round: number, target: Target): Promise<Round> {
  const { folder, repository, random } = world;
  const found: Round = { kills: 0, repairs: 0, works: 0, faults: [] };
  const home = join(folder, `state-${round}`);
  const log = join(folder, `log-${round}`);
  const worker = spawn(
    process.execPath,
    [program, repository, home, `run-${round}`, target === "git" ? "6" : "100", String(1 + (round % 2)), log, "work"],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const ended = new Promise<void>((resolve) => worker.once("close", () => resolve()));
  while (!existsSync(log) && worker.exitCode === null) await pause(2);
  if (target === "git") await killGit(world, worker, found);
  else await pause(random() * KILL_WITHIN_MS);
  if (target !== "git") found.kills += kill(worker, target);
  await ended;
  const clean: Step = ["cleaning the dead run", () => cleanRun(world, home, `run-${round}`, found)];
  const cleanTwice: Step = ["two that clean at once", () => cleanAtOnce(home, found)];
  const create: Step = ["the next create", () => nextCreate(world, round, found)];
  const attempts: Step[] = [
    ...(round % 2 === 0 ? [create] : [cleanTwice, create]),
    ["git", () => checkGit(repository, found.faults)],
    clean,
    ["the work", () => checkWork(world, round, linesOf(log), found)],
    ["what is left", () => checkLeft(world, found.faults)],
  ];
  for (const [what, attempt] of attempts) {
    try {
      await attempt();
    } catch (error) {
      found.faults.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  for (const line of linesOf(log).filter((each) => each.startsWith("failed")))
    if (target !== "git") found.faults.push(line);
  return found;
}

type Step = [string, () => Promise<void> | void];

/** What `git add` and `git commit` of an item leave when they are killed: a person has to say that nobody is at work there. */
const KILLED_AT_WORK = findingText({ kind: "busy", detail: INDEX_LOCKED });

/** Each may find that the other one has a worktree now; none may fail, and none may keep anything but what waits for a person. */
async function cleanAtOnce(home: string, found: Round): Promise<void> {
  const outputs = await Promise.all([cleaner(home), cleaner(home)]);
  for (const line of outputs.flatMap((text) => text.split("\n").filter(Boolean)))
    if (!/^(removed|in_use) /.test(line) && !(line.startsWith("kept ") && line.includes(KILLED_AT_WORK)))
      found.faults.push(`clean: ${line}`);
}

function cleaner(home: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [cleanerProgram, home], (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(stderr || error.message)),
    );
  });
}

const linesOf = (log: string): string[] =>
  existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : [];

/** The children of a process, and theirs. */
function descendants(pid: number): number[] {
  const children = readdirSync("/proc").filter((each) => {
    try {
      const text = readFileSync(`/proc/${each}/stat`, "utf8");
      return text.slice(text.lastIndexOf(")") + 2).split(" ")[1] === String(pid);
    } catch {
      return false;
    }
  });
  return children.flatMap((child) => [Number(child), ...descendants(Number(child))]);
}

function end(pid: number): number {
  try {
    process.kill(pid, "SIGKILL");
    return 1;
  } catch {
    return 0;
  }
}

function kill(worker: ChildProcess, target: Target): number {
  const children = target === "both" ? descendants(worker.pid!) : [];
  const killed = worker.exitCode === null ? end(worker.pid!) : 0;
  for (const child of children) end(child);
  return killed;
}

/** Kills some git commands of a process that goes on: the command itself, or only something that it started. */
async function killGit({ random }: World, worker: ChildProcess, found: Round): Promise<void> {
  const wanted = 1 + Math.floor(random() * KILLS_OF_GIT_MAX);
  for (let killed = 0; killed < wanted && worker.exitCode === null;) {
    const children = descendants(worker.pid!);
    const child = children[Math.floor(random() * children.length)];
    if (child !== undefined) {
      killed += 1;
      found.kills += end(child);
    }
    await pause(random() * 60);
  }
}

interface Place {
  readonly repository: string;
  readonly home: string;
  readonly runId: string;
}

/** What another process of the run, or of another one, does. */
async function withManager(
  place: Place,
  found: Round,
  work: (manager: WorktreeManager) => Promise<void>,
): Promise<void> {
  const { repository, home, runId } = place;
  const registry = await openWorktreeRegistry({ directory: home, runId });
  const onNotice = ({ type, path, detail }: WorktreeNotice): void => {
    if (type === "worktree.repaired") found.repairs += 1;
    if (type === "worktree.orphaned") found.faults.push(`orphaned: ${path}: ${detail}`);
  };
  try {
    await work(
      new WorktreeManager({ env, repository: await openRepository(repository, { env }), registry, home, onNotice }),
    );
  } finally {
    await registry.close();
  }
}

/** By turns the same run, as when it is resumed, and another one of another state directory. */
async function nextCreate({ folder, repository }: World, round: number, found: Round): Promise<void> {
  const [home, runId] = round % 3 === 0 ? [`state-${round}`, `run-${round}`] : ["state-next", `run-next-${round}`];
  await withManager({ repository, home: join(folder, home), runId }, found, async (manager) => {
    const { name, path } = await manager.create({ item: "next" });
    if (git(path, "status", "--porcelain") !== "") found.faults.push("the next worktree is not clean");
    const removal = await manager.remove(name);
    if (removal?.outcome !== "removed")
      found.faults.push(`the next worktree was not removed: ${JSON.stringify(removal)}`);
  });
}

function checkGit(repository: string, faults: string[]): void {
  const said = execFileSync("git", ["-C", repository, "fsck", "--connectivity-only", "--no-dangling"], {
    encoding: "utf8",
  });
  if (said.trim() !== "") faults.push(`git fsck says: ${said}`);
  git(repository, "worktree", "list", "--porcelain");
  git(repository, "branch", "--all");
  git(repository, "fetch", "-q", ".");
}

/** Removes what the dead run has, as `signalbox worktrees clean --save` does, and once more as what is kept says. */
async function cleanRun({ repository }: World, home: string, runId: string, found: Round): Promise<void> {
  await withManager({ repository, home, runId }, found, async (manager) => {
    const cleaned = await manager.clean({ work: "save" });
    const waiting = cleaned.filter(({ findings }) => findings.map(findingText).includes(KILLED_AT_WORK));
    for (const { path, remedy } of waiting) await endWorkAt(path, remedy);
    const again = waiting.length > 0 ? await manager.clean({ work: "save" }) : [];
    for (const { outcome, path, findings } of [...cleaned.filter((each) => !waiting.includes(each)), ...again])
      if (outcome !== "removed") found.faults.push(`${outcome}: ${path}: ${JSON.stringify(findings)}`);
  });
}

/** Does what the remedy says: waits for what works there, then deletes what a command that was killed has left. */
async function endWorkAt(path: string, remedy = ""): Promise<void> {
  while (processesInside(path).length > 0) await pause(10);
  const [, lock] = /`rm (\S+)`/.exec(remedy) ?? [];
  if (lock !== undefined) rmSync(lock, { force: true });
}

function checkWork({ folder, repository }: World, round: number, lines: readonly string[], found: Round): void {
  const names = lines.flatMap((line) => /^worked (.+)$/.exec(line)?.[1] ?? []);
  found.works += names.length;
  if (names.length === 0) return;
  const refs = git(
    repository,
    "for-each-ref",
    "--format=%(refname)",
    `refs/heads/signalbox/run-${round}`,
    `refs/signalbox/keep/run-${round}`,
  );
  const held = new Set(
    refs
      .split("\n")
      .filter(Boolean)
      .flatMap((ref) => git(repository, "ls-tree", "--name-only", ref).split("\n")),
  );
  const home = join(folder, `state-${round}`);
  const files = new Set(readdirSync(home, { recursive: true, encoding: "utf8" }).map((path) => path.split("/").at(-1)));
  for (const name of names) if (!held.has(name) && !files.has(name)) found.faults.push(`the work ${name} is lost`);
}

/** After the clean nothing is left but the work, and the user's own is as it was. */
function checkLeft({ folder, repository, before }: World, faults: string[]): void {
  const common = join(repository, ".git");
  const left = (path: string): string[] => (existsSync(path) ? readdirSync(path) : []);
  const worktrees = git(repository, "worktree", "list", "--porcelain")
    .split("\n")
    .filter((line) => line.startsWith("worktree "));
  if (worktrees.length !== 2) faults.push(`worktrees: ${worktrees.join(", ")}`);
  if (left(join(common, "worktrees")).length !== 1)
    faults.push(`in git: ${left(join(common, "worktrees")).join(", ")}`);
  for (const name of ["worktrees", "removed"]) {
    const names = left(join(common, "signalbox", name));
    if (names.length > 0) faults.push(`in .git/signalbox/${name}: ${names.join(", ")}`);
  }
  const locks = readdirSync(common, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".lock"));
  if (locks.length > 0) faults.push(`lock files: ${locks.join(", ")}`);
  const main = git(repository, "rev-parse", "main");
  const branches = git(repository, "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/signalbox/run-*");
  const empty = branches.split("\n").filter((line) => line.endsWith(main));
  if (empty.length > 0) faults.push(`branches without work: ${empty.join(", ")}`);
  const after = usersView(folder, repository);
  if (after !== before) faults.push(`the user's own is different:\n${before}\n---\n${after}`);
}

if (import.meta.main) {
  const [rounds = "200", seed = String(process.pid)] = process.argv.slice(2);
  const startedAt = performance.now();
  const { faults, ...figures } = await killRounds(Number(rounds), Number(seed));
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  process.stdout.write(`${JSON.stringify({ seed: Number(seed), ...figures, seconds, faults: faults.length })}\n`);
  for (const fault of faults.slice(0, 30)) process.stdout.write(`${fault}\n`);
  if (faults.length > 0) process.exitCode = 1;
}
