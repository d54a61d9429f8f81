/** An executor whose attempts end when the test says so: what a worker does is then the test's own choice. */
import type { AttemptOutcome, AttemptRequest, Executor, ReportOutcome } from "../../src/executors/executor.ts";

export interface ManualExecutor extends Executor {
  /** Keys of the attempts that run now, in the order of their start. */
  readonly running: string[];
  /** Every start so far: `key#attempt`, with the stage behind when it is not the work. */
  readonly started: string[];
  /** Keys that were asked to stop, with the reason. */
  readonly aborted: { item: string; reason: string }[];
  readonly peak: number;
  request(item: string): AttemptRequest;
  /** Reports about the oldest running attempt of the item. */
  finish(item: string, outcome?: AttemptOutcome): void;
}

/** @param onAbort `"report"`: an aborted attempt ends at once, `"ignore"`: it goes on until the test finishes it */
export function manualExecutor(onAbort: "report" | "ignore" = "report"): ManualExecutor {
  const live: { request: AttemptRequest; report: ReportOutcome }[] = [];
  const started: string[] = [];
  const aborted: { item: string; reason: string }[] = [];
  let peak = 0;
  const take = (item: string): (typeof live)[number] => {
    const index = live.findIndex(({ request }) => request.item === item);
    if (index < 0)
      throw new Error(`${item} does not run; running: ${live.map(({ request }) => request.item).join(", ")}`);
    return live.splice(index, 1)[0]!;
  };
  return {
    accepts: (task) => task.run !== undefined,
    start(request, report) {
      const attempt = { request, report };
      live.push(attempt);
      peak = Math.max(peak, live.length);
      const { item, attempt: number, stage } = request;
      started.push(`${item}#${number}${stage === undefined ? "" : ` ${stage}`}`);
      return (reason) => {
        if (!live.includes(attempt)) return;
        aborted.push({ item: request.item, reason });
        if (onAbort === "ignore") return;
        live.splice(live.indexOf(attempt), 1);
        report({ kind: "aborted" });
      };
    },
    stop: async () => {
      for (const { report } of live.splice(0)) report({ kind: "aborted" });
    },
    get running() {
      return live.map(({ request }) => request.item);
    },
    started,
    aborted,
    get peak() {
      return peak;
    },
    request: (item) => live.find(({ request }) => request.item === item)!.request,
    finish: (item, outcome = { kind: "done" }) => take(item).report(outcome),
  };
}
