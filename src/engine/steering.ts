import { SignalboxError } from "../base/errors.ts";
import type { RunStatus } from "../items/status.ts";

/** What a run is, as a person says it. */
const IS: Readonly<Record<RunStatus, string>> = {
  planned: "has not started",
  running: "is running",
  paused: "is paused",
  settling: "is ending: nothing new starts any more",
  rollingBack: "is being rolled back: nothing new starts any more",
  done: "is done",
  failed: "has failed",
  cancelled: "is cancelled",
  stalled: "is stalled",
};

/** The error of a run that cannot be paused or resumed as it is; `undefined`: this process has not started it. */
export function notSteerable(verb: "pause" | "resume", status: RunStatus | undefined): SignalboxError {
  const wanted = verb === "pause" ? "running" : "paused";
  const is = status === undefined ? "this process has not started; call start() first" : IS[status];
  return new SignalboxError("not_ready", `expected a run that is ${wanted}, to ${verb} it, got one that ${is}`);
}
