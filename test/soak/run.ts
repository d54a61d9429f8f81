/**
 * `npm run soak -- [name…] [--small] [--seed N]`: runs the named campaigns, or all, large, one after the other. Exit code 1 when
 * something did not hold, 2 on wrong usage.
 */
import { parseArgs } from "node:util";
import { bitFlips } from "./bit-flips.ts";
import type { Campaign } from "./campaign.ts";
import { coordinator } from "./coordinator/coordinator.ts";
import { crowd } from "./crowd/crowd.ts";
import { failedCalls } from "./failed-calls.ts";
import { failpoints } from "./failpoints/failpoints.ts";
import { fullDisk } from "./full-disk/full-disk.ts";
import { kills } from "./kills.ts";
import { simulation } from "./simulation.ts";
import { steady } from "./steady/steady.ts";
import { syncOrderAudit } from "./sync-order/sync-order.ts";
import { worktreeCrowd, worktreeKills } from "./worktrees.ts";
import { zombies } from "./zombies/zombies.ts";

const campaigns: Readonly<Record<string, Campaign>> = {
  "bit-flips": bitFlips,
  coordinator,
  crowd,
  "failed-calls": failedCalls,
  failpoints,
  "full-disk": fullDisk,
  kills,
  simulation,
  steady,
  "sync-order": syncOrderAudit,
  "worktree-crowd": worktreeCrowd,
  "worktree-kills": worktreeKills,
  zombies,
};

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { small: { type: "boolean", default: false }, seed: { type: "string" } },
  });
  const seed = values.seed === undefined ? Math.trunc(performance.timeOrigin) % 1_000_000 : Number(values.seed);
  const names = positionals.length > 0 ? positionals : Object.keys(campaigns);
  if (!names.every((name) => Object.hasOwn(campaigns, name)) || !Number.isSafeInteger(seed)) {
    process.stderr.write(`usage: soak [${Object.keys(campaigns).join("|")}]… [--small] [--seed N]\n`);
    return 2;
  }
  let broken = false;
  for (const name of names) {
    const campaign = campaigns[name]!;
    say(`\n== ${name}: ${campaign.question} (seed ${seed})`);
    const { figures, faults } = await campaign.run({ size: values.small ? "small" : "large", seed, say });
    for (const [what, value] of Object.entries(figures)) say(`   ${what}: ${Math.round(value * 10) / 10}`);
    for (const fault of faults.slice(0, 20)) say(`   BROKEN: ${fault}`);
    say(faults.length === 0 ? "   all held" : `   ${faults.length} did not hold`);
    broken ||= faults.length > 0;
  }
  return broken ? 1 : 0;
}

process.exitCode = await main();
