/** A test worker in a copy of the repository: started anew when it does not answer in time. */
import { fork, type ChildProcess } from "node:child_process";
import { writeFileSync, readFileSync } from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";
import { cpuMsOf } from "./cpu-time.ts";
import { copyOfRepository, type Copy } from "./copy.ts";
import { mutated, type Mutant } from "./mutants.ts";
import type { Answered, Asked } from "./test-worker.ts";

/** Others use this machine too. */
const NICE = 19;
const POLL_MS = 500;
/** On the wall. Time of the processor is what decides; this is for what waits for ever. */
const WALL_MS_MAX = 900_000;

export type Ran = "passed" | "failed" | "timeout";

export class TestRunner {
  readonly #copy: Copy = copyOfRepository();
  readonly #changed = new Set<string>();
  #child: ChildProcess | undefined;

  /** Runs the tests on what is there; with a mutant, on that. Milliseconds are of the processor. */
  async run(
    tests: readonly string[],
    msMax: number,
    mutant?: Mutant,
  ): Promise<{ readonly ran: Ran; readonly ms: number }> {
    const changed = mutant === undefined ? undefined : join(this.#copy.folder, mutant.path);
    const original = changed === undefined ? "" : readFileSync(changed, "utf8");
    if (changed !== undefined) {
      writeFileSync(changed, mutated(original, mutant!));
      this.#changed.add(changed);
    }
    try {
      const asked = { tests: tests.map((path) => join(this.#copy.folder, path)), changed: [...this.#changed] };
      const { answer, ms } = await this.#ask(asked, msMax);
      if (answer?.kind !== "ran") return { ran: "timeout", ms };
      return { ran: answer.failed === undefined ? "passed" : "failed", ms };
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

  async #ask(asked: Asked, msMax: number): Promise<{ readonly answer: Answered | undefined; readonly ms: number }> {
    this.#child ??= await this.#start();
    const child = this.#child;
    const before = cpuMsOf(child.pid!) ?? 0;
    const used = (): number => (cpuMsOf(child.pid!) ?? before) - before;
    const answered = answerOf(child, () => used() > msMax);
    child.send(asked);
    const answer = await answered;
    const ms = used();
    if (answer === undefined) this.#end();
    return { answer, ms };
  }

  async #start(): Promise<ChildProcess> {
    const worker = join(this.#copy.folder, "test/mutation/test-worker.ts");
    const env = { ...process.env, CI: "true" };
    // A group of its own: what a mutant has started goes with it.
    const child = fork(worker, {
      cwd: this.#copy.folder,
      env,
      detached: true,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    setPriority(child.pid!, NICE);
    if ((await answerOf(child, () => false)) === undefined) throw new Error("the test worker does not start");
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

function answerOf(child: ChildProcess, isTooLong: () => boolean): Promise<Answered | undefined> {
  return new Promise((resolve) => {
    const begun = performance.now();
    const done = (answer: Answered | undefined): void => {
      clearInterval(timer);
      child.off("message", onMessage).off("exit", onExit);
      resolve(answer);
    };
    const onMessage = (message: unknown): void => done(message as Answered);
    const onExit = (): void => done(undefined);
    const timer = setInterval(() => {
      if (isTooLong() || performance.now() - begun > WALL_MS_MAX) done(undefined);
    }, POLL_MS);
    child.on("message", onMessage).on("exit", onExit);
  });
}
