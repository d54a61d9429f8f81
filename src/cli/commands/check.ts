import { resolve } from "node:path";
import { EXIT_CODES } from "../../base/errors.ts";
import { harmless } from "../../base/harmless.ts";
import { layerMembers, layersOf } from "../../graph/layers.ts";
import { loadPlan } from "../../plan/load-plan.ts";
import type { Plan } from "../../plan/plan.ts";
import { PlanInvalidError, type Problem } from "../../plan/problems.ts";
import { unsupportedProblems } from "../../plan/unsupported.ts";
import type { Command, Io } from "../io.ts";
import { paintFor } from "../terminal/style.ts";
import { placeProblems } from "../place-problems.ts";
import { countOf } from "../view/format.ts";
import { jsonDocument } from "../wire.ts";

export interface CheckOptions {
  readonly plan: string;
  readonly json?: boolean;
}

/** Checks a plan: exit 0 and one line, or exit 3 and every problem. What cannot be run, or not where it stands, is a warning here, an error in `run`. */
export const checkCommand: Command<CheckOptions> = async (io, options) => {
  const json = options.json === true;
  try {
    const plan = await loadPlan(options.plan);
    const file = resolve(io.cwd, options.plan);
    const warnings = [...unsupportedProblems(plan).problems, ...(await placeProblems(plan, file, io.env))];
    io.stdout.write(json ? jsonDocument(goodOnWire(plan, warnings)) : `${summaryOf(io, plan)}\n`);
    if (!json) tellWarnings(io, warnings);
    return 0;
  } catch (error) {
    if (!json || !(error instanceof PlanInvalidError)) throw error;
    io.stdout.write(
      jsonDocument({ ok: false, code: error.code, total: error.total, problems: error.problems.map(problemOnWire) }),
    );
    return EXIT_CODES[error.code];
  }
};

function shapeOf(plan: Plan): { readonly items: number; readonly layers: number; readonly widest: number } {
  const members = layerMembers(layersOf(plan.graph));
  const widest = members.reduce((max, layer) => Math.max(max, layer.length), 0);
  return { items: plan.graph.size, layers: members.length, widest };
}

function summaryOf(io: Io, plan: Plan): string {
  const { items, layers, widest } = shapeOf(plan);
  const paint = paintFor(io.stdout.color);
  // A chain through every layer is the longest there is, so the critical path has as many items as there are layers.
  return `${harmless(plan.name)}: ${paint("good", "good")}. ${countOf(items, "item")} in ${countOf(layers, "layer")}; the longest chain has ${countOf(layers, "item")}, the widest layer ${countOf(widest, "item")}.`;
}

function goodOnWire(plan: Plan, warnings: readonly Problem[]): object {
  const { items, layers, widest } = shapeOf(plan);
  return {
    ok: true,
    name: plan.name,
    items,
    layers,
    critical_path_length: layers,
    widest_layer: widest,
    warnings: warnings.map(problemOnWire),
  };
}

function problemOnWire({ path, expected, got, fix, message, file, line, column }: Problem): object {
  return { file: file ?? null, line: line ?? null, column: column ?? null, path, expected, got, fix, message };
}

function tellWarnings(io: Io, warnings: readonly Problem[]): void {
  const paint = paintFor(io.stderr.color);
  for (const { path, message } of warnings)
    io.stderr.write(`${paint("warn", "warning")}: ${harmless(path)}: ${harmless(message)}\n`);
}
