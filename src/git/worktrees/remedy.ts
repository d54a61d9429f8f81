/** What a person can do about a worktree that is still there. */
import { join } from "node:path";
import { adminFolder } from "./admin-entry.ts";
import type { WorktreeEntry } from "./entry.ts";
import { findingText, isSavable, kindOf, type FindingKind } from "./findings.ts";
import { INDEX_LOCKED } from "./inspect-worktree.ts";

/** About what was found, as the registry keeps it. Of several things, that which has to be done first. */
export function remedyFor(
  entry: Pick<WorktreeEntry, "name" | "path" | "repository">,
  findings: readonly string[],
): string {
  const { path } = entry;
  const git = `git --git-dir=${shellWord(entry.repository)}`;
  const found = findings.map(kindOf);
  const kinds = new Set<FindingKind | undefined>(found);
  if (kinds.has("repository"))
    return `if the repository was moved, run \`signalbox worktrees doctor\` in it; if it was deleted, delete ${path} when you no longer need it, then \`signalbox worktrees clean --forget-missing\``;
  if (kinds.has("missing")) {
    return `if it was moved, run \`${git} worktree repair NEW_PATH\`; if it was deleted, \`signalbox worktrees clean --forget-missing\``;
  }
  if (kinds.has("moved"))
    return `move it back with \`${git} worktree move --force --force ${movedTo(findings)} ${shellWord(path)}\`, then clean again`;
  if (kinds.has("replaced")) return `see what stands at ${path}; Signalbox does not touch it`;
  if (kinds.has("locked")) return `unlock it when you no longer need it: \`${git} worktree unlock ${shellWord(path)}\``;
  if (kinds.has("busy")) return endIt(entry, findings);
  if (kinds.has("unknown"))
    return `run \`signalbox worktrees doctor\`, which mends what a kill left empty in git; if that is not it, see git status in ${path}; then clean again`;
  if (kinds.has("operation")) return `finish or abort it in ${path}, then clean again`;
  if (kinds.has("submodule")) return removeYourself(path, git);
  if (kinds.has("nested")) return `push what the repositories in ${path} hold, delete or move them, then clean again`;
  if (kinds.has("hidden"))
    return `have git look at these files again (git update-index --no-assume-unchanged --no-skip-worktree FILE), see git status in ${path}, then clean again`;
  if (found.length > 0 && found.every((kind) => kind !== undefined && isSavable({ kind })))
    return `commit or delete it in ${path} and clean again, or save it on the way: \`signalbox worktrees clean --save\``;
  return `look at ${path}, then run \`signalbox worktrees clean\``;
}

/** Nobody can tell the lock of a command that was killed from that of one that waits, as for a message: its owner can. */
function endIt({ name, path, repository }: Parameters<typeof remedyFor>[0], findings: readonly string[]): string {
  if (!findings.includes(findingText({ kind: "busy", detail: INDEX_LOCKED })))
    return `wait for what works in ${path}, or end it; then clean again`;
  const lock = join(adminFolder(repository, name), "index.lock");
  return `wait for what works in ${path}, or end it; if nothing does, a git command was killed there: \`rm ${shellWord(lock)}\`, then clean again`;
}

/** Git refuses to move or to remove a worktree with submodules unless it is forced; twice, since ours are locked. */
function removeYourself(path: string, git: string): string {
  return `push what its submodules hold, commit or delete what else is in ${path}; then \`${git} worktree remove --force --force ${shellWord(path)}\`, and clean again`;
}

const MOVED = "moved: to ";

function movedTo(findings: readonly string[]): string {
  const place = findings.find((text) => text.startsWith(MOVED))?.slice(MOVED.length);
  return place === undefined ? "FROM" : shellWord(place);
}

/** A path as a person can paste it. */
const shellWord = (text: string): string =>
  /^[\w@%+=:,./~^-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
