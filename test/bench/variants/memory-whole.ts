/** The whole program with a plan file of many tasks: load it, run no-op attempts to the end, hold the result. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Executor } from "../../../src/executors/executor.ts";
import { numberParam, textParam, type Prepared, type VariantParams } from "../harness/variant.ts";
import { checkDone } from "./definition.ts";

/** Does every attempt at once: what is left is the engine. */
const noopExecutor: Executor = {
  accepts: () => true,
  start: (_request, report) => {
    report({ kind: "done" });
    return () => {};
  },
  stop: async () => {},
};

export async function wholeProcess(params: VariantParams): Promise<Prepared> {
  const { createRun, loadPlan } = await import("./ours.ts");
  const { openBenchJournal } = await import("./bench-journal.ts");
  const opened = params["durable"] === true ? await openBenchJournal() : undefined;
  const size = numberParam(params, "size");
  return {
    run: async () => {
      const start = performance.now();
      const plan = await loadPlan(textParam(params, "file"));
      const loadMs = performance.now() - start;
      // From here on, because reading a plan is one piece of work that nothing waits beside.
      const delay = monitorEventLoopDelay({ resolution: 1 });
      await new Promise((resolve) => setTimeout(resolve, 20));
      delay.enable();
      const options = {
        liveItemsMax: 64,
        executors: [noopExecutor],
        ...(opened === undefined ? {} : { journal: opened.journal }),
      };
      const result = await createRun(plan, options).start();
      await new Promise((resolve) => setTimeout(resolve, 20));
      delay.disable();
      checkDone(result, size);
      const rssMb = process.memoryUsage.rss() / 2 ** 20;
      return {
        loadMs,
        rssMb,
        stallP999Ms: delay.percentile(99.9) / 1e6,
        stallMaxMs: delay.max / 1e6,
        samples: delay.count,
      };
    },
    close: async () => opened?.close(),
  };
}
