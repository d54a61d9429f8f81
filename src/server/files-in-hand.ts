/**
 * Which files those who hold items have in hand, and who is in whose way.
 *
 * J1 What an item has in hand is what it declares, what its claim named (both patterns), and what its holder said it touched
 *    (paths), from the claim to its end.
 * J2 Who asks about an item is told of everything that it has in hand, not only of what came last: so both sides hear of it.
 * J3 The end of a claim takes nothing from a later one: claims and their ends are told apart by their places in the log.
 * J4 What is said again is held once, and of one claim at most `claimFilesMax` paths.
 */
import type { Json } from "../base/json.ts";
import { LIMITS } from "../base/limits.ts";
import { fileConflicts, type FileConflict, type FileSet } from "../items/file-conflicts.ts";
import { auditPages } from "../journal/audit-pages.ts";
import type { JournalReader, RecoveredRun } from "../journal/journal.ts";
import { isMap } from "../plan/check/names.ts";
import { ProblemError } from "./problem.ts";

/** What was in hand when a process ended: of a claim that goes on. */
export interface LeftInHand {
  readonly item: number;
  readonly token: number;
  readonly named: readonly string[];
  readonly observed: readonly string[];
}

interface InHand {
  /** Seq of the claim. */
  readonly token: number;
  files: FileSet;
  /** Paths that its holder has said; most never say any. */
  observed: Set<string> | undefined;
}

export class FilesInHand {
  // As the schedule compares them: on many machines names that differ in upper and lower case are one file.
  readonly #held = fileConflicts<number>({ ignoreCase: true });
  readonly #claims = new Map<number, InHand>();
  /** Of items that were asked about since anything was taken in hand or put down: who has what they declare. */
  readonly #inTheWay = new Map<number, readonly number[]>();

  /** Reads patterns. @throws UsageError */
  read(patterns: readonly string[]): FileSet {
    return this.#held.read(patterns);
  }

  /** From this claim on the item has these in hand. Said twice of one claim it changes nothing. */
  claimed(item: number, token: number, files: FileSet): void {
    const before = this.#claims.get(item);
    // Most items have none.
    if (before === undefined ? files.length === 0 : before.token >= token) return;
    this.#begin(item, token, files);
  }

  #begin(item: number, token: number, files: FileSet): InHand {
    this.#held.release(item);
    const claim: InHand = { token, files, observed: undefined };
    this.#inTheWay.clear();
    this.#claims.set(item, claim);
    this.#held.hold(item, files);
    return claim;
  }

  /**
   * Of the paths that a holder says it touched, those that it has not said before: what is said again is nothing to write down.
   * @throws ProblemError `too_large` when they would be more than are kept
   */
  freshOf(item: number, token: number, paths: readonly string[]): readonly string[] {
    if (paths.length === 0) return paths;
    const claim = this.#claims.get(item);
    const known = claim?.token === token ? claim.observed : undefined;
    const fresh = [...new Set(paths)].filter((path) => known?.has(path) !== true);
    if ((known?.size ?? 0) + fresh.length <= LIMITS.claimFilesMax) return fresh;
    throw new ProblemError(
      "too_large",
      `expected at most ${LIMITS.claimFilesMax} files of one claim, got more; name folders, with a slash at the end`,
    );
  }

  /** The holder of this claim says that it touched these, which it has not said before. */
  observed(item: number, token: number, fresh: readonly string[]): void {
    if (fresh.length === 0) return;
    let claim = this.#claims.get(item);
    if (claim === undefined || claim.token < token) claim = this.#begin(item, token, []);
    const known = (claim.observed ??= new Set());
    for (const path of fresh) known.add(path);
    const files = this.#held.readPaths(fresh);
    claim.files = [...claim.files, ...files];
    this.#inTheWay.clear();
    this.#held.hold(item, files);
  }

  /** The claims of an item that were made before this seq are over. */
  released(item: number, seq: number): void {
    const claim = this.#claims.get(item);
    if (claim === undefined || claim.token >= seq) return;
    this.#claims.delete(item);
    this.#inTheWay.clear();
    this.#held.release(item);
  }

  /** Who else has anything in hand that this item has. */
  conflictsOf(item: number): readonly FileConflict<number>[] {
    const files = this.#claims.get(item)?.files ?? [];
    return files.length === 0 ? [] : this.#held.conflictsOf(item, files);
  }

  /** Who has anything in hand that the item declares; soon answered when many are asked about again and again. */
  inTheWayOf(item: number, declared: readonly string[]): readonly number[] {
    if (this.#held.size === 0 || declared.length === 0) return [];
    let known = this.#inTheWay.get(item);
    if (known === undefined) {
      known = this.#held.conflictsOf(item, this.read(declared)).map((conflict) => conflict.item);
      this.#inTheWay.set(item, known);
    }
    return known;
  }

  /** Who else has any of these in hand; -1 asks for nobody in particular. */
  conflictsWith(item: number, files: FileSet): readonly FileConflict<number>[] {
    return files.length === 0 ? [] : this.#held.conflictsOf(item, files);
  }
}

/** The files that an entry of the log names: those of a claim, or of a sign of life. */
export function filesIn(data: Json | undefined): readonly string[] {
  if (!isMap(data)) return [];
  const files = data["files"];
  return Array.isArray(files) ? files.filter((file) => typeof file === "string") : [];
}

/** What the holders of the claims that go on had in hand, as far as the log tells. */
export async function leftInHand(journal: JournalReader, { record, items }: RecoveredRun): Promise<LeftInHand[]> {
  const left: LeftInHand[] = [];
  for (const { item, status, token } of items) {
    if (status !== "claimed") continue;
    let named: readonly string[] = [];
    const observed = new Set<string>();
    for await (const page of auditPages(journal, record.id, { item, after: token - 1, withGaps: true }))
      for (const { event, seq, data } of page) {
        if (event === "claim" && seq === token) named = filesIn(data);
        else if (event === "heartbeat") for (const file of filesIn(data)) observed.add(file);
      }
    left.push({ item, token, named, observed: [...observed] });
  }
  return left;
}
