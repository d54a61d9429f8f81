/**
 * All projects of one state directory, each a run of its own on one journal.
 *
 * O1 One coordinator for each state directory: the journal's lock says so.
 * O2 After a start every project goes on where it was: items are held by whoever held them, with a fresh lease.
 */
import type { Env } from "../base/env.ts";
import type { Json } from "../base/json.ts";
import { createRun } from "../engine/create-run.ts";
import { resumeRun } from "../engine/resume-run.ts";
import type { Run, RunOptions } from "../engine/run.ts";
import type { Journal, JournalEntry, RecoveredRun, RunSummary } from "../journal/journal.ts";
import { isMap } from "../plan/check/names.ts";
import { planFromText } from "../plan/read-text.ts";
import { entryOnWire } from "./entry-on-wire.ts";
import { EventHub, type Frame } from "./event-hub.ts";
import { ItemNotes, storedNotes } from "./item-notes.ts";
import { ItemTimes } from "./item-times.ts";
import { ProblemError } from "./problem.ts";
import { Project, type ProjectParts, type ProjectSettings } from "./project.ts";

export interface CoordinatorOptions {
  readonly journal: Journal;
  readonly env: Env;
  /** Name of the project that is made when there is none. */
  readonly defaultName: string;
  readonly onProblem: (problem: Error) => void;
}

const LIVE_ITEMS_MAX_DEFAULT = 64;

export class Coordinator {
  readonly #options: CoordinatorOptions;
  /** Oldest first. */
  readonly #projects = new Map<string, Project>();

  constructor(options: CoordinatorOptions) {
    this.#options = options;
  }

  /** Goes on with every project there is; makes one when there is none. */
  async open(): Promise<void> {
    const { journal, defaultName } = this.#options;
    const stored = (await journal.runs({ limit: 1_000 })).filter(isProject).toReversed();
    for (const run of stored) await this.#resume(run);
    if (this.#projects.size === 0) await this.create({ name: defaultName });
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

  /** @throws ProblemError `not_found` */
  item(id: string): { readonly project: Project; readonly number: number } {
    for (const project of this.#projects.values()) {
      const number = project.numberOf(id);
      if (number !== undefined) return { project, number };
    }
    throw new ProblemError("not_found", "expected the id of a work item, got another");
  }

  async create(asked: { readonly name: string } & Partial<ProjectSettings>): Promise<Project> {
    const { journal, env } = this.#options;
    const now = env.clock.now();
    const settings: ProjectSettings = {
      name: asked.name,
      liveItemsMax: asked.liveItemsMax ?? LIVE_ITEMS_MAX_DEFAULT,
      conflicts: asked.conflicts ?? "report",
    };
    // Where conflicts are only told, every file is shared as far as the engine is concerned.
    const sharedFiles = settings.conflicts === "report" ? { sharedFiles: ["**"] } : {};
    const run = createRun(
      { name: settings.name, ...sharedFiles, tasks: {} },
      { ...this.#runOptions(settings), journal, env },
    );
    return this.#begin(run, settings, now, { times: new ItemTimes(now), notes: new ItemNotes() });
  }

  async #resume(summary: RunSummary): Promise<void> {
    const { journal, env } = this.#options;
    const settings = settingsOf(summary);
    const recovered = await journal.recover(summary.id);
    const plan = planFromText(recovered.record.planText);
    const run = resumeRun(recovered, plan, { ...this.#runOptions(settings), journal, env });
    await this.#begin(run, settings, summary.createdAt, {
      times: timesOf(recovered, summary.createdAt),
      notes: await notesOf(journal, run),
    });
  }

  async #begin(
    run: Run,
    settings: ProjectSettings,
    createdAt: number,
    memory: Pick<ProjectParts, "times" | "notes">,
  ): Promise<Project> {
    const { journal, env, onProblem } = this.#options;
    const hub = new EventHub({
      read: (after, limit) => journal.audit(run.id, { after, limit }),
      frameOf: (entry) => frameOf(run, entry),
      seq: run.snapshot().seq,
    });
    const project = new Project({ run, settings, createdAt, journal, hub, env, ...memory });
    run.start().then(
      () => hub.close(),
      (error: Error) => {
        hub.close();
        if (!("code" in error && error.code === "interrupted")) onProblem(error);
      },
    );
    // Behind the start in the queue of commands: when this is answered, the project is as it was left.
    await run.turns.turn(() => null);
    this.#projects.set(run.id, project);
    return project;
  }

  #runOptions({ liveItemsMax, name, conflicts }: ProjectSettings): RunOptions & { readonly label: Json } {
    return { awaitClaims: true, open: true, liveItemsMax, label: { project: { name, conflicts } } };
  }

  /** Leaves every project as it is, for the next start. */
  async close(): Promise<void> {
    await Promise.all(this.all().map(({ run }) => run.stop({ reason: "the coordinator stops" })));
  }
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
  return {
    name,
    liveItemsMax: typeof max === "number" ? max : LIVE_ITEMS_MAX_DEFAULT,
    conflicts: label["conflicts"] === "refuse" ? "refuse" : "report",
  };
}

function notesOf(journal: Journal, run: Run): Promise<ItemNotes> {
  const { items } = run.snapshot();
  return storedNotes(journal, run.id, (number) => {
    const status = items.at(number)?.status;
    return status !== undefined && status !== "done" && status !== "cancelled";
  });
}

/** Entries about items are not read again for their times: those that added them are there, and when each was last claimed or settled. */
function timesOf({ growth, items }: RecoveredRun, createdAt: number): ItemTimes {
  const times = new ItemTimes(createdAt);
  for (const entry of growth) times.take(entry);
  for (const { item, claimedAt, settledAt } of items)
    for (const at of [claimedAt, settledAt]) if (at !== undefined) times.take({ item, at, from: "" });
  return times;
}
