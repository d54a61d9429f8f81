/** The commands about machines: what they look like, whether they still read what is stored, what would become of a run. */
import { InvalidArgumentError, Option, type Command } from "commander";
import { LIMITS } from "../base/limits.ts";
import { durationMs } from "../plan/check/duration.ts";
import { INSPECT_PORT_DEFAULT } from "./inspect-host.ts";
import type { Io } from "./io.ts";

/** `--inspect` of the commands that run something. Its value is optional, so it must not take the word behind it: see `withPort`. */
export function inspectOption(): Option {
  return new Option(
    "--inspect [port]",
    `show its actors on a page of this machine while it runs (port: ${INSPECT_PORT_DEFAULT}; 0 takes any that is free)`,
  ).argParser((text: string) => {
    const port = Number(text);
    if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
    throw new InvalidArgumentError(`Expected a port from 0 to 65535, got "${text}".`);
  });
}

/** Writes the port behind a bare `--inspect`, or the plan that follows it would be taken for one. */
export function withPort(words: readonly string[]): string[] {
  const end = words.indexOf("--");
  return words.map((word, i) =>
    word === "--inspect" && (end < 0 || i < end) ? `--inspect=${INSPECT_PORT_DEFAULT}` : word,
  );
}

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

export function addWhatIf(
  program: Command,
  io: Io,
  answer: (exitCode: number) => void,
  { cap, stateDir }: { readonly cap: Option; readonly stateDir: Option },
): void {
  const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];
  program
    .command("what-if")
    .argument("[run]", "id of the run, its beginning, or `last` (default: the newest that has not ended)")
    .description("forecast a run as it is, and as it would be if something were otherwise; nothing is started")
    .option("--plan <plan>", "forecast a plan from its beginning, instead of a run")
    .option("--fail <item>", "an item that fails for good; may be given again", collect)
    .addOption(cap)
    .option("--drop <item:need>", "a need that there is not; may be given again", collect)
    .addOption(guessOption())
    .option("--json", "print one JSON document")
    .addOption(stateDir)
    .action(async (run: string | undefined, options) => {
      const { whatIfCommand } = await import("./commands/what-if.ts");
      answer(await whatIfCommand(io, run === undefined ? options : { ...options, run }));
    });
}

function guessOption(): Option {
  return new Option("--duration <time>", "how long an item takes of which nothing is known")
    .default(1_000, "1s")
    .argParser(timeOf);
}

/** Milliseconds of a duration as people write it. */
export function timeOf(text: string): number {
  const ms = durationMs(text);
  if (ms !== undefined && ms >= 1 && ms <= LIMITS.durationMsMax) return ms;
  const what = ms === undefined ? "such as 250ms, 90s, 10m or 2h" : "from 1ms to 8784h (366 days)";
  throw new InvalidArgumentError(`Expected a duration ${what}, got "${text}".`);
}

/** `check --against`: does this version still read what is stored? */
export async function checkAgainst(
  io: Io,
  plan: string | undefined,
  options: { readonly against: string; readonly json?: boolean },
): Promise<number> {
  const { checkAgainstCommand } = await import("./commands/check-against.ts");
  return checkAgainstCommand(io, plan === undefined ? options : { ...options, plan });
}
