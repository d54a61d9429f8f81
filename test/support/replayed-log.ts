/** Replays a log through the machines, without any engine: I3, every entry is an edge of a machine and none is missing. */
import { LogReplay } from "../../src/engine/replay-log.ts";
import type { JournalEntry } from "../../src/journal/journal.ts";

/** @throws Error that names the first entry that is no edge */
export function replayLog(
  entries: readonly JournalEntry[],
  attemptsMaxOf: (item: number) => number,
  rollback = false,
): void {
  const replay = new LogReplay({ attemptsMaxOf, rollback });
  for (const entry of entries) {
    const got = replay.take(entry);
    if (got !== undefined) throw new Error(`the log says ${JSON.stringify(entry)}, but in the machine ${got}`);
  }
}
