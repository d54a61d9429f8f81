/**
 * What would be lost if a worktree were removed now. Git itself refuses for some of it only: it removes ignored files,
 * commits that nothing else holds, and the folder under a running process, without a word.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isThere, statsIfThere } from "../../base/if-there.ts";
import { adminEntry, linkTarget, type AdminEntry } from "./admin-entry.ts";
import type { WorktreeEntry } from "./entry.ts";
import { fileStatus, indexFacts, type FileStatus } from "./file-status.ts";
import { findingOf, type Finding } from "./findings.ts";
import type { Git } from "./git-port.ts";
import { looseCommits } from "./loose-commits.ts";
import { processesInside } from "./processes.ts";
import { changeSignature, signatureOf } from "./signature.ts";
import { submodulesWithWork } from "./submodules.ts";

export interface Inspection {
  readonly findings: readonly Finding[];
  /** Commits that only this worktree holds, and no branch, tag or other ref; the one of a detached HEAD first. */
  readonly loose: readonly string[];
  /** Tracked paths that differ from HEAD, in the index or on the disk, and not as they did when it was ready. */
  readonly changed: readonly string[];
  /** Ignored and untracked paths that somebody put there. */
  readonly untracked: readonly string[];
  readonly ignored: readonly string[];
  /** Changes with every write to a file that would be lost. */
  readonly signature: string;
  /** What is checked out, as HEAD says it. */
  readonly head: string | undefined;
  /** Nothing stands where it was made. */
  readonly isMissing: boolean;
}

const OPERATIONS: Readonly<Record<string, string>> = {
  MERGE_HEAD: "merge",
  "rebase-merge": "rebase",
  "rebase-apply": "rebase or am",
  CHERRY_PICK_HEAD: "cherry-pick",
  REVERT_HEAD: "revert",
  BISECT_LOG: "bisect",
};

/** Of a finding `busy`: the lock that a git command holds while it is at work, and leaves when it is killed. */
export const INDEX_LOCKED = "index.lock: a git command is at work there, or was killed";

/** What git writes as the reason of our own lock. It is the mark by which its folder is known to be ours. */
export const lockReason = (name: string): string => `signalbox: in use as ${name}`;

/** Looks at a worktree; `at` says where it stands when that is not where it was made. */
export async function inspectWorktree(git: Git, entry: WorktreeEntry, at: string = entry.path): Promise<Inspection> {
  const admin = adminEntry(entry.repository, entry.name);
  const standing = standingOf(entry, admin, at);
  if (standing !== undefined || admin === undefined) {
    const loose = admin === undefined ? [] : await looseCommits(git, entry, admin);
    return {
      ...NOTHING_SEEN,
      findings: standing === undefined ? [] : [standing],
      loose,
      isMissing: !isThere(at),
    };
  }
  // Under another name git cannot look into submodules from outside; they are looked at one by one in any case.
  const submodules = at === entry.path;
  const [files, index] = [await fileStatus(git, at, { submodules }), await indexFacts(git, at)];
  if (files === undefined || index === undefined) {
    return { ...NOTHING_SEEN, findings: [{ kind: "unknown", detail: "git cannot read it; see git status there" }] };
  }
  const made = new Map(entry.made.map(({ path, signature }) => [path, signature]));
  const isWork = (path: string): boolean => made.get(path) !== signatureOf(join(at, path));
  const changed = files.changed.filter((path) => made.get(path) !== changeSignature(files, at, path));
  const [untracked, ignored] = [files.untracked.filter(isWork), files.ignored.filter(isWork)];
  return {
    findings: [
      ...strangers(entry, admin, at),
      ...operationOf(admin, files),
      ...findingOf("submodule", await submodulesWithWork(git, at, admin, index.submodules)),
      ...findingOf("nested", files.nested),
      ...findingOf("hidden", index.hidden),
      ...findingOf("changed", changed),
      ...findingOf("untracked", untracked),
      ...findingOf("ignored", ignored),
    ],
    loose: await looseCommits(git, entry, admin),
    changed,
    untracked,
    ignored,
    head: admin.head,
    isMissing: false,
    signature: [...changed, ...untracked, ...ignored].map((path) => signatureOf(join(at, path))).join(),
  };
}

const NOTHING_SEEN: Inspection = {
  findings: [],
  loose: [],
  changed: [],
  untracked: [],
  ignored: [],
  signature: "",
  head: undefined,
  isMissing: false,
};

/** Whether what stands there is this worktree at all; `undefined` when it is. */
function standingOf(entry: WorktreeEntry, admin: AdminEntry | undefined, at: string): Finding | undefined {
  const found = statsIfThere(at);
  if (!isThere(entry.repository))
    return { kind: "repository", detail: `${entry.repository} is not there: moved or deleted` };
  if (found === undefined) {
    if (admin === undefined) return undefined;
    if (admin.path !== undefined && admin.path !== entry.path) return { kind: "moved", detail: `to ${admin.path}` };
    return { kind: "missing", detail: `nothing at ${entry.path}: moved or deleted by hand` };
  }
  if (!found.isDirectory()) return { kind: "replaced", detail: `${at} is no folder any more` };
  if (admin === undefined) return { kind: "replaced", detail: "git does not know it any more, but files are there" };
  if (linkTarget(at) !== admin.folder) return { kind: "replaced", detail: `${at} belongs to something else` };
  return undefined;
}

function strangers(entry: WorktreeEntry, admin: AdminEntry, at: string): Finding[] {
  const pids = processesInside(at);
  const holdsIndex = existsSync(join(admin.folder, "index.lock"));
  return [
    ...(admin.locked === undefined || admin.locked === lockReason(entry.name)
      ? []
      : ([{ kind: "locked", detail: admin.locked || "without a reason" }] as const)),
    ...findingOf("busy", pids.length > 0 ? [`process ${pids.slice(0, 5).join(", ")} stands inside`] : []),
    ...findingOf("busy", holdsIndex ? [INDEX_LOCKED] : []),
  ];
}

function operationOf(admin: AdminEntry, files: FileStatus): Finding[] {
  const names = Object.keys(OPERATIONS).filter((name) => existsSync(join(admin.folder, name)));
  const operations = [...new Set(names.map((name) => `${OPERATIONS[name]} under way`))];
  return findingOf("operation", files.unmerged ? [...operations, "unmerged files"] : operations);
}
