/**
 * The commands and their options. Each command's module is imported only when it is used, so that `--help` and a
 * mistyped option cost no more than the parser.
 */
import { Command, CommanderError, Option } from "commander";
import { EXIT_CODES, SignalboxError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { Io } from "./io.ts";
import { collect, wholeNumber } from "./option-values.ts";
import { reportProblem } from "./problem.ts";
import { addExport } from "./program-export.ts";
import { addItems, addWork, withCoordinator } from "./program-items.ts";
import { addMachine, addWhatIf, checkAgainst, inspectOption, timeOf, withPort } from "./program-machines.ts";
import { addServe } from "./program-serve.ts";
import { addTestgen } from "./program-testgen.ts";
import { versionOfPackage } from "./version.ts";

/** Runs one command line and answers its exit code. Never throws. */
export async function runCli(words: readonly string[], io: Io): Promise<number> {
  try {
    const exitCode = await parseAndRun(words, io);
    await io.stdout.flushed();
    if (io.stdout.failure !== undefined) throw outputUnwritable(io.stdout.failure);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.invalid_usage;
    const { text, exitCode } = reportProblem(error, { debug: Boolean(io.variables["SIGNALBOX_DEBUG"]) });
    io.stderr.write(text);
    return exitCode;
  }
}

function outputUnwritable(cause: Error): SignalboxError {
  return new SignalboxError(
    "output_unwritable",
    `expected to write to stdout, but it cannot be written (${cause.message}); what was printed is not whole: make room or write elsewhere`,
    { cause },
  );
}

async function parseAndRun(words: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const program = buildProgram(io, (code) => {
    exitCode = code;
  });
  if (words.length === 0) {
    program.outputHelp({ error: true });
    return EXIT_CODES.invalid_usage;
  }
  await program.parseAsync(withPort(words), { from: "user" });
  return exitCode;
}

type Answer = (exitCode: number) => void;

function buildProgram(io: Io, answer: Answer): Command {
  const program = new Command("signalbox")
    .description("Run many work items at once, safely: a plan to its end, in parallel, with a journal.")
    .version(versionOfPackage(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .configureHelp({ sortOptions: false, helpWidth: 100 })
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .showSuggestionAfterError(true)
    .showHelpAfterError("Run it with --help to see what it takes.")
    .exitOverride();
  addRun(program, io, answer);
  addResume(program, io, answer);
  addPlanCommands(program, io, answer);
  addRunReaders(program, io, answer);
  addItemReaders(program, io, answer);
  addExport(program, io, answer);
  addItemCommands(program, io, answer);
  addWorktrees(program, io, answer);
  addServe(program, io, answer);
  addItems(program, io, answer);
  addMcp(program, io, answer);
  addWork(program, io, answer);
  addMachine(program, io, answer);
  addWhatIf(program, io, answer, { cap: capOption(), stateDir: stateDirOption() });
  addTestgen(program, io, answer);
  addDoctor(program, io, answer);
  return program;
}

function addRun(program: Command, io: Io, answer: Answer): void {
  program
    .command("run")
    .argument("<plan>", "plan file: .yaml, .yml, .json, or a .ts/.mjs module")
    .description("run a plan to its end")
    .addOption(capOption())
    .addOption(
      new Option("--schedule <policy>", "when an item may start").choices(["as-ready", "layers", "sequential"]),
    )
    .addOption(
      new Option("--on-failure <policy>", "what a failure does to the rest").choices([
        "isolate",
        "fail-fast",
        "rollback",
      ]),
    )
    .addOption(deadlineOption())
    .option("--scope <id>", "run only this task or item; may be given again", collect)
    .option("--with-needs", "also run what the scope needs")
    .option("--dry-run", "say what would run, and run nothing")
    .option("--json", "print each transition as a line of JSON")
    .addOption(stateDirOption("default: .signalbox beside the plan"))
    .addOption(pressureOption())
    .addOption(inspectOption())
    .option("--board", "show the run in a browser: prints the address")
    .option("--no-durable", "keep the journal in memory: nothing can be resumed or looked at later")
    .action(async (plan: string, options) => {
      const { runCommand } = await import("./commands/run.ts");
      answer(await runCommand(io, { ...options, plan }));
    });
}

function addResume(program: Command, io: Io, answer: Answer): void {
  program
    .command("resume")
    .argument("[run]", "id of the run, its beginning, or `last` (default: the newest that has not ended)")
    .description("go on with an interrupted run")
    .addOption(capOption())
    .addOption(deadlineOption())
    .option("--json", "print each transition as a line of JSON")
    .addOption(pressureOption())
    .addOption(inspectOption())
    .addOption(stateDirOption())
    .action(async (run: string | undefined, options) => {
      const { resumeCommand } = await import("./commands/resume.ts");
      answer(await resumeCommand(io, run === undefined ? options : { ...options, run }));
    });
}

function addPlanCommands(program: Command, io: Io, answer: Answer): void {
  program
    .command("check")
    .argument("[plan]", "plan file; may be left out with --against")
    .description("check a plan: every problem at once, or one line when it is good")
    .option("--against <dir>", "replay the stored runs of this state directory: which live ones would break")
    .option("--json", "print one JSON document")
    .action(async (plan: string | undefined, options, command: Command) => {
      if (options.against !== undefined) answer(await checkAgainst(io, plan, options));
      else if (plan === undefined) command.error("error: missing required argument 'plan'");
      else {
        const { checkCommand } = await import("./commands/check.ts");
        answer(await checkCommand(io, { ...options, plan }));
      }
    });
  addVerify(program, io, answer);
  program
    .command("graph")
    .argument("<plan>", "plan file")
    .description("print a plan's graph")
    .addOption(new Option("--format <format>", "how").choices(["layers", "mermaid", "dot", "json"]).default("layers"))
    .option("--json", "the same as --format json")
    .action(async (plan: string, options) => {
      const { graphCommand } = await import("./commands/graph.ts");
      answer(await graphCommand(io, { ...options, plan }));
    });
  program
    .command("schema")
    .description("print the JSON Schema of plan files")
    .option("--json", "it always is JSON")
    .action(async () => {
      const { schemaCommand } = await import("./commands/schema.ts");
      answer(await schemaCommand(io));
    });
}

function addVerify(program: Command, io: Io, answer: Answer): void {
  program
    .command("verify")
    .argument("<plan>", "plan file")
    .description("try every order of events on a plan's rules: failures, timeouts, crashes, cancels")
    .addOption(countOption("--states-max <n>", "look at so many states at most", 200_000))
    .addOption(countOption("--items-max <n>", "only walk at random through a plan with more items", 100))
    .addOption(seedOption())
    .option("--json", "print one JSON document")
    .action(async (plan: string, options) => {
      const { verifyCommand } = await import("./commands/verify.ts");
      answer(await verifyCommand(io, { ...options, plan }));
    });
}

function addRunReaders(program: Command, io: Io, answer: Answer): void {
  program
    .command("runs")
    .description("list the runs of a state directory, newest first")
    .addOption(countOption("--limit <n>", "at most so many", 20))
    .option("--json", "print one JSON document")
    .addOption(stateDirOption())
    .action(async (options) => {
      const { runsCommand } = await import("./commands/runs.ts");
      answer(await runsCommand(io, options));
    });
  program
    .command("show")
    .argument("[run]", "id of the run, its beginning, or `last`", "last")
    .description("show a run and its items")
    .option("--all", "list every item, however many there are")
    .option("--tree", "show items below their parents (the parts of their ids), with the state and progress of each")
    .option("--scope <id>", "show only this task, item, or parent, and how far it is; may be given again", collect)
    .option("--json", "print one JSON document")
    .addOption(stateDirOption())
    .action(async (run: string, options) => {
      const { showCommand } = await import("./commands/show.ts");
      answer(await showCommand(io, { ...options, run }));
    });
}

function addItemReaders(program: Command, io: Io, answer: Answer): void {
  program
    .command("log")
    .argument("[run]", "id of the run, its beginning, or `last`", "last")
    .description("print the audit log of a run")
    .option("--item <key>", "only this item")
    .option("--follow", "go on until the run has ended")
    .option("--json", "print each transition as a line of JSON")
    .addOption(stateDirOption())
    .action(async (run: string, options) => {
      const { logCommand } = await import("./commands/log.ts");
      answer(await logCommand(io, { ...options, run }));
    });
  program
    .command("why")
    .argument("<item>", "key of the item")
    .description("say what holds an item, or how it ended")
    .option("--run <run>", "id of the run, its beginning, or `last`", "last")
    .option("--json", "print one JSON document")
    .addOption(stateDirOption())
    .action(async (item: string, options) => {
      const { whyCommand } = await import("./commands/why.ts");
      answer(await whyCommand(io, { ...options, item }));
    });
}

function addItemCommands(program: Command, io: Io, answer: Answer): void {
  program
    .command("retry")
    .argument("<item>", "key of an item that failed, id of a task, or the part of an id up to a dot")
    .description("try failed items again; of a run that has ended, in a new run that takes over what was done")
    .option(
      "--run <run>",
      "id of the run, its beginning, or `last` (default: the newest that has not ended, else the newest)",
    )
    .addOption(capOption())
    .addOption(deadlineOption())
    .option("--json", "print JSON: one document, or each transition as a line when a new run is run")
    .addOption(stateDirOption())
    .action(async (item: string, options) => {
      const { retryCommand } = await import("./commands/retry.ts");
      answer(await retryCommand(io, { ...options, item }));
    });
  program
    .command("cancel")
    .argument("<item|run>", "key of an item, id of a task, the part of an id up to a dot; else a run")
    .description("cancel items, or a run: what is live is stopped, and nothing of it is left running")
    .option("--run <run>", "id of the run, its beginning, or `last` (default: the newest that has not ended)")
    .option("--with-dependents", "also cancel everything that needs it; without, that is blocked")
    .option("--reason <text>", "why; kept in the audit log")
    .option("--json", "print one JSON document")
    .addOption(stateDirOption())
    .action(async (word: string, options) => {
      const { cancelCommand } = await import("./commands/cancel.ts");
      answer(await cancelCommand(io, { ...options, word }));
    });
  program
    .command("pause")
    .argument("[run]", "id of the run, its beginning, or `last` (default: the newest that has not ended)")
    .description("let a live run start nothing more; `resume` lets it go on")
    .option("--json", "print one JSON document")
    .addOption(stateDirOption())
    .action(async (run: string | undefined, options) => {
      const { pauseCommand } = await import("./commands/pause.ts");
      answer(await pauseCommand(io, run === undefined ? options : { ...options, run }));
    });
}

function addWorktrees(program: Command, io: Io, answer: Answer): void {
  const worktrees = program
    .command("worktrees")
    .description("the git worktrees of items: what is left of them, and what to do about it");
  worktrees
    .command("list")
    .description("list what is left of items' worktrees")
    .option("--json", "print one JSON document")
    .addOption(stateDirOption())
    .action(async (options) => {
      const { worktreesListCommand } = await import("./commands/worktrees.ts");
      answer(await worktreesListCommand(io, options));
    });
  worktrees
    .command("clean")
    .argument("[run...]", "ids of runs, or their beginnings (default: all)")
    .description("remove worktrees that nobody has and that hold no work; what is not committed is kept")
    .option("--save", "save what is not committed behind a ref, and remove the worktree then")
    .option("--forget-missing", "forget worktrees that are not where they were made")
    .option("--dry-run", "say what would be removed, and remove nothing")
    .option("--json", "print one JSON document")
    .addOption(stateDirOption())
    .action(async (runs: readonly string[], options) => {
      const { worktreesCleanCommand } = await import("./commands/worktrees.ts");
      answer(await worktreesCleanCommand(io, { ...options, runs }));
    });
  worktrees
    .command("doctor")
    .description("mend what killed processes left in this repository, and say what else is wrong")
    .option("--dry-run", "only say what is wrong")
    .option("--json", "print one JSON document")
    .addOption(stateDirOption())
    .action(async (options) => {
      const { worktreesDoctorCommand } = await import("./commands/worktrees.ts");
      answer(await worktreesDoctorCommand(io, options));
    });
}

function addMcp(program: Command, io: Io, answer: Answer): void {
  withCoordinator(program.command("mcp"))
    .description("speak MCP on stdin and stdout, in front of a coordinator, which is started when there is none")
    .addOption(
      new Option("--role <role>", "what the client may do: worker claims and reports, plan also creates and requeues")
        .choices(["read", "worker", "plan"])
        .default("plan"),
    )
    .action(async (options) => {
      const { mcpCommand } = await import("./commands/mcp.ts");
      answer(await mcpCommand(io, options));
    });
}

function addDoctor(program: Command, io: Io, answer: Answer): void {
  program
    .command("doctor")
    .description("check that everything signalbox needs is there and well")
    .option("--json", "print one JSON document")
    .addOption(stateDirOption())
    .action(async (options) => {
      const { doctorCommand } = await import("./commands/doctor.ts");
      answer(await doctorCommand(io, options));
    });
}

function stateDirOption(hint = "default: the nearest .signalbox from here upwards"): Option {
  return new Option("--state-dir <dir>", `where state is kept (${hint})`);
}

function pressureOption(): Option {
  return new Option("--no-pressure", "go on starting items when the machine is short of memory, file handles or time");
}

function capOption(): Option {
  return new Option(
    "--cap <n>",
    "most items live at once (default: the plan's, else one for each processor)",
  ).argParser((text: string) => wholeNumber(text, LIMITS.liveItemsMax));
}

function deadlineOption(): Option {
  return new Option(
    "--deadline <time>",
    "longest time of the whole run from its start, such as 90s, 10m, 2h; then it has failed (default: the plan's, else none)",
  ).argParser(timeOf);
}

function seedOption(): Option {
  return new Option("--seed <n>", "of the random walks; the same seed gives the same walks")
    .argParser((word: string) => wholeNumber(word, 0xffff_ffff))
    .default(1);
}

function countOption(flags: string, text: string, fallback: number): Option {
  return new Option(flags, text).argParser((word: string) => wholeNumber(word, 1_000_000)).default(fallback);
}
