/** Worktrees of one repository under many hands, and under `kill -9`. What must hold is written in the files that are called. */
import { crowd } from "../support/worktree-crowd.ts";
import { killRounds } from "../support/worktree-kills.ts";
import type { Campaign } from "./campaign.ts";

export const worktreeCrowd: Campaign = {
  question:
    "ten managers in ten processes, then 32 lanes in four, make and remove worktrees while git prunes and collects",
  async run({ size }) {
    const sizes =
      size === "small"
        ? ([[10, 1, 2]] as const)
        : ([
            [10, 50, 1],
            [4, 8, 8],
          ] as const);
    const figures: Record<string, number> = {};
    const faults: string[] = [];
    for (const [processes, rounds, lanes] of sizes) {
      const { operations, errors, looksRefused, leftovers } = await crowd(processes, rounds, lanes);
      const name = `${processes} processes of ${lanes} lanes`;
      figures[`${name}: operations`] = operations;
      figures[`${name}: looks of others that git refused`] = looksRefused;
      faults.push(...errors, ...leftovers.map((left) => `left: ${left}`));
      const expected = 2 * processes * rounds * lanes;
      if (operations !== expected) faults.push(`${name}: expected ${expected} operations, got ${operations}`);
    }
    return { figures, faults };
  },
};

export const worktreeKills: Campaign = {
  question:
    "kill -9 of us, of git or of both while worktrees are made and removed; the next create has to succeed each time",
  async run({ size, seed }) {
    const { rounds, kills, repairs, works, faults } = await killRounds(size === "small" ? 10 : 200, seed);
    const figures = {
      rounds,
      "kills of us": kills.us,
      "kills of git": kills.git,
      "kills of both": kills.both,
      repairs,
      works,
    };
    return { figures, faults };
  },
};
