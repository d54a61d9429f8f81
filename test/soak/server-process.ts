/** `signalbox serve` as a process that can be killed and started again on the same state. */
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const main = join(import.meta.dirname, "../../src/cli/main.ts");

export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Token by role. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/** Resolves when it serves. @throws Error with its stderr when it ends instead */
export async function startServer(stateDir: string, ...options: readonly string[]): Promise<ServerProcess> {
  const args = [main, "serve", "--json", "--port", "0", "--state-dir", stateDir, ...options];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr = (stderr + String(chunk)).slice(-4_000)));
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, stderr })),
  );
  const line = await Promise.race([
    new Promise<string>((resolve) => child.stdout.once("data", (chunk) => resolve(String(chunk)))),
    ended.then(({ code, stderr }) => Promise.reject(new Error(`the server ended with ${code}: ${stderr}`))),
  ]);
  const { url } = JSON.parse(line) as { url: string };
  const tokens = JSON.parse(readFileSync(join(stateDir, "server-tokens.json"), "utf8")) as Record<string, string>;
  return { url, child, tokens, ended };
}
