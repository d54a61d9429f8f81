import { failuresOf } from "./failures.ts";
import type { Picture } from "./item-store.ts";

const STATE_WORDS: Readonly<Record<string, readonly [lamp: string, words: string]>> = {
  paused: ["blocked", "Paused"],
  settling: ["blocked", "Ending"],
  rollingBack: ["failed", "Rolling back"],
  done: ["done", "The run is done"],
  failed: ["failed", "The run has failed"],
  cancelled: ["cancelled", "The run was cancelled"],
  stalled: ["blocked", "The run has stalled"],
};

/** How the whole is: as a state, and in words. */
export function runState(picture: Picture): readonly [lamp: string, words: string] {
  const { counts, seq, status } = picture;
  if (seq === 0) return ["cancelled", "Loading"];
  const told = STATE_WORDS[status];
  if (told !== undefined) return told;
  if (counts.claimed > 0) return ["claimed", "Working"];
  if (counts.ready > 0) return ["ready", "Waiting"];
  if (counts.blocked === 0) return ["done", "Nothing to do"];
  return failuresOf(picture).held.size === counts.blocked ? ["failed", "Held up"] : ["ready", "Waiting"];
}
