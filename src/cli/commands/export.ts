import { csvOf } from "../../report/csv.ts";
import { htmlReportOf } from "../../report/html-report.ts";
import { junitOf } from "../../report/junit.ts";
import { chunksOf } from "../../base/chunks.ts";
import { auditPages } from "../../journal/audit-pages.ts";
import { planOfRun } from "../../engine/grown-plan.ts";
import { chromeTraceOf } from "../export/chrome-trace.ts";
import { HistoryReader, type RunHistory } from "../export/history.ts";
import { jsonDocumentOf } from "../export/json-document.ts";
import { reportedHistory } from "../export/reported-history.ts";
import type { Command, Io } from "../io.ts";
import { LogPrinter } from "../log-printer.ts";
import { openStore } from "../store.ts";
import { findRun, isInterrupted } from "../stored-run.ts";
import type { StoredJournalReader } from "../../journal/sqlite-reader.ts";

export interface ExportOptions {
  readonly run: string;
  readonly format: "json" | "csv" | "junit" | "trace" | "ndjson" | "html";
  readonly stateDir?: string;
}

const WRITERS: Readonly<Record<Exclude<ExportOptions["format"], "ndjson">, (history: RunHistory) => Iterable<string>>> =
  {
    json: jsonDocumentOf,
    csv: (history) => csvOf(reportedHistory(history)),
    junit: (history) => junitOf(reportedHistory(history)),
    trace: chromeTraceOf,
    html: (history) => htmlReportOf(reportedHistory(history)),
  };

const PAGE = 5_000;
/** Characters that are written at once; then what reads them may catch up. */
const CHUNK_CHARS = 256 * 1024;

/** Prints a stored run in a format that other programs read; also one that goes on. */
export const exportCommand: Command<ExportOptions> = async (io, options) => {
  const store = openStore(io, options.stateDir);
  try {
    const { reader } = store;
    const { id } = await findRun(reader, options.run);
    if (options.format === "ndjson") {
      const plan = planOfRun(await reader.read(id));
      await new LogPrinter(io, { reader, id, plan, json: true }).printNew(undefined);
      return 0;
    }
    await write(io, WRITERS[options.format](await historyOf(reader, id)));
    return 0;
  } finally {
    await store.reader.close();
  }
};

async function historyOf(reader: StoredJournalReader, id: string): Promise<RunHistory> {
  // Before the log: whatever the rows say, the log that is read after them says too.
  const stored = await reader.read(id);
  const summary = await findRun(reader, id);
  const history = new HistoryReader();
  for await (const page of auditPages(reader, id, { limit: PAGE, withGaps: true })) {
    for (const entry of page) if (entry.seq <= stored.seq) history.take(entry);
    if (page.at(-1)!.seq >= stored.seq) break;
  }
  const plan = planOfRun(stored);
  const interrupted = isInterrupted(reader, summary.status);
  const rows = new Map(stored.items.map((row) => [row.item, row]));
  return {
    summary,
    stored,
    plan,
    interrupted,
    items: history.items(plan, rows, interrupted),
    moments: history.moments,
  };
}

async function write({ stdout }: Io, pieces: Iterable<string>): Promise<void> {
  for (const chunk of chunksOf(pieces, CHUNK_CHARS)) {
    stdout.write(chunk);
    if (stdout.closed) return;
    await stdout.flushed();
  }
}
