/**
 * Removes a worktree, or says what speaks against it. Looked at twice: where it stands, and again when its folder has its last
 * name and nobody can find it any more; so work that comes in between is seen too.
 */
import { messageOf } from "../../base/error-message.ts";
import { failpoint } from "../../base/failpoint.ts";
import { adminEntry } from "./admin-entry.ts";
import { deleteFiles, goingPath, setAside, takeOutOfGit } from "./clear-away.ts";
import { orphan } from "./clear-half.ts";
import { inTheWay, putBack, takeUpAgain } from "./cut-off.ts";
import type { WorktreeEntry } from "./entry.ts";
import { findingText, isSavable, type Finding } from "./findings.ts";
import { inspectWorktree, type Inspection } from "./inspect-worktree.ts";
import { removeMarker } from "./marker.ts";
import { remedyFor } from "./remedy.ts";
import { saveCommits, saveWork } from "./save-work.ts";
import type { SavedWork } from "./work-facts.ts";
import { giveUpPorts } from "./wait-for-ports.ts";
import { tell, underLock, type Workshop } from "./workshop.ts";

export interface RemovalOptions {
  /**
   * What becomes of work that would be lost: `keep` leaves the worktree as it is and says what was found; `save` puts it behind a
   * ref and into a folder first. A commit that only the worktree holds gets a ref in both cases.
   */
  readonly work: "keep" | "save";
  /** Folder for copies of ignored files. */
  readonly copies: string;
  /** Forget worktrees that are not where they were made: they were deleted, not moved. */
  readonly forgetMissing: boolean;
}

export interface Removal {
  readonly item: string;
  readonly path: string;
  /** `removed`; `kept`: it holds what would be lost; `failed`: something went wrong, and it may be half removed. */
  readonly outcome: "removed" | "kept" | "failed";
  readonly findings: readonly Finding[];
  readonly saved: SavedWork;
  /** What to do about it, unless it was removed. */
  readonly remedy: string | undefined;
  /** The branch that is left, with what was committed on it. */
  readonly branch: string | undefined;
}

const NOTHING: SavedWork = { ref: undefined, copy: undefined };

/** Never throws: what fails is said, and blocks nobody. */
export async function removeWorktree(shop: Workshop, entry: WorktreeEntry, options: RemovalOptions): Promise<Removal> {
  try {
    const { token } = await shop.registry.record(entry.name, { type: "remove", token: entry.token });
    failpoint?.("worktree.remove");
    const { saved, ...looked } = await settleWork(shop, entry, options);
    if (looked.findings.length > 0) return await keep(shop, entry, looked.findings, saved);
    const { branchKept } = await underLock(shop, `remove the worktree of ${entry.item}`, (lease) =>
      takeOutOfGit(shop, entry, lease),
    );
    failpoint?.("worktree.delete");
    await deleteFiles(entry);
    failpoint?.("worktree.deleted");
    await shop.registry.record(entry.name, { type: "removed", token }, { saved, branchLeft: branchKept });
    removeMarker(entry.repository, entry.name);
    tell(shop, "worktree.removed", entry, savedText(saved));
    const branch = branchKept || !entry.ownBranch ? entry.branch : undefined;
    return { ...about(entry), outcome: "removed", findings: [], saved, remedy: undefined, branch };
  } catch (error) {
    return await giveUp(shop, entry, error);
  }
}

interface Settled {
  /** What still speaks against the removal. */
  readonly findings: readonly Finding[];
  readonly saved: SavedWork;
}

/** Looks, saves, sets the folder aside and looks again. After it, either there are findings and all is as it was, or none. */
async function settleWork(shop: Workshop, entry: WorktreeEntry, options: RemovalOptions): Promise<Settled> {
  takeUpAgain(entry);
  const first = await look(shop, entry);
  const against = first.findings.filter((finding) => speaksAgainst(finding, options));
  if (against.length > 0) return { findings: first.findings, saved: NOTHING };
  const saved = await save(shop, entry, first, options);
  if (first.isMissing) return { findings: [], saved };
  try {
    setAside(entry);
  } catch (error) {
    const detail = messageOf(error);
    return { findings: [{ kind: "busy", detail }], saved };
  }
  const second = await inspectWorktree(shop.git, entry, goingPath(entry));
  if (isSame(first, second)) return { findings: [], saved };
  putBack(entry);
  return { findings: second.findings.length > 0 ? second.findings : [{ kind: "busy", detail: "it changes" }], saved };
}

/** Where it stands. What has its last name already is no worktree of ours, or no longer known to be one. */
async function look(shop: Workshop, entry: WorktreeEntry): Promise<Inspection> {
  const inspection = await inspectWorktree(shop.git, entry);
  return { ...inspection, findings: [...inspection.findings, ...inTheWay(entry)] };
}

function speaksAgainst(finding: Finding, { work, forgetMissing }: RemovalOptions): boolean {
  if (finding.kind === "missing") return !forgetMissing;
  return work === "keep" || !isSavable(finding);
}

function isSame(first: Inspection, second: Inspection): boolean {
  const texts = ({ findings }: Inspection): string => findings.map(findingText).join("\n");
  return texts(first) === texts(second) && first.signature === second.signature && first.head === second.head;
}

async function save(
  shop: Workshop,
  entry: WorktreeEntry,
  inspection: Inspection,
  options: RemovalOptions,
): Promise<SavedWork> {
  const hasWork = inspection.findings.some(isSavable);
  const saved = hasWork ? await saveWork(shop, entry, inspection, options.copies) : NOTHING;
  // A saved snapshot stands on the commits and holds them too.
  if (saved.ref !== undefined || inspection.loose.length === 0) return saved;
  return { ...saved, ref: await saveCommits(shop, entry, inspection.loose) };
}

async function keep(
  shop: Workshop,
  entry: WorktreeEntry,
  findings: readonly Finding[],
  saved: SavedWork,
): Promise<Removal> {
  const texts = findings.map(findingText);
  await shop.registry.record(entry.name, { type: "keep", token: entry.token, findings: texts });
  giveUpPorts(shop, entry);
  const remedy = remedyFor(entry, texts);
  tell(shop, "worktree.kept", entry, `${texts.join("; ")}. ${remedy}`);
  return { ...about(entry), outcome: "kept", findings, saved, remedy, branch: entry.branch };
}

async function giveUp(shop: Workshop, entry: WorktreeEntry, error: unknown): Promise<Removal> {
  // As long as git knows it, nothing of it was deleted.
  if (adminEntry(entry.repository, entry.name) !== undefined) putBack(entry);
  await orphan(shop, shop.registry, entry, error);
  return notRemoved(entry, error);
}

/** Nothing is known of it but that something went wrong. */
export function notRemoved(entry: WorktreeEntry, error: unknown): Removal {
  const detail = messageOf(error);
  const remedy = `see what is at ${entry.path}, then run \`signalbox worktrees clean\` again`;
  const findings: Finding[] = [{ kind: "unknown", detail }];
  return { ...about(entry), outcome: "failed", findings, saved: NOTHING, remedy, branch: entry.branch };
}

const about = ({ item, path }: WorktreeEntry): Pick<Removal, "item" | "path"> => ({ item, path });

const savedText = ({ ref, copy }: SavedWork): string | undefined =>
  [ref, copy].some(Boolean) ? `saved: ${[ref, copy].filter(Boolean).join(", ")}` : undefined;
