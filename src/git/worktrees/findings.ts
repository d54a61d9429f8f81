/** Something that would be lost with a worktree, or that speaks against touching it. */
export interface Finding {
  readonly kind: FindingKind;
  /** What was found, for people: paths, process numbers, a commit. */
  readonly detail: string;
}

export type FindingKind =
  /** It does not stand where it was made, or something else stands there. */
  | "missing"
  | "moved"
  | "replaced"
  /** Its repository is not where it was: nobody can say what is in it. */
  | "repository"
  /** Somebody is at work: locked by others, a process stands inside, a git command holds the index. */
  | "locked"
  | "busy"
  /** A merge, rebase or the like is in the middle. */
  | "operation"
  /** Repositories inside of it, whose commits are nowhere else. */
  | "submodule"
  | "nested"
  /** Tracked files that git was told not to look at. */
  | "hidden"
  /** Work that can be saved: changed, untracked and ignored files. */
  | "changed"
  | "untracked"
  | "ignored"
  /** Git could not tell. */
  | "unknown";

const KINDS: ReadonlySet<string> = new Set<FindingKind>([
  "missing",
  "moved",
  "replaced",
  "repository",
  "locked",
  "busy",
  "operation",
  "submodule",
  "nested",
  "hidden",
  "changed",
  "untracked",
  "ignored",
  "unknown",
]);

const SAVABLE: ReadonlySet<FindingKind> = new Set(["changed", "untracked", "ignored"]);

/** Whether a copy can be kept and the worktree removed after. */
export const isSavable = ({ kind }: Pick<Finding, "kind">): boolean => SAVABLE.has(kind);

const NAMES_SHOWN = 5;

/** One finding for many names of one kind; nothing for none. */
export function findingOf(kind: FindingKind, names: readonly string[]): Finding[] {
  if (names.length === 0) return [];
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : "";
  return [{ kind, detail: names.slice(0, NAMES_SHOWN).join(", ") + more }];
}

/** As the registry keeps it. */
export const findingText = ({ kind, detail }: Finding): string => `${kind}: ${detail}`;

/** Of what the registry keeps; `undefined` for what is none of ours. */
export function kindOf(text: string): FindingKind | undefined {
  const kind = text.slice(0, Math.max(0, text.indexOf(":")));
  return KINDS.has(kind) ? (kind as FindingKind) : undefined;
}
