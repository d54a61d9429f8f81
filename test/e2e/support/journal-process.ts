import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const program = fileURLToPath(new URL("./journal-writer.ts", import.meta.url));

/** A writer process and the lines that it printed. */
export interface WriterProcess {
  readonly process: ChildProcess;
  /** Whole lines so far; after `ended` all of them. */
  readonly lines: readonly string[];
  /** Resolves when this many lines that begin so have been printed. Rejects when the process ends before. */
  waitFor(start: string, count?: number): Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  kill(): Promise<unknown>;
}

export function startWriter(args: readonly string[], wrap: readonly string[] = []): WriterProcess {
  const [file, ...rest] = [...wrap, process.execPath, program, ...args];
  const child = spawn(file!, rest, { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  let over = false;
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on("close", (code, signal) => {
      over = true;
      resolve({ code, signal });
      for (const look of waiting) look();
    });
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return {
    process: child,
    lines,
    ended,
    waitFor: (start, count = 1) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.filter((line) => line.startsWith(start));
          if (found.length < count && !over) return;
          waiting.delete(look);
          if (found.length >= count) resolve(found[count - 1]!);
          else
            reject(
              new Error(`the writer ended before it said '${start}' ${count} times: ${lines.slice(-3).join("; ")}`),
            );
        };
        waiting.add(look);
        look();
      }),
    kill: () => {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

/** The greatest seq that the writer said was durable. */
export function acknowledgedBy(writer: WriterProcess): number {
  return Math.max(
    0,
    ...writer.lines.filter((line) => line.startsWith("acknowledged ")).map((line) => Number(line.split(" ")[1])),
  );
}
