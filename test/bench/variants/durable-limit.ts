/**
 * What SQLite itself allows: the very rows that a run of ours stored, in the appends in which it stored them, through the same
 * tables, statements and settings, and nothing else: no engine, no second thread, no checksums.
 */
import { DatabaseSync } from "node:sqlite";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { layeredDag } from "../harness/dag.ts";
import { numberParam, type Prepared, type VariantParams } from "../harness/variant.ts";
import { openBenchJournal } from "./bench-journal.ts";
import { definitionOf } from "./definition.ts";
import { noop } from "./noop.ts";

type Value = null | number | string;
/** Columns of `transitions` in their order. */
type Row = readonly Value[];

// Positions in a row.
const MONO = 3;
const ITEM = 5;
const TO = 8;

const SETTINGS =
  "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 1000";

const UPSERT = `INSERT INTO items (run, item, status, seq, status_seq, claim_seq, first_claim_seq, reason_seq) VALUES (?, ?, ?, ?, ?, ?, ?, NULL)
  ON CONFLICT (run, item) DO UPDATE SET status = excluded.status, seq = excluded.seq, status_seq = excluded.status_seq,
    claim_seq = coalesce(excluded.claim_seq, claim_seq), first_claim_seq = coalesce(first_claim_seq, excluded.first_claim_seq)`;

export async function sqliteLimit(params: VariantParams): Promise<Prepared> {
  const { rows, schema } = await rowsOfARun(numberParam(params, "size"), numberParam(params, "cap"));
  const batches = byTurn(rows);
  const opened = await openBenchJournal();
  const database = new DatabaseSync(join(opened.folder, "limit.db"));
  database.exec(`${SETTINGS}; ${schema}`);
  const insert = database.prepare(`INSERT INTO transitions VALUES (${rows[0]!.map(() => "?").join(", ")})`);
  const upsert = database.prepare(UPSERT);
  return {
    run: () => {
      for (const batch of batches) {
        database.exec("BEGIN IMMEDIATE");
        for (const row of batch) {
          insert.run(...row);
          const [run, seq] = row;
          const claim = row[TO] === "claimed" ? seq! : null;
          if (Number(row[ITEM]) >= 0) upsert.run(run!, row[ITEM]!, row[TO]!, seq!, seq!, claim, claim);
        }
        database.exec("COMMIT");
      }
      return { items: numberParam(params, "size"), transitions: rows.length, commits: batches.length };
    },
    close: async () => {
      database.close();
      await opened.close();
    },
  };
}

async function rowsOfARun(size: number, cap: number): Promise<{ rows: Row[]; schema: string }> {
  const { createRun, definePlan } = await import("./ours.ts");
  const opened = await openBenchJournal();
  await createRun(definePlan(definitionOf(layeredDag(size), () => noop)), {
    liveItemsMax: cap,
    journal: opened.journal,
  }).start();
  await opened.journal.close();
  const file = readdirSync(opened.folder).find((name) => name.endsWith(".db") && !name.includes("lock"));
  const source = new DatabaseSync(join(opened.folder, file ?? ""), { readOnly: true });
  // The tables that a transition touches; their definitions are the journal's own.
  const tables = source
    .prepare("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name IN ('transitions', 'items')")
    .all();
  const select = source.prepare("SELECT * FROM transitions ORDER BY run, seq");
  select.setReturnArrays(true);
  // With setReturnArrays each row is an array of its columns.
  const rows = select.all() as unknown as Row[];
  source.close();
  await opened.close();
  return { rows, schema: tables.map((table) => String(table["sql"])).join(";\n") };
}

/** All entries of one turn of the engine carry the same monotonic time and are one append. */
function byTurn(rows: readonly Row[]): Row[][] {
  const turns: Row[][] = [];
  for (const row of rows) {
    const turn = turns.at(-1);
    if (turn !== undefined && turn[0]![MONO] === row[MONO]) turn.push(row);
    else turns.push([row]);
  }
  return turns;
}
