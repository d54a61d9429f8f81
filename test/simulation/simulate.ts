/** One simulation from its seed: the same seed, the same code, the same trace. */
import type { Planted } from "./planted.ts";
import type { StoredRecord } from "./disk-journal.ts";
import { playCoordinator } from "./coordinator-story.ts";
import { playRun } from "./run-story.ts";
import { World } from "./world.ts";

export interface Simulated {
  readonly seed: number;
  readonly violations: readonly string[];
  /** Stands for everything that happened. */
  readonly hash: string;
  /** Only when asked for. */
  readonly lines: readonly string[];
  readonly virtualMs: number;
  readonly events: number;
  /** Processes that were started. */
  readonly lives: number;
  /** Entries that became durable. */
  readonly entries: number;
  /** What its disk holds at the end; only when lines are kept. */
  readonly stored: readonly StoredRecord[];
}

export interface SimulateOptions {
  readonly planted?: Planted;
  readonly keepsTrace?: boolean;
  /** Default: by the seed; every fourth is a coordinator, which takes longer. */
  readonly story?: "run" | "coordinator";
}

export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Simulated> {
  const world = new World({ seed, ...options });
  const kind = options.story ?? (seed % 4 === 0 ? "coordinator" : "run");
  const story = await (kind === "run" ? playRun(world) : playCoordinator(world));
  return {
    seed,
    violations: world.violations,
    hash: world.trace.hash,
    lines: world.trace.lines,
    virtualMs: world.now,
    events: world.events,
    lives: story.lives,
    entries: story.observer.log.length,
    stored: options.keepsTrace === true ? story.stored.map((text) => JSON.parse(text) as StoredRecord) : [],
  };
}
