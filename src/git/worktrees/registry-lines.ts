import { isAbsolute } from "node:path";
import { entryOf, nextEntry, type EntryEvent, type WorktreeEntry, type WorktreePlan } from "./entry.ts";
import { isOwner } from "./owner.ts";
import type { ObservedWork, SavedWork } from "./work-facts.ts";

const EVENT_TYPES: ReadonlySet<unknown> = new Set<EntryEvent["type"]>([
  "create",
  "created",
  "remove",
  "removed",
  "take",
  "adopt",
  "keep",
  "fail",
]);

/** Facts that become known with an event, or between two. */
export type EntryFacts = Partial<
  Pick<
    WorktreeEntry,
    "owner" | "ports" | "made" | "work" | "undeclared" | "saved" | "branchLeft" | "path" | "repository"
  >
>;

/**
 * The entries that the lines of a registry lead to. A line that is none of ours, torn by a crash or by hand, is passed over:
 * what it told is then found out from the disk when the worktree is repaired.
 */
export function foldRegistry(text: string): Map<string, WorktreeEntry> {
  const entries = new Map<string, WorktreeEntry>();
  for (const line of text.split("\n")) {
    const record = recordOf(line);
    if (record === undefined) continue;
    const next = "plan" in record ? planned(record.plan, entries) : moved(record, entries);
    if (next !== undefined) entries.set(next.name, Object.freeze(next));
  }
  return entries;
}

type Line =
  | { readonly plan: WorktreePlan }
  | { readonly name: string; readonly event: EntryEvent | undefined; readonly facts: EntryFacts };

function planned(plan: WorktreePlan, entries: ReadonlyMap<string, WorktreeEntry>): WorktreeEntry | undefined {
  return entries.has(plan.name) ? undefined : entryOf(plan);
}

function moved(
  { name, event, facts }: Extract<Line, { name: string }>,
  entries: ReadonlyMap<string, WorktreeEntry>,
): WorktreeEntry | undefined {
  const entry = entries.get(name);
  if (entry === undefined) return undefined;
  if (event === undefined) return { ...entry, ...facts };
  const next = nextEntry(entry, event);
  return next === entry ? undefined : { ...next, ...facts };
}

function recordOf(line: string): Line | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || (value as { v?: unknown }).v !== 1) return undefined;
  const record = value as { plan?: unknown; name?: unknown; event?: unknown; facts?: unknown };
  if (isPlan(record.plan)) return { plan: { ...record.plan, branch: record.plan.branch ?? undefined } };
  if (typeof record.name !== "string") return undefined;
  if (record.event !== undefined && !isEvent(record.event)) return undefined;
  return { name: record.name, event: record.event, facts: factsOf(record.facts) };
}

/** Paths of a plan are removed one day: only a whole plan is one. */
function isPlan(value: unknown): value is WorktreePlan {
  if (typeof value !== "object" || value === null) return false;
  const { name, runId, item, repository, path, base, branch, ownBranch, owner } = value as Record<
    keyof WorktreePlan,
    unknown
  >;
  return (
    [name, runId, item, repository, path, base].every((each) => typeof each === "string" && each !== "") &&
    isAbsolute(String(path)) &&
    isAbsolute(String(repository)) &&
    (branch === undefined || typeof branch === "string") &&
    typeof ownBranch === "boolean" &&
    isOwner(owner)
  );
}

function isEvent(value: unknown): value is EntryEvent {
  if (typeof value !== "object" || value === null) return false;
  const { type, token, findings, reason } = value as Record<string, unknown>;
  if (!EVENT_TYPES.has(type) || !Number.isSafeInteger(token)) return false;
  if (type === "keep") return Array.isArray(findings) && findings.every((each) => typeof each === "string");
  return type !== "fail" || (typeof reason === "object" && reason !== null);
}

function factsOf(value: unknown): EntryFacts {
  if (typeof value !== "object" || value === null) return {};
  const facts = value as Record<keyof EntryFacts, unknown>;
  const { owner, ports, made, work, undeclared, saved, branchLeft, path, repository } = facts;
  return {
    ...(isPlace(path) ? { path } : {}),
    ...(isPlace(repository) ? { repository } : {}),
    ...(isOwner(owner) ? { owner } : {}),
    ...(isPorts(ports) ? { ports } : {}),
    ...(Array.isArray(made) ? { made: made.filter(isMade) } : {}),
    ...(isWork(work) ? { work: { ...work, branch: work.branch } } : {}),
    ...(isTexts(undeclared) ? { undeclared } : {}),
    ...(isSaved(saved) ? { saved: { ref: saved.ref, copy: saved.copy } } : {}),
    ...(typeof branchLeft === "boolean" ? { branchLeft } : {}),
  };
}

const isPlace = (value: unknown): value is string => typeof value === "string" && isAbsolute(value);

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");

function isWork(value: unknown): value is ObservedWork {
  if (typeof value !== "object" || value === null) return false;
  const { commit, branch, files, ...numbers } = value as Record<keyof ObservedWork, unknown>;
  const counted = [numbers.filesTotal, numbers.insertions, numbers.deletions];
  if (branch !== undefined && typeof branch !== "string") return false;
  return typeof commit === "string" && isTexts(files) && counted.every((each) => Number.isSafeInteger(each));
}

function isSaved(value: unknown): value is SavedWork {
  if (typeof value !== "object" || value === null) return false;
  const { ref, copy } = value as Record<keyof SavedWork, unknown>;
  return [ref, copy].every((each) => each === undefined || typeof each === "string");
}

function isPorts(value: unknown): value is { readonly first: number; readonly count: number } {
  if (typeof value !== "object" || value === null) return false;
  const { first, count } = value as Record<string, unknown>;
  return Number.isSafeInteger(first) && Number.isSafeInteger(count);
}

function isMade(value: unknown): value is { readonly path: string; readonly signature: string } {
  if (typeof value !== "object" || value === null) return false;
  const { path, signature } = value as Record<string, unknown>;
  return typeof path === "string" && typeof signature === "string";
}
