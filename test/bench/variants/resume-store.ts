/** A state directory with a run that was left in its middle; and what it costs to go on with it. */
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Executor } from "../../../src/executors/executor.ts";
import { layeredDag } from "../harness/dag.ts";
import { numberParam, textParam, type Prepared, type VariantParams } from "../harness/variant.ts";
import { definitionOf } from "./definition.ts";
import { noop } from "./noop.ts";

/** Runs half of the items and then stops this process's part of the run. */
export async function makeStore(params: VariantParams): Promise<Prepared> {
  const { createRun, definePlan, openJournal } = await import("./ours.ts");
  const size = numberParam(params, "size");
  let begun = 0;
  const half = Promise.withResolvers<void>();
  const work = async (): Promise<void> => {
    begun += 1;
    if (begun === size >> 1) half.resolve();
  };
  const plan = definePlan(definitionOf(layeredDag(size), () => work));
  return {
    run: async () => {
      const journal = await openJournal(textParam(params, "folder"));
      const run = createRun(plan, { liveItemsMax: 64, journal });
      const ended = run.start().catch(() => undefined);
      await half.promise;
      await run.stop();
      await ended;
      await journal.close();
      return { done: run.snapshot().counts.done };
    },
  };
}

/** From opening the state directory to the first attempt of an item that was not done. */
export async function reopen(params: VariantParams): Promise<Prepared> {
  const { bindFunctions, definePlan, openJournal, planFromText, resumeRun } = await import("./ours.ts");
  const size = numberParam(params, "size");
  const folder = `${textParam(params, "folder")}-copy-${process.pid}`;
  cpSync(textParam(params, "folder"), folder, { recursive: true });
  const definition = definePlan(definitionOf(layeredDag(size), () => noop));
  const began = Promise.withResolvers<void>();
  const firstOnly: Executor = {
    accepts: () => true,
    start: (_request, report) => {
      began.resolve();
      return () => report({ kind: "aborted" });
    },
    stop: async () => {},
  };
  return {
    run: async () => {
      const start = performance.now();
      const journal = await openJournal(folder);
      const opened = performance.now();
      const [summary] = await journal.runs({ limit: 1 });
      const recovered = await journal.recover(summary!.id);
      const read = performance.now();
      const plan = bindFunctions(planFromText(recovered.record.planText), definition);
      const planned = performance.now();
      const run = resumeRun(recovered, plan, { journal, executors: [firstOnly] });
      void run.start().catch(() => undefined);
      await began.promise;
      const live = performance.now();
      await run.stop();
      await journal.close();
      return {
        openMs: opened - start,
        readMs: read - opened,
        planMs: planned - read,
        firstItemMs: live - planned,
        allMs: live - start,
      };
    },
  };
}

/** The limit: SQLite reading the stored items and transitions once, row by row. */
export function scan(params: VariantParams): Prepared {
  const folder = textParam(params, "folder");
  const file = readdirSync(folder).find((name) => name.endsWith(".db") && !name.includes("lock"));
  return {
    run: () => {
      const start = performance.now();
      const database = new DatabaseSync(join(folder, file ?? ""), { readOnly: true });
      let rows = 0;
      for (const table of ["items", "transitions"]) {
        const select = database.prepare(`SELECT * FROM ${table}`);
        select.setReturnArrays(true);
        for (const row of select.iterate()) if (row !== undefined) rows += 1;
      }
      database.close();
      return { allMs: performance.now() - start, rows };
    },
  };
}
