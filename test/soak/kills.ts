/** A thousand times kill -9: half of runs and resumed runs, half of a server under load. What must hold is written in the files that are called. */
import { killLoop } from "../e2e/support/kill-loop.ts";
import type { Campaign } from "./campaign.ts";
import { coordinatorTrial } from "./coordinator/coordinator.ts";

const SIZES = {
  small: { runKills: 4, operations: 400, killEvery: 150 },
  large: { runKills: 500, operations: 20_000, killEvery: 36 },
} as const;

export const kills: Campaign = {
  question: "Over a thousand kills of runs and of a server, is anything acknowledged lost, or done twice, or left?",
  run: async ({ size, seed, say }) => {
    const { runKills, operations, killEvery } = SIZES[size];
    const ran = await killLoop(runKills, seed);
    say(`   ${ran.kills} kills of runs, ${ran.faults.length} faults`);
    const served = await coordinatorTrial({ clients: 32, places: 50, operations, killEvery }, { seed, say });
    const figures: Record<string, number> = {
      "runs: kills": ran.kills,
      "runs: events printed and found again": ran.acknowledged,
      "runs: attempts interrupted and given back": ran.interrupted,
    };
    for (const [what, value] of Object.entries(served.figures)) figures[`server: ${what}`] = value;
    return { figures, faults: [...ran.faults, ...served.faults] };
  },
};
