import { rm } from "node:fs/promises";
import { clearPackedRefsLock } from "./branch.ts";
import { deleteFiles, isThere, setAside, takeOutOfGit } from "./clear-away.ts";
import type { WorktreeEntry } from "./entry.ts";
import { readMarker, removeMarker } from "./marker.ts";
import { endLeftovers } from "./processes.ts";
import type { WorktreeRegistry } from "./registry.ts";
import { tell, underLock, type Workshop } from "./workshop.ts";

/**
 * Removes what there is of a worktree that was never ready: nobody has worked in it, so nothing in it is anybody's. Never
 * throws: what cannot be removed becomes an orphan, with a notice that says how to remove it.
 */
export async function takeAwayHalf(shop: Workshop, entry: WorktreeEntry): Promise<void> {
  try {
    if (entry.status === "planned") {
      removeMarker(entry.repository, entry.name);
      await shop.registry.record(entry.name, { type: "removed", token: entry.token });
      return;
    }
    await shop.registry.record(entry.name, { type: "remove", token: entry.token });
    await underLock(shop, `remove what is left of a worktree for ${entry.item}`, (lease) =>
      outOfGit(shop, entry, lease),
    );
    await finishHalf(shop.registry, entry);
  } catch (error) {
    await orphan(shop, shop.registry, entry, error);
  }
}

/** The part that needs the lock: after it, git knows nothing of the worktree. */
export async function outOfGit(shop: Workshop, entry: WorktreeEntry, lease: { readonly id: string }): Promise<void> {
  await endLeftovers(entry.name, shop.env);
  if (readMarker(entry.repository, entry.name)?.deletesBranch === true) await clearPackedRefsLock(shop, entry.name);
  setAside(entry);
  await takeOutOfGit(shop, entry, lease);
}

/** The part that takes long. */
export async function finishHalf(registry: WorktreeRegistry, entry: WorktreeEntry): Promise<void> {
  await deleteFiles(entry);
  // Both names were taken when a removal of it was interrupted before.
  if (!entry.wasReady && isThere(entry.path)) await rm(entry.path, { recursive: true, force: true, maxRetries: 5 });
  await registry.record(entry.name, { type: "removed", token: registry.entry(entry.name)?.token ?? entry.token });
  removeMarker(entry.repository, entry.name);
}

/** Gives up on a worktree, for now: it says so, and blocks nobody. */
export async function orphan(
  shop: Workshop,
  registry: WorktreeRegistry,
  entry: WorktreeEntry,
  cause: unknown,
): Promise<void> {
  const message = cause instanceof Error ? cause.message : String(cause);
  const token = registry.entry(entry.name)?.token ?? entry.token;
  try {
    await registry.record(entry.name, { type: "fail", token, reason: { code: "not_removed", message } });
  } catch {
    // The registry cannot be written, or the entry is past that; the marker in git still tells the next one.
  }
  tell(shop, "worktree.orphaned", entry, `${message}; look at ${entry.path}, then run \`signalbox worktrees clean\``);
}
