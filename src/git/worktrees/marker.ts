/**
 * What tells other processes, also those of other state directories, that an entry in git is ours: one file for each worktree
 * in `<common directory>/signalbox/worktrees`, written before git is touched and removed when nothing is left.
 */
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { namesIfThere, textIfThere } from "../../base/if-there.ts";
import { realPathOf } from "./contained-path.ts";
import type { PortRange, WorktreePlace } from "./entry.ts";
import { isOwner, type Owner } from "./owner.ts";

export interface Marker {
  readonly name: string;
  /** Where it stands. */
  readonly path: string;
  /** The file of its run's registry, which knows the rest. */
  readonly registry: string;
  readonly owner: Owner;
  /** Ports that nobody else may have now; one that is kept and in which nothing runs has none. */
  readonly ports: PortRange | undefined;
  /** Links in it that are to stay out of commits. */
  readonly links?: readonly string[] | undefined;
  /** A branch is being deleted, which may leave `packed-refs.lock` behind. */
  readonly deletesBranch: boolean;
}

export const markerFolder = (repository: string): string => join(repository, "signalbox", "worktrees");
const fileOf = (repository: string, name: string): string => join(markerFolder(repository), `${name}.json`);

/** Writes a marker as a whole: nobody sees half of one. */
export function writeMarker(repository: string, marker: Marker): void {
  const file = fileOf(repository, marker.name);
  mkdirSync(markerFolder(repository), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify({ v: 1, ...marker }));
  renameSync(`${file}.new`, file);
}

export function removeMarker(repository: string, name: string): void {
  rmSync(fileOf(repository, name), { force: true });
  rmSync(`${fileOf(repository, name)}.new`, { force: true });
}

/** When the marker was written last, by the file system's clock. */
export function markedAt(repository: string, name: string): number | undefined {
  return statSync(fileOf(repository, name), { throwIfNoEntry: false })?.mtimeMs;
}

/** The names of all markers; cheap, for it reads none of them. @throws what the system says */
export function markerNames(repository: string): string[] {
  return namesIfThere(markerFolder(repository)).flatMap((file) => /^(.+)\.json$/.exec(file)?.[1] ?? []);
}

/** One marker; `undefined` when there is none, or none that we wrote. @throws what the system says when it cannot be read */
export function readMarker(repository: string, name: string): Marker | undefined {
  const text = textIfThere(fileOf(repository, name));
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    const { v, path, registry, owner, ports, links, deletesBranch } = value;
    if (v !== 1 || value["name"] !== name || !isOwner(owner)) return undefined;
    if (![path, registry].every((each) => typeof each === "string" && isAbsolute(each))) return undefined;
    return {
      name,
      path: String(path),
      registry: String(registry),
      owner,
      ports: ports as PortRange | undefined,
      ...(Array.isArray(links) && { links: links.map(String) }),
      deletesBranch: deletesBranch === true,
    };
  } catch {
    return undefined;
  }
}

/**
 * The registry that the marker of a worktree names, when that is another one than `file`, and there: a state directory that was
 * copied knows the worktrees of the original, and they are none of its own.
 */
export function knownToOther({ repository, name }: WorktreePlace, file: string): string | undefined {
  const registry = readMarker(repository, name)?.registry;
  if (registry === undefined || file === "" || !existsSync(registry)) return undefined;
  return realPathOf(registry) === realPathOf(file) ? undefined : registry;
}
