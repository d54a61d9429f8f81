/** The commands of those who run a coordinator. */
import { InvalidArgumentError, Option, type Command } from "commander";
import { LOG_FORMATS, LOG_LEVELS } from "../base/log.ts";
import type { Io } from "./io.ts";
import { collect, durationOption } from "./option-values.ts";
import { withCoordinator } from "./program-items.ts";
import { inspectOption } from "./program-machines.ts";

export function addServe(program: Command, io: Io, answer: (exitCode: number) => void): void {
  program
    .command("serve")
    .description("serve work items to agents over HTTP, until it is stopped; what is claimed stays claimed")
    .addOption(new Option("--port <n>", "port; 0 takes any that is free (default: 4747)").argParser(portOf))
    .option("--host <address>", "address of this machine (default: 127.0.0.1)")
    .option("--origin <origin>", "origin of a page that may call; may be given again", collect)
    .option("--backup-dir <dir>", "folder for the backups that an admin may ask for (default: none)")
    .addOption(
      new Option("--log-level <level>", "how much to tell on stderr; debug: every request and event")
        .choices(LOG_LEVELS)
        .default("info"),
    )
    .addOption(new Option("--log-format <format>", "how to tell it").choices(LOG_FORMATS).default("text"))
    .addOption(
      durationOption(
        "--audit-retention <duration>",
        "remove audit entries that are older, once they are exported (default: all stay)",
        "1m",
        "8784h",
      ),
    )
    .option("--audit-export <dir>", "folder for what is removed (default: exported in the state directory)")
    .option("--no-audit-export", "lose what is removed")
    .addOption(inspectOption())
    .option("--json", "print one line of JSON when it is ready")
    .option("--state-dir <dir>", "where state is kept (default: .signalbox here)")
    .action(async (options) => {
      const { serveCommand } = await import("./commands/serve.ts");
      answer(await serveCommand(io, options));
    });
  const backup = program
    .command("backup")
    .argument(
      "[file]",
      "file to make; it must not be there yet (default: the coordinator makes one in its --backup-dir)",
    )
    .description("copy the journal of a state directory into a file and check the copy, while others write it")
    .option("--json", "print one JSON document");
  withCoordinator(backup).action(async (file: string | undefined, options) => {
    const { backupCommand } = await import("./commands/backup.ts");
    answer(await backupCommand(io, { ...options, ...(file !== undefined && { file }) }));
  });
  addCompact(program, io, answer);
}

function addCompact(program: Command, io: Io, answer: (exitCode: number) => void): void {
  program
    .command("compact")
    .argument("[run]", "id of a run or project, its beginning, or `last` (default: all)")
    .description("remove the part of audit logs that the present state does not need, and export it first")
    .addOption(
      durationOption("--keep <duration>", "keep entries that are younger (default: none is too young)", "1s", "8784h"),
    )
    .option("--export <dir>", "folder for what is removed (default: exported in the state directory)")
    .option("--no-export", "lose what is removed")
    .option("--json", "print one line of JSON for each run")
    .option("--state-dir <dir>", "where state is kept (default: the nearest .signalbox from here upwards)")
    .action(async (run: string | undefined, options) => {
      const { compactCommand } = await import("./commands/compact.ts");
      answer(await compactCommand(io, { ...options, ...(run !== undefined && { run }) }));
    });
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError(`Expected a port from 0 to 65535, got "${text}".`);
}
