/** A server in a process of its own, so that what it costs can be told from what its clients cost. */
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";

export interface ServerChild {
  readonly port: number;
  /** Processor time of the server so far; `NaN` where nothing can be told. */
  readonly cpuMs: () => number;
  readonly rssMb: () => number;
  readonly stop: () => Promise<void>;
}

/** Its first line on stdout is JSON with a `url`. @throws Error with its stderr when it ends instead */
export async function startServerChild(script: string, args: readonly string[]): Promise<ServerChild> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr = (stderr + String(chunk)).slice(-2_000)));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const line = await Promise.race([
    new Promise<string>((resolve) => child.stdout.once("data", (chunk) => resolve(String(chunk)))),
    ended.then(() => Promise.reject(new Error(`the server ended: ${stderr}`))),
  ]);
  const { url } = JSON.parse(line) as { readonly url: string };
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
  };
  return { port: Number(new URL(url).port), cpuMs: () => cpuMsOf(child), rssMb: () => rssMbOf(child), stop };
}

/** Ticks of 10 ms, as Linux counts them for every program. */
function cpuMsOf({ pid }: ChildProcess): number {
  if (process.platform !== "linux") return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function rssMbOf({ pid }: ChildProcess): number {
  if (process.platform !== "linux") return Number.NaN;
  return (Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4_096) / 2 ** 20;
}
