/** A run on virtual time whose items take as long as the test says; answers how long all of it took. */
import { createRun } from "../../src/engine/create-run.ts";
import type { RunResult } from "../../src/engine/run.ts";
import type { Executor } from "../../src/executors/executor.ts";
import type { Schedule } from "../../src/plan/plan.ts";
import { virtualEnv } from "./virtual-env.ts";

export interface TimedRun {
  readonly needs: readonly (readonly number[])[];
  /** Milliseconds that each item takes. */
  readonly takes: readonly number[];
  readonly cap: number;
}

/** Milliseconds of virtual time from the start of the run to its end. */
export async function makespan({ needs, takes, cap }: TimedRun, schedule: Schedule): Promise<number> {
  const env = virtualEnv();
  const executor: Executor = {
    accepts: () => true,
    start: ({ item }, report) => env.timers.after(takes[Number(item.slice(1))]!, () => report({ kind: "done" })),
    stop: async () => {},
  };
  const tasks = Object.fromEntries(
    needs.map((list, item) => [`t${item}`, { run: "x", needs: list.map((need) => `t${need}`) }]),
  );
  const run = createRun({ tasks }, { env, executors: [executor], liveItemsMax: cap, schedule });
  let result: RunResult | undefined;
  void run.start().then((ended) => (result = ended));
  const longest = takes.reduce((sum, ms) => sum + ms, 0);
  for (let ms = 0; ms <= longest && result === undefined; ms++) await env.advance(1);
  if (result?.outcome !== "done") throw new Error(`expected the run to be done after ${longest} ms`);
  return result.durationMs;
}
