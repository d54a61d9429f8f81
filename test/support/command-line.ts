/** The command line in the process of the test: everything but `main.ts`, which a real process has. */
import { nodeEnv } from "../../src/base/node-env.ts";
import type { Io } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/program.ts";
import type { Output } from "../../src/cli/terminal/output.ts";

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Standing {
  readonly cwd: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly onSignal?: Io["onSignal"];
  /** Told of each text that goes to stdout. */
  readonly onStdout?: (text: string) => void;
}

/** Runs one command line to its end. */
export async function say(
  words: readonly string[],
  { cwd, variables = {}, onSignal, onStdout }: Standing,
): Promise<Said> {
  const texts = { stdout: "", stderr: "" };
  const outputOf = (name: keyof typeof texts): Output => ({
    write: (text) => {
      texts[name] += text;
      if (name === "stdout") onStdout?.(text);
    },
    isTerminal: false,
    color: false,
    size: () => ({ columns: 100, rows: 30 }),
    onResize: () => () => {},
    closed: false,
    failure: undefined,
    onFailure: () => () => {},
    flushed: async () => {},
  });
  const io: Io = {
    env: nodeEnv(),
    stdout: outputOf("stdout"),
    stderr: outputOf("stderr"),
    cwd,
    variables,
    onSignal: onSignal ?? (() => () => {}),
    onExit: () => {},
  };
  return { code: await runCli(words, io), ...texts };
}
