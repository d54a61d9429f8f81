/** The commands about machines: what they look like, whether they still read what is stored, what would become of a run. */
import { Option, type Command } from "commander";
import type { Io } from "./io.ts";

export function addMachine(program: Command, io: Io, answer: (exitCode: number) => void): void {
  const machine = program.command("machine").description("look at state machines: those of signalbox, and yours");
  machine
    .command("diagram")
    .argument(
      "[machine]",
      "a module or JSON file with an XState machine, or the name of one of signalbox's (without: their names)",
    )
    .description("draw a state machine")
    .addOption(new Option("--format <format>", "how").choices(["mermaid", "svg", "dot", "json"]).default("mermaid"))
    .option("--export <name>", "which machine of a module that exports several")
    .option("--json", "the same as --format json")
    .action(async (word: string | undefined, options) => {
      const { machineDiagramCommand } = await import("./commands/machine.ts");
      answer(await machineDiagramCommand(io, word === undefined ? options : { ...options, machine: word }));
    });
}
