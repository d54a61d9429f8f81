/**
 * Makes worktrees where there is no room for them, on a file system of its own: `node worktree-full-disk.ts FOLDER`, inside of a mount
 * namespace of its own. Prints what came of it as one line of JSON.
 *
 * Four times: no room for the files; none for the registry either, from the start, or as soon as git has made the entry; and room again.
 */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { nodeEnv } from "../../src/base/node-env.ts";
import { openRepository } from "../../src/git/repository.ts";
import { WorktreeManager } from "../../src/git/worktree-manager.ts";
import { openWorktreeRegistry } from "../../src/git/worktrees/registry.ts";

const [folder = ""] = process.argv.slice(2);
const [disk, repository] = [join(folder, "disk"), join(folder, "repository")];
mkdirSync(disk);
execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]);
const PAGE = 4_096;
const git = (...words: string[]): string => execFileSync("git", ["-C", repository, ...words], { encoding: "utf8" });

const env = nodeEnv();
const home = join(disk, "worktrees");
const notices: string[] = [];
const registry = await openWorktreeRegistry({ directory: home, runId: "run-1" });
const manager = new WorktreeManager({
  env,
  repository: await openRepository(repository, { env }),
  registry,
  home,
  onNotice: ({ type }) => void notices.push(type),
});

/** Leaves so much room, in bytes. */
function fill(bytes: number): void {
  rmSync(join(disk, "filler"), { force: true });
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(join(disk, "filler"), Buffer.alloc(Math.max(0, bavail * bsize - bytes)));
}

interface Seen {
  readonly code: string;
  readonly worktrees: number;
  readonly branches: number;
  readonly folders: readonly string[];
  readonly markers: number;
}

async function attempt(item: string): Promise<Seen> {
  let code = "made";
  try {
    await manager.create({ item });
  } catch (error) {
    code = String((error as { code?: unknown }).code);
  }
  const run = join(home, "run-1");
  const markers = join(repository, ".git/signalbox/worktrees");
  return {
    code,
    worktrees: git("worktree", "list").trim().split("\n").length,
    branches: git("branch").trim().split("\n").length,
    folders: existsSync(run) ? readdirSync(run).map((name) => name.replace(/-[0-9a-f]+/, "")) : [],
    markers: existsSync(markers) ? readdirSync(markers).length : 0,
  };
}

/** Files grow by whole pages: leaves so much room in the last one of the registry, in bytes. Empty lines mean nothing to it. */
function pad(bytes: number): void {
  const { size } = statSync(registry.file);
  const left = (PAGE - (size % PAGE) + 2 * PAGE - bytes) % PAGE;
  appendFileSync(registry.file, "\n".repeat(left));
}

/** Lines of a worktree: its plan, that it is made, that it goes, that it has gone. */
const lengths = (): number[] =>
  readFileSync(registry.file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => line.length + 1);

fill(256 * 1024);
const noRoom = await attempt("first");
const [plan = 0, create = 0] = lengths();
pad(0);
fill(0);
const none = await attempt("none.");
rmSync(join(disk, "filler"));
pad(plan + create + 10);
fill(0);
const half = await attempt("other");
rmSync(join(disk, "filler"), { force: true });
const room = await attempt("third");
await registry.close();
process.stdout.write(JSON.stringify({ noRoom, none, half, room, notices }));
