/** `signalbox worktrees list|clean|doctor`: what is left of items' worktrees, and what to do about it. */
import { existsSync } from "node:fs";
import { harmless } from "../../base/harmless.ts";
import { examineRepository, unknownFolders, type Trouble } from "../../git/examine.ts";
import {
  cleanWorktrees,
  storedWorktrees,
  type CleanedWorktree,
  type StoredWorktree,
} from "../../git/state-worktrees.ts";
import type { WorktreeEntry } from "../../git/worktrees/entry.ts";
import { GitError } from "../../git/git-error.ts";
import { UsageError } from "../../base/errors.ts";
import type { Command, Io } from "../io.ts";
import { stateReadError } from "../../journal/state-directory.ts";
import { nextCommand } from "../next-command.ts";
import { nearestStateDir } from "../../base/nearest-state-dir.ts";
import { existingStateDir, givenStateDir } from "../state-dir.ts";
import { worktreesFolderOf } from "../store.ts";
import { paintFor, type Tone } from "../terminal/style.ts";
import { countOf } from "../view/format.ts";
import { renderTable, type TableCell } from "../view/table.ts";
import { jsonDocument } from "../wire.ts";

export interface WorktreesOptions {
  readonly json?: boolean;
  readonly stateDir?: string;
}

export interface WorktreesCleanOptions extends WorktreesOptions {
  /** Ids of runs, or their beginnings. `undefined`: all. */
  readonly runs?: readonly string[];
  readonly save?: boolean;
  readonly forgetMissing?: boolean;
  readonly dryRun?: boolean;
}

export interface WorktreesDoctorOptions extends WorktreesOptions {
  readonly dryRun?: boolean;
}

/** Something is left that a person has to look at. */
const LEFT = 1;

/** Lists what is left. Exit 0. */
export const worktreesListCommand: Command<WorktreesOptions> = async (io, options) => {
  const home = worktreesFolderOf(existingStateDir(io, options.stateDir));
  const stored = await storedIn(home);
  if (options.json === true) io.stdout.write(jsonDocument(stored.map(onWire)));
  else if (stored.length === 0) io.stderr.write("No worktrees.\n");
  else io.stdout.write(listed(io, stored));
  return 0;
};

/** @throws JournalUnavailableError when it may not be read */
async function storedIn(home: string): Promise<readonly StoredWorktree[]> {
  try {
    return await storedWorktrees(home);
  } catch (error) {
    throw stateReadError(home, error);
  }
}

function onWire({ entry, heldBy }: StoredWorktree): object {
  const { runId, item, name, status, path, branch, base, findings, repository, work, wasReady } = entry;
  return {
    run_id: runId,
    item,
    name,
    status,
    held_by: heldBy ?? null,
    was_ready: wasReady,
    is_there: existsSync(path),
    path,
    branch: branch ?? null,
    base,
    commit: work?.commit ?? null,
    files_modified: work?.files ?? [],
    findings,
    repository,
  };
}

const STATUS_TONES: Readonly<Record<string, Tone>> = { kept: "warn", orphaned: "bad", ready: "live" };

function listed(io: Io, stored: readonly StoredWorktree[]): string {
  const rows = stored.map(({ entry, heldBy }): TableCell[] => [
    { text: entry.runId },
    { text: entry.item },
    { text: heldBy === undefined ? entry.status : `in use by ${heldBy}`, tone: STATUS_TONES[entry.status] ?? "plain" },
    { text: whatIsIn(entry) },
    { text: entry.path },
  ]);
  return renderTable(["RUN", "ITEM", "STATUS", "HOLDS", "PATH"], rows, paintFor(io.stdout.color));
}

function whatIsIn({ findings, reason, work }: WorktreeEntry): string {
  if (findings.length > 0) return findings.join("; ");
  if (reason?.message !== undefined) return reason.message;
  return work === undefined ? "" : countOf(work.filesTotal, "changed file");
}

/** Removes what nobody has and what holds no work. Exit 0 when nothing is left to be removed, 1 when something was kept. */
export const worktreesCleanCommand: Command<WorktreesCleanOptions> = async (io, options) => {
  const stateDir = existingStateDir(io, options.stateDir);
  const home = worktreesFolderOf(stateDir);
  const dryRun = options.dryRun === true;
  const cleaned = await cleanWorktrees({
    env: io.env,
    home,
    folder: io.cwd,
    runs: runsNamed(await storedIn(home), options.runs),
    save: options.save === true,
    forgetMissing: options.forgetMissing === true,
    dryRun,
  });
  if (options.json === true) io.stdout.write(jsonDocument({ dry_run: dryRun, worktrees: cleaned.map(cleanedOnWire) }));
  else tellCleaned(io, cleaned, { dryRun, stateDir, save: options.save === true });
  return cleaned.some(({ outcome }) => outcome === "kept" || outcome === "failed") ? LEFT : 0;
};

function runsNamed(
  stored: readonly StoredWorktree[],
  words: readonly string[] | undefined,
): readonly string[] | undefined {
  if (words === undefined || words.length === 0) return undefined;
  const known = new Set(stored.map(({ entry }) => entry.runId));
  return words.flatMap((word) => {
    const found = [...known].filter((id) => id.startsWith(word));
    if (found.length > 0) return found;
    throw new UsageError(
      `expected the id, or the beginning of the id, of a run that has worktrees, got ${JSON.stringify(word)}; see signalbox worktrees list`,
    );
  });
}

function cleanedOnWire({ entry, outcome, findings, saved, remedy }: CleanedWorktree): object {
  const { runId, item, path, branch } = entry;
  return {
    run_id: runId,
    item,
    path,
    branch: branch ?? null,
    outcome,
    findings,
    saved_ref: saved?.ref ?? null,
    saved_copy: saved?.copy ?? null,
    remedy: remedy ?? null,
  };
}

const OUTCOME_TONES: Readonly<Record<CleanedWorktree["outcome"], Tone>> = {
  removed: "good",
  kept: "warn",
  failed: "bad",
  in_use: "live",
};

interface Told {
  readonly dryRun: boolean;
  readonly save: boolean;
  readonly stateDir: string;
}

function tellCleaned(io: Io, cleaned: readonly CleanedWorktree[], { dryRun, save, stateDir }: Told): void {
  if (cleaned.length === 0) {
    io.stderr.write("No worktrees.\n");
    return;
  }
  const paint = paintFor(io.stdout.color);
  const lines = cleaned.flatMap(({ entry, outcome, findings, saved, remedy }) => {
    const word = outcome === "in_use" ? "in use" : dryRun ? `would be ${outcome}` : outcome;
    const more = [...findings, ...[saved?.ref, saved?.copy].flatMap((place) => (place ? [`saved: ${place}`] : []))];
    return [
      `${paint(OUTCOME_TONES[outcome], word.padEnd(dryRun ? 16 : 7))}  ${harmless(entry.item)}  ${harmless(entry.path)}`,
      ...more.map((text) => `         ${harmless(text)}`),
      ...(remedy === undefined ? [] : [`         ${harmless(remedy)}`]),
    ];
  });
  io.stdout.write(lines.map((line) => `${line}\n`).join(""));
  if (save || !cleaned.some(({ outcome }) => outcome === "kept")) return;
  io.stderr.write(`Nothing that was not committed was removed. Save it and remove the worktrees:\n`);
  io.stderr.write(`  ${nextCommand(io, stateDir, "worktrees", "clean", "--save")}\n`);
}

/** Mends what is proven ours, and says what else is wrong. Exit 0 when all is well, 1 when something is left for a person. */
export const worktreesDoctorCommand: Command<WorktreesDoctorOptions> = async (io, options) => {
  const stateDir = givenStateDir(io, options.stateDir) ?? nearestStateDir(io.cwd);
  const home = stateDir === undefined ? undefined : worktreesFolderOf(stateDir);
  const stored = home === undefined ? [] : await storedIn(home);
  const mend = options.dryRun !== true;
  const { repository, repairs, ofDead, troubles } = await examined(io, stored, { home, mend });
  const known = new Set(stored.map(({ entry }) => entry.path));
  const all = [...troubles, ...(home === undefined ? [] : unknownFolders(home, known))];
  if (options.json === true) {
    const mended = repairs.map(({ path, what }) => ({ path, what }));
    const facts = {
      ok: all.length === 0,
      repository: repository.commonDir,
      of_dead_processes: ofDead,
      mended,
      troubles: all,
    };
    io.stdout.write(jsonDocument(facts));
  } else tellExamined(io, { repairs, ofDead, mend, troubles: all });
  return all.length > 0 ? LEFT : 0;
};

/** The repository in which one stands, else that of the state directory's worktrees. */
async function examined(
  io: Io,
  stored: readonly StoredWorktree[],
  { home, mend }: { readonly home: string | undefined; readonly mend: boolean },
): ReturnType<typeof examineRepository> {
  try {
    return await examineRepository({ env: io.env, folder: io.cwd, home, mend });
  } catch (error) {
    const other = stored[0]?.entry.repository;
    if (!(error instanceof GitError) || error.code !== "not_a_repository" || other === undefined) throw error;
    return await examineRepository({ env: io.env, folder: other, home, mend });
  }
}

interface Examined {
  readonly repairs: readonly { readonly path: string; readonly what: string }[];
  readonly ofDead: number;
  readonly mend: boolean;
  readonly troubles: readonly Trouble[];
}

function tellExamined(io: Io, { repairs, ofDead, mend, troubles }: Examined): void {
  const paint = paintFor(io.stdout.color);
  const lines = [
    ...repairs.map(({ path, what }) => `${paint("good", what.padEnd(8))}  ${harmless(path)}`),
    ...(mend || ofDead === 0
      ? []
      : [`${countOf(ofDead, "worktree")} of dead processes; without --dry-run they are looked at`]),
    ...troubles.flatMap(({ what, remedy }) => [
      `${paint("warn", "warn")}  ${harmless(what)}`,
      `      ${harmless(remedy)}`,
    ]),
    ...(troubles.length === 0 ? [paint("good", "Everything is well.")] : []),
  ];
  io.stdout.write(lines.map((line) => `${line}\n`).join(""));
}
