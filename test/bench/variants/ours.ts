/** What the benches use of Signalbox, in one place; loaded by our own variants only, so that peers start without it. */
import { nodeEnv } from "../../../src/base/node-env.ts";
import type { Journal } from "../../../src/journal/journal.ts";
import { sqliteJournal } from "../../../src/journal/sqlite-journal.ts";

export { createRun } from "../../../src/engine/create-run.ts";
export { resumeRun } from "../../../src/engine/resume-run.ts";
export { definePlan } from "../../../src/plan/define.ts";
export { executionLayers } from "../../../src/plan/execution.ts";
export { loadPlan } from "../../../src/plan/load-plan.ts";
export { bindFunctions, planFromText } from "../../../src/plan/read-text.ts";

export function openJournal(directory: string): Promise<Journal> {
  return sqliteJournal({ directory, env: nodeEnv() });
}
