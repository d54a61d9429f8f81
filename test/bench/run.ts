/**
 * `npm run bench [name…] [--smoke] [--json] [--rounds N]`: runs the named benches, or all, one after the other.
 * Exit code 1 when a variant broke, 2 on wrong usage; a missed limit is printed and changes nothing, since the machine
 * is shared and noisy.
 */
import { parseArgs } from "node:util";
import { board } from "./board.ts";
import { cliStart } from "./cli-start.ts";
import { commands } from "./commands.ts";
import { durable } from "./durable.ts";
import { engine } from "./engine.ts";
import { http } from "./http.ts";
import type { BenchOptions } from "./harness/options.ts";
import { inspect } from "./inspect.ts";
import { machineLine } from "./harness/machine.ts";
import { renewBuiltCli } from "./harness/own-cli.ts";
import { printReport, type Report } from "./harness/report.ts";
import { lock } from "./lock.ts";
import { memory } from "./memory.ts";
import { plan } from "./plan.ts";
import { resume } from "./resume.ts";
import { snapshot } from "./snapshot.ts";

const benches: Readonly<Record<string, (options: BenchOptions) => Promise<Report>>> = {
  engine,
  durable,
  commands,
  plan,
  "cli-start": cliStart,
  memory,
  resume,
  snapshot,
  lock,
  http,
  board,
  inspect,
};

const usesBuiltCli: ReadonlySet<string> = new Set(["commands", "cli-start"]);

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      smoke: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      rounds: { type: "string" },
    },
  });
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  const unknown = positionals.filter((name) => !Object.hasOwn(benches, name));
  if (unknown.length > 0 || (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0))) {
    process.stderr.write(`usage: bench [${Object.keys(benches).join("|")}]… [--smoke] [--json] [--rounds N]\n`);
    return 2;
  }
  const options: BenchOptions = { smoke: values.smoke, ...(rounds === undefined ? {} : { rounds }) };
  const chosen = positionals.length > 0 ? positionals : Object.keys(benches);
  if (chosen.some((name) => usesBuiltCli.has(name))) renewBuiltCli();
  let broken = false;
  for (const name of chosen) {
    const report = await runBench(name, options);
    broken ||= report.failures.length > 0;
    if (values.json) say(JSON.stringify({ ...report, machine: machineLine() }));
    else printReport(report, say);
  }
  return broken ? 1 : 0;
}

/** A bench that throws is a broken one; the others still run. */
async function runBench(name: string, options: BenchOptions): Promise<Report> {
  try {
    return await benches[name]!(options);
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { name, question: "did not run", tables: [], limits: [], notes: [], failures: [failure] };
  }
}

process.exitCode = await main();
