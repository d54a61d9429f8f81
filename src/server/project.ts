/**
 * One project: a run that waits for work and never ends by itself, with what the wire wants to know of it beside its items.
 *
 * K1 Every change goes through the run; what is kept here is made from what the run has published, and can be lost.
 * K2 A list, a picture, its progress and the stream speak of versions of one and the same journal.
 */
import { itemIdOf, itemIndexOf } from "../base/item-ids.ts";
import type { Env } from "../base/env.ts";
import type { Claim } from "../engine/claim.ts";
import type { Run } from "../engine/run.ts";
import type { Answered, NextRequest, RequestKey, Turn } from "../engine/turn.ts";
import { dependentsOf } from "../graph/graph.ts";
import type { FileConflict } from "../items/file-conflicts.ts";
import type { JournalEntry, JournalReader } from "../journal/journal.ts";
import { JOURNAL_LIMITS } from "../journal/limits.ts";
import type { ItemSnapshot, RunSnapshot } from "../items/snapshot.ts";
import { entryOnWire } from "./entry-on-wire.ts";
import type { EventHub } from "./event-hub.ts";
import { filesIn, FilesInHand, type LeftInHand } from "./files-in-hand.ts";
import type { ItemTimes } from "./item-times.ts";
import type { ItemNotes } from "./item-notes.ts";
import { wireItem, type ItemFacts, type Picture, type WireItem } from "./item-view.ts";
import { ProblemError } from "./problem.ts";
import type { Answer } from "./route.ts";
import type { Json } from "../base/json.ts";

export interface ProjectSettings {
  readonly name: string;
  readonly liveItemsMax: number;
  readonly conflicts: "report" | "refuse";
  /** The request that it was made for, when it may come again. */
  readonly request?: RequestKey;
}

export interface ProjectParts {
  readonly run: Run;
  readonly settings: ProjectSettings;
  readonly createdAt: number;
  readonly journal: JournalReader;
  readonly hub: EventHub;
  readonly env: Env;
  /** As far as the journal has them. */
  readonly times: ItemTimes;
  readonly notes: ItemNotes;
  /** Of claims that go on. Default: there are none. */
  readonly inHand?: readonly LeftInHand[];
  /** Up to there the audit log was compacted. Default 0. */
  readonly baseSeq?: number;
}

/** Files that two agents have in hand at once. */
export interface WireConflict {
  work_item_id: string;
  agent_id: string;
  conflicting_files: string[];
}

/** What a change may do and see while it is made. */
export type ProjectTurn = Turn;

/** A call whose answer is kept under its key, when it has one. */
interface KeyedCall {
  readonly request: RequestKey | undefined;
}

/** An answer as it is stored; the same one is given again. */
interface StoredAnswer {
  readonly status: number;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Project {
  readonly id: string;
  readonly run: Run;
  readonly settings: ProjectSettings;
  readonly createdAt: number;
  readonly hub: EventHub;
  readonly journal: JournalReader;
  readonly env: Env;
  readonly notes: ItemNotes;
  /** Up to there the audit log was compacted, or is just being: of what was before nothing is shown. */
  baseSeq: number;
  readonly #times: ItemTimes;
  readonly #files = new FilesInHand();

  constructor({ run, settings, createdAt, journal, hub, env, times, notes, inHand = [], baseSeq = 0 }: ProjectParts) {
    this.id = run.id;
    this.run = run;
    this.settings = settings;
    this.createdAt = createdAt;
    this.hub = hub;
    this.journal = journal;
    this.env = env;
    this.#times = times;
    this.notes = notes;
    this.baseSeq = baseSeq;
    for (const { item, token, named, observed } of inHand) {
      this.#hold(item, token, named);
      this.#files.observed(item, token, observed);
    }
    const next = (entries: readonly JournalEntry[]): void => entries.forEach((entry) => this.#take(entry));
    run.entries$.subscribe({ next, error: () => {} });
  }

  get snapshot(): RunSnapshot {
    return this.run.snapshot();
  }

  idOf(number: number): string {
    return itemIdOf(this.id, number);
  }

  /** The number of an item by its id. */
  numberOfId(id: string): number | undefined {
    const number = itemIndexOf(this.id, id);
    return number >= 0 && number < this.run.plan.graph.size ? number : undefined;
  }

  /** The number of an item by its id or key. */
  numberOf(idOrKey: string): number | undefined {
    return this.numberOfId(idOrKey) ?? this.run.plan.numberOf(idOrKey);
  }

  /** The number of the item that a question is about, by its id or key, if it is about one. @throws ProblemError `not_found` */
  namedItem(idOrKey: string | undefined): number | undefined {
    if (idOrKey === undefined) return undefined;
    const number = this.numberOf(idOrKey);
    if (number !== undefined) return number;
    throw new ProblemError("not_found", "expected the id or key of a work item of this project, got another");
  }

  /** @throws ProblemError `not_found` */
  itemAt(number: number, snapshot = this.snapshot): ItemSnapshot {
    const item = snapshot.items.at(number);
    if (item === undefined) throw new ProblemError("not_found", "expected the id of a work item, got another");
    return item;
  }

  view(number: number, snapshot = this.snapshot): WireItem {
    return wireItem(this.run.plan, snapshot, this.itemAt(number, snapshot), this.#factsOf(number));
  }

  /** The present version. */
  picture(): Picture {
    const { snapshot } = this;
    const { liveItemsMax } = this.settings;
    return { plan: this.run.plan, snapshot, liveItemsMax, factsOf: (number) => this.#factsOf(number) };
  }

  /**
   * Numbers of the items that look different than at this version: those that moved, and those that depend on them. `undefined`
   * when it is too long ago to know.
   */
  changedSince(seq: number): ReadonlySet<number> | undefined {
    const moved = this.hub.itemsAfter(seq);
    if (moved === undefined) return undefined;
    const changed = new Set(moved);
    const { graph } = this.run.plan;
    for (const number of moved)
      if (number < graph.size) for (const dependent of dependentsOf(graph, number)) changed.add(dependent);
    return changed;
  }

  /** An item as it is in the middle of a change; that of a claim knows when its lease ends. */
  viewIn(turn: Turn, item: ItemSnapshot, leaseEnds?: number): WireItem {
    const { number } = item;
    const picture = { runId: this.id, items: { at: (number: number) => turn.itemAt(number) } };
    // One that this very change has added is not among the published ones yet.
    const createdAt = number < this.snapshot.items.size ? this.#times.of(number).createdAt : turn.at;
    // Only who holds it has a lease; to look for one takes the item's key.
    const isHeld = item.status === "claimed";
    const leaseExpiresAt = isHeld ? (leaseEnds ?? this.run.claims.leaseExpiresAtMs(item.key)) : undefined;
    const facts = { createdAt, updatedAt: turn.at, leaseExpiresAt };
    return wireItem(turn.plan, picture, item, facts);
  }

  /** The key of an item by its id or key. @throws ProblemError `code` when there is none */
  keyOf(idOrKey: string, code: "invalid_dependency" | "not_found"): string {
    const number = this.numberOf(idOrKey);
    if (number !== undefined) return this.run.plan.taskOf(number)!.key;
    throw new ProblemError(
      code,
      `expected the id or key of a work item of this project, got ${JSON.stringify(idOrKey)}`,
    );
  }

  /**
   * Changes the project; the answer is made in the same step, becomes durable with the change, and is given again to whoever sends
   * the same key again. Requests that arrive in one moment share a step, a transaction and a publication.
   */
  change(call: KeyedCall, work: (turn: Turn) => Answer): Promise<Answer> {
    const { turns } = this.run;
    return turns.turn((turn) => storedOf(work(turn), call), call.request, "together").then(answerOf);
  }

  /** The same for the claim of whatever should go first. */
  changeNext(
    call: KeyedCall,
    asked: NextRequest,
    work: (turn: Turn, claim: Claim | undefined) => Answer,
  ): Promise<Answer> {
    const { turns } = this.run;
    const answerTo = (turn: Turn, claim: Claim | undefined): Json => storedOf(work(turn, claim), call);
    return turns.turnNext(asked, answerTo, call.request, "together").then(answerOf);
  }

  /** @throws ProblemError `history_removed` for a version of which the entries behind it are not all there any more */
  refuseRemoved(seq: number): void {
    if (seq >= this.baseSeq) return;
    throw new ProblemError(
      "history_removed",
      `expected a version from ${this.baseSeq} on, got ${seq}: the audit log was compacted up to there; begin anew from the present picture`,
      { members: { base_seq: this.baseSeq } },
    );
  }

  /** Rows of the audit log as the wire shows them; without `after` from where it begins. @throws ProblemError `history_removed` */
  async auditRows(asked: number | undefined, limit: number, item?: number): Promise<object[]> {
    const after = asked ?? this.baseSeq;
    this.refuseRemoved(after);
    const bytesMax = JOURNAL_LIMITS.auditPageBytesMax;
    const entries = await this.journal.audit(this.id, { after, limit, bytesMax, ...(item !== undefined && { item }) });
    // Entries that are on the disk but not published yet would be ahead of every other answer.
    return entries.filter(({ seq }) => seq <= this.hub.seq).map((entry) => entryOnWire(this.run, entry));
  }

  /** @throws ProblemError `file_conflict` when the project's policy refuses what others have in hand; UsageError */
  refuseConflicts(turn: Turn, number: number, files: readonly string[] = []): void {
    const wanted = this.#files.read([...declaredBy(turn, number), ...files]);
    if (this.settings.conflicts === "report") return;
    const conflicts = this.#onWire(this.#files.conflictsWith(number, wanted), turn);
    if (conflicts.length === 0) return;
    const names = conflicts.map(({ work_item_id, agent_id }) => `${work_item_id} (${agent_id})`).join(", ");
    throw new ProblemError("file_conflict", `expected files that nobody has in hand, but others have them: ${names}`, {
      members: { conflicts },
    });
  }

  /** Whether nobody has in hand what the item declares; asked where the policy refuses the claim otherwise. */
  readonly isFree = (turn: Turn, number: number): boolean => {
    const others = this.#files.inTheWayOf(number, declaredBy(turn, number));
    return !others.some((other) => turn.itemAt(other).status === "claimed");
  };

  #factsOf(number: number): ItemFacts {
    return {
      ...this.#times.of(number),
      leaseExpiresAt: this.run.claims.leaseExpiresAtMs(this.run.plan.taskOf(number)!.key),
    };
  }

  /** The claim was granted in this turn: its files are in hand from now on. */
  claimed(turn: Turn, number: number, token: number, files: readonly string[] = []): WireConflict[] {
    this.#files.claimed(number, token, this.#files.read([...declaredBy(turn, number), ...files]));
    return this.#onWire(this.#files.conflictsOf(number), turn);
  }

  /** Of what a holder says that it touched, what it has not said before. @throws ProblemError `too_large` */
  freshFiles(number: number, token: number, files: readonly string[]): readonly string[] {
    return this.#files.freshOf(number, token, files);
  }

  /** The holder says that it touched these. Answers who has anything in hand that it has, these and what it had before. */
  observed(turn: Turn, number: number, token: number, fresh: readonly string[]): WireConflict[] {
    this.#files.observed(number, token, fresh);
    return this.#onWire(this.#files.conflictsOf(number), turn);
  }

  /** Who holds any of these; -1 asks for nobody in particular. @throws UsageError */
  conflictsOf(number: number, files: readonly string[]): WireConflict[] {
    return this.#onWire(this.#files.conflictsWith(number, this.#files.read(files)), this.#published());
  }

  /** Each claimed item that has files in hand which others have, too. */
  allConflicts(): { work_item_id: string; conflicts: WireConflict[] }[] {
    const now = this.#published();
    const found: { work_item_id: string; conflicts: WireConflict[] }[] = [];
    for (const { number, status } of this.snapshot.items) {
      const conflicts = status === "claimed" ? this.#onWire(this.#files.conflictsOf(number), now) : [];
      if (conflicts.length > 0) found.push({ work_item_id: this.idOf(number), conflicts });
    }
    return found;
  }

  #published(): Now {
    const { items } = this.snapshot;
    return { itemAt: (number) => items.at(number) };
  }

  /** Those in force: what was claimed or ended in this very step is not among what is published, but counts when `now` is the step. */
  #onWire(conflicts: readonly FileConflict<number>[], now: Now): WireConflict[] {
    const inForce = conflicts.filter(({ item }) => now.itemAt(item)?.status === "claimed");
    return inForce.map(({ item, files }) => ({
      work_item_id: this.idOf(item),
      agent_id: now.itemAt(item)?.holder ?? "local",
      conflicting_files: [...files],
    }));
  }

  #hold(item: number, token: number, named: readonly string[]): void {
    const files = [...(this.run.plan.taskOf(item)?.files ?? []), ...named];
    if (files.length > 0) this.#files.claimed(item, token, this.#files.read(files));
  }

  #take(entry: JournalEntry): void {
    this.hub.take(entry);
    this.#times.take(entry);
    this.notes.take(entry);
    const { item, from, to, seq, token } = entry;
    if (item < 0) return;
    if (from === "claimed" && to !== "claimed") this.#files.released(item, seq);
    if (to === "claimed" && from !== "claimed") this.#hold(item, token, filesIn(entry.data));
  }
}

/** Where items are looked up: in a step, or in what is published. */
interface Now {
  itemAt(number: number): ItemSnapshot | undefined;
}

function declaredBy({ plan }: Turn, number: number): readonly string[] {
  return plan.taskOf(number)!.files ?? [];
}

function storedOf(answer: Answer, { request }: KeyedCall): Json {
  if (answer instanceof Response) throw new ProblemError("internal", "an answer to a change is JSON");
  const { status, body, headers } = answer;
  // Without a key nobody can ask for it again: it is not kept, and given on as it is.
  if (request === undefined) return answer as unknown as Json;
  // What goes over the wire is JSON; the copy is what the journal keeps.
  return JSON.parse(JSON.stringify({ status, body, headers })) as Json;
}

function answerOf({ answer, isRepeated }: Answered<Json>): Answer {
  // `storedOf` made it.
  const stored = answer as unknown as StoredAnswer;
  if (!isRepeated) return stored;
  return { ...stored, headers: { ...stored.headers, "idempotency-replayed": "true" } };
}
