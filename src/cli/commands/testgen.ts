import { existsSync, writeFileSync } from "node:fs";
import { dirname, extname, relative, resolve } from "node:path";
import { UsageError } from "../../base/errors.ts";
import { harmless } from "../../base/harmless.ts";
import { imported, isMachine } from "../../inspect/machine/load.ts";
import { replayFixture } from "../../testing/replay.ts";
import type { PlainSuite } from "../../testing/suite.ts";
import { writeTest } from "../../testing/testgen/write-test.ts";
import { traceInWords } from "../../testing/walk/failure.ts";
import { readFixture } from "../../testing/walk/fixture.ts";
import type { Command, Io } from "../io.ts";
import { countOf } from "../view/format.ts";
import { jsonDocument } from "../wire.ts";

/** An XState machine: the types of that library are no business of the command line. */
type Machine = Parameters<typeof writeTest>[0];

export interface TestgenOptions {
  /** A module that exports an XState machine. */
  readonly file: string;
  /** Which of its exports. */
  readonly export?: string;
  /** Where the test goes; without, it is printed. */
  readonly output?: string;
  readonly runner: "vitest" | "node";
  /** Input of the machine, as JSON. */
  readonly input?: string;
  readonly force?: boolean;
}

/** Writes a test file for a machine. Exit 0: written · 2: there is no such machine, or the file is there already. */
export const testgenCommand: Command<TestgenOptions> = async (io, options) => {
  const path = resolve(io.cwd, options.file);
  const { name, value: machine } = await exported(path, options.export, isMachine, "XState machine");
  const output = options.output === undefined ? undefined : resolve(io.cwd, options.output);
  if (output !== undefined && existsSync(output) && options.force !== true)
    throw new UsageError(
      `expected a new file, got ${output}, which is there; name another, or overwrite it with --force`,
    );
  const typed = /\.m?ts$/.test(extname(output ?? path));
  const module = importPath(dirname(output ?? path), path);
  const input = options.input === undefined ? undefined : inputOf(options.input);
  const written = writeTest(machine, { exported: name, module, runner: options.runner, typed, input });
  if (output === undefined) io.stdout.write(harmless(written.text, { lines: true }));
  else writeFileSync(output, written.text);
  io.stderr.write(told(io, machine, written, output));
  return 0;
};

function inputOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`expected the input of the machine as JSON, got ${harmless(text)}`, { cause });
  }
}

function told(
  io: Pick<Io, "cwd">,
  machine: Machine,
  { states, needPayload, unreachable, abstracted }: ReturnType<typeof writeTest>,
  output: string | undefined,
): string {
  const where = output === undefined ? "" : ` in ${relative(io.cwd, output)}`;
  return [
    `${harmless(machine.id)}: ${countOf(states, "state")}${where}.`,
    ...[...needPayload].map(
      ([type, why]) =>
        `  ${harmless(type)} is left out until it has a payload: without, the machine throws: ${harmless(why)}`,
    ),
    ...(unreachable.length > 0
      ? [
          `  Out of reach with that, and listed in \`unreachable\`: ${countOf(unreachable.length, "name")} of states and transitions.`,
        ]
      : []),
    ...(abstracted !== undefined ? ["  Its context has no end: say in `abstract` what of it matters."] : []),
    "",
  ].join("\n");
}

function importPath(folder: string, path: string): string {
  const way = relative(folder, path).replaceAll("\\", "/");
  return way.startsWith(".") ? way : `./${way}`;
}

export interface ReplayOptions {
  /** A fixture that a failing test wrote. */
  readonly fixture: string;
  /** Module of the machine, or of an object of `machine` and a suite; without, where the fixture says. */
  readonly from?: string;
  readonly export?: string;
  readonly json?: boolean;
}

/** Walks a failing walk again. Exit 0: it does not fail any more · 1: it does, as told · 2: there is no such fixture or machine. */
export const replayCommand: Command<ReplayOptions> = async (io, options) => {
  const fixture = readFixture(resolve(io.cwd, options.fixture));
  const from = options.from ?? fixture.source?.file;
  if (from === undefined)
    throw new UsageError(
      `expected to know where machine ${harmless(fixture.machine)} is, and the fixture does not say; name its module with --from, or give the suite a \`source\``,
    );
  const name = options.export ?? (options.from === undefined ? fixture.source?.export : undefined);
  const { value } = await exported(
    resolve(io.cwd, from),
    name,
    isReplayable,
    "XState machine, or suite with a `machine`,",
  );
  const { machine, ...suite } = isMachine(value) ? { machine: value } : value;
  const { fixtures: _written, ...rest } = suite as PlainSuite;
  const { trace, skipped } = await replayFixture(fixture, machine, rest);
  if (options.json === true)
    io.stdout.write(jsonDocument({ ok: true, machine: machine.id, steps: trace.length, skipped }));
  else
    io.stdout.write(
      [
        `${harmless(machine.id)} does not fail any more.`,
        ...traceInWords(trace).map((line) => harmless(line)),
        ...(skipped > 0 ? [`  ${countOf(skipped, "step")} of the fixture the machine does not take any more.`] : []),
        "",
      ].join("\n"),
    );
  return 0;
};

type Replayable = Machine | ({ readonly machine: Machine } & Record<string, unknown>);

function isReplayable(value: unknown): value is Replayable {
  return (
    isMachine(value) || (typeof value === "object" && value !== null && "machine" in value && isMachine(value.machine))
  );
}

/** The export that is meant: the one that is named, the default, or the only one that fits. Loading a module runs its code. */
async function exported<T>(
  path: string,
  name: string | undefined,
  fits: (value: unknown) => value is T,
  what: string,
): Promise<{ readonly name: string; readonly value: T }> {
  if (!existsSync(path)) throw new UsageError(`expected a module, got ${path}, which is not there`);
  const found = Object.entries(await imported(path)).filter((entry): entry is [string, T] => fits(entry[1]));
  const names = found.map(([each]) => each).join(", ") || "none";
  const chosen =
    name === undefined
      ? (found.find(([each]) => each === "default") ?? (found.length === 1 ? found[0] : undefined))
      : found.find(([each]) => each === name);
  if (chosen !== undefined) return { name: chosen[0], value: chosen[1] };
  throw new UsageError(
    `expected one exported ${what} in ${path}${name === undefined ? "" : ` called ${name}`}, got ${names}; choose with --export`,
  );
}
