/**
 * Keeps the audit logs of all projects as short as whoever runs the coordinator wants them.
 *
 * T1 Entries go when they, and all before them, are older than `keepMs`; what is younger by any clock stays.
 * T2 What cannot be exported stays, and is tried again the next time; whoever runs the coordinator is told.
 * T3 A transaction removes at most `ENTRIES_AT_ONCE`, so that no claim waits long for it.
 */
import type { Env } from "../base/env.ts";
import type { Log } from "../base/log.ts";
import { lastBefore } from "../journal/audit-pages.ts";
import type { Coordinator } from "./coordinator.ts";
import type { Project } from "./project.ts";

/** How long audit entries stay, and where they go. */
export interface AuditRetention {
  /** Milliseconds. */
  readonly keepMs: number;
  /** Directory of the files that get them first; `false`: they are lost. */
  readonly exportTo: string | false;
  /** For fewer entries no file is made. Default 1,000. */
  readonly entriesMin?: number;
}

export interface RetentionParts {
  readonly coordinator: Coordinator;
  readonly env: Env;
  readonly retention: AuditRetention;
  readonly log: Log;
  readonly onProblem: (problem: Error) => void;
}

const FIRST_MS = 30_000;
const EVERY_MS = 3_600_000;
const ENTRIES_AT_ONCE = 100_000;
const ENTRIES_MIN = 1_000;

/** Begins soon, and goes on until what it answers is called; that resolves when nothing is under way. */
export function keepRetention(parts: RetentionParts): () => Promise<void> {
  let stopped = false;
  let underWay: Promise<void> = Promise.resolve();
  let cancel = parts.env.timers.after(FIRST_MS, tick);

  function tick(): void {
    underWay = compactAll(parts, () => stopped).finally(() => {
      if (!stopped) cancel = parts.env.timers.after(EVERY_MS, tick);
    });
  }

  return async () => {
    stopped = true;
    cancel();
    await underWay;
  };
}

async function compactAll(parts: RetentionParts, isStopped: () => boolean): Promise<void> {
  const { coordinator, onProblem } = parts;
  for (const project of coordinator.all()) {
    try {
      while (!isStopped() && (await compactOnce(parts, project)));
    } catch (error) {
      // A journal that is down is told of by the coordinator itself.
      if (!isStopped() && !coordinator.isJournalDown) onProblem(error as Error);
    }
  }
}

/** Answers whether there may be more. */
async function compactOnce({ coordinator, env, retention, log }: RetentionParts, project: Project): Promise<boolean> {
  const upTo = await lastOlder(project, env.clock.now() - retention.keepMs);
  const entries = upTo - project.baseSeq;
  if (entries < (retention.entriesMin ?? ENTRIES_MIN)) return false;
  const { baseSeq, removed, kept, file } = await coordinator.compact(project, { upTo, exportTo: retention.exportTo });
  log.write("info", "audit.compacted", { run_id: project.id, base_seq: baseSeq, removed, kept, file });
  return entries >= ENTRIES_AT_ONCE && removed > 0;
}

/** T1, T3. What is not published yet is younger than anything that goes. */
function lastOlder({ journal, id, baseSeq, hub }: Project, keptFrom: number): Promise<number> {
  return lastBefore(journal, id, { after: baseSeq, upTo: Math.min(hub.seq, baseSeq + ENTRIES_AT_ONCE), keptFrom });
}
