/** What a log tells of worktrees that were given back, in the order in which a result has it. */

/** The data of `worktree.removed` and `worktree.kept`, with the item. Logs of before have no `role`. */
export interface ToldWorktree {
  readonly item: string;
  readonly role?: string;
  readonly path: string;
  readonly is_there?: boolean;
  readonly branch?: string | null;
  readonly commit?: string;
  readonly base?: string;
  readonly saved_ref?: string;
  readonly saved_copy?: string;
}

/** Keeps what was told last of each worktree. */
export class ToldWorktrees {
  /** By item, then by path, in the order of the first telling. */
  readonly #ofItems = new Map<string, Map<string, ToldWorktree>>();

  note(told: ToldWorktree): void {
    let ofItem = this.#ofItems.get(told.item);
    if (ofItem === undefined) this.#ofItems.set(told.item, (ofItem = new Map()));
    ofItem.set(told.path, told);
  }

  /** Of each item the latest; behind it, newest first, those of which something is left. */
  inOrder(): readonly ToldWorktree[] {
    return [...this.#ofItems.values()].flatMap((ofItem) => {
      const newestFirst = [...ofItem.values()].toReversed();
      const latest = newestFirst.find(({ role }) => role !== "undo");
      const told = latest === undefined ? [] : [{ ...latest, role: "latest" }];
      for (const each of newestFirst) {
        if (each !== latest && isLeft(each, told))
          told.push({ ...each, role: each.role === "undo" ? "undo" : "earlier" });
      }
      return told;
    });
  }
}

function isLeft(each: ToldWorktree, told: readonly ToldWorktree[]): boolean {
  const { is_there: isThere, branch, commit, base } = each;
  if (isThere === true || (each.saved_ref ?? each.saved_copy) !== undefined) return true;
  return (branch ?? undefined) !== undefined && commit !== base && told.every((other) => other.branch !== branch);
}
