import type { Env } from "../base/env.ts";
import type { Json } from "../base/json.ts";
import type { Executor } from "./executor.ts";
// stub until E's lands
export function functionExecutor(_options: { env: Env; abortGraceMs?: number }): Executor {
  return {
    accepts: (task) => typeof task.run === "function",
    start(request, report) {
      const run = request.task.run as (c: unknown) => unknown;
      const abort = new AbortController();
      try {
        const answer = run({ runId: request.runId, item: request.item, attempt: request.attempt, inputs: request.inputs(), signal: abort.signal });
        if (answer instanceof Promise)
          answer.then(
            (output) => report({ kind: "done", output: output as Json }),
            (error) => report(abort.signal.aborted ? { kind: "aborted" } : { kind: "failed", reason: { code: "threw", message: String(error) }, retryable: true }),
          );
        else report(answer === undefined ? { kind: "done" } : { kind: "done", output: answer as Json });
      } catch (error) {
        report({ kind: "failed", reason: { code: "threw", message: String(error) }, retryable: true });
      }
      return (reason) => abort.abort(reason);
    },
    stop: async () => {},
  };
}
