import type { Env } from "../base/env.ts";
import type { Output } from "./terminal/output.ts";

/** The world as a command sees it. A test gives it another one; `main.ts` gives it the process. */
export interface Io {
  readonly env: Env;
  /** Data. */
  readonly stdout: Output;
  /** Progress, problems, hints. */
  readonly stderr: Output;
  /** Where the user stands: relative paths count from here. */
  readonly cwd: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly onSignal: (listener: (signal: StopSignal) => void) => () => void;
  /** Called when the process ends, however it does; only what is synchronous has an effect then. */
  readonly onExit: (listener: () => void) => void;
}

export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** A command's work: it answers its exit code, or throws. */
export type Command<Options> = (io: Io, options: Options) => Promise<number>;
