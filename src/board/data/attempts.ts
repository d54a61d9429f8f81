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
  /** Versions of its claim and of its end. */
  readonly seq: number;
  readonly endSeq: number | undefined;
}

/** Attempts that grow row by row. */
export class AttemptLog {
  readonly attempts: Attempt[] = [];
  /** Another one whenever the attempts are. */
  version = 0;
  #queuedAt: number;

  constructor(createdAt: number) {
    this.#queuedAt = createdAt;
  }

  take({ seq, at: text, from, to, attempt = 0, actor, reason }: Row): void {
    this.version++;
    const at = Date.parse(text);
    const open = this.attempts.at(-1);
    if (to === "claimed" && from !== "claimed")
      this.attempts.push({
        number: attempt,
        holder: actor,
        queuedAt: this.#queuedAt,
        startedAt: at,
        endedAt: undefined,
        to: undefined,
        reason,
        seq,
        endSeq: undefined,
      });
    else if (from === "claimed" && to !== "claimed" && open !== undefined)
      this.attempts[this.attempts.length - 1] = { ...open, endedAt: at, to, reason, endSeq: seq };
    if (to === "todo" && from !== "todo") this.#queuedAt = at;
  }
}

export function attemptsOf(rows: readonly Row[], createdAt: number): readonly Attempt[] {
  const log = new AttemptLog(createdAt);
  for (const row of rows) log.take(row);
  return log.attempts;
}
