/**
 * All projects of one state directory, each a run of its own on one journal.
 *
 * O1 One coordinator for each state directory: the journal's lock says so.
 * O2 After a start every project goes on where it was: items are held by whoever held them, with a fresh lease.
 * O3 When the journal fails, changes are refused and what is shown stays what was acknowledged. The journal is opened again and
 *    again until it can be; then every project goes on as after a start.
 */
import type { Env } from "../base/env.ts";
import { JournalUnavailableError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { NO_LOG, type Log } from "../base/log.ts";
import type { Json } from "../base/json.ts";
import type { Tracer } from "../base/tracer.ts";
import { createRun } from "../engine/create-run.ts";
import { resumeRun } from "../engine/resume-run.ts";
import type { Run, RunEvent, RunOptions } from "../engine/run.ts";
import type { RequestKey } from "../engine/turn.ts";
import type {
  Compaction,
  CompactOptions,
  Journal,
  JournalEntry,
  RecoveredRun,
  RunSummary,
} from "../journal/journal.ts";
import { JOURNAL_LIMITS } from "../journal/limits.ts";
import { isMap } from "../plan/check/names.ts";
import { planFromText } from "../plan/read-text.ts";
import { entryOnWire } from "./entry-on-wire.ts";
import { EventHub, type Frame } from "./event-hub.ts";
import { leftInHand } from "./files-in-hand.ts";
import { ItemNotes, storedNotes } from "./item-notes.ts";
import { ItemTimes } from "./item-times.ts";
import { ProblemError } from "./problem.ts";
import { Project, type ProjectParts, type ProjectSettings } from "./project.ts";

export interface CoordinatorOptions {
  readonly openJournal: () => Promise<Journal>;
  readonly env: Env;
  /** Name of the project that is made when there is none. */
  readonly defaultName: string;
  readonly onProblem: (problem: Error) => void;
  /** Default: nobody is told. */
  readonly log?: Log;
  /** Gets a span for each attempt. Default: nobody is told. */
  readonly tracer?: Tracer;
  /** Told of the run of each project when it begins; what it answers is called when that run has ended here. */
  readonly onRun?: (run: Run) => () => void;
}

const LIVE_ITEMS_MAX_DEFAULT = 64;
/** Waits between two tries to open the journal again. */
const REOPEN_MS = { first: 250, max: 10_000 } as const;

/** Where an item is, whatever it is at the moment. */
export interface FoundItem {
  readonly project: Project;
  readonly number: number;
}

export class Coordinator {
  readonly #options: CoordinatorOptions;
  /** Oldest first. */
  #projects = new Map<string, Project>();
  #journal: Journal | undefined;
  /** While the journal has failed. */
  #reopening: Promise<void> | undefined;
  readonly #failed = new WeakSet<Journal>();
  #closed = false;
  #stopWaiting: () => void = () => {};

  readonly #log: Log;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
    this.#log = options.log ?? NO_LOG;
  }

  /**
   * Goes on with every project there is; makes one when there is none.
   * @throws what opening the journal throws; nothing is left open then
   */
  async open(): Promise<void> {
    const journal = await this.#options.openJournal();
    try {
      this.#projects = await this.#projectsOf(journal);
      this.#journal = journal;
      if (this.#projects.size === 0) await this.create({ name: this.#options.defaultName });
    } catch (error) {
      this.#journal = undefined;
      await journal.close();
      throw error;
    }
  }

  /** Changes are durable again as soon as this is `false`. */
  get isJournalDown(): boolean {
    return this.#reopening !== undefined;
  }

  all(): readonly Project[] {
    return [...this.#projects.values()];
  }

  /** @throws ProblemError `not_found` */
  project(id = "default"): Project {
    const [oldest] = this.#projects.values();
    const found = id === "default" ? oldest : this.#projects.get(id);
    if (found === undefined) throw new ProblemError("not_found", "expected the id of a project, got another");
    return found;
  }

  /**
   * An item of any project by its id, of the default one also by its key: the same key in another project is another item, and may come
   * to be there at any time. What is an id somewhere is never taken for a key. @throws ProblemError `not_found`
   */
  item(id: string): FoundItem {
    for (const project of this.#projects.values()) {
      const number = project.numberOfId(id);
      if (number !== undefined) return { project, number };
    }
    const [oldest] = this.#projects.values();
    const number = oldest?.run.plan.numberOf(id);
    if (oldest !== undefined && number !== undefined) return { project: oldest, number };
    throw new ProblemError("not_found", "expected the id of a work item, got another");
  }

  async create(asked: { readonly name: string } & Partial<ProjectSettings>): Promise<Project> {
    const { env } = this.#options;
    const journal = this.#journal;
    if (journal === undefined)
      throw new JournalUnavailableError("expected a journal that can be written, got none; try again later");
    if (this.#projects.size >= LIMITS.projectsMax)
      throw new ProblemError("cap_reached", `expected at most ${LIMITS.projectsMax} projects, got one more`);
    const now = env.clock.now();
    const settings: ProjectSettings = {
      name: asked.name,
      liveItemsMax: asked.liveItemsMax ?? LIVE_ITEMS_MAX_DEFAULT,
      conflicts: asked.conflicts ?? "report",
      ...(asked.request !== undefined && { request: asked.request }),
    };
    // Where conflicts are only told, every file is shared as far as the engine is concerned.
    const sharedFiles = settings.conflicts === "report" ? { sharedFiles: ["**"] } : {};
    const run = createRun(
      { name: settings.name, ...sharedFiles, tasks: {} },
      { ...this.#runOptions(settings, now), journal, env },
    );
    const memory = { times: new ItemTimes(now), notes: new ItemNotes() };
    const project = await this.#begin(journal, run, settings, now, memory);
    this.#projects.set(project.id, project);
    return project;
  }

  async #projectsOf(journal: Journal): Promise<Map<string, Project>> {
    const projects = new Map<string, Project>();
    const stored = (await journal.runs()).filter(isProject).toReversed();
    try {
      for (const run of stored) projects.set(run.id, await this.#resume(journal, run));
    } catch (error) {
      leave(projects.values());
      throw error;
    }
    return projects;
  }

  async #resume(journal: Journal, summary: RunSummary): Promise<Project> {
    const { env } = this.#options;
    const settings = settingsOf(summary);
    const createdAt = createdAtOf(summary);
    const recovered = await journal.recover(summary.id);
    const plan = planFromText(recovered.record.planText);
    const run = resumeRun(recovered, plan, { ...this.#runOptions(settings, createdAt), journal, env });
    return this.#begin(journal, run, settings, createdAt, {
      times: timesOf(recovered, createdAt),
      notes: await notesOf(journal, run),
      inHand: await leftInHand(journal, recovered),
      ...(recovered.baseSeq !== undefined && { baseSeq: recovered.baseSeq }),
    });
  }

  async #begin(
    journal: Journal,
    run: Run,
    settings: ProjectSettings,
    createdAt: number,
    memory: Pick<ProjectParts, "times" | "notes" | "inHand" | "baseSeq">,
  ): Promise<Project> {
    const { env } = this.#options;
    const hub = hubOf(journal, run);
    const project = new Project({ run, settings, createdAt, journal, hub, env, ...memory });
    if (this.#log.tells("debug")) logEvents(this.#log, run);
    const forget = this.#options.onRun?.(run);
    run.start().then(
      () => {
        forget?.();
        hub.close();
      },
      (error: Error) => {
        forget?.();
        hub.close();
        if (!("code" in error && error.code === "interrupted")) this.#broke(journal, error);
      },
    );
    // Behind the start in the queue of commands: when this is answered, the project is as it was left.
    await run.turns.turn(() => null);
    return project;
  }

  /** Compacts the log of a project; nobody sees a version from before while it is done. @throws what `Journal.compact` throws */
  async compact(project: Project, options: CompactOptions): Promise<Compaction> {
    const journal = this.#journal;
    if (journal === undefined)
      throw new JournalUnavailableError("expected a journal that can be written, got none; try again later");
    const before = project.baseSeq;
    project.baseSeq = Math.max(before, options.upTo);
    try {
      const compaction = await journal.compact(project.id, options);
      project.baseSeq = compaction.baseSeq;
      return compaction;
    } catch (error) {
      project.baseSeq = before;
      throw error;
    }
  }

  /** Shows a run that somebody else starts and ends on this journal. It has not started: nothing came before. */
  show(journal: Journal, run: Run, settings: ProjectSettings): Project {
    const { env } = this.#options;
    const createdAt = env.clock.now();
    const hub = hubOf(journal, run);
    const memory = { times: new ItemTimes(createdAt), notes: new ItemNotes() };
    const project = new Project({ run, settings, createdAt, journal, hub, env, ...memory });
    run.entries$.subscribe({ complete: () => hub.close(), error: () => hub.close() });
    this.#projects.set(run.id, project);
    return project;
  }

  /** O3. Several projects may say it of one journal. */
  #broke(journal: Journal, error: Error): void {
    this.#failed.add(journal);
    if (journal !== this.#journal || this.#closed) return;
    this.#options.onProblem(error);
    this.#log.write("warn", "journal.down");
    this.#journal = undefined;
    this.#reopening = this.#reopen(journal);
  }

  async #reopen(failed: Journal): Promise<void> {
    // Those who follow come again, and find the projects as they are then.
    for (const { hub } of this.all()) hub.close();
    await failed.close();
    for (let waitMs: number = REOPEN_MS.first; !this.#closed; waitMs = Math.min(2 * waitMs, REOPEN_MS.max)) {
      await this.#wait(waitMs);
      if (this.#closed || (await this.#tryAgain())) return;
    }
  }

  async #tryAgain(): Promise<boolean> {
    let journal: Journal | undefined;
    try {
      journal = await this.#options.openJournal();
      const projects = await this.#projectsOf(journal);
      leave(this.all());
      this.#projects = projects;
      // One of them may have found it full again already.
      if (this.#failed.has(journal)) throw new JournalUnavailableError("expected a journal that can be written");
      this.#journal = journal;
      this.#reopening = undefined;
      this.#log.write("info", "journal.up", { projects: projects.size });
      return true;
    } catch {
      // As long as there is no room: what went wrong first was told.
      await journal?.close();
      return false;
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.env.timers.after(ms, resolve);
      this.#stopWaiting = () => {
        cancel();
        resolve();
      };
    });
  }

  #runOptions(
    { liveItemsMax, name, conflicts, request }: ProjectSettings,
    createdAt: number,
  ): RunOptions & { readonly label: Json } {
    const { tracer, onProblem } = this.#options;
    return {
      awaitClaims: true,
      open: true,
      liveItemsMax,
      label: { project: { name, conflicts, createdAt, ...(request !== undefined && { request: { ...request } }) } },
      onProblem,
      ...(tracer !== undefined && { tracer }),
    };
  }

  /** Leaves every project as it is, for the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopWaiting();
    await this.#reopening;
    await Promise.all(this.all().map(({ run }) => run.stop({ reason: "the coordinator stops" })));
    await this.#journal?.close();
  }
}

/** What becomes of items, as the stream shows it, but for what their agents say. */
function logEvents(log: Log, run: Run): void {
  const next = ({ name, seq, key, itemId, attempt, actor, reason }: RunEvent): void =>
    log.write("debug", name ?? "note", {
      run_id: run.id,
      seq,
      item: key,
      item_id: itemId,
      attempt,
      actor,
      reason: reason?.code,
    });
  run.audit$.subscribe({ next, error: () => {} });
}

/** Ends the part that runs have in this process; who asks one of them hears that the journal is gone. */
function leave(projects: Iterable<Project>): void {
  for (const { run, hub } of projects) {
    hub.close();
    run.stop({ reason: "the journal is opened again" }).catch(() => {});
  }
}

function hubOf(journal: Journal, run: Run): EventHub {
  return new EventHub({
    read: (after, limit) => journal.audit(run.id, { after, limit, bytesMax: JOURNAL_LIMITS.auditPageBytesMax }),
    frameOf: (entry) => frameOf(run, entry),
    seq: run.snapshot().seq,
  });
}

function frameOf(run: Run, entry: JournalEntry): Frame {
  const row = entryOnWire(run, entry);
  return { seq: entry.seq, text: `id: ${entry.seq}\nevent: ${row.event}\ndata: ${JSON.stringify(row)}\n\n` };
}

function isProject({ options }: RunSummary): boolean {
  return labelOf(options) !== undefined;
}

/** What a run of a coordinator says of its project; `undefined` for any other run. */
function labelOf(options: Json): Readonly<Record<string, unknown>> | undefined {
  const label = isMap(options) ? options["label"] : undefined;
  const project = isMap(label) ? label["project"] : undefined;
  return isMap(project) ? project : undefined;
}

function settingsOf({ name, options }: RunSummary): ProjectSettings {
  const label = labelOf(options) ?? {};
  const max = isMap(options) ? options["liveItemsMax"] : undefined;
  const request = requestIn(label["request"]);
  return {
    name,
    liveItemsMax: typeof max === "number" ? max : LIVE_ITEMS_MAX_DEFAULT,
    conflicts: label["conflicts"] === "refuse" ? "refuse" : "report",
    ...(request !== undefined && { request }),
  };
}

/** As it was answered: the run's own record is a moment younger. */
function createdAtOf({ options, createdAt }: RunSummary): number {
  const said = labelOf(options)?.["createdAt"];
  return typeof said === "number" ? said : createdAt;
}

function requestIn(stored: unknown): RequestKey | undefined {
  const { key, fingerprint } = isMap(stored) ? stored : {};
  return typeof key === "string" && typeof fingerprint === "string" ? { key, fingerprint } : undefined;
}

function notesOf(journal: Journal, run: Run): Promise<ItemNotes> {
  const { items } = run.snapshot();
  return storedNotes(journal, run.id, (number) => {
    const status = items.at(number)?.status;
    return status !== undefined && status !== "done" && status !== "cancelled";
  });
}

/** Entries about items are not read again for their times: those that added them are there, and when each had its last one. */
function timesOf({ growth, items }: RecoveredRun, createdAt: number): ItemTimes {
  const times = new ItemTimes(createdAt);
  for (const entry of growth) times.take(entry);
  for (const { item, updatedAt } of items) times.take({ item, at: updatedAt, from: "" });
  return times;
}
