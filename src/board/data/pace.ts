/** How fast work gets done, and when it will be over at this pace. */
import type { Picture } from "./item-store.ts";

export interface Pace {
  /** Items done in the last ten minutes, for each minute. */
  readonly perMinute: number;
  /** Milliseconds until all that can be done is done; `undefined` when nothing says so. */
  readonly remainingMs: number | undefined;
}

const WINDOW_MS = 600_000;

/** `heldCount` items wait behind a failure: at no pace will they be done. */
export function paceOf({ items, counts }: Picture, heldCount: number, nowMs: number): Pace {
  let recent = 0;
  let oldest = nowMs;
  for (const { completed_at } of items) {
    if (completed_at === null) continue;
    const at = Date.parse(completed_at);
    if (nowMs - at > WINDOW_MS) continue;
    recent++;
    if (at < oldest) oldest = at;
  }
  const left = counts.blocked + counts.ready + counts.claimed - heldCount;
  // Two moments make a pace; one is chance.
  if (recent < 2 || nowMs - oldest < 1_000) return { perMinute: 0, remainingMs: left <= 0 ? 0 : undefined };
  const perMinute = (recent / (nowMs - oldest)) * 60_000;
  return { perMinute, remainingMs: (Math.max(0, left) / perMinute) * 60_000 };
}
