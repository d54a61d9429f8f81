/** The commands about tests of the user's machines. */
import { Option, type Command } from "commander";
import type { Io } from "./io.ts";

export function addTestgen(program: Command, io: Io, answer: (exitCode: number) => void): void {
  const testgen = program
    .command("testgen")
    .enablePositionalOptions()
    .argument("<file>", "a module that exports an XState machine")
    .description("write a test file for a state machine of yours")
    .option("--export <name>", "which machine of a module that exports several")
    .option("-o, --output <file>", "where the test goes (default: it is printed)")
    .addOption(new Option("--runner <runner>", "whose tests they are").choices(["vitest", "node"]).default("vitest"))
    .option("--input <json>", "input of the machine")
    .option("--force", "overwrite a file that is there")
    .action(async (file: string, options) => {
      const { testgenCommand } = await import("./commands/testgen.ts");
      answer(await testgenCommand(io, { ...options, file }));
    });
  testgen
    .command("replay")
    .argument("<fixture>", "a file that a failing test wrote")
    .description("walk a failing walk again")
    .option("--from <file>", "module of the machine, or of a suite with its machine (default: where the fixture says)")
    .option("--export <name>", "which export of it")
    .option("--json", "print one JSON document")
    .action(async (fixture: string, options) => {
      const { replayCommand } = await import("./commands/testgen.ts");
      answer(await replayCommand(io, { ...options, fixture }));
    });
}
