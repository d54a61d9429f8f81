import { rm } from "node:fs/promises";
import { messageOf } from "../../base/error-message.ts";
import { SignalboxError } from "../../base/errors.ts";
import { isThere } from "../../base/if-there.ts";
import { clearPackedRefsLock } from "./branch.ts";
import { deleteFiles, setAside, takeOutOfGit } from "./clear-away.ts";
import type { WorktreeEntry } from "./entry.ts";
import { dropKeptOut } from "./kept-out.ts";
import { readMarker, removeMarker } from "./marker.ts";
import { endLeftovers } from "./processes.ts";
import type { WorktreeRegistry } from "./registry.ts";
import { tell, underLock, type Workshop } from "./workshop.ts";

/**
 * Removes what there is of a worktree that was never ready: nobody has worked in it, so nothing in it is anybody's. Never
 * throws: what cannot be removed becomes an orphan, with a notice that says how to remove it. Without room for the registry it is
 * removed all the same: that it was in the making is recorded, and who reads that later finds nothing.
 */
export async function takeAwayHalf(shop: Workshop, entry: WorktreeEntry): Promise<void> {
  try {
    if (entry.status === "planned") {
      if ((readMarker(entry.repository, entry.name)?.links ?? []).length > 0)
        await underLock(shop, `forget the links of ${entry.item}`, async () =>
          dropKeptOut(entry.repository, entry.name),
        );
      removeMarker(entry.repository, entry.name);
      await recorded(shop.registry, entry, ["removed"]);
      return;
    }
    const isRecorded = await recorded(shop.registry, entry, ["remove"]);
    // What was checked out takes the room that the registry lacks.
    if (!isRecorded) await rm(entry.path, { recursive: true, force: true, maxRetries: 5 });
    await underLock(shop, `remove what is left of a worktree for ${entry.item}`, (lease) =>
      outOfGit(shop, entry, lease),
    );
    if (isRecorded) return await finishHalf(shop.registry, entry);
    await deleteFiles(entry);
    await recorded(shop.registry, entry, ["remove", "removed"]);
    removeMarker(entry.repository, entry.name);
  } catch (error) {
    await orphan(shop, shop.registry, entry, error);
  }
}

/** Answers `false` when there was no room for it. */
async function recorded(
  registry: WorktreeRegistry,
  { name, token }: WorktreeEntry,
  types: readonly ("remove" | "removed")[],
): Promise<boolean> {
  try {
    for (const type of types) await registry.record(name, { type, token });
    return true;
  } catch (error) {
    if (error instanceof SignalboxError && error.code === "state_unwritable") return false;
    throw error;
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
  const message = messageOf(cause);
  const token = registry.entry(entry.name)?.token ?? entry.token;
  try {
    await registry.record(entry.name, { type: "fail", token, reason: { code: "not_removed", message } });
  } catch {
    // The registry cannot be written, or the entry is past that; the marker in git still tells the next one.
  }
  tell(shop, "worktree.orphaned", entry, `${message}; look at ${entry.path}, then run \`signalbox worktrees clean\``);
}
