import { resolve } from "node:path";
import { harmless } from "../../base/harmless.ts";
import { machineDot } from "../../inspect/machine/dot.ts";
import { loadMachine, OWN_MACHINES } from "../../inspect/machine/load.ts";
import { machineDiagram } from "../../inspect/machine/mermaid.ts";
import { machineModel } from "../../inspect/machine/model.ts";
import { machinePicture } from "../../inspect/machine/picture.ts";
import { machineSvg } from "../../inspect/machine/svg.ts";
import type { Command } from "../io.ts";
import { jsonDocument } from "../wire.ts";

export interface MachineDiagramOptions {
  /** A file, or the name of one of our machines. */
  readonly machine?: string;
  readonly format: "mermaid" | "svg" | "dot" | "json";
  /** Which machine of a module. */
  readonly export?: string;
  readonly json?: boolean;
}

/** Draws a machine; without a machine it names those that there are. */
export const machineDiagramCommand: Command<MachineDiagramOptions> = async (io, options) => {
  const { machine: word } = options;
  const format = options.json === true ? "json" : options.format;
  if (word === undefined) {
    const names = Object.keys(OWN_MACHINES);
    io.stdout.write(format === "json" ? jsonDocument(names) : `${names.join("\n")}\n`);
    return 0;
  }
  const own = Object.hasOwn(OWN_MACHINES, word) ? OWN_MACHINES[word] : undefined;
  const machine = own ?? (await loadMachine(resolve(io.cwd, word), options.export));
  if (format === "json") io.stdout.write(jsonDocument(machineModel(machine)));
  else if (format === "mermaid") io.stdout.write(shown(machineDiagram(machine, { guards: true, stays: true })));
  else {
    const model = machineModel(machine);
    io.stdout.write(shown(format === "dot" ? machineDot(model) : machineSvg(machinePicture(model))));
  }
  return 0;
};

function shown(text: string): string {
  return `${harmless(text, { lines: true })}\n`;
}
