import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../tidy/repository.ts";

/** A folder in which the blocks of one page do their work, as a reader's would. */
export interface Workspace {
  readonly folder: string;
  write(path: string, text: string): void;
  /** Runs a shell script there; `signalbox` and `npx signalbox` are the command line from the sources. */
  shell(script: string): Promise<Outcome>;
  /** Runs a program of Node there; `signalbox` in its imports is the sources. */
  node(...args: readonly string[]): Promise<Outcome>;
  remove(): void;
}

export interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

const timeoutMs = 50_000;
const resolveHook = fileURLToPath(new URL("./resolve-sources.ts", import.meta.url));

/** `program` stands in for the command line in the tests of the checks themselves. */
export function makeWorkspace(program = join(root, "src/cli/main.ts")): Workspace {
  const base = mkdtempSync(join(tmpdir(), "signalbox-docs-"));
  const [folder, commands] = [join(base, "project"), join(base, "commands")];
  mkdirSync(folder);
  mkdirSync(commands);
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  // Types of the packages that examples import.
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  const examples = join(root, "docs/examples");
  if (existsSync(examples)) cpSync(examples, join(folder, "docs/examples"), { recursive: true });
  writeCommands(commands, program);
  const pathVariable = [commands, dirname(process.execPath), process.env["PATH"]].join(delimiter);
  const env = { ...readerEnvironment(), PATH: pathVariable };
  return {
    folder,
    write: (path, text) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    shell: (script) => finish("sh", ["-e", "-c", script], folder, env),
    node: (...args) => finish(process.execPath, ["--import", resolveHook, ...args], folder, env),
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
}

function writeCommands(folder: string, program: string): void {
  const command = (name: string, script: string): void =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const run = `exec "${process.execPath}" --import "${resolveHook}" "${program}" "$@"`;
  const refuse = (name: string): string =>
    `echo "this block calls ${name} for something else: mark it norun=REASON" >&2; exit 97`;
  command("signalbox", run);
  command("npx", `if [ "$1" = signalbox ]; then shift; ${run}; fi\n${refuse("npx")}`);
  command("npm", `if [ "$1 $2 $3 $4" = "run -s signalbox --" ]; then shift 4; ${run}; fi\n${refuse("npm")}`);
}

/** What a reader's shell has: nothing of the test run that starts it, and no colours. */
function readerEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|VITEST|SIGNALBOX_|NODE_(?!COMPILE_CACHE)|FORCE_COLOR|INIT_CWD|TEST$)/.test(name),
  );
  return { ...Object.fromEntries(kept), NO_COLOR: "1" };
}

function finish(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output: Buffer.concat(chunks).toString("utf8") }));
  });
}
