/**
 * Goal: whichever call of the system fails, a run refuses in clear words, and what it printed is stored (I21). Method: as SQLite is tested:
 * the first sync fails, then the second one, and so on, until a run comes by that makes fewer; the same with writes. strace makes them
 * fail, so this needs it.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cli, jsonLines, makeFolder, startCli } from "../e2e/support/cli.ts";
import { doneTwice, lost, unreturned } from "../e2e/support/log-faults.ts";
import type { Campaign } from "./campaign.ts";
import { canTrace } from "./sync-order/sync-order.ts";

const CALLS = ["fsync:error=EIO", "fdatasync:error=EIO", "pwrite64:error=ENOSPC", "pwrite64:error=EIO"] as const;
const ITEMS = 4;
/** Of every so many calls one is made to fail in the small campaign. */
const STEP = { small: 16, large: 1 } as const;
const CALLS_MAX = 400;

export const failedCalls: Campaign = {
  question: "Whichever sync or write of a run fails, does it say so, and is what it printed stored?",
  run: async ({ size, say }) => {
    if (!canTrace()) return { figures: {}, faults: ["this needs strace; there is none that may be used here"] };
    const faults: string[] = [];
    const figures: Record<string, number> = { "runs that refused": 0, "runs that went on": 0 };
    for (const call of CALLS) {
      for (let nth = 1; nth < CALLS_MAX; nth += STEP[size]) {
        const one = await trial(call, nth);
        faults.push(...one.faults.map((fault) => `${call} ${nth}: ${fault}`));
        if (!one.wasHit) break;
        figures[one.refused ? "runs that refused" : "runs that went on"]! += 1;
        figures[`${call}, calls that failed`] = (figures[`${call}, calls that failed`] ?? 0) + 1;
      }
      say(`   ${call}: ${figures[`${call}, calls that failed`] ?? 0} calls failed, ${faults.length} faults`);
    }
    return { figures, faults };
  },
};

interface Outcome {
  readonly wasHit: boolean;
  readonly refused: boolean;
  readonly faults: readonly string[];
}

async function trial(call: string, nth: number): Promise<Outcome> {
  const tasks = Object.fromEntries(Array.from({ length: ITEMS }, (_, n) => [`t${n}`, { run: "true" }]));
  const folder = makeFolder({ "plan.json": JSON.stringify({ tasks, liveItemsMax: 1 }) });
  const [name] = call.split(":");
  const trace = join(folder, "trace");
  const strace = ["strace", "-f", "-o", trace, "-e", `trace=${name}`, "-e", `inject=${call}:when=${nth}`];
  const first = await startCli(["run", "plan.json", "--json"], { cwd: folder, wrap: strace }).ended;
  const wasHit = existsSync(trace) && readFileSync(trace, "utf8").includes("(INJECTED)");
  const events = jsonLines(first.stdout.slice(0, first.stdout.lastIndexOf("\n") + 1));
  const faults: string[] = [];
  if (first.code !== 0 && !/disk|full|I\/O|EIO|ENOSPC/i.test(first.stderr))
    faults.push(`it ended with ${first.code}, and says nothing of the disk: ${first.stderr}`);
  const stored = await cli(["runs", "--json"], { cwd: folder });
  const begun = stored.code === 0 && stored.stdout.trim() !== "[]";
  const second = await cli(begun ? ["resume", "last", "--json"] : ["run", "plan.json", "--json"], { cwd: folder });
  const outcome = jsonLines(second.stdout).at(-1)?.["outcome"];
  if (outcome !== "done") faults.push(`then it came to ${String(outcome)}: ${second.stderr}`);
  const log = jsonLines((await cli(["log", "--json"], { cwd: folder })).stdout);
  faults.push(...lost(events, log), ...doneTwice(log), ...unreturned(log));
  if (faults.length === 0) rmSync(folder, { recursive: true, force: true });
  return { wasHit, refused: first.code !== 0, faults };
}
