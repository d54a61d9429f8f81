import type { RunEvent } from "../../engine/run.ts";
import type { Counts } from "../../items/snapshot.ts";
import type { ScopeProgress } from "../scope-progress.ts";

/** Shows a run while it goes on. Started before the run, stopped when it has ended; both may be called twice. */
export interface ProgressView {
  start(): void;
  /** One published transition. */
  event(event: RunEvent): void;
  /** Shows something that holds from now on, such as what the next Ctrl-C does. */
  notice(text: string): void;
  /** Prints a line that stays. */
  say(line: string): void;
  stop(): void;
}

/** What a view asks while it draws. */
export interface RunFacts {
  readonly runId: string;
  readonly name: string;
  readonly total: number;
  readonly liveItemsMax: () => number;
  /** Items that may start at once. */
  readonly ready: () => number;
  readonly counts: () => Counts;
  readonly status: () => string;
  /** The part of the run that the user asked for; `undefined`: all of it. */
  readonly scope: ScopeProgress | undefined;
  /** What the machine is short of, while that holds new items back. */
  readonly pressure: () => string | undefined;
  /** The last line that a live item printed. */
  readonly lastLineOf: (key: string) => string | undefined;
}
