/**
 * Goal: memory goes with what is under way, not with how long a process lives. Method: `signalbox run` with many items that do
 * nothing, its resident memory read from the system as it goes; and one process that carries out run after run, its memory read after each.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolder, startCli } from "../../e2e/support/cli.ts";
import type { Campaign } from "../campaign.ts";

const SIZES = {
  small: { items: 4_000, rounds: 6, itemsOfRound: 300 },
  large: { items: 100_000, rounds: 25, itemsOfRound: 4_000 },
} as const;
/** Of the rounds, these warm up: code is compiled, caches fill. */
const WARM = 1 / 3;
const GROWTH_MB_MAX = { heap: 4, rss: 40 } as const;
const RSS_MB_MAX = 1_024;
const SAMPLE_MS = 100;

export const steady: Campaign = {
  question: "Does memory stay flat over 100,000 items, in one run and in many runs of one process?",
  run: async ({ size, say }) => {
    const { items, rounds, itemsOfRound } = SIZES[size];
    const faults: string[] = [];
    const { samples, code } = await oneRun(items);
    if (code !== 0) faults.push(`signalbox run ended with ${code}`);
    const peak = Math.max(...samples);
    if (peak > RSS_MB_MAX) faults.push(`a run of ${items} items took ${peak} MB`);
    say(`   one run, MB each ${SAMPLE_MS} ms: ${samples.map((mb) => mb.toFixed(0)).join(" ")}`);
    const after = await manyRuns(rounds, itemsOfRound);
    say(`   after each run, MB of heap: ${after.map(({ heapMb }) => heapMb.toFixed(1)).join(" ")}`);
    say(`   after each run, MB resident: ${after.map(({ rssMb }) => rssMb.toFixed(0)).join(" ")}`);
    const heapGrowth = growth(after.map(({ heapMb }) => heapMb));
    const rssGrowth = growth(after.map(({ rssMb }) => rssMb));
    if (after.length !== rounds) faults.push(`${after.length} of ${rounds} runs ended`);
    if (heapGrowth > GROWTH_MB_MAX.heap) faults.push(`the heap grew by ${heapGrowth} MB over ${rounds} runs`);
    // A process of seconds is all warming up.
    if (size === "large" && rssGrowth > GROWTH_MB_MAX.rss) faults.push(`resident memory grew by ${rssGrowth} MB`);
    const figures = {
      "items of one run": items,
      "peak of it, MB resident": peak,
      runs: rounds,
      "items of all runs": rounds * itemsOfRound,
      "heap after the warm-up, MB": after[Math.floor(rounds * WARM)]?.heapMb ?? 0,
      "growth of the heap after it, MB": heapGrowth,
      "growth of resident memory after it, MB": rssGrowth,
    };
    return { figures, faults };
  },
};

/** The middle of the last third over the middle of the third before: one sample says little. */
function growth(samples: readonly number[]): number {
  const third = Math.floor(samples.length / 3);
  const middle = (part: readonly number[]): number => part.toSorted((a, b) => a - b)[Math.floor(part.length / 2)] ?? 0;
  return middle(samples.slice(-third)) - middle(samples.slice(third, 2 * third));
}

async function oneRun(items: number): Promise<{ readonly samples: readonly number[]; readonly code: number | null }> {
  const plan = `
const tasks = {};
for (let n = 0; n < ${items}; n++) tasks["t" + n] = { run: async () => n, ...(n % 10 > 0 && { needs: ["t" + (n - 1)] }) };
export default { name: "steady", liveItemsMax: 64, tasks };
`;
  const folder = makeFolder({ "plan.mjs": plan });
  const life = startCli(["run", "plan.mjs"], { cwd: folder });
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(residentMb(life.child.pid!)), SAMPLE_MS);
  const { code } = await life.ended;
  clearInterval(timer);
  rmSync(folder, { recursive: true, force: true });
  return { samples: samples.filter((mb) => mb > 0), code };
}

function residentMb(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

interface After {
  readonly heapMb: number;
  readonly rssMb: number;
}

async function manyRuns(rounds: number, items: number): Promise<After[]> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-steady-"));
  const program = fileURLToPath(new URL("./rounds.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    ["--expose-gc", program, join(folder, "state"), String(rounds), String(items)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let text = "";
  child.stdout.on("data", (chunk) => (text += String(chunk)));
  await new Promise((resolve) => child.on("close", resolve));
  rmSync(folder, { recursive: true, force: true });
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as After);
}
