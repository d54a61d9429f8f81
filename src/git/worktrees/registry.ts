/**
 * The worktrees of one run, on disk before git hears of them. One file a run, one line an event, appended and synced.
 *
 * G1 when `plan` or `record` resolves, its line is on the disk; when it is rejected, the entry is as before.
 * G2 an entry changes by the rules of the machine only (`nextEntry`); an event that it does not take is refused.
 * G3 readers get frozen entries in a list of their own: nobody can change what the registry knows.
 * G4 what another process wrote since is known after `refresh` only; who takes over what a dead process had does so under the repository
 *    lock and refreshes first, so of many only one has it.
 * G5 a torn last line, which a crash may leave, is no event; what is appended later begins on a line of its own.
 */
import { open, readFile, type FileHandle } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { makeFolder, syncNames } from "../../base/durable-names.ts";
import { systemCode } from "../../base/error-code.ts";
import { messageOf } from "../../base/error-message.ts";
import { SignalboxError } from "../../base/errors.ts";
import { adviceIfExhausted } from "../../base/exhausted.ts";
import { failpoint } from "../../base/failpoint.ts";
import { entryOf, nextEntry, type EntryEvent, type WorktreeEntry, type WorktreePlan } from "./entry.ts";
import { foldRegistry, type EntryFacts } from "./registry-lines.ts";

/** Where the manager records what it is about to do. Everything it answers is durable. */
export interface WorktreeRegistry {
  readonly runId: string;
  /** Where it is kept, for people and for markers; empty when it is in memory only. */
  readonly file: string;
  /** Records the intent to make a worktree. */
  plan(plan: WorktreePlan): Promise<WorktreeEntry>;
  /** Records an event, with facts that became known. @throws SignalboxError `internal` when the entry does not take it */
  record(name: string, event: EntryEvent, facts?: EntryFacts): Promise<WorktreeEntry>;
  /** Records facts of an entry that no event brings. @throws SignalboxError `internal` when there is no such entry */
  note(name: string, facts: EntryFacts): Promise<WorktreeEntry>;
  /** Reads what other processes have recorded since. Not there: nobody else records anything. */
  refresh?(): Promise<void>;
  entry(name: string): WorktreeEntry | undefined;
  /** All entries, also removed ones, oldest first. */
  entries(): readonly WorktreeEntry[];
  close(): Promise<void>;
}

/** The file of a run's registry, as an absolute path: markers name it for processes that stand elsewhere. */
export function registryFile(directory: string, runId: string): string {
  return join(resolve(directory), `${runId}.jsonl`);
}

/** Reads a registry without touching it; `undefined` when there is none. */
export async function readRegistry(file: string): Promise<readonly WorktreeEntry[] | undefined> {
  const text = await textOf(file);
  return text === undefined ? undefined : [...foldRegistry(text).values()];
}

/** Opens the registry of a run, or begins it. @throws SignalboxError `state_unwritable` */
export async function openWorktreeRegistry(options: {
  readonly directory: string;
  readonly runId: string;
}): Promise<WorktreeRegistry> {
  const file = registryFile(options.directory, options.runId);
  try {
    makeFolder(options.directory, 0o700);
    const text = await textOf(file);
    const handle = await openNamed(file);
    const startsClean = text === undefined || text === "" || text.endsWith("\n");
    return new FileRegistry(options.runId, file, handle, foldRegistry(text ?? ""), startsClean);
  } catch (error) {
    throw unwritable(file, error);
  }
}

/** G1. Its name is durable then, also when it was there: who made it may have ended before. */
async function openNamed(file: string): Promise<FileHandle> {
  const handle = await open(file, "a", 0o600);
  try {
    syncNames(dirname(file));
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class FileRegistry implements WorktreeRegistry {
  readonly runId: string;
  readonly file: string;
  readonly #handle: FileHandle;
  readonly #entries: Map<string, WorktreeEntry>;
  #startsClean: boolean;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(
    runId: string,
    file: string,
    handle: FileHandle,
    entries: Map<string, WorktreeEntry>,
    startsClean: boolean,
  ) {
    this.runId = runId;
    this.file = file;
    this.#handle = handle;
    this.#entries = entries;
    this.#startsClean = startsClean;
  }

  plan(plan: WorktreePlan): Promise<WorktreeEntry> {
    return this.#inTurn(async () => {
      if (this.#entries.has(plan.name)) throw refused(plan.name, "plan", "there already");
      await this.#append({ v: 1, plan });
      return this.#keep(entryOf(plan));
    });
  }

  record(name: string, event: EntryEvent, facts: EntryFacts = {}): Promise<WorktreeEntry> {
    return this.#inTurn(async () => {
      const entry = this.#entries.get(name);
      if (entry === undefined) throw refused(name, event.type, "unknown");
      const next = nextEntry(entry, event);
      if (next === entry) throw refused(name, event.type, `${entry.status} with token ${entry.token}`);
      await this.#append({ v: 1, name, event, facts });
      return this.#keep({ ...next, ...facts });
    });
  }

  note(name: string, facts: EntryFacts): Promise<WorktreeEntry> {
    return this.#inTurn(async () => {
      const entry = this.#entries.get(name);
      if (entry === undefined) throw refused(name, "note", "unknown");
      await this.#append({ v: 1, name, facts });
      return this.#keep({ ...entry, ...facts });
    });
  }

  refresh(): Promise<void> {
    return this.#inTurn(async () => {
      const entries = foldRegistry((await textOf(this.file)) ?? "");
      // One whose file was taken away goes on with what it knows.
      for (const [name, entry] of entries) this.#entries.set(name, entry);
    });
  }

  entry(name: string): WorktreeEntry | undefined {
    return this.#entries.get(name);
  }

  entries(): readonly WorktreeEntry[] {
    return [...this.#entries.values()];
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#handle.close());
  }

  #keep(entry: WorktreeEntry): WorktreeEntry {
    const frozen = Object.freeze(entry);
    this.#entries.set(frozen.name, frozen);
    return frozen;
  }

  /** One line after the other: each is decided on what the one before has left. */
  #inTurn<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const answer = this.#tail.then(work);
    this.#tail = answer.catch(() => undefined);
    return answer;
  }

  async #append(record: object): Promise<void> {
    const line = Buffer.from(`${this.#startsClean ? "" : "\n"}${JSON.stringify(record)}\n`);
    // Until the line is whole on the disk, the file may end in the middle of one.
    this.#startsClean = false;
    try {
      failpoint?.("registry.write");
      const { bytesWritten } = await this.#handle.write(line);
      if (bytesWritten < line.length) throw new Error(`only ${bytesWritten} of ${line.length} bytes were taken`);
      await this.#handle.datasync();
      failpoint?.("registry.written");
    } catch (error) {
      throw unwritable(this.file, error);
    }
    this.#startsClean = true;
  }
}

function refused(name: string, what: string, got: string): SignalboxError {
  return new SignalboxError(
    "internal",
    `expected a worktree that takes "${what}", got ${name}, which is ${got}: another process took it over`,
  );
}

function unwritable(file: string, cause: unknown): SignalboxError {
  const why = messageOf(cause);
  const advice = adviceIfExhausted(cause) ?? "Make room, or give another directory with --state-dir.";
  return new SignalboxError(
    "state_unwritable",
    `expected to record worktrees in ${file}, but ${why}; nothing was done in git. ${advice}`,
    { cause },
  );
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
