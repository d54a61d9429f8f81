/**
 * The worktrees of all runs of a state directory, for a person who looks at them and removes what is no longer needed. The
 * same rules hold as for the runs themselves: nothing that somebody has is touched, and no work is thrown away.
 */
import type { Env } from "../base/env.ts";
import { messageOf } from "../base/error-message.ts";
import { isThere, namesIfThere } from "../base/if-there.ts";
import { NO_RUN } from "./no-run.ts";
import { openRepository } from "./repository.ts";
import { WorktreeManager } from "./worktree-manager.ts";
import { goingPath } from "./worktrees/clear-away.ts";
import { inTheWay, standsAt } from "./worktrees/cut-off.ts";
import type { WorktreeEntry } from "./worktrees/entry.ts";
import { findingText, isSavable, type Finding } from "./worktrees/findings.ts";
import { gitPort } from "./worktrees/git-port.ts";
import { inspectWorktree } from "./worktrees/inspect-worktree.ts";
import { knownToOther } from "./worktrees/marker.ts";
import { mayLive, sameOwner, thisOwner } from "./worktrees/owner.ts";
import { openWorktreeRegistry, readRegistry, registryFile } from "./worktrees/registry.ts";
import { remedyFor } from "./worktrees/remedy.ts";
import { reportsOf, type WorktreeReport } from "./worktrees/report.ts";
import type { SavedWork } from "./worktrees/work-facts.ts";

/** A worktree that some registry of the state directory knows. */
export interface StoredWorktree {
  readonly entry: WorktreeEntry;
  /** The process that has it now; `undefined`: nobody. */
  readonly heldBy: number | undefined;
}

/** Every worktree of which something is left, oldest run first. Reads only. @throws what the system says when it cannot */
export async function storedWorktrees(home: string): Promise<readonly StoredWorktree[]> {
  const stored: StoredWorktree[] = [];
  for (const runId of runsIn(home)) {
    const entries = (await readRegistry(registryFile(home, runId))) ?? [];
    for (const entry of entries) if (entry.status !== "removed") stored.push({ entry, heldBy: holderOf(entry) });
  }
  return stored;
}

/** What came out of the worktrees of a run's items; empty for a run without. */
export async function storedReports(home: string, runId: string): Promise<readonly WorktreeReport[]> {
  return reportsOf((await readRegistry(registryFile(home, runId))) ?? []);
}

function runsIn(home: string): string[] {
  const names = namesIfThere(home).flatMap((name) => /^(.+)\.jsonl$/.exec(name)?.[1] ?? []);
  return names.toSorted();
}

/** As long as the process lives, it may use it again. */
function holderOf({ owner }: WorktreeEntry): number | undefined {
  return !sameOwner(owner, thisOwner()) && mayLive(owner) ? owner.pid : undefined;
}

export interface CleanOptions {
  readonly env: Env;
  readonly home: string;
  /** A folder of the repository, should that have been moved. Default: the home, which often stands in it. */
  readonly folder?: string;
  /** Only of these runs. Default: of all. */
  readonly runs?: readonly string[] | undefined;
  /** Save work that would be lost, and remove the worktree then; else it is kept. */
  readonly save: boolean;
  /** Forget worktrees that are not where they were made. */
  readonly forgetMissing: boolean;
  /** Only say what would be done. */
  readonly dryRun: boolean;
}

/** What was, or would be, done about one worktree. */
export interface CleanedWorktree {
  readonly entry: WorktreeEntry;
  readonly outcome: "removed" | "kept" | "failed" | "in_use";
  readonly findings: readonly string[];
  readonly saved: SavedWork | undefined;
  readonly remedy: string | undefined;
}

/** Removes what nobody has and what holds no work. One that cannot be removed does not keep the others. */
export async function cleanWorktrees(options: CleanOptions): Promise<readonly CleanedWorktree[]> {
  const cleaned: CleanedWorktree[] = [];
  if (!options.dryRun) await followMoves(options);
  for (const { entry, heldBy } of await storedWorktrees(options.home)) {
    if (options.runs !== undefined && !options.runs.includes(entry.runId)) continue;
    if (heldBy !== undefined) cleaned.push(inUse(entry, heldBy));
    else cleaned.push(await cleanedBy(options, entry).catch((error: unknown) => failed(entry, error)));
  }
  return cleaned;
}

/** What a repository or a state directory that was moved has left at the old place is found at the new one. */
async function followMoves({ env, home, folder }: CleanOptions): Promise<void> {
  const stored = await storedWorktrees(home);
  if (stored.every(({ entry }) => isAtItsPlace(entry))) return;
  for (const place of [folder ?? home, home]) {
    const repository = await openRepository(place, { env }).catch(() => undefined);
    if (repository !== undefined) await new WorktreeManager({ env, repository, registry: NO_RUN, home }).repair();
  }
}

/** One that cannot be looked at has not moved as far as anybody knows; it is told of when its turn comes. */
function isAtItsPlace({ path, repository }: WorktreeEntry): boolean {
  try {
    return isThere(path) && isThere(repository);
  } catch {
    return true;
  }
}

async function cleanedBy(options: CleanOptions, entry: WorktreeEntry): Promise<CleanedWorktree> {
  const other = knownToOther(entry, registryFile(options.home, entry.runId));
  if (other !== undefined) {
    const findings = [`it belongs to ${other}, of which this state directory is a copy`];
    return { ...NOTHING, entry, outcome: "kept", findings, remedy: "clean it there" };
  }
  if (options.dryRun) return await wouldClean(options, entry);
  return isThere(entry.repository) ? await cleanOne(options, entry) : await withoutRepository(options, entry);
}

/** Nothing of it is left to look at, and it is forgotten; else a person has to know better. */
async function withoutRepository(options: CleanOptions, entry: WorktreeEntry): Promise<CleanedWorktree> {
  const findings = (await foundIn(options.env, entry)).map(findingText);
  if (!options.forgetMissing || isThere(entry.path) || isThere(goingPath(entry)))
    return { ...NOTHING, entry, outcome: "kept", findings, remedy: remedyFor(entry, findings) };
  const registry = await openWorktreeRegistry({ directory: options.home, runId: entry.runId });
  try {
    const { token } = await registry.record(
      entry.name,
      { type: "take", token: entry.token + 1 },
      { owner: thisOwner() },
    );
    await registry.record(entry.name, { type: "remove", token });
    await registry.record(entry.name, { type: "removed", token });
  } finally {
    await registry.close();
  }
  return { ...NOTHING, entry, outcome: "removed" };
}

const NOTHING = { findings: [], saved: undefined, remedy: undefined } as const;

function failed(entry: WorktreeEntry, error: unknown): CleanedWorktree {
  const message = messageOf(error);
  return { ...NOTHING, entry, outcome: "failed", findings: [message], remedy: `look at ${entry.path} yourself` };
}

function inUse(entry: WorktreeEntry, pid: number): CleanedWorktree {
  return { ...NOTHING, entry, outcome: "in_use", findings: [`process ${pid} has it`] };
}

async function wouldClean({ env, save, forgetMissing }: CleanOptions, entry: WorktreeEntry): Promise<CleanedWorktree> {
  // Nobody has worked in one that never was whole.
  const findings = entry.wasReady ? await foundIn(env, entry) : [];
  const speaksAgainst = (finding: Finding): boolean =>
    finding.kind === "missing" || (finding.kind === "repository" && !isThere(entry.path))
      ? !forgetMissing
      : !save || !isSavable(finding);
  const outcome = findings.some(speaksAgainst) ? "kept" : "removed";
  return { ...NOTHING, entry, outcome, findings: findings.map(findingText) };
}

async function foundIn(env: Env, entry: WorktreeEntry): Promise<readonly Finding[]> {
  const { findings } = await inspectWorktree(gitPort(env), entry, standsAt(entry));
  return [...findings, ...inTheWay(entry)];
}

/** Somebody else was faster, or there was only half a worktree. */
function byNow(entry: WorktreeEntry): CleanedWorktree {
  const pid = holderOf(entry);
  if (pid !== undefined) return inUse(entry, pid);
  return { ...NOTHING, entry, outcome: entry.status === "removed" ? "removed" : "failed" };
}

/** How often it is tried to clean what somebody else has at each look, and nobody right after it. */
const ATTEMPTS_MAX = 3;

async function cleanOne(options: CleanOptions, entry: WorktreeEntry): Promise<CleanedWorktree> {
  const { env, home, save, forgetMissing } = options;
  const registry = await openWorktreeRegistry({ directory: home, runId: entry.runId });
  try {
    const repository = await openRepository(entry.repository, { env });
    const manager = new WorktreeManager({ env, repository, registry, home });
    for (let attempt = 1; ; attempt++) {
      const removal = await manager.remove(entry.name, { work: save ? "save" : "keep", forgetMissing });
      if (removal !== undefined) {
        const { outcome, findings, saved, remedy } = removal;
        return { entry, outcome, findings: findings.map(findingText), saved, remedy };
      }
      await registry.refresh?.();
      const now = byNow(registry.entry(entry.name) ?? entry);
      // Whoever was faster may have ended meanwhile, and left it to us.
      if (now.outcome !== "failed" || attempt === ATTEMPTS_MAX) return now;
    }
  } finally {
    await registry.close();
  }
}
