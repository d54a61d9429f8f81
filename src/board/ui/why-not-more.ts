/** Why no more is going on than is, in one sentence; `undefined` while slots are free and items ready: the server knows what holds those. */
import { failuresOf, type Failures } from "../data/failures.ts";
import { hasEnded, type Picture } from "../data/item-store.ts";
import { plural } from "./format.ts";

/** `pressure`: what the machine is short of, in words. */
export function whyNotMore(picture: Picture, pressure: string | undefined): string | undefined {
  const { counts, liveItemsMax, status } = picture;
  if (hasEnded(picture)) return "Nothing starts: the run has ended.";
  if (status === "rollingBack") return "Nothing starts: what was done is being taken back.";
  if (status === "settling") return "Nothing starts: the run is ending.";
  if (status === "paused") return "Nothing starts: the project is paused.";
  if (pressure !== undefined) return `New items wait: ${pressure}.`;
  if (counts.ready > 0 && counts.claimed >= liveItemsMax)
    return `All ${plural(liveItemsMax, "slot")} are taken; ${plural(counts.ready, "ready item waits", "ready items wait")} for one.`;
  if (counts.ready > 0) return undefined;
  return counts.blocked === 0 ? "Everything has been taken." : whyBlocked(picture, failuresOf(picture));
}

function whyBlocked({ counts }: Picture, failures: Failures): string {
  const { held } = failures;
  const behind = behindWhat(failures);
  if (held.size === counts.blocked) return `Everything that is left (${plural(held.size, "item")}) waits ${behind}.`;
  const others = plural(counts.blocked - held.size, "item waits", "items wait");
  const what = counts.claimed > 0 ? "what is being done now" : "others";
  return held.size === 0 ? `${others} for ${what}.` : `${others} for ${what}, ${held.size} ${behind}.`;
}

/** What held items wait behind. */
export function behindWhat({ roots, cancelled }: Failures): string {
  if (cancelled.length === 0) return "behind a failure";
  return roots.length === 0 ? "behind what was cancelled" : "behind what failed or was cancelled";
}
