import { harmless } from "../../base/harmless.ts";
import { drawDot } from "../../plan/draw-dot.ts";
import { drawJson } from "../../plan/draw-json.ts";
import { drawLayers } from "../../plan/draw-layers.ts";
import { drawMermaid } from "../../plan/draw-mermaid.ts";
import { loadPlan } from "../../plan/load-plan.ts";
import type { Command } from "../io.ts";
import { safeJsonText } from "../wire.ts";

export interface GraphOptions {
  readonly plan: string;
  readonly format: "layers" | "mermaid" | "dot" | "json";
  readonly json?: boolean;
}

const DRAW = { layers: drawLayers, mermaid: drawMermaid, dot: drawDot } as const;

/** Prints a plan's graph. */
export const graphCommand: Command<GraphOptions> = async (io, { plan: path, format, json }) => {
  const plan = await loadPlan(path);
  const text =
    json === true || format === "json" ? safeJsonText(drawJson(plan)) : harmless(DRAW[format](plan), { lines: true });
  io.stdout.write(text);
  return 0;
};
