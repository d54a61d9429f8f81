/**
 * Goal: wherever a process ends, stops or meets an error of the disk, what it acknowledged is there, and the next one goes on.
 * Method: real processes of the product, which come by named places (`src/base/failpoint.ts`); at one of them, one of six things
 * happens; a second process, where nothing does, has to bring everything to its end. A trial whose process never came to its place
 * is a fault: it has shown nothing.
 */
import { seededRandom } from "../../../src/base/seeded-random.ts";
import type { Campaign } from "../campaign.ts";
import { trial } from "./run-scenarios.ts";
import { serveTrial } from "./serve-scenario.ts";
import { allCells, type Cell, type Scenario } from "./table.ts";

/** Trials beside each other. */
const LANES = 2;
const SCENARIOS: readonly Scenario[] = ["commands", "worktrees", "rollback", "serve", "mailbox", "resume", "compact"];
/** Trials of the small campaign; each is of another scenario. */
const SMALL = 2;

export const failpoints: Campaign = {
  question: "Something happens between any two steps of a run or a server: does the next process bring all to its end?",
  run: async ({ size, seed, say }) => {
    const random = seededRandom(seed);
    const cells = size === "large" ? allCells() : some(random);
    const faults: string[] = [];
    const figures: Record<string, number> = {
      trials: cells.length,
      points: new Set(cells.map(({ point }) => point)).size,
    };
    const left = [...cells];
    const lane = async (): Promise<void> => {
      for (;;) {
        const cell = left.shift();
        if (cell === undefined) return;
        const found = await (cell.scenario === "serve" ? serveTrial(cell) : trial(cell));
        faults.push(...found.map((fault) => `${nameOf(cell)}: ${fault}`));
        figures[cell.action] = (figures[cell.action] ?? 0) + 1;
        say(`   ${nameOf(cell)}: ${found.length === 0 ? "held" : found.join("; ")}`);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return { figures, faults };
  },
};

const nameOf = ({ point, action, scenario, nth = 1 }: Cell): string => `${action} at ${point} ${nth} in ${scenario}`;

function some(random: () => number): Cell[] {
  const first = Math.floor(random() * SCENARIOS.length);
  return Array.from({ length: SMALL }, (_, n) => oneOf(SCENARIOS[(first + n) % SCENARIOS.length]!, random));
}

function oneOf(scenario: Scenario, random: () => number): Cell {
  // A stop takes its second and more.
  const cells = allCells().filter((cell) => cell.scenario === scenario && cell.action !== "STOP");
  return cells[Math.floor(random() * cells.length)]!;
}
