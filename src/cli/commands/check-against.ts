import { resolve } from "node:path";
import { EXIT_CODES } from "../../base/errors.ts";
import { harmless } from "../../base/harmless.ts";
import { checkStoredRun, type StoredRunCheck } from "../../engine/check-stored.ts";
import { planAtFirst } from "../../engine/grown-plan.ts";
import type { RecoveredRun } from "../../journal/journal.ts";
import { openJournalReader } from "../../journal/sqlite-reader.ts";
import { loadPlan } from "../../plan/load-plan.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Command, Io } from "../io.ts";
import { existingStateDir } from "../state-dir.ts";
import { planToResume } from "../stored-plan.ts";
import { paintFor } from "../terminal/style.ts";
import { countOf, formatList } from "../view/format.ts";
import { jsonDocument } from "../wire.ts";

export interface CheckAgainstOptions {
  /** State directory whose runs are replayed. */
  readonly against: string;
  /** The plan as it will be: live runs of its file are compared with it. */
  readonly plan?: string;
  readonly json?: boolean;
}

const RUNS_MAX = 100_000;

/** Replays stored runs with this version. Exit 0: every live run can be gone on with · 1: some cannot · 3: the plan is invalid. */
export const checkAgainstCommand: Command<CheckAgainstOptions> = async (io, options) => {
  const next = options.plan === undefined ? undefined : await nextPlan(io, options.plan);
  const reader = openJournalReader({ directory: existingStateDir(io, options.against), env: io.env });
  try {
    const checks: AgainstCheck[] = [];
    for (const run of await reader.runs({ limit: RUNS_MAX })) {
      const check = await checkStoredRun(reader, run, { env: io.env, planFor });
      const change =
        next === undefined || !check.isLive || run.planFile !== next.file
          ? undefined
          : await changeOf(reader.read(run.id), next);
      checks.push({ ...check, ...(change !== undefined && { change }) });
    }
    io.stdout.write(options.json === true ? jsonDocument(onWire(checks)) : inWords(io, checks));
    return checks.some(isBroken) ? EXIT_CODES.run_failed : 0;
  } finally {
    await reader.close();
  }
};

/** As `resume` would; a plan made in code is brought by its program, which is not asked here. */
async function planFor(run: RecoveredRun): Promise<Plan | undefined> {
  return run.record.planFile === undefined ? undefined : (await planToResume(run)).plan;
}

interface NextPlan {
  readonly file: string;
  readonly plan: Plan;
}

interface AgainstCheck extends StoredRunCheck {
  /** How the plan of its file differs from the one that it was started with. */
  readonly change?: PlanChange;
}

interface PlanChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

async function nextPlan(io: Io, path: string): Promise<NextPlan> {
  return { file: resolve(io.cwd, path), plan: await loadPlan(path) };
}

/** A run goes on with the plan that it was started with; what the file says now is for the next. */
async function changeOf(reading: Promise<RecoveredRun>, { plan }: NextPlan): Promise<PlanChange | undefined> {
  const { record } = await reading;
  if (record.planHash === plan.hash()) return undefined;
  const before = new Set(planAtFirst(record).tasks.map(({ key }) => key));
  const after = new Set(plan.tasks.map(({ key }) => key));
  return { added: [...after].filter((key) => !before.has(key)), removed: [...before].filter((key) => !after.has(key)) };
}

function isBroken({ isLive, breaks }: StoredRunCheck): boolean {
  return isLive && breaks.length > 0;
}

function inWords(io: Io, checks: readonly AgainstCheck[]): string {
  const paint = paintFor(io.stdout.color);
  const live = checks.filter(({ isLive }) => isLive);
  const broken = live.filter(isBroken);
  const old = checks.filter(({ isLive, breaks }) => !isLive && breaks.length > 0);
  const entries = checks.reduce((sum, check) => sum + check.entries, 0);
  const verdict =
    broken.length === 0
      ? paint("good", live.length === 0 ? "no run is live" : "every live run can be gone on with")
      : paint("bad", `${countOf(broken.length, "live run")} would break`);
  const told = (check: AgainstCheck): string[] => [
    `  ${check.run.id}  ${harmless(check.run.name)}  ${check.run.status}`,
    ...check.breaks.map(({ kind, message }) => `    ${kind}: ${harmless(message)}`),
  ];
  const changed = live.filter((check) => check.change !== undefined && !isBroken(check));
  return `${[
    `${countOf(checks.length, "run")} replayed, ${countOf(entries, "transition")}, ${live.length} live: ${verdict}.`,
    ...broken.flatMap(told),
    ...(old.length > 0 ? ["Runs that have ended and cannot be read as they were:", ...old.flatMap(told)] : []),
    ...(changed.length > 0
      ? ["Live runs that go on with the plan that they were started with, not with this one:"]
      : []),
    ...changed.map(({ run, change }) => `  ${run.id}  ${harmless(run.name)}  ${changeInWords(change!)}`),
  ].join("\n")}\n`;
}

function changeInWords({ added, removed }: PlanChange): string {
  const list = (keys: readonly string[]): string => formatList(keys.map((key) => harmless(key)));
  const parts = [
    ...(added.length > 0 ? [`new: ${list(added)}`] : []),
    ...(removed.length > 0 ? [`gone: ${list(removed)}`] : []),
  ];
  return parts.length === 0 ? "its items are the same, what they do or need is not" : parts.join("; ");
}

function onWire(checks: readonly AgainstCheck[]): object {
  return {
    ok: !checks.some(isBroken),
    runs: checks.map(({ run, isLive, entries, breaks, change }) => ({
      run_id: run.id,
      name: run.name,
      status: run.status,
      machine_version: run.machineVersion,
      live: isLive,
      entries,
      breaks: breaks.map(({ kind, message, seq, item }) => ({ kind, message, seq: seq ?? null, item: item ?? null })),
      plan_change: change ?? null,
    })),
  };
}
