import { durationText } from "../../base/duration-text.ts";
import { UsageError } from "../../base/errors.ts";
import { harmless } from "../../base/harmless.ts";
import { whatIf, type Forecast, type WhatIfChanges, type WhatIfResult } from "../../engine/what-if/what-if.ts";
import type { RecoveredRun } from "../../journal/journal.ts";
import { loadPlan } from "../../plan/load-plan.ts";
import { itemsNamed } from "../../plan/named-items.ts";
import type { Plan } from "../../plan/plan.ts";
import { planOfRun } from "../../engine/grown-plan.ts";
import type { Command, Io } from "../io.ts";
import { openStore } from "../store.ts";
import { findRun, findRunToResume } from "../stored-run.ts";
import { formatList } from "../view/format.ts";
import { paintFor } from "../terminal/style.ts";
import { renderTable, type TableCell } from "../view/table.ts";
import { jsonDocument } from "../wire.ts";

export interface WhatIfCommandOptions {
  readonly run?: string;
  /** A plan from its beginning, instead of a run. */
  readonly plan?: string;
  readonly fail?: readonly string[];
  readonly cap?: number;
  /** `item:need`. */
  readonly drop?: readonly string[];
  /** Milliseconds for items of which nothing is known. */
  readonly duration?: number;
  readonly json?: boolean;
  readonly stateDir?: string;
}

/** Forecasts a run as it is and with changes; starts nothing. */
export const whatIfCommand: Command<WhatIfCommandOptions> = async (io, options) => {
  const { fail = [], cap, drop = [], duration } = options;
  const { from, plan } = await forkOf(io, options);
  const changes: WhatIfChanges = {
    fail,
    ...(cap !== undefined && { liveItemsMax: cap }),
    drop: drop.map((words) => droppedNeed(plan, words)),
  };
  const result = await whatIf(from, changes, { env: io.env, guessMs: duration });
  io.stdout.write(options.json === true ? jsonDocument(onWire(result)) : inWords(io, plan, result));
  return 0;
};

async function forkOf(
  io: Io,
  options: WhatIfCommandOptions,
): Promise<{ readonly from: Plan | RecoveredRun; readonly plan: Plan }> {
  if (options.plan !== undefined) {
    const plan = await loadPlan(options.plan);
    return { from: plan, plan };
  }
  const { reader } = openStore(io, options.stateDir);
  try {
    const { id } = options.run === undefined ? await findRunToResume(reader) : await findRun(reader, options.run);
    const stored = await reader.read(id);
    return { from: stored, plan: planOfRun(stored) };
  } finally {
    await reader.close();
  }
}

/** Keys may hold colons themselves: what is meant is the place where both sides are names. */
function droppedNeed(plan: Plan, words: string): { readonly item: string; readonly need: string } {
  for (let at = words.indexOf(":"); at > 0; at = words.indexOf(":", at + 1)) {
    const [item, need] = [words.slice(0, at), words.slice(at + 1)];
    if (itemsNamed(plan, item).length > 0 && itemsNamed(plan, need).length > 0) return { item, need };
  }
  throw new UsageError(
    `expected ITEM:NEED, an item and what it needs no more, got ${words}; \`graph\` shows what there is`,
  );
}

function inWords(io: Io, plan: Plan, { asIs, changed, unblocked, lost, guessed }: WhatIfResult): string {
  const list = (keys: readonly string[]): string => formatList(keys.map((key) => harmless(key)));
  const row = (name: string, forecast: Forecast): TableCell[] => {
    const { outcome, makespanMs, done, criticalPath } = forecast;
    const path = criticalPath.length > 6 ? [...criticalPath.slice(0, 6), "…"] : criticalPath;
    const cells = [name, outcome, durationText(makespanMs), `${done.length} of ${plan.graph.size}`, path.join(" -> ")];
    return cells.map((text) => ({ text }));
  };
  const rows = renderTable(
    ["", "outcome", "to go", "done", "critical path"],
    [row("as it is", asIs), row("changed", changed)],
    paintFor(io.stdout.color),
  );
  const stuck = changed.stuck
    .slice(0, 20)
    .map(({ item, by }) => `  ${harmless(item)}${by.length > 0 ? `  held by ${list(by)}` : ""}`);
  return `${[
    rows.trimEnd(),
    ...(unblocked.length > 0 ? [`Done then, and not as it is: ${list(unblocked)}`] : []),
    ...(lost.length > 0 ? [`Not done then: ${list(lost)}`] : []),
    ...(stuck.length > 0 ? ["Stuck then:", ...stuck] : []),
    ...(changed.stuck.length > 20 ? [`  and ${changed.stuck.length - 20} more`] : []),
    ...(guessed.length > 0 ? [`Nothing is known of how long these take, so it was guessed: ${list(guessed)}`] : []),
  ].join("\n")}\n`;
}

function onWire({ asIs, changed, unblocked, lost, guessed }: WhatIfResult): object {
  const forecast = ({ outcome, makespanMs, done, failed, stuck, skipped, criticalPath }: Forecast): object => ({
    outcome,
    makespan_ms: Math.round(makespanMs),
    done: done.length,
    failed,
    stuck: stuck.map(({ item, by, reason }) => ({ item, by, reason })),
    skipped,
    critical_path: criticalPath,
  });
  return { as_is: forecast(asIs), changed: forecast(changed), unblocked, lost, guessed };
}
