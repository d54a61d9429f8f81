export { createRun } from "./engine/create-run.ts";
export { resumeRun } from "./engine/resume-run.ts";
export type { EventName, Progress, Run, RunActorRef, RunEvent, RunOptions, RunResult } from "./engine/run.ts";
