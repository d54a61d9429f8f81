/**
 * A repository or a state directory that was moved is the same one at another place. What is noted of its worktrees says the old
 * place: the registry, our marker, git's folder, the `.git` file of the worktree. Here they are made to agree again.
 *
 * F1 only what is gone from its old place has moved: of a copy the original is still there, and nothing of either is touched.
 * F2 only when names prove it: the same name in git, in the marker, in the registry and in the worktree, which is unique for ever.
 * F3 nothing of a living owner's is touched, nothing is deleted. The marker is written last: until then it is begun again.
 */
import { isThere } from "../../base/if-there.ts";
import { existsSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { adminEntry, adminFolder, linkTarget } from "./admin-entry.ts";
import { goingPath } from "./clear-away.ts";
import type { WorktreeEntry } from "./entry.ts";
import { writeMarker, type Marker } from "./marker.ts";
import { mayLive } from "./owner.ts";
import { openWorktreeRegistry, readRegistry, type WorktreeRegistry } from "./registry.ts";
import type { Workshop } from "./workshop.ts";

/** The marker as it is right now, or `undefined` when nothing has moved, or nothing proves what has. Under the repository lock. */
export async function followMove(shop: Workshop, marker: Marker): Promise<Marker | undefined> {
  const { name } = marker;
  const { commonDir } = shop.repository;
  const file = [marker.registry, join(shop.home, basename(marker.registry))].find((each) => existsSync(each));
  if (file === undefined) return undefined;
  const entry = (await readRegistry(file))?.find((each) => each.name === name);
  if (entry === undefined || entry.status === "removed" || mayLive(entry.owner)) return undefined;
  if (entry.repository !== commonDir && isThere(entry.repository)) return undefined;
  const path = placeNow(entry, dirname(file));
  if (!isSame(entry, path, commonDir)) return undefined;
  const now: Marker = { ...marker, path, registry: file };
  const isAsNoted = now.path === marker.path && now.registry === marker.registry;
  if (isAsNoted && entry.path === path && entry.repository === commonDir) return undefined;
  await noteIn(shop, file, entry, { path, repository: commonDir });
  leadToEachOther(commonDir, name, path);
  writeMarker(commonDir, now);
  return now;
}

/** Where it was, if anything is there yet; else in the folder of its registry, which was moved with it. */
function placeNow({ path }: WorktreeEntry, home: string): string {
  if (isThere(path) || isThere(`${path}.removing`)) return path;
  const moved = join(home, basename(dirname(path)), basename(path));
  return isThere(moved) || isThere(`${moved}.removing`) ? moved : path;
}

/** What stands there is this worktree, as its own `.git` file says, or half of it, or nothing. */
function isSame(entry: WorktreeEntry, path: string, commonDir: string): boolean {
  const wanted = [entry.repository, commonDir].map((repository) => adminFolder(repository, entry.name));
  return [path, `${path}.removing`].every((place) => {
    const target = linkTarget(place);
    return target === undefined ? !isThere(place) || !entry.wasReady : wanted.includes(target);
  });
}

async function noteIn(
  shop: Workshop,
  file: string,
  { name, runId }: WorktreeEntry,
  facts: Pick<WorktreeEntry, "path" | "repository">,
): Promise<void> {
  const isOwn = file === shop.registry.file;
  const registry: WorktreeRegistry = isOwn
    ? shop.registry
    : await openWorktreeRegistry({ directory: dirname(file), runId });
  try {
    await registry.note(name, facts);
  } finally {
    if (!isOwn) await registry.close();
  }
}

/** As `git worktree repair` does; without git, which may not work here at all. */
function leadToEachOther(repository: string, name: string, path: string): void {
  const admin = adminEntry(repository, name);
  if (admin === undefined) return;
  const going = goingPath({ repository, name, path });
  const place = isThere(path) || !isThere(going) ? path : going;
  if (admin.path !== place && admin.path !== path) writeFileSync(join(admin.folder, "gitdir"), `${place}/.git\n`);
  const target = linkTarget(place);
  if (target !== undefined && target !== admin.folder) writeFileSync(join(place, ".git"), `gitdir: ${admin.folder}\n`);
}
