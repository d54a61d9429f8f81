import { useBoard, useLog, usePicture } from "./board-context.ts";
import { useIsPaused } from "./use-steering.ts";

const END_WORDS: Readonly<Record<string, string>> = {
  done: "is done",
  failed: "has failed",
  cancelled: "was cancelled",
  stalled: "has stalled",
};

/** How the whole is: as a state, and in words. */
export function useRunState(): readonly [lamp: string, words: string] {
  const { address } = useBoard();
  const { counts, seq } = usePicture();
  const isPaused = useIsPaused();
  const end = useLog().rows.findLast(({ event }) => event === "run.finished");
  const left = counts.blocked + counts.ready + counts.claimed;
  if (seq === 0) return ["cancelled", "Loading"];
  const isEnd = end !== undefined && (address.at === undefined || address.at >= end.seq);
  if (isEnd) return [end.to, `The run ${END_WORDS[end.to] ?? "has ended"}`];
  if (isPaused && address.at === undefined) return ["blocked", "Paused"];
  if (counts.claimed > 0) return ["claimed", "Working"];
  return left > 0 ? ["ready", "Waiting for workers"] : ["done", "Nothing to do"];
}
