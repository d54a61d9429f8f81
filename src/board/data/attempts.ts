/** The attempts of one item out of its rows: how long each waited, how long it ran, and how it ended. */
import type { Reason, Row } from "./wire.ts";

export interface Attempt {
  readonly number: number;
  readonly holder: string;
  /** Wall clock in milliseconds: from when it could have been claimed as far as its own rows say, when it was, and when that was over. */
  readonly queuedAt: number;
  readonly startedAt: number;
  /** `undefined` while it goes on. */
  readonly endedAt: number | undefined;
  /** The state that it ended in; `todo` is a claim that was given back. */
  readonly to: string | undefined;
  readonly reason: Reason | undefined;
}

export function attemptsOf(rows: readonly Row[], createdAt: number): Attempt[] {
  const attempts: Attempt[] = [];
  let queuedAt = createdAt;
  for (const { at: text, from, to, attempt = 0, actor, reason } of rows) {
    const at = Date.parse(text);
    const open = attempts.at(-1);
    if (to === "claimed" && from !== "claimed")
      attempts.push({
        number: attempt,
        holder: actor,
        queuedAt,
        startedAt: at,
        endedAt: undefined,
        to: undefined,
        reason,
      });
    else if (from === "claimed" && to !== "claimed" && open !== undefined)
      attempts[attempts.length - 1] = { ...open, endedAt: at, to, reason };
    if (to === "todo" && from !== "todo") queuedAt = at;
  }
  return attempts;
}
