/** What is wrong with the worktrees of a repository, after what is proven ours was mended. */
import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import type { Env } from "../base/env.ts";
import { messageOf } from "../base/error-message.ts";
import { foldersIfThere } from "../base/if-there.ts";
import { NO_RUN } from "./no-run.ts";
import { openRepository, type Repository } from "./repository.ts";
import { staleLocks } from "./stale-locks.ts";
import { WorktreeManager } from "./worktree-manager.ts";
import { adminEntries, adminEntry, linkTarget, type AdminEntry } from "./worktrees/admin-entry.ts";
import { realPathOf } from "./worktrees/contained-path.ts";
import { cutOff, inTheWay } from "./worktrees/cut-off.ts";
import { markerFolder, markerNames, readMarker, type Marker } from "./worktrees/marker.ts";
import { mayLive } from "./worktrees/owner.ts";
import type { Repair } from "./worktrees/repair.ts";

/** Something that is left for a person. */
export interface Trouble {
  readonly what: string;
  readonly remedy: string;
}

export interface Examination {
  readonly repository: Repository;
  /** What was mended; empty when nothing was to be. */
  readonly repairs: readonly Pick<Repair, "name" | "path" | "what">[];
  /** How many worktrees of dead processes would be looked at, when nothing was to be mended. */
  readonly ofDead: number;
  readonly troubles: readonly Trouble[];
}

/** Mends what dead processes left, of any state directory, and looks for what else is wrong. @throws GitError `not_a_repository` */
export async function examineRepository(options: {
  readonly env: Env;
  readonly folder: string;
  /** Folder for what is kept. Default: one of ours in the repository's git folder. */
  readonly home: string | undefined;
  readonly mend: boolean;
}): Promise<Examination> {
  const { env, folder, mend } = options;
  const repository = await openRepository(folder, { env });
  const { commonDir } = repository;
  const home = options.home ?? join(commonDir, "signalbox");
  const ofDead = markersIn(commonDir).markers.filter(({ owner }) => !mayLive(owner)).length;
  const repairs =
    mend && ofDead > 0 ? await new WorktreeManager({ env, repository, registry: NO_RUN, home }).repair() : [];
  const { names, markers, unreadable } = markersIn(commonDir);
  const entries = told(unreadable, join(commonDir, "worktrees"), () => adminEntries(commonDir)) ?? [];
  return {
    repository,
    repairs: repairs.filter(({ what }) => what !== "not proven ours" && what !== "not readable"),
    ofDead,
    troubles: [
      ...unreadable,
      ...repairs.flatMap((repair) => unmended(commonDir, repair)),
      ...entries.flatMap((entry) => troubleOf(entry, names.includes(entry.name))),
      ...markers.flatMap((marker) => troubleOfOurs(commonDir, marker)),
      ...staleLocks([commonDir, ...entries.map((entry) => entry.folder)], env).map(lockTrouble),
    ],
  };
}

interface Markers {
  readonly names: readonly string[];
  readonly markers: readonly Marker[];
  /** What of them nobody can read. */
  readonly unreadable: Trouble[];
}

function markersIn(commonDir: string): Markers {
  const unreadable: Trouble[] = [];
  const folder = markerFolder(commonDir);
  const names = told(unreadable, folder, () => markerNames(commonDir)) ?? [];
  const read = (name: string): Marker | undefined =>
    told(unreadable, join(folder, `${name}.json`), () => readMarker(commonDir, name));
  return { names, markers: names.flatMap((name) => read(name) ?? []), unreadable };
}

/** What is read, unless it cannot be: that is told. */
function told<T>(troubles: Trouble[], file: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    troubles.push(unread(file, messageOf(error)));
    return undefined;
  }
}

function unread(what: string, why: string): Trouble {
  return {
    what: `${what} cannot be read: ${why}`,
    remedy: "see whose it is and what the disk says; until it can be read, nothing of what it tells of is touched",
  };
}

function unmended(commonDir: string, { name, path, what, why = "" }: Repair): Trouble[] {
  if (what === "not readable") return [unread(`what is noted of the worktree ${path}`, why)];
  if (what !== "not proven ours") return [];
  return [
    {
      what: `a marker says that ${path} is a worktree of ours, but no registry knows it: the state directory may have been deleted`,
      remedy: `look at ${path}; when you no longer need it, \`git worktree remove --force --force ${path}\`, then delete ${join(commonDir, "signalbox", "worktrees", `${name}.json`)}`,
    },
  ];
}

function troubleOf({ name, folder, path, locked, readable }: AdminEntry, isOurs: boolean): Trouble[] {
  if (!readable) {
    return [
      {
        what: `git cannot read ${join(folder, "commondir")}, which is empty: most git commands fail in this repository`,
        remedy: isOurs
          ? "run `signalbox worktrees doctor`"
          : `write ../.. into it: echo ../.. > ${join(folder, "commondir")}`,
      },
    ];
  }
  if (isOurs) return [];
  if (locked === "initializing") {
    return [
      {
        what: `${path ?? name} was not finished: \`git worktree add\` is at work there, or was killed`,
        remedy: `when nothing makes it any more: git worktree unlock ${path ?? name}, then git worktree remove --force ${path ?? name}`,
      },
    ];
  }
  if (path !== undefined && locked === undefined && !existsSync(path)) {
    return [
      {
        what: `the worktree ${path} is not there: it was deleted or moved`,
        remedy: "when it was moved, `git worktree repair NEW_PATH`; when it was deleted, `git worktree prune`",
      },
    ];
  }
  if (path !== undefined && existsSync(path) && !leadsTo(path, folder)) {
    return [
      {
        what: `the worktree ${path} does not lead to this repository: one of the two was moved, or something else stands there`,
        remedy: `when it is the same one, \`git worktree repair ${path}\`; when it is not, \`git worktree prune\` once nothing stands there`,
      },
    ];
  }
  return [];
}

function leadsTo(path: string, folder: string): boolean {
  const target = linkTarget(path);
  return target !== undefined && realPathOf(target) === realPathOf(folder);
}

const lockTrouble = (file: string): Trouble => ({
  what: `${file} has been there for over a minute: a git command is at work, or was killed`,
  remedy: `when no git command runs here, delete ${file}`,
});

/** What became of a worktree of ours that no living process has. One that was moved is well where it is. */
function troubleOfOurs(commonDir: string, { name, path, owner }: Marker): Trouble[] {
  if (mayLive(owner)) return [];
  const place = { name, path, repository: commonDir };
  const unclear = inTheWay(place);
  if (unclear.length > 0) return unclear.map(({ detail }) => ({ what: detail, remedy: `look at ${path}.removing` }));
  const admin = adminEntry(commonDir, name);
  // Half of one is nobody's loss, and told by what would be mended.
  if (admin?.readable !== true || admin.locked === "initializing" || cutOff(place) !== "nothing") return [];
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true && linkTarget(path) === admin.folder) return [];
  if (found !== undefined) {
    return [
      {
        what: `something else stands at ${path}, where a worktree of ours was made`,
        remedy:
          "see what it is; Signalbox does not touch it. When you move it away, `signalbox worktrees clean` goes on",
      },
    ];
  }
  if (admin.path !== undefined && linkTarget(admin.path) === admin.folder) return [];
  return [
    {
      what: `the worktree ${path} is not there: it was deleted or moved`,
      remedy:
        "when it was moved, `git worktree repair NEW_PATH`; when it was deleted, `signalbox worktrees clean --forget-missing`",
    },
  ];
}

/** Folders of worktrees that no registry knows: of runs whose registry was deleted. */
export function unknownFolders(home: string, known: ReadonlySet<string>): Trouble[] {
  const unreadable: Trouble[] = [];
  const foldersIn = (folder: string): string[] => told(unreadable, folder, () => foldersIfThere(folder)) ?? [];
  const found = foldersIn(home).flatMap((run) =>
    foldersIn(join(home, run))
      .map((name) => join(home, run, name))
      .filter((path) => run !== "kept" && !known.has(path) && !known.has(path.replace(/\.removing$/, "")))
      .map((path) => ({
        what: `${path} stands among the worktrees, but no registry knows it`,
        remedy: "look at it; delete it when you no longer need it",
      })),
  );
  return [...found, ...unreadable];
}
