/** A thousand times kill -9: half of runs and resumed runs, half of a server under load. What must hold is written in the files that are called. */
import { killLoop, type KillLoopResult } from "../e2e/support/kill-loop.ts";
import type { Campaign, CampaignResult, Figures } from "./campaign.ts";
import { coordinatorTrial } from "./coordinator/coordinator.ts";

const SIZES = {
  small: { runKills: 4, operations: 400, killEvery: 150, lanes: 1 },
  large: { runKills: 600, operations: 27_000, killEvery: 36, lanes: 4 },
} as const;

export const kills: Campaign = {
  question: "Over a thousand kills of runs and of a server, is anything acknowledged lost, or done twice, or left?",
  run: async ({ size, seed, progress }) => {
    const { runKills, operations, killEvery, lanes } = SIZES[size];
    let ran: CampaignResult = { figures: {}, faults: [] };
    let served = ran;
    const both = (): CampaignResult => ({
      figures: { ...named("runs", ran.figures), ...named("server", served.figures) },
      faults: [...ran.faults, ...served.faults],
    });
    const tell = (): void => {
      const { figures, faults } = both();
      progress?.(figures, faults);
    };
    // Most of a life is waiting: both kinds beside each other take hardly longer than one.
    await Promise.all([
      killLoop(runKills, seed, {
        lanes,
        progress: (soFar) => {
          ran = resultOf(soFar);
          tell();
        },
      }).then((end) => (ran = resultOf(end))),
      coordinatorTrial(
        { clients: 32, places: 50, operations, killEvery },
        {
          seed,
          say: () => {},
          progress: (figures, faults) => {
            served = { figures, faults };
            tell();
          },
        },
      ).then((end) => (served = end)),
    ]);
    return both();
  },
};

function resultOf({ kills, early, runs, acknowledged, interrupted, faults }: KillLoopResult): CampaignResult {
  const figures = {
    kills,
    "kills before anything was said": early,
    "ended by themselves or resumed to their end": runs,
    "events printed and found again": acknowledged,
    "attempts interrupted and given back": interrupted,
  };
  return { figures, faults };
}

const named = (part: string, figures: Figures): Figures =>
  Object.fromEntries(Object.entries(figures).map(([what, value]) => [`${part}: ${what}`, value]));
