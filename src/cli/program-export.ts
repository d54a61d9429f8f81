/** `export`: a stored run for other programs. */
import { Option, type Command } from "commander";
import type { Io } from "./io.ts";

const FORMATS = ["json", "csv", "junit", "trace", "ndjson", "html"];

export function addExport(program: Command, io: Io, answer: (exitCode: number) => void): void {
  program
    .command("export")
    .argument("[run]", "id of the run, its beginning, or `last`", "last")
    .description("print a run for other programs: everything, a table, test results, a trace, the audit log, a page")
    .addOption(new Option("--format <format>", "how").choices(FORMATS).default("json"))
    .option("--json", "the same as --format json")
    .option("--state-dir <dir>", "where state is kept (default: the nearest .signalbox from here upwards)")
    .action(async (run: string, options) => {
      const { exportCommand } = await import("./commands/export.ts");
      answer(await exportCommand(io, { ...options, run }));
    });
}
