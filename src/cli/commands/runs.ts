import { durationText } from "../../base/duration-text.ts";
import type { RunSummary } from "../../journal/journal.ts";
import type { Command, Io } from "../io.ts";
import { openStore } from "../store.ts";
import { isInterrupted } from "../stored-run.ts";
import { paintFor } from "../terminal/style.ts";
import { formatCount, formatTime } from "../view/format.ts";
import { renderTable, toneOf, type TableCell } from "../view/table.ts";
import { jsonDocument, summaryOnWire } from "../wire.ts";

export interface RunsOptions {
  readonly limit: number;
  readonly json?: boolean;
  readonly stateDir?: string;
}

/** Lists stored runs, newest first. */
export const runsCommand: Command<RunsOptions> = async (io, options) => {
  const store = openStore(io, options.stateDir);
  try {
    const runs = await store.reader.runs({ limit: options.limit });
    if (options.json === true)
      io.stdout.write(
        jsonDocument(
          runs.map((run) => ({ ...summaryOnWire(run), interrupted: isInterrupted(store.reader, run.status) })),
        ),
      );
    else if (runs.length === 0) io.stderr.write("No runs yet.\n");
    else io.stdout.write(table(io, runs, (run) => isInterrupted(store.reader, run.status)));
    return 0;
  } finally {
    await store.reader.close();
  }
};

function table(io: Io, runs: readonly RunSummary[], interrupted: (run: RunSummary) => boolean): string {
  const rows = runs.map((run): TableCell[] => [
    { text: run.id },
    { text: run.name },
    interrupted(run) ? { text: "interrupted", tone: "warn" } : { text: run.status, tone: toneOf(run.status) },
    {
      text: `${formatCount(run.counts.done)} of ${formatCount(run.size)} done${run.counts.failed > 0 ? `, ${formatCount(run.counts.failed)} failed` : ""}`,
    },
    { text: formatTime(run.startedAt ?? run.createdAt) },
    { text: run.finishedAt === undefined ? "" : durationText(run.finishedAt - (run.startedAt ?? run.createdAt)) },
  ]);
  return renderTable(["RUN", "NAME", "STATUS", "ITEMS", "STARTED", "TOOK"], rows, paintFor(io.stdout.color));
}
