/** One simulation from its seed: the same seed, the same code, the same trace. */
import { LOCK_PLANTED, type Planted } from "./planted.ts";
import type { StoredRecord } from "./disk-journal.ts";
import { playCoordinator } from "./coordinator-story.ts";
import { playLock } from "./lock-story.ts";
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
  /** Turns that were had at the lock of a repository. */
  readonly turns: number;
  /** What its disk holds at the end; only when lines are kept. */
  readonly stored: readonly StoredRecord[];
}

export interface SimulateOptions {
  readonly planted?: Planted;
  readonly keepsTrace?: boolean;
  /** Default: by the seed. */
  readonly story?: Story;
}

type Story = "run" | "coordinator" | "lock";

/** Every fourth is a coordinator, which takes longer, every eighth the lock of a repository; a fault in the lock is looked for there. */
function storyOf(seed: number, planted: Planted | undefined): Story {
  if (LOCK_PLANTED.some((each) => each === planted)) return "lock";
  return seed % 4 === 0 ? "coordinator" : seed % 8 === 6 ? "lock" : "run";
}

interface Played {
  readonly lives: number;
  readonly entries: number;
  readonly turns: number;
  /** What is on the disk. */
  readonly stored: readonly string[];
}

async function play(world: World, story: Story): Promise<Played> {
  if (story === "lock") {
    const { lives, checks } = await playLock(world);
    return { lives, entries: 0, turns: checks.turns, stored: [] };
  }
  const { lives, observer, stored } = await (story === "run" ? playRun(world) : playCoordinator(world));
  return { lives, entries: observer.log.length, turns: 0, stored };
}

export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Simulated> {
  const world = new World({ seed, ...options });
  const { lives, entries, turns, stored } = await play(world, options.story ?? storyOf(seed, options.planted));
  return {
    seed,
    violations: world.violations,
    hash: world.trace.hash,
    lines: world.trace.lines,
    virtualMs: world.now,
    events: world.events,
    lives,
    entries,
    turns,
    stored: options.keepsTrace === true ? stored.map((text) => JSON.parse(text) as StoredRecord) : [],
  };
}
