/**
 * Mends what dead owners left in a repository, before git is used: a process may be killed at any moment, and git may then be
 * unable to work at all. Only what three things agree on is touched: the name in git, our marker beside it, and the registry
 * that the marker names. Under the repository lock.
 */
import { statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { messageOf } from "../../base/error-message.ts";
import { isThere, textIfThere } from "../../base/if-there.ts";
import { adminEntry, type AdminEntry } from "./admin-entry.ts";
import { clearPackedRefsLock, deleteOwnBranch } from "./branch.ts";
import { finishHalf, orphan, outOfGit } from "./clear-half.ts";
import { cutOff, takeUpAgain } from "./cut-off.ts";
import type { WorktreeEntry } from "./entry.ts";
import { markerNames, readMarker, removeMarker, type Marker } from "./marker.ts";
import { mayLive, sameOwner, thisOwner } from "./owner.ts";
import { followMove } from "./follow-move.ts";
import { dropKeptOut } from "./kept-out.ts";
import { endLeftovers } from "./processes.ts";
import { openWorktreeRegistry, readRegistry, type WorktreeRegistry } from "./registry.ts";
import { tell, type Workshop } from "./workshop.ts";

/** What was done about one worktree of a dead owner. */
export interface Repair {
  readonly name: string;
  readonly path: string;
  readonly what: "removed" | "mended" | "put back" | "followed" | "not proven ours" | "not readable";
  /** Of what is not readable, what the system said. */
  readonly why?: string;
  /** Deletes its files; to be called when the lock is given back, for it may take long. Never rejects. */
  readonly later: () => Promise<void>;
}

type Done = Pick<Repair, "what" | "why"> & Partial<Pick<Repair, "later">>;

/** Mends all that can be mended. What fails is told and blocks nobody. */
export async function repairRepository(shop: Workshop, lease: { readonly id: string }): Promise<readonly Repair[]> {
  const { commonDir } = shop.repository;
  const repairs: Repair[] = [];
  const self = thisOwner();
  for (const name of markerNames(commonDir)) {
    const own = shop.registry.entry(name)?.owner;
    if (own !== undefined && sameOwner(own, self)) continue;
    const marker = markerIfTold(commonDir, name);
    if (marker === undefined || mayLive(marker.owner)) continue;
    const repair = await repairOne(shop, marker, lease).catch(notReadable);
    const path = markerIfTold(commonDir, name)?.path ?? marker.path;
    if (repair !== undefined) repairs.push({ name, path, later: async () => {}, ...repair });
  }
  return repairs;
}

/** One that cannot be read now is left to whoever can. */
function markerIfTold(commonDir: string, name: string): Marker | undefined {
  try {
    return readMarker(commonDir, name);
  } catch {
    return undefined;
  }
}

/** What is noted of it could not be read, or not written: it stays as it is. */
function notReadable(error: unknown): Done {
  return { what: "not readable", why: messageOf(error) };
}

async function repairOne(shop: Workshop, noted: Marker, lease: { readonly id: string }): Promise<Done | undefined> {
  const moved = await followMove(shop, noted);
  const done = await repairMarked(shop, moved ?? noted, lease);
  return done ?? (moved === undefined ? undefined : { what: "followed" });
}

async function repairMarked(shop: Workshop, marker: Marker, lease: { readonly id: string }): Promise<Done | undefined> {
  const entry = await provenEntry(shop, marker);
  if (entry === undefined) return { what: "not proven ours" };
  if (mayLive(entry.owner)) return undefined;
  if (entry.status === "removed") {
    dropKeptOut(entry.repository, entry.name);
    removeMarker(entry.repository, entry.name);
    return undefined;
  }
  try {
    if (entry.wasReady && (entry.status === "ready" || entry.status === "kept")) return restore(entry);
    const done = await (entry.wasReady ? settle(shop, entry, marker, lease) : clear(shop, entry, marker, lease));
    if (done !== undefined) tell(shop, "worktree.repaired", entry, done.what);
    return done;
  } catch (error) {
    await withRegistry(shop, marker, (registry) => orphan(shop, registry, entry, error)).catch(() => {});
    return undefined;
  }
}

/** The registry's own word about what a marker says. */
async function provenEntry(shop: Workshop, marker: Marker): Promise<WorktreeEntry | undefined> {
  const isOwn = marker.registry === shop.registry.file;
  if (isOwn) await shop.registry.refresh?.();
  const entries = isOwn ? shop.registry.entries() : await readRegistry(marker.registry);
  return entries?.find(
    ({ name, path, repository }) =>
      name === marker.name && path === marker.path && repository === shop.repository.commonDir,
  );
}

async function withRegistry<Answer>(
  shop: Workshop,
  { registry: file }: Marker,
  work: (registry: WorktreeRegistry) => Promise<Answer>,
): Promise<Answer> {
  if (file === shop.registry.file) return await work(shop.registry);
  const runId = /([^/\\]+)\.jsonl$/.exec(file)?.[1] ?? "";
  const registry = await openWorktreeRegistry({ directory: dirname(file), runId });
  try {
    return await work(registry);
  } finally {
    await registry.close();
  }
}

/** The dead owner's worktree is ours from now on, and about to go. */
async function takeToRemove(registry: WorktreeRegistry, { name, token }: WorktreeEntry): Promise<void> {
  await registry.record(name, { type: "take", token: token + 1 }, { owner: thisOwner() });
  await registry.record(name, { type: "remove", token: token + 1 });
}

/** Half a worktree: nobody has worked in it. */
async function clear(
  shop: Workshop,
  entry: WorktreeEntry,
  marker: Marker,
  lease: { readonly id: string },
): Promise<Done> {
  await withRegistry(shop, marker, (registry) => takeToRemove(registry, entry));
  await outOfGit(shop, entry, lease);
  return { what: "removed", later: () => finish(shop, entry, marker) };
}

/** What takes long of a removal. */
function finish(shop: Workshop, entry: WorktreeEntry, marker: Marker): Promise<void> {
  return withRegistry(shop, marker, async (registry) => {
    try {
      await finishHalf(registry, entry);
    } catch (error) {
      await orphan(shop, registry, entry, error);
    }
  }).catch(() => {
    // The registry of the dead run cannot be written; its marker still tells the next one.
  });
}

/** A removal that was interrupted: brought to its end where git has forgotten the worktree already, else put back. */
async function settle(
  shop: Workshop,
  entry: WorktreeEntry,
  marker: Marker,
  lease: { readonly id: string },
): Promise<Done | undefined> {
  if (entry.status === "removing") await endLeftovers(entry.name, shop.env);
  if (adminEntry(entry.repository, entry.name) !== undefined) {
    const restored = restore(entry);
    if (entry.status === "removing") {
      const event = { type: "take", token: entry.token + 1 } as const;
      await withRegistry(shop, marker, (registry) => registry.record(entry.name, event, { owner: thisOwner() }));
    }
    return restored;
  }
  // Somebody made something new in its place, or made git forget it; nobody can say what would be lost.
  if (isThere(entry.path) || cutOff(entry) === "unclear") return undefined;
  await withRegistry(shop, marker, (registry) => takeToRemove(registry, entry));
  dropKeptOut(entry.repository, entry.name);
  if (marker.deletesBranch) await clearPackedRefsLock(shop, entry.name);
  await deleteOwnBranch(shop, entry, lease);
  return { what: "removed", later: () => finish(shop, entry, marker) };
}

/** What needs no look: its name, and what git cannot do without. */
function restore(entry: WorktreeEntry): Done | undefined {
  const [wasAside, mended] = [takeUpAgain(entry), mend(entry)];
  return wasAside ? { what: "put back" } : mended ? { what: "mended" } : undefined;
}

/** Writes again what git cannot do without, where a kill left it empty. Answers whether anything was mended. */
export function mend(entry: WorktreeEntry): boolean {
  const admin = adminEntry(entry.repository, entry.name);
  if (admin === undefined) return false;
  const wanted: readonly (readonly [string, string])[] = [
    ["commondir", "../..\n"],
    ["gitdir", `${entry.path}/.git\n`],
    ["HEAD", headText(entry, admin)],
  ];
  const empty = wanted.filter(
    ([file]) => (statSync(join(admin.folder, file), { throwIfNoEntry: false })?.size ?? 0) === 0,
  );
  for (const [file, text] of empty) writeFileSync(join(admin.folder, file), text);
  return empty.length > 0;
}

function headText({ branch, base }: WorktreeEntry, { folder }: AdminEntry): string {
  return branch === undefined ? `${lastCommit(join(folder, "logs", "HEAD")) ?? base}\n` : `ref: refs/heads/${branch}\n`;
}

function lastCommit(log: string): string | undefined {
  return textIfThere(log)?.trimEnd().split("\n").at(-1)?.split(" ")[1];
}
