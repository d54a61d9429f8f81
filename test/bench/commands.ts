/** A DAG of shell commands through command lines: what starting, capturing and recording a command costs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Contender } from "./harness/contender.ts";
import { chainBesideLeaves, layeredDag, type Dag } from "./harness/dag.ts";
import { inTurn, measureInChild, type RoundsResult } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { ownCliNote } from "./harness/own-cli.ts";
import { npmPeer, peerVersion, program, requirementNotes, type Requirement } from "./harness/peers.ts";
import { runCommand, type CommandMeasure } from "./harness/processes.ts";
import { atMost, type LimitCheck, type Report, type Table } from "./harness/report.ts";
import { median, ratio, spread } from "./harness/stats.ts";
import type { Measure, Variant } from "./harness/variant.ts";
import * as workspaces from "./variants/workspaces.ts";
import type { MakeWorkspace } from "./variants/workspaces.ts";

interface Tool extends Contender {
  readonly make: MakeWorkspace;
  readonly needs?: Requirement;
  /** More than this it does not do in reasonable time; its row then says per how many tasks it was measured. */
  readonly tasksMax?: number;
  /** Runs with 2 jobs only. */
  readonly slow?: boolean;
}

const OURS = "signalbox run";
const NINJA = "ninja";

const tools: readonly Tool[] = [
  { name: OURS, make: workspaces.signalbox },
  { name: "signalbox run --no-durable", make: (workspace) => workspaces.signalbox(workspace, ["--no-durable"]) },
  { name: NINJA, make: workspaces.ninja, needs: program("ninja", "ninja-build") },
  { name: "make", make: workspaces.make, needs: program("make", "make") },
  { name: "node spawn, pipes", make: workspaces.spawnWithPipes },
  { name: "wireit", make: workspaces.wireit, needs: npmPeer("wireit"), roundsMax: 3 },
  { name: "nx", make: workspaces.nx, needs: npmPeer("nx"), roundsMax: 2, slow: true },
  {
    name: "moon",
    make: workspaces.moon,
    needs: { ...npmPeer("moon"), version: () => peerVersion("@moonrepo/cli") },
    roundsMax: 1,
    slow: true,
  },
  { name: "turbo", make: workspaces.turbo, needs: npmPeer("turbo"), roundsMax: 1, slow: true, tasksMax: 200 },
];

export async function commands(options: BenchOptions): Promise<Report> {
  const present = tools.filter((tool) => tool.needs === undefined || tool.needs.version() !== undefined);
  const fast = present.filter((tool) => tool.slow !== true);
  const size = options.smoke ? 50 : 1_000;
  const rounds = options.smoke ? 1 : (options.rounds ?? 7);
  const two = await race(options.smoke ? fast : present, size, 2, rounds);
  const eight = options.smoke ? undefined : await race(fast, size, 8, rounds);
  const memory = await treeMemory(fast, size, options.smoke ? 1 : 3);
  const makespan = await makespans(options);
  const chain = options.smoke ? undefined : await chainOfSleeps(fast);
  const tables = [
    jobsTable(two, size, 2),
    ...(eight === undefined ? [] : [jobsTable(eight, size, 8)]),
    memoryTable(memory),
    makespanTable(makespan),
  ];
  if (chain !== undefined) tables.push(chainTable(chain));
  return {
    name: "commands",
    question: `a DAG of ${size} x \`sh -c true\`, output captured where the tool does; one item = one command`,
    tables,
    limits: options.smoke ? [] : limits(two, memory, makespan),
    notes: [
      "wall time from starting the tool to its end, in a fresh folder; CPU time is of the tool and all it started, by a Linux control group; where none can be made, only of what was waited for",
      "make and ninja keep no journal; make does not capture output; turbo starts npm for each task and is measured on 200 tasks, shown per 1,000",
      "signalbox journals every transition with fsync and keeps each item's output in a file; --no-durable does without the journal's file",
      ownCliNote(),
      ...requirementNotes(tools.flatMap((tool) => (tool.needs === undefined ? [] : [tool.needs]))),
    ],
    failures: [two, eight, memory, makespan, chain].flatMap((result) => result?.failures ?? []),
  };
}

function race(
  contenders: readonly Tool[],
  size: number,
  jobs: number,
  rounds: number,
): Promise<RoundsResult<CommandMeasure>> {
  const measure = (tool: Tool): Promise<CommandMeasure> =>
    runTool(tool, layeredDag(Math.min(size, tool.tasksMax ?? size)), "true", jobs);
  return inTurn(contenders, { rounds, label: `commands, ${jobs} jobs`, measure });
}

/** In its own round, because looking at the process tree costs processor time. */
function treeMemory(contenders: readonly Tool[], size: number, rounds: number): Promise<RoundsResult<CommandMeasure>> {
  const measure = (tool: Tool): Promise<CommandMeasure> => runTool(tool, layeredDag(size), "true", 2, true);
  return inTurn(contenders, { rounds, label: "commands, memory", measure });
}

const SLEEP_MS = 100;
const CHAIN = 50;
const LEAVES = 950;
const CHAIN_JOBS = 20;

function chainOfSleeps(contenders: readonly Tool[]): Promise<RoundsResult<CommandMeasure>> {
  const dag = chainBesideLeaves(CHAIN, LEAVES);
  const some = contenders.filter((tool) => tool.name !== "wireit");
  const measure = (tool: Tool): Promise<CommandMeasure> => runTool(tool, dag, `sleep ${SLEEP_MS / 1_000}`, CHAIN_JOBS);
  return inTurn(some, { rounds: 2, label: "commands, chain beside leaves", measure });
}

async function runTool(
  tool: Tool,
  dag: Dag,
  shell: string,
  jobs: number,
  watchMemory = false,
): Promise<CommandMeasure> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-"));
  try {
    return await runCommand(tool.make({ folder, dag, shell, jobs }), { watchMemory });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const makespanVariants: readonly (Variant & { readonly peer?: string })[] = [
  { name: "signalbox, journal off", file: "makespan", export: "signalbox" },
  { name: "signalbox, journal on", file: "makespan", export: "signalbox", params: { durable: true } },
  { name: "ready queue, first in first out", file: "makespan", export: "fifo" },
  { name: "p-graph", file: "makespan", export: "pGraph", peer: "p-graph" },
];

function makespans(options: BenchOptions): Promise<RoundsResult> {
  const present = makespanVariants.filter(
    (variant) => variant.peer === undefined || peerVersion(variant.peer) !== undefined,
  );
  const params = options.smoke
    ? { chain: 5, leaves: 20, sleepMs: 5, cap: 5 }
    : { chain: CHAIN, leaves: LEAVES, sleepMs: 40, cap: CHAIN_JOBS };
  return inTurn(present, {
    rounds: options.smoke ? 1 : (options.rounds ?? 3),
    label: "commands, makespan",
    measure: (variant) => measureInChild(variant, params),
  });
}

const wall = (result: RoundsResult<CommandMeasure> | undefined, name: string): number =>
  median((result?.measures.get(name) ?? []).map((measure) => measure.wallMs / per1000(name)));

function per1000(name: string): number {
  return (tools.find((tool) => tool.name === name)?.tasksMax ?? 1_000) / 1_000;
}

function jobsTable(result: RoundsResult<CommandMeasure>, size: number, jobs: number): Table {
  const rows = [...result.measures].map(([name, measures]) => {
    const seconds = (ms: number): string => (ms / 1_000).toFixed(2);
    const walls = measures.map((measure) => measure.wallMs / per1000(name));
    const cpu = measures.flatMap((measure) => (measure.cpuMs === undefined ? [] : [measure.cpuMs / per1000(name)]));
    const rates = [ratio(wall(result, name) / wall(result, NINJA)), ratio(wall(result, name) / wall(result, OURS))];
    return [name, spread(walls, seconds), spread(cpu, seconds), ...rates, String(measures.length)];
  });
  const columns = ["tool", "wall s (min..max)", "CPU s", "wall / ninja", "wall / ours", "rounds"];
  return { title: `${size} x true, ${jobs} jobs`, columns, rows };
}

function peaks(measures: readonly CommandMeasure[]): number[] {
  return measures.flatMap(({ peakTreeMb }) => (peakTreeMb === undefined ? [] : [peakTreeMb]));
}

function memoryTable(result: RoundsResult<CommandMeasure>): Table {
  const rows = [...result.measures].map(([name, measures]) => [
    name,
    spread(peaks(measures), (mb) => `${Math.round(mb)} MB`),
  ]);
  return {
    title: "peak resident memory of the process tree, shared pages counted for each process",
    columns: ["tool", "peak (min..max)"],
    rows,
  };
}

const overBound = (measure: Measure): number => Number(measure.extra["makespanMs"]) / Number(measure.extra["boundMs"]);

function makespanTable(result: RoundsResult): Table {
  const rows = [...result.measures].map(([name, measures]) => [
    name,
    spread(measures.map(overBound), (value) => `${value.toFixed(3)} x`),
  ]);
  return {
    title:
      "makespan / lower bound: a chain beside leaves, functions that sleep; bound from the sleeps as they really were",
    columns: ["variant", "makespan / bound"],
    rows,
  };
}

function chainTable(result: RoundsResult<CommandMeasure>): Table {
  const bound = Math.max(CHAIN, (CHAIN + LEAVES) / CHAIN_JOBS) * SLEEP_MS;
  const rows = [...result.measures].map(([name, measures]) => [
    name,
    spread(
      measures.map((measure) => measure.wallMs / bound),
      (value) => `${value.toFixed(3)} x`,
    ),
  ]);
  return {
    title: `the same with commands: ${CHAIN} + ${LEAVES} x sleep ${SLEEP_MS / 1_000}, ${CHAIN_JOBS} jobs; wall / nominal bound, the tool's start included`,
    columns: ["tool", "wall / bound"],
    rows,
  };
}

function limits(
  two: RoundsResult<CommandMeasure>,
  memory: RoundsResult<CommandMeasure>,
  makespan: RoundsResult,
): LimitCheck[] {
  const beaten = ["wireit", "nx", "turbo", "moon"].map((name) =>
    atMost(`wall / ${name}, 2 jobs`, wall(two, OURS) / wall(two, name), 1),
  );
  const spans = (makespan.measures.get("signalbox, journal off") ?? []).map(overBound);
  const tree = median(peaks(memory.measures.get(OURS) ?? []));
  return [
    atMost("wall / ninja, 2 jobs", wall(two, OURS) / wall(two, NINJA), 2.5),
    ...beaten,
    atMost("memory of the process tree", tree, 120, (mb) => `${Math.round(mb)} MB`),
    atMost("makespan / lower bound", median(spans), 1.02, (value) => `${value.toFixed(3)} x`),
  ];
}
