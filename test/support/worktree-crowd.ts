/**
 * Ten managers in ten processes make and remove worktrees of one repository, while git's own housekeeping goes on beside them
 * (S3-08): how many operations there were, what failed, what is left.
 *
 * `node test/support/worktree-crowd.ts 10 50` does fifty creates and fifty removes in each of ten processes.
 */
import { execFileSync, spawn } from "node:child_process";
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
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Crowd {
  /** Creates and removes that were done. */
  readonly operations: number;
  /** What git or the managers said no to. */
  readonly errors: readonly string[];
  /** How often `git worktree list` of somebody who takes no lock met an entry in the making, and gave up: git does that. */
  readonly looksRefused: number;
  /** Worktrees, branches, folders, markers and lock files that are left. */
  readonly leftovers: readonly string[];
}

const program = fileURLToPath(new URL("./worktree-worker.ts", import.meta.url));
const FILES = 50;

export async function crowd(processes: number, rounds: number, lanes = 1): Promise<Crowd> {
  const folder = realpathSync.native(mkdtempSync(join(tmpdir(), "signalbox-crowd-")));
  const repository = join(folder, "repository");
  execFileSync("git", ["init", "-q", "-b", "main", repository]);
  for (let index = 0; index < FILES; index += 1) writeFileSync(join(repository, `file-${index}.txt`), `${index}\n`);
  writeFileSync(join(repository, ".gitignore"), "node_modules/\n");
  mkdirSync(join(repository, "node_modules"));
  git(repository, "add", ".");
  git(repository, "commit", "-q", "-m", "first");
  const errors: string[] = [];
  const workers = Array.from({ length: processes }, (_, index) => worker(folder, repository, index, rounds, lanes));
  let over = false;
  const beside = housekeeping(repository, () => over);
  const logs = (await Promise.all(workers)).flat();
  over = true;
  const looksRefused = await beside;
  errors.push(...logs.filter((line) => !/^(begin|end|made|removed)/.test(line)));
  const operations = logs.filter((line) => /^(made|removed)/.test(line)).length;
  const left = leftovers(folder, repository);
  if (errors.length + left.length === 0) rmSync(folder, { recursive: true, force: true });
  return { operations, errors, looksRefused, leftovers: left };
}

function git(folder: string, ...words: string[]): string {
  const settings = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
  return execFileSync("git", ["-C", folder, ...settings, ...words], { encoding: "utf8", stdio: "pipe" }).trim();
}

async function worker(
  folder: string,
  repository: string,
  index: number,
  rounds: number,
  lanes: number,
): Promise<string[]> {
  const log = join(folder, `log-${index}`);
  const words = [program, repository, join(folder, "state"), `run-${index}`, String(rounds), String(lanes), log];
  const code = await ended(spawn(process.execPath, words, { stdio: ["ignore", "ignore", "inherit"] }));
  const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : [];
  return code === 0 ? lines : [...lines, `process ${index} ended with ${code}`];
}

/** What a person or a timer does meanwhile. Git may find something in the making here; that must not harm anybody. */
async function housekeeping(repository: string, isOver: () => boolean): Promise<number> {
  let refused = 0;
  while (!isOver()) {
    for (const words of [
      ["worktree", "prune"],
      ["gc", "--quiet"],
      ["worktree", "list"],
    ]) {
      const code = await ended(spawn("git", ["-C", repository, ...words], { stdio: "ignore" }));
      if (code !== 0 && words[1] === "list") refused += 1;
    }
  }
  return refused;
}

const ended = (child: ReturnType<typeof spawn>): Promise<number | null> =>
  new Promise((resolve) => void child.once("close", resolve));

function leftovers(folder: string, repository: string): string[] {
  const common = join(repository, ".git");
  const left = (path: string): string[] => (existsSync(path) ? readdirSync(path).map((name) => join(path, name)) : []);
  return [
    ...git(repository, "worktree", "list", "--porcelain")
      .split("\n")
      .filter((line) => line.startsWith("worktree "))
      .slice(1),
    ...git(repository, "branch", "--list", "signalbox/*").split("\n").filter(Boolean),
    ...left(join(common, "worktrees")),
    ...left(join(common, "signalbox", "worktrees")),
    ...left(join(common, "signalbox", "removed")),
    ...left(join(folder, "state")).flatMap((path) => (path.endsWith(".jsonl") ? [] : left(path))),
    ...readdirSync(common, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".lock")),
    ...readFileSync(join(common, "info", "exclude"), "utf8")
      .split("\n")
      .filter((line) => /signalbox|node_modules/.test(line)),
    ...[execFileSync("git", ["-C", repository, "fsck", "--no-dangling"], { encoding: "utf8" }).trim()].filter(Boolean),
  ];
}

if (import.meta.main) {
  const [processes = "10", rounds = "50", lanes = "1"] = process.argv.slice(2);
  const startedAt = performance.now();
  const {
    operations,
    errors,
    looksRefused,
    leftovers: left,
  } = await crowd(Number(processes), Number(rounds), Number(lanes));
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const figures = {
    processes,
    rounds,
    lanes,
    operations,
    errors: errors.length,
    looksRefused,
    leftovers: left.length,
    seconds,
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  for (const line of [...errors, ...left].slice(0, 30)) process.stdout.write(`${line}\n`);
  if (errors.length + left.length > 0) process.exitCode = 1;
}
