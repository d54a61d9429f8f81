/** The simulation at night's size: the same code as in `npm test`, with half a million seeds, and every planted fault within them. */
import { campaign, describe, firstToCatch } from "../simulation/campaign.ts";
import { PLANTED } from "../simulation/planted.ts";
import type { Campaign, CampaignResult } from "./campaign.ts";

const SEEDS = { small: 200, large: 500_000 };
const PAGE = 10_000;

export const simulation: Campaign = {
  question: "Whatever goes wrong with processes, disks, clocks and networks, does every invariant hold?",
  run: async ({ size, seed, say }): Promise<CampaignResult> => {
    const faults: string[] = [];
    let [lives, entries, turns] = [0, 0, 0];
    for (let done = 0; done < SEEDS[size]; done += PAGE) {
      const count = Math.min(PAGE, SEEDS[size] - done);
      const page = await campaign(seed + done, count);
      faults.push(...page.broken.map(describe));
      lives += page.lives;
      entries += page.entries;
      turns += page.turns;
      say(
        `   ${done + count} seeds, ${lives} processes, ${entries} entries, ${turns} turns at a lock, ${faults.length} broken`,
      );
    }
    for (const planted of size === "large" ? PLANTED : []) {
      const caught = await firstToCatch(planted, seed, PAGE);
      if (caught === undefined) faults.push(`nobody misses what was turned off: ${planted}`);
      else say(`   ${planted}: caught by seed ${caught.seed}`);
    }
    return { figures: { seeds: SEEDS[size], processes: lives, entries, "turns at a lock": turns }, faults };
  },
};
