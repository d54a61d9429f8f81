/**
 * A test worker in a copy of the repository: started anew when it does not answer in time. Milliseconds are of the processor.
 *
 * M1 Too slow is only who used more of the processor than allowed, or who waits while nothing of it runs nor wants to.
 * M2 A worker that ends by itself says nothing about the mutant.
 */
import { fork, type ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";
import { busyOf } from "./cpu-time.ts";
import { copyOfRepository, type Copy } from "./copy.ts";
import { mutated, type Mutant } from "./mutants.ts";
import type { Answered, Asked } from "./test-worker.ts";

/** Others use this machine too. */
const NICE = 19;
const POLL_MS = 250;
/** Longer than what any test waits for on the wall. */
const IDLE_MS_MAX = 15_000;
/** Less than this in a poll is the clockwork of a process that does nothing. */
const IDLE_CPU_MS = 20;
/** Where the system does not say how busy somebody is. */
const WALL_MS_MAX = 900_000;
const HEAP_MB = 1500;

export type Ran =
  | { readonly ran: "passed"; readonly ms: number }
  | {
      readonly ran: "failed";
      readonly ms: number;
      readonly by: string;
      readonly message: string;
      readonly isCrash: boolean;
    }
  | { readonly ran: "slow" | "waits" | "stopped" | "gone"; readonly ms: number };

type Told = Answered | { readonly kind: "slow" | "waits" | "stopped" | "gone" };

export class TestRunner {
  readonly #copy: Copy;
  readonly #stop: AbortSignal;
  readonly #changed = new Set<string>();
  #child: ChildProcess | undefined;

  /** `stop`: whoever runs is asked no further, and nobody is after that. */
  constructor(stop: AbortSignal, texts?: ReadonlyMap<string, string>) {
    this.#stop = stop;
    this.#copy = copyOfRepository(texts);
  }

  get folder(): string {
    return this.#copy.folder;
  }

  /** Runs a test file on what is there; with a mutant, on that. */
  async run(
    test: string,
    msMax: number,
    { mutant, isWhole = false }: { mutant?: Mutant; isWhole?: boolean } = {},
  ): Promise<Ran> {
    const changed = mutant === undefined ? undefined : join(this.#copy.folder, mutant.path);
    const original = changed === undefined ? "" : readFileSync(changed, "utf8");
    if (changed !== undefined) {
      writeFileSync(changed, mutated(original, mutant!));
      this.#changed.add(changed);
    }
    try {
      return await this.#ask({ test: join(this.#copy.folder, test), changed: [...this.#changed], isWhole }, msMax);
    } finally {
      // What is put back is read again in the next run.
      this.#changed.clear();
      if (changed !== undefined) {
        writeFileSync(changed, original);
        this.#changed.add(changed);
      }
    }
  }

  close(): void {
    this.#end();
    this.#copy.remove();
  }

  async #ask(asked: Asked, msMax: number): Promise<Ran> {
    if (this.#stop.aborted) return { ran: "stopped", ms: 0 };
    this.#child ??= await this.#start();
    const child = this.#child;
    const before = busyOf(child.pid!)?.cpuMs ?? 0;
    const told = tellingOf(child, this.#stop, before + msMax);
    child.send(asked, () => {
      // That it is gone is told by its end.
    });
    const answer = await told;
    const ms = (busyOf(child.pid!)?.cpuMs ?? before) - before;
    if (answer.kind === "passed") return { ran: "passed", ms };
    if (answer.kind === "failed") return { ...answer, ran: "failed", ms };
    this.#end();
    return { ran: answer.kind === "ready" ? "gone" : answer.kind, ms };
  }

  async #start(): Promise<ChildProcess> {
    const worker = join(this.#copy.folder, "test/mutation/test-worker.ts");
    const env = { ...process.env, CI: "true", NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}` };
    // A group of its own: what a mutant has started goes with it.
    const child = fork(worker, {
      cwd: this.#copy.folder,
      env,
      detached: true,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child.on("error", () => {
      // That it is gone is told by its end.
    });
    setPriority(child.pid!, NICE);
    const { kind } = await tellingOf(child, this.#stop, Infinity);
    if (kind !== "ready" && kind !== "stopped") throw new Error(`the test worker does not start: ${kind}`);
    return child;
  }

  #end(): void {
    const { pid } = this.#child ?? {};
    this.#child = undefined;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

function tellingOf(child: ChildProcess, stop: AbortSignal, cpuMsMax: number): Promise<Told> {
  return new Promise((resolve) => {
    const look = lookOut(child.pid!, cpuMsMax);
    const done = (answer: Told): void => {
      clearInterval(timer);
      child.off("message", onMessage).off("exit", onExit);
      stop.removeEventListener("abort", onStop);
      resolve(answer);
    };
    const onMessage = (message: unknown): void => done(message as Answered);
    const onExit = (): void => done({ kind: "gone" });
    const onStop = (): void => done({ kind: "stopped" });
    const timer = setInterval(() => {
      const seen = look();
      if (seen !== undefined) done({ kind: seen });
    }, POLL_MS);
    child.on("message", onMessage).on("exit", onExit);
    stop.addEventListener("abort", onStop);
    if (stop.aborted) onStop();
    else if (child.exitCode !== null || child.signalCode !== null) onExit();
  });
}

/** M1. */
function lookOut(group: number, cpuMsMax: number): () => "slow" | "waits" | undefined {
  const begun = performance.now();
  let [busyAt, cpuMs] = [begun, 0];
  return () => {
    const now = performance.now();
    const busy = busyOf(group);
    if (busy === undefined) return now - begun > WALL_MS_MAX ? "slow" : undefined;
    if (busy.isRunning || busy.cpuMs - cpuMs > IDLE_CPU_MS) busyAt = now;
    cpuMs = busy.cpuMs;
    if (busy.cpuMs > cpuMsMax) return "slow";
    return now - busyAt > IDLE_MS_MAX ? "waits" : undefined;
  };
}
