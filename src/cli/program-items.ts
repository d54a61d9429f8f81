/** `items` and its verbs: the work items of a running coordinator. */
import { InvalidArgumentError, Option, type Command } from "commander";
import type * as commands from "./commands/items.ts";
import type { Io } from "./io.ts";
import { collect, durationOption, jsonValue, wholeNumber } from "./option-values.ts";

/** Items of one worker at once. */
const CAP_MAX = 64;

type Items = typeof commands;

/** What every verb of `items`, `work` and `mcp` take: where the coordinator is. */
export function withCoordinator(command: Command): Command {
  return command
    .option(
      "--server <url>",
      "address of the coordinator (default: SIGNALBOX_SERVER, else that of the state directory)",
    )
    .option(
      "--token-file <file>",
      "file with a token, or with tokens by role (default: SIGNALBOX_TOKEN, else the state directory's)",
    )
    .option("--state-dir <dir>", "state directory of a coordinator on this machine (default: the nearest .signalbox)");
}

export function addItems(program: Command, io: Io, answer: (exitCode: number) => void): void {
  const items = program.command("items").description("work items of a running coordinator: list, add, claim, report");
  const verb = (name: string, description: string): Command =>
    withCoordinator(items.command(name).description(description).option("--json", "print one JSON document"));
  const run = async (work: (items: Items) => Promise<number>): Promise<void> => {
    answer(await work(await import("./commands/items.ts")));
  };
  addReading(verb, (work) => run((items) => work(items, io)));
  addPlanning(verb, (work) => run((items) => work(items, io)));
  addClaiming(verb, (work) => run((items) => work(items, io)));
  addReporting(verb, (work) => run((items) => work(items, io)));
}

type Verb = (name: string, description: string) => Command;
type Run = (work: (items: Items, io: Io) => Promise<number>) => Promise<void>;

function addReading(verb: Verb, run: Run): void {
  verb("list", "list work items, oldest first")
    .option("--project <id>", "of this project (default: the coordinator's first)")
    .addOption(
      new Option("--status <status>", "only these").choices(["todo", "claimed", "done", "failed", "cancelled"]),
    )
    .option("--ready", "only what is todo and needs nothing any more")
    .option("--agent <name>", "only what this agent has claimed")
    .option("--parent <id>", "only what is part of the item with this id")
    .option("--q <words>", "only with these words in title or key")
    .addOption(new Option("--limit <n>", "at most so many (default: 50)").argParser((word) => wholeNumber(word, 1_000)))
    .option("--all", "all of them, however many there are")
    .action((options) => run((items, io) => items.itemsList(io, options)));
  verb("show", "show a work item")
    .argument("<item>", "id or key")
    .action((id: string, options) => run((items, io) => items.itemsShow(io, { ...options, id })));
  verb("why", "say what keeps a work item from going on")
    .argument("<item>", "id or key")
    .action((id: string, options) => run((items, io) => items.itemsWhy(io, { ...options, id })));
}

function addPlanning(verb: Verb, run: Run): void {
  verb("add", "add a work item")
    .argument("<title>", "what is to be done, in one line")
    .option("--project <id>", "to this project (default: the coordinator's first)")
    .option("--key <key>", "short name within the project (default: item- and a number)")
    .option("--description <text>", "what there is to know")
    .option("--type <word>", "feature, bug, test, docs, refactor, or any word")
    .addOption(new Option("--priority <n>", "0 goes first (default: 5)").argParser((word) => wholeNumber(word, 9, 0)))
    .option("--needs <item>", "id or key of what has to be done before; may be given again", collect)
    .option("--file <glob>", "what it will touch; may be given again", collect)
    .option("--parent <item>", "id or key of the item that it is a part of")
    .addOption(new Option("--attempts <n>", "most attempts (default: 1)").argParser((word) => wholeNumber(word, 1_000)))
    .addOption(new Option("--hours <n>", "estimate").argParser((word) => numberIn(word, 0, 100_000)))
    .addOption(new Option("--metadata <json>", "an object of your own").argParser(jsonValue))
    .action((title: string, options) => run((items, io) => items.itemsAdd(io, { ...options, title })));
  verb("requeue", "put a failed work item back to todo, with all its attempts before it")
    .argument("<item>", "id or key")
    .option("--reason <text>", "why; kept in the audit log")
    .action((id: string, options) => run((items, io) => items.itemsRequeue(io, { ...options, id })));
  verb("cancel", "cancel a work item; its holder hears of it with the next heartbeat")
    .argument("<item>", "id or key")
    .option("--reason <text>", "why; kept in the audit log")
    .action((id: string, options) => run((items, io) => items.itemsCancel(io, { ...options, id })));
}

function addClaiming(verb: Verb, run: Run): void {
  verb("claim", "claim a work item: it is yours until its lease ends")
    .argument("<item>", "id or key")
    .requiredOption("--agent <name>", "who asks, for people")
    .addOption(leaseOption())
    .option("--file <glob>", "what you will touch; may be given again", collect)
    .action((id: string, options) => run((items, io) => items.itemsClaim(io, { ...options, id })));
  verb("next", "claim the work item that should go first; ends with 4 when there is none")
    .requiredOption("--agent <name>", "who asks, for people")
    .option("--project <id>", "of this project (default: the coordinator's first)")
    .addOption(typesOption())
    .addOption(leaseOption())
    .addOption(durationOption("--wait <time>", "wait so long for one, such as 30s (default: not at all)", "0ms", "60s"))
    .action((options) => run((items, io) => items.itemsNext(io, options)));
  held(verb("heartbeat", "a sign of life: the lease starts anew; ends with 4 when the item was cancelled"))
    .addOption(leaseOption())
    .addOption(new Option("--progress <n>", "how far it is, 0 to 1").argParser((word) => numberIn(word, 0, 1)))
    .option("--file <path>", "what you have touched so far; may be given again", collect)
    .option("--note <text>", "for whoever looks, or holds it next")
    .action((id: string, options) => run((items, io) => items.itemsHeartbeat(io, { ...options, id })));
}

function addReporting(verb: Verb, run: Run): void {
  held(verb("complete", "report that the work is done"))
    .requiredOption("--summary <text>", "what came of it")
    .option("--modified <path>", "a file that was changed; may be given again", collect)
    .addOption(
      new Option("--output <json>", "a value for what needs this item").argParser(jsonValue).conflicts("outputFile"),
    )
    .option("--output-file <file>", "the same from a file")
    .action((id: string, options) => run((items, io) => items.itemsComplete(io, { ...options, id })));
  held(verb("fail", "report that the work failed; another attempt follows as long as there are some"))
    .requiredOption("--reason <text>", "what went wrong")
    .option("--no-retry", "no attempt may follow")
    .action((id: string, options) => run((items, io) => items.itemsFail(io, { ...options, id })));
  held(verb("release", "give a work item back without spending an attempt"))
    .option("--reason <text>", "why; kept in the audit log")
    .action((id: string, options) => run((items, io) => items.itemsRelease(io, { ...options, id })));
  verb("note", "leave a note on a work item: for whoever holds it next")
    .argument("<item>", "id or key")
    .argument("<text>", "the note")
    .requiredOption("--agent <name>", "who says it")
    .action((id: string, note: string, options) => run((items, io) => items.itemsNote(io, { ...options, id, note })));
}

function held(command: Command): Command {
  return command
    .argument("<item>", "id or key")
    .addOption(
      new Option("--fencing-token <n>", "token of the claim, from its answer")
        .argParser((word) => wholeNumber(word, Number.MAX_SAFE_INTEGER))
        .makeOptionMandatory(),
    );
}

function leaseOption(fallback = "5m"): Option {
  const text = `how long the claim holds without a heartbeat (default: ${fallback})`;
  return durationOption("--lease <time>", text, "1s", "24h");
}

function typesOption(): Option {
  return new Option("--types <words>", "only of these types, with commas between them").argParser((text) =>
    text.split(",").map((word) => word.trim()),
  );
}

export function addWork(program: Command, io: Io, answer: (exitCode: number) => void): void {
  withCoordinator(
    program
      .command("work")
      .argument(
        "<command...>",
        "what to run for each item: a program and its arguments, or one shell command in quotes",
      )
      .description("work for a coordinator: claim items and run a command for each, until it is stopped"),
  )
    .option("--agent <name>", "who works, for people (default: name of this machine and number of the process)")
    .option("--project <id>", "of this project (default: the coordinator's first)")
    .addOption(typesOption())
    .addOption(
      new Option("--cap <n>", "most items at once (default: 1)").argParser((word) => wholeNumber(word, CAP_MAX)),
    )
    .addOption(leaseOption("1m"))
    .option("--worktree", "a git worktree of its own for each item")
    .addOption(new Option("--once", "wait for one item, and end with it").conflicts("untilEmpty"))
    .option("--until-empty", "end when there is nothing to claim and nothing in hand")
    .option("--json", "print each event as a line of JSON")
    .usage("[options] -- <command...>")
    .action(async (command: readonly string[], options) => {
      const { workCommand } = await import("./commands/work.ts");
      answer(await workCommand(io, { ...options, command }));
    });
}

function numberIn(text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= min && value <= max) return value;
  throw new InvalidArgumentError(`Expected a number from ${min} to ${max}, got "${text}".`);
}
