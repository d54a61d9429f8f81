import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Contender } from "./contender.ts";
import type { Measure, Variant, VariantParams } from "./variant.ts";

const childMain = fileURLToPath(new URL("child-main.ts", import.meta.url));
const childFlags = ["--expose-gc", "--max-old-space-size=12288", "--disable-warning=ExperimentalWarning"];

/** Runs a variant in a fresh process. @throws Error with the end of its stderr when it breaks or takes too long. */
export async function measureInChild(variant: Variant, params: VariantParams, timeoutMs = 600_000): Promise<Measure> {
  const args = [
    ...childFlags,
    childMain,
    variant.file,
    variant.export,
    JSON.stringify({ ...params, ...variant.params }),
  ];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe", "pipe"] });
  const result = collect(child.stdio[3]);
  const problems = collect(child.stdio[2]);
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  clearTimeout(timer);
  const text = result();
  if (code !== 0 || text === "")
    throw new Error(`${variant.name} ended with ${code ?? "a signal"}: ${problems().slice(-1_500)}`);
  // child-main writes a Measure and nothing else to this descriptor.
  return JSON.parse(text) as Measure;
}

function collect(stream: unknown): () => string {
  const chunks: Buffer[] = [];
  // Descriptors 2 and 3 were asked for as pipes, so both are readable streams.
  (stream as NodeJS.ReadableStream).on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("utf8");
}

export interface RoundsResult<M = Measure> {
  readonly measures: ReadonlyMap<string, readonly M[]>;
  readonly failures: readonly string[];
}

export interface RoundsOptions<C extends Contender, M> {
  readonly rounds: number;
  readonly label: string;
  readonly measure: (contender: C) => Promise<M>;
}

/** Measures all contenders in turn, round after round, so that a slow minute of the machine meets all of them alike. */
export async function inTurn<C extends Contender, M>(
  contenders: readonly C[],
  options: RoundsOptions<C, M>,
): Promise<RoundsResult<M>> {
  const measures = new Map<string, M[]>(contenders.map((contender) => [contender.name, []]));
  const failures = new Map<string, string>();
  for (let round = 0; round < options.rounds; round += 1) {
    for (const contender of rotated(contenders, round)) {
      if (failures.has(contender.name) || round >= (contender.roundsMax ?? options.rounds)) continue;
      tell(`${options.label}: round ${round + 1}/${options.rounds}: ${contender.name}`);
      try {
        measures.get(contender.name)!.push(await options.measure(contender));
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        failures.set(contender.name, `${options.label}: ${contender.name}: ${problem}`);
      }
    }
  }
  tell("");
  return { measures, failures: [...failures.values()] };
}

/** Each round begins with another variant, so none always follows the same neighbour's heat. */
function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

/** Progress for whoever waits: one line of a terminal, a line each in a log. The empty text ends it. */
export function tell(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${text}`);
  else if (text !== "") process.stderr.write(`${text}\n`);
}
