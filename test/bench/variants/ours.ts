/** What the benches use of Signalbox, in one place; loaded by our own variants only, so that peers start without it. */
export { createRun } from "../../../src/engine/create-run.ts";
export { resumeRun } from "../../../src/engine/resume-run.ts";
export { definePlan } from "../../../src/plan/define.ts";
export { bindFunctions, planFromText } from "../../../src/plan/read-text.ts";
export { loadPlan } from "../../../src/plan/load-plan.ts";
export { executionLayers } from "../../../src/plan/execution.ts";
