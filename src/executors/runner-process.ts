import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { Env } from "../base/env.ts";
import { siblingModule } from "../base/sibling.ts";
import { PATIENCE_MS } from "../base/end-processes.ts";
import { PYTHON_RUNNER } from "./python-runner.ts";
import { environmentRequest, parseReport, REPORT_FD, REQUEST_FD, type RunnerReport } from "./runner-protocol.ts";

/** `fast`: in Python; `portable`: in Node, wherever Node runs. */
export type RunnerKind = "fast" | "portable";

export interface RunnerOptions {
  readonly env: Env;
  /** TERM to KILL when the parent dies. */
  readonly graceMs: number;
  /** The same for what a command left behind when it ended by itself. */
  readonly leftGraceMs: number;
  /** Environment of all commands. */
  readonly environment: ReadonlyMap<string, string>;
  /** Where the runner's own program is looked for. */
  readonly path: string;
}

export interface RunnerListener {
  reported(report: RunnerReport): void;
  /** It has ended, asked or not; nothing is reported after this. Called once. */
  ended(problem: string): void;
}

const READY_MS_MAX = 10_000;
/**
 * Pythons of the system, not of a user: one that a version manager puts in front takes long to start. Isolated (`-I -S`): no
 * variable and no package of the user's has a part. The program comes in a variable; on the command line it would fill every
 * list of processes.
 */
const PYTHONS = ["/usr/bin/python3", "/usr/local/bin/python3"];
const PYTHON_ARGUMENTS = ["-I", "-S", "-c", "import posix; exec(posix.environ[b'SIGNALBOX_RUNNER'])"];

/** The runner process as its parent sees it. */
export class RunnerProcess {
  /** Rejects when it cannot be had, with what the system says. */
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  /** Neither is there when no handles were left for them: then it has not started either. */
  readonly #requests: Socket | undefined;
  readonly #reports: Socket | undefined;
  readonly #ended = Promise.withResolvers<Error>();

  /** @throws what the system says */
  constructor(kind: RunnerKind, options: RunnerOptions, listener: RunnerListener) {
    this.#child = launch(kind, options);
    const pipes = this.#child.stdio as readonly unknown[] | undefined;
    // They are sockets since `launch` asked for pipes.
    this.#requests = pipes?.[REQUEST_FD] as Socket | undefined;
    this.#reports = pipes?.[REPORT_FD] as Socket | undefined;
    const ready = Promise.withResolvers<void>();
    this.ready = ready.promise;
    const cancel = options.env.timers.after(READY_MS_MAX, () => this.#child.kill("SIGKILL"));
    this.#listen(options.env, listener, () => {
      cancel();
      ready.resolve();
    });
    void this.#ended.promise.then((problem) => {
      cancel();
      ready.reject(problem);
    });
    this.#requests?.write(environmentRequest(options.environment));
    this.#child.unref();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(text: string): void {
    this.#requests?.write(text);
  }

  /** Whether this process has to stay alive for the runner's reports. */
  hold(held: boolean): void {
    for (const stream of [this.#requests, this.#reports]) {
      if (held) stream?.ref();
      else stream?.unref();
    }
  }

  /** Ends its input: it ends what is live and exits. Resolves when it has. */
  async close(env: Env, withinMs: number): Promise<void> {
    this.hold(true);
    this.#requests?.end();
    const cancel = env.timers.after(withinMs, () => this.#child.kill("SIGKILL"));
    await this.#ended.promise;
    cancel();
  }

  #listen(env: Env, listener: RunnerListener, ready: () => void): void {
    let text = "";
    this.#reports?.setEncoding("utf8").on("data", (piece: string) => {
      const lines = (text + piece).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const report = parseReport(line);
        if (report?.kind === "ready") ready();
        else if (report !== undefined) listener.reported(report);
      }
    });
    // A runner that dies while it is written to: `ended` tells.
    this.#requests?.on("error", () => {});
    this.#reports?.on("error", () => {});
    let isOver = false;
    const end = (problem: Error): void => {
      if (isOver) return;
      isOver = true;
      this.#requests?.destroy();
      this.#reports?.destroy();
      listener.ended(problem.message);
      this.#ended.resolve(problem);
    };
    this.#child.once("error", end);
    // Its last reports may still be on the way when it has exited; `close` comes after them.
    this.#child.once("exit", (code, signal) => {
      const problem = new Error(`it ended (${signal ?? code})`);
      const cancel = env.timers.after(1_000, () => end(problem));
      this.#child.once("close", () => {
        cancel();
        end(problem);
      });
    });
  }
}

function launch(kind: RunnerKind, { graceMs, leftGraceMs, path }: RunnerOptions): ChildProcess {
  const numbers = [graceMs, leftGraceMs, PATIENCE_MS].map(String);
  // A session of its own: Ctrl-C in the terminal reaches this process only, which then ends its items in order.
  const common = { cwd: "/", detached: true, stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] } as const;
  if (kind === "fast") {
    const python = PYTHONS.find((path) => existsSync(path)) ?? "python3";
    const environment = { PATH: path, SIGNALBOX_RUNNER: PYTHON_RUNNER };
    // The last argument is there to be read in a list of processes.
    return spawn(python, [...PYTHON_ARGUMENTS, ...numbers, "signalbox-command-runner"], {
      ...common,
      stdio: [...common.stdio],
      env: environment,
    });
  }
  const program = fileURLToPath(siblingModule(import.meta.url, "command-runner"));
  return spawn(process.execPath, [program, ...numbers], { ...common, stdio: [...common.stdio], env: { PATH: path } });
}
