/** Which run a word means, for the commands that look at stored runs. */
import { SignalboxError } from "../base/errors.ts";
import type { JournalReader, RunSummary } from "../journal/journal.ts";
import type { StoredJournalReader } from "../journal/sqlite-reader.ts";
import { formatList } from "./view/format.ts";

/** So many of the newest runs can be named by the beginning of their id. */
const RUNS_SEARCHED_MAX = 10_000;
const FULL_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ENDED: ReadonlySet<string> = new Set(["done", "failed", "cancelled", "stalled"]);

export function hasEnded(status: string): boolean {
  return ENDED.has(status);
}

/** Whether a run stopped before its end: it has not ended, and nobody holds its state directory. */
export function isInterrupted(reader: StoredJournalReader, status: string): boolean {
  return !hasEnded(status) && reader.holder() === undefined;
}

/**
 * The run that `word` means: `last` (the newest), a whole id, or the beginning of exactly one.
 * @throws SignalboxError `run_not_found`
 */
export async function findRun(reader: JournalReader, word: string): Promise<RunSummary> {
  const runs = await reader.runs({ limit: RUNS_SEARCHED_MAX });
  if (runs.length === 0) throw notFound("expected a stored run, got none in this state directory; run a plan first");
  if (word === "last") return runs[0]!;
  const start = word.toLowerCase().replace(/^run_/, "");
  // Every id begins with nothing: who typed no word means no run.
  if (start === "")
    throw notFound(
      `expected the id of a run, its beginning, or \`last\`, got "${word}"; \`signalbox runs\` lists them`,
    );
  const found = runs.filter(({ id }) => (FULL_ID.test(start) ? id === start : id.startsWith(start)));
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    throw notFound(
      `expected the beginning of one run's id, got "${word}", which fits ${found.length}: ${formatList(
        found.map(({ id }) => id),
        3,
      )}; type more of it`,
    );
  }
  throw notFound(`expected a stored run, got "${word}"; \`signalbox runs\` lists them, \`last\` is the newest`);
}

/**
 * The run to go on with when the user named none: the newest that has not ended, else the newest.
 * @throws SignalboxError `run_not_found`
 */
export async function findRunToResume(reader: JournalReader): Promise<RunSummary> {
  const runs = await reader.runs({ limit: RUNS_SEARCHED_MAX });
  return runs.find(({ status }) => !hasEnded(status)) ?? findRun(reader, "last");
}

function notFound(message: string): SignalboxError {
  return new SignalboxError("run_not_found", message);
}
