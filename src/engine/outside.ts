/** What reaches a run from outside its methods: commands that somebody sent to its actor, and the signal that cancels it. */
import type { RunCommand } from "./orchestrator-actor.ts";
import type { Run } from "./run.ts";

const ignore = (): void => {};

/** Carries out a command that somebody sent to the run's actor instead of calling a method. */
export function obey(run: Run, command: RunCommand): void {
  if (command.type === "start") void run.start().catch(ignore);
  else if (command.type === "pause") void run.pause().catch(ignore);
  else if (command.type === "resume") void run.resume().catch(ignore);
  else if (command.type === "setCap") void run.setCap(command.liveItemsMax).catch(ignore);
  else void run.cancel(command.reason?.message).catch(ignore);
}

/** Cancels the run when the signal is aborted, until it has ended. */
export function followSignal(run: Run, signal: AbortSignal | undefined, ended: Promise<unknown>): void {
  if (signal === undefined) return;
  const abort = (): void => void run.cancel(whyAborted(signal.reason)).catch(ignore);
  const forget = (): void => signal.removeEventListener("abort", abort);
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  // The signal may outlive the run by far.
  ended.then(forget, forget);
}

function whyAborted(reason: unknown): string {
  if (typeof reason === "string" && reason !== "") return reason;
  return reason instanceof Error && reason.name !== "AbortError" ? reason.message : "the signal was aborted";
}
