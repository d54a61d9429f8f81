import { join } from "node:path";
import { existsSync } from "node:fs";
import { namesIfThere } from "../../base/if-there.ts";
import type { Git } from "./git-port.ts";

/** What git says of the files of a worktree. Paths count from its top. */
export interface FileStatus {
  readonly changed: readonly string[];
  /** What git says of each changed path: staged or not, modes and contents in HEAD and in the index. */
  readonly facts: ReadonlyMap<string, string>;
  readonly untracked: readonly string[];
  /** A folder that is ignored as a whole ends with a slash. */
  readonly ignored: readonly string[];
  /** Repositories inside that are no submodules. */
  readonly nested: readonly string[];
  readonly unmerged: boolean;
}

/** `submodules`: whether what is in them counts. `undefined` when git cannot tell. */
export async function fileStatus(
  git: Git,
  path: string,
  { submodules = true }: { readonly submodules?: boolean } = {},
): Promise<FileStatus | undefined> {
  const answer = await git(path, [
    "status",
    "--porcelain=v2",
    "-z",
    "--untracked-files=all",
    "--ignored=matching",
    `--ignore-submodules=${submodules ? "none" : "all"}`,
    "--no-renames",
  ]);
  return answer.exitCode === 0 ? parseStatus(answer.stdout) : undefined;
}

/** Fields before the path, by the first letter of a line. */
const FIELDS: Readonly<Record<string, number>> = { "1": 8, u: 10 };

function parseStatus(text: string): FileStatus {
  const changed: string[] = [];
  const facts = new Map<string, string>();
  const untracked: string[] = [];
  const ignored: string[] = [];
  const nested: string[] = [];
  let unmerged = false;
  for (const line of text.split("\0")) {
    if (line === "") continue;
    const [kind, rest] = [line[0]!, line.slice(2)];
    if (kind === "!") ignored.push(rest);
    // Every folder is opened but a repository.
    else if (kind === "?") (rest.endsWith("/") ? nested : untracked).push(rest);
    else {
      unmerged ||= kind === "u";
      const words = line.split(" ");
      const path = words.slice(FIELDS[kind] ?? 8).join(" ");
      changed.push(path);
      facts.set(path, words.slice(0, FIELDS[kind] ?? 8).join(" "));
    }
  }
  return { changed, facts, untracked, ignored, nested, unmerged };
}

/** What status does not tell: files that git was told not to look at, and submodules that have something in them. */
export interface IndexFacts {
  readonly hidden: readonly string[];
  readonly submodules: readonly string[];
}

const LISTED = /^(\S) (\d{6}) [0-9a-f]+ \d\t(.*)$/s;

/** `undefined` when git cannot tell. */
export async function indexFacts(git: Git, path: string): Promise<IndexFacts | undefined> {
  const answer = await git(path, ["ls-files", "-z", "-s", "-v"]);
  if (answer.exitCode !== 0) return undefined;
  const hidden: string[] = [];
  const submodules: string[] = [];
  for (const line of answer.stdout.split("\0")) {
    const [, tag, mode, name] = LISTED.exec(line) ?? [];
    if (tag === undefined || mode === undefined || name === undefined) continue;
    if (mode === "160000" && namesIfThere(join(path, name)).length > 0) submodules.push(name);
    // Small letters: assume-unchanged. S: skip-worktree, which a sparse checkout sets for files that are not there.
    else if ((tag !== tag.toUpperCase() || tag === "S") && existsSync(join(path, name))) hidden.push(name);
  }
  return { hidden, submodules };
}
