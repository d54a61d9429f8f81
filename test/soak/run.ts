/**
 * `npm run soak -- [name…] [--small] [--seed N]`: runs the named campaigns, or all, large, one after the other. Exit code 1 when
 * something did not hold, 2 on wrong usage.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bitFlips } from "./bit-flips.ts";
import type { Campaign, Figures } from "./campaign.ts";
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

// What the campaigns start is started thousands of times: a third of the time when it need not be compiled anew. As in the tests.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(
  new URL("../../node_modules/.cache/signalbox-tests", import.meta.url),
);

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Seconds between two lines about how far a campaign is. */
const TELL_EVERY_S = 30;

/** The campaign that runs, as far as it has told. */
class Standing {
  readonly #name: string;
  readonly #since = performance.now();
  #figures: Figures = {};
  #faults: readonly string[] = [];
  #told = "";

  constructor(name: string) {
    this.#name = name;
  }

  readonly note = (figures: Figures, faults: readonly string[]): void => {
    this.#figures = figures;
    this.#faults = faults;
  };

  /** One line, unless it says what the last one did. */
  tell(): void {
    const parts = Object.entries(this.#figures).map(([what, value]) => `${what} ${Math.round(value)}`);
    const line = [...parts, `${this.#faults.length} did not hold`].join(", ");
    if (line !== this.#told) say(`   after ${this.#seconds()} s: ${line}`);
    this.#told = line;
  }

  /** Everything that was seen of a campaign that does not come to its end. */
  cutOff(signal: string): void {
    say(`   cut off by ${signal} after ${this.#seconds()} s; seen of ${this.#name} until then:`);
    tellResult(this.#figures, this.#faults, "no verdict");
  }

  #seconds(): number {
    return Math.round((performance.now() - this.#since) / 1_000);
  }
}

function tellResult(figures: Figures, faults: readonly string[], verdict: string): void {
  for (const [what, value] of Object.entries(figures)) say(`   ${what}: ${Math.round(value * 10) / 10}`);
  for (const fault of faults.slice(0, 20)) say(`   BROKEN: ${fault}`);
  say(faults.length === 0 ? `   ${verdict}` : `   ${faults.length} did not hold`);
}

let standing: Standing | undefined;
for (const [signal, code] of [
  ["SIGTERM", 143],
  ["SIGINT", 130],
] as const) {
  process.on(signal, () => {
    standing?.cutOff(signal);
    endChildren();
    process.exit(code);
  });
}

/** What a campaign has started is its own: nobody else would end it. */
function endChildren(): void {
  try {
    const text = execFileSync("ps", ["-o", "pid=", "--ppid", String(process.pid)], { encoding: "utf8" });
    for (const pid of text.split("\n").map(Number)) if (pid > 0) kill(pid);
  } catch {
    // There is no such `ps` here, or no child.
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // It has ended by itself.
  }
}

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
    const now = new Standing(name);
    standing = now;
    const timer = setInterval(() => now.tell(), TELL_EVERY_S * 1_000);
    const { figures, faults } = await campaign.run({
      size: values.small ? "small" : "large",
      seed,
      say,
      progress: now.note,
    });
    clearInterval(timer);
    standing = undefined;
    tellResult(figures, faults, "all held");
    broken ||= faults.length > 0;
  }
  return broken ? 1 : 0;
}

process.exitCode = await main();
