/** How long the command line takes before it does anything: what a person waits for each time. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Contender } from "./harness/contender.ts";
import { layeredDag } from "./harness/dag.ts";
import { inTurn, type RoundsResult } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { builtCli, ownCliNote, sourceCli } from "./harness/own-cli.ts";
import { npmPeer, peerCommand, program, requirementNotes, type Requirement } from "./harness/peers.ts";
import { runCommand, type CommandMeasure } from "./harness/processes.ts";
import { atMost, type LimitCheck, type Report, type Table } from "./harness/report.ts";
import { digits, median, ratio, spread } from "./harness/stats.ts";
import { ninja, signalbox } from "./variants/workspaces.ts";

interface Start extends Contender {
  readonly program: string;
  readonly args: readonly string[];
  readonly needs?: Requirement;
}

const BARE = "node -e 0";
const VERSION = "signalbox --version";
const CHECK = "signalbox check, 10 tasks";
const ninjaHere = program("ninja", "ninja-build");

export async function cliStart(options: BenchOptions): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-"));
  const workspace = { folder, dag: layeredDag(10), shell: "true", jobs: 2 };
  // For the files they write; their commands are those of the `commands` bench.
  signalbox(workspace);
  ninja(workspace);
  try {
    const result = await race(folder, options);
    return {
      name: "cli-start",
      question: "wall time from starting a command line to its end, when it has next to nothing to do",
      tables: [table(result)],
      limits: options.smoke ? [] : [limit(VERSION, result), limit(CHECK, result)],
      notes: [
        "one unmeasured start of each comes first, so files are in memory and the compile cache is filled",
        ownCliNote(),
        ...requirementNotes([ninjaHere, npmPeer("turbo")]),
      ],
      failures: result.failures,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function race(folder: string, options: BenchOptions): Promise<RoundsResult<CommandMeasure>> {
  const present = starts(folder).filter((start) => start.needs === undefined || start.needs.version() !== undefined);
  const measure = (start: Start): Promise<CommandMeasure> =>
    runCommand({ program: start.program, args: start.args, cwd: folder }, { wholeCpu: false });
  const warmUp = await inTurn(present, { rounds: 1, label: "cli-start, warm-up", measure });
  if (warmUp.failures.length > 0) return warmUp;
  return inTurn(present, { rounds: options.smoke ? 2 : (options.rounds ?? 25), label: "cli-start", measure });
}

function starts(folder: string): Start[] {
  const plan = join(folder, "plan.json");
  const built = builtCli();
  const node = process.execPath;
  const ours = (label: string, file: string): Start[] => [
    { name: `${VERSION}${label}`, program: node, args: [file, "--version"] },
    { name: `${CHECK}${label}`, program: node, args: [file, "check", plan] },
  ];
  return [
    { name: BARE, program: node, args: ["-e", "0"] },
    ...(built === undefined ? [] : ours("", built)),
    ...ours(", from sources", sourceCli()),
    { name: "ninja --version", program: "ninja", args: ["--version"], needs: ninjaHere },
    { name: "ninja -n, 10 tasks", program: "ninja", args: ["-n"], needs: ninjaHere },
    { name: "turbo --version", program: peerCommand("turbo"), args: ["--version"], needs: npmPeer("turbo") },
  ];
}

const wall = (result: RoundsResult<CommandMeasure>, name: string): number =>
  median((result.measures.get(name) ?? []).map((measure) => measure.wallMs));

function table(result: RoundsResult<CommandMeasure>): Table {
  const rows = [...result.measures].map(([name, measures]) => {
    const cpu = measures.reduce((total, measure) => total + (measure.cpuMs ?? Number.NaN), 0) / measures.length;
    return [
      name,
      spread(measures.map((measure) => measure.wallMs)),
      digits(cpu),
      ratio(wall(result, name) / wall(result, BARE)),
    ];
  });
  return { title: "start", columns: ["command", "wall ms (min..max)", "CPU ms (mean)", "wall / bare node"], rows };
}

function limit(name: string, result: RoundsResult<CommandMeasure>): LimitCheck {
  return atMost(`${name} / bare node`, wall(result, name) / wall(result, BARE), 2);
}
