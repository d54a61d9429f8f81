/**
 * The command line's entry: gives a command the process and turns its answer into an exit code. The process ends only
 * when everything written has left it; and it does end then, though a user's plan module may hold it open.
 */
import { writeSync } from "node:fs";
import { EXIT_CODES } from "../base/errors.ts";
import { nodeEnv } from "../base/node-env.ts";
import type { Io, StopSignal } from "./io.ts";
import { runCli } from "./program.ts";
import { reportProblem } from "./problem.ts";
import { streamOutput } from "./terminal/output.ts";
import { wantsColor } from "./terminal/style.ts";

const STOP_SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

function processIo(): Io {
  const variables = process.env;
  const outputOf = (stream: NodeJS.WriteStream): ReturnType<typeof streamOutput> =>
    streamOutput(stream, { isTerminal: stream.isTTY, color: wantsColor(stream.isTTY, variables) });
  return {
    env: nodeEnv(),
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    cwd: process.cwd(),
    variables,
    onSignal: (listener) => {
      for (const signal of STOP_SIGNALS) process.on(signal, listener);
      return () => {
        for (const signal of STOP_SIGNALS) process.off(signal, listener);
      };
    },
    onExit: (listener) => void process.once("exit", listener),
  };
}

/** A bug that no command caught: one clear line, the cursor back, exit 6. State on disk is whole at any moment. */
function onBug(io: Io, error: unknown): never {
  const { text, exitCode } = reportProblem(error, { debug: Boolean(io.variables["SIGNALBOX_DEBUG"]) });
  try {
    writeSync(2, `${io.stderr.isTerminal ? "\x1b[?25h" : ""}${text}`);
  } catch {
    // Nobody reads it any more.
  }
  process.exit(exitCode);
}

const io = processIo();
process.on("uncaughtException", (error) => onBug(io, error));
process.on("unhandledRejection", (error) => onBug(io, error));

// Until there is an answer: a process that runs out of things to do without one must not look as if all were well.
process.exitCode = EXIT_CODES.internal;
// No `await` up here: the bundle is CommonJS, which starts in three quarters of the time.
void runCli(process.argv.slice(2), io).then(async (exitCode) => {
  await Promise.all([io.stdout.flushed(), io.stderr.flushed()]);
  process.exit(exitCode);
});
