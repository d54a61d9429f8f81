/**
 * What the commands of a run print, for whoever looks at the run from outside: only the end of it, bounded, and with nothing in it
 * that could move a cursor or hide text.
 *
 * U1 Only files are read that the run itself names: no word of a request becomes part of a path.
 * U2 However much was printed, one question reads a bounded part of it.
 */
import { attemptFiles } from "../executors/attempt-files.ts";
import { tailOfLog } from "../executors/captured-log.ts";
import type { Stage } from "../executors/executor.ts";
import { auditPages } from "../journal/audit-pages.ts";
import type { JournalEntry } from "../journal/journal.ts";
import type { Project } from "./project.ts";

export interface Outputs {
  /** Folder in which the commands of the run leave what they print. */
  readonly directory: string;
  /** Keys of the items that have a live attempt. */
  readonly liveItems: () => Iterable<string>;
  /** The last lines of its live attempt, harmless, newest last (default 1); `undefined`: it is not live. */
  readonly tailOf: (item: string, lines?: number) => readonly string[] | undefined;
}

/** Lines of one item that are given out at once. */
export const OUTPUT_LINES_MAX = 500;
/** Live items whose last line is told at once. */
export const LIVE_OUTPUTS_MAX = 200;

/** What came last stands first: a check runs after the work, and what takes it back after both. */
const STAGES: readonly Stage[] = ["undo", "verify", "run", "prepare"];

export interface WireOutput {
  work_item_id: string;
  attempt: number;
  is_live: boolean;
  is_kept: boolean;
  lines: string[];
}

/** The last lines of the item's latest attempt, newest last. */
export async function outputOf(
  outputs: Outputs | undefined,
  project: Project,
  number: number,
  lines: number,
): Promise<WireOutput> {
  const { key, attempt } = project.itemAt(number);
  const about = { work_item_id: project.idOf(number), attempt, is_kept: outputs !== undefined };
  if (outputs === undefined || attempt === 0) return { ...about, is_live: false, lines: [] };
  const live = outputs.tailOf(key, lines);
  if (live !== undefined) return { ...about, is_live: true, lines: [...live] };
  const token = await latestTokenOf(project, number);
  return {
    ...about,
    is_live: false,
    lines: token === 0 ? [] : tailOfStages(outputs, project, { key, ...token }, lines),
  };
}

interface Ended {
  readonly key: string;
  readonly attempt: number;
  readonly token: number;
}

/** Number and token of the last claim; 0 when there was none. */
async function latestTokenOf(project: Project, item: number): Promise<Omit<Ended, "key"> | 0> {
  const { journal, id } = project;
  let last: JournalEntry | undefined;
  // Some are tried for ever: their claims fill many pages. Of those that a compaction has removed none is the last.
  for await (const page of auditPages(journal, id, { item, event: "claim", after: 0, withGaps: true }))
    last = page.at(-1);
  return last === undefined ? 0 : { attempt: last.attempt, token: last.token };
}

function tailOfStages({ directory }: Outputs, { id }: Project, ended: Ended, lines: number): string[] {
  const { key: item, attempt, token } = ended;
  for (const stage of STAGES) {
    const said = tailOfLog(attemptFiles(directory, { runId: id, item, attempt, token, stage }).log, lines);
    if (said.length > 0) return said;
  }
  return [];
}

export interface WireLastLine {
  work_item_id: string;
  line: string;
}

/** The last line of each live item that has printed one. */
export function lastLines(outputs: Outputs | undefined, project: Project): WireLastLine[] {
  const found: WireLastLine[] = [];
  for (const key of outputs?.liveItems() ?? []) {
    const number = project.numberOf(key);
    const line = outputs?.tailOf(key)?.at(-1);
    if (number !== undefined && line !== undefined) found.push({ work_item_id: project.idOf(number), line });
    if (found.length === LIVE_OUTPUTS_MAX) break;
  }
  return found;
}
