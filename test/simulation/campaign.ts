/** Many simulations, and what they add up to. */
import type { Planted } from "./planted.ts";
import { simulate, type Simulated } from "./simulate.ts";

export interface Campaign {
  readonly seeds: number;
  /** The first of those that were seen to break an invariant; at most ten. */
  readonly broken: readonly Simulated[];
  readonly lives: number;
  readonly entries: number;
  /** At the lock of a repository. */
  readonly turns: number;
  readonly events: number;
  readonly virtualMs: number;
  /** Of all traces, in order. */
  readonly hashes: readonly string[];
}

export async function campaign(first: number, count: number): Promise<Campaign> {
  const broken: Simulated[] = [];
  const hashes: string[] = [];
  let [lives, entries, turns, events, virtualMs] = [0, 0, 0, 0, 0];
  for (let seed = first; seed < first + count; seed++) {
    const done = await simulate(seed);
    if (done.violations.length > 0 && broken.length < 10) broken.push(done);
    hashes.push(done.hash);
    lives += done.lives;
    entries += done.entries;
    turns += done.turns;
    events += done.events;
    virtualMs += done.virtualMs;
  }
  return { seeds: count, broken, lives, entries, turns, events, virtualMs, hashes };
}

/** The first seed from `first` on that catches this fault; `undefined`: none of so many does. */
export async function firstToCatch(planted: Planted, first: number, count: number): Promise<Simulated | undefined> {
  for (let seed = first; seed < first + count; seed++) {
    const done = await simulate(seed, { planted });
    if (done.violations.length > 0) return done;
  }
  return undefined;
}

/** What a person needs to go on with a seed that broke something. */
export function describe({ seed, violations }: Simulated): string {
  return `seed ${seed}: ${violations.slice(0, 3).join("; ")}\n  npm run -s simulate -- --seed ${seed}`;
}
