/** Agents of a simulation: they claim what waits for somebody outside, keep it by a lease, and some of them are never heard of again. */
import type { Claim } from "../../engine/claim.ts";
import type { Run } from "../../engine/run.ts";
import type { VirtualEnv } from "./virtual-env.ts";

/** Who claims the items without `run`, and how well. */
export interface AgentPolicy {
  /** How many agents claim the items without `run`. Default 0: nobody does. */
  readonly agents?: number;
  /** Lease of their claims, in virtual milliseconds. Default 60,000; an agent gives a sign of life after each third of it. */
  readonly leaseMs?: number;
  /** An agent is lost after it has claimed: the chance for each claim. Another takes its place when the lease ends. */
  readonly lost?: number;
}

export interface AgentWork {
  readonly taskMs?: number | ((item: string, attempt: number, random: () => number) => number);
  readonly fail?: number;
  readonly failForGood?: number;
}

export class SimulatedAgents {
  readonly #run: Run;
  readonly #env: VirtualEnv;
  readonly #policy: AgentPolicy & AgentWork;
  readonly #onLost: (fault: "crash") => void;
  #busy = 0;

  constructor(run: Run, env: VirtualEnv, policy: AgentPolicy & AgentWork, onLost: (fault: "crash") => void) {
    this.#run = run;
    this.#env = env;
    this.#policy = policy;
    this.#onLost = onLost;
  }

  /** One free agent asks for work. Answers whether it got some. */
  async claim(): Promise<boolean> {
    const { agents = 0, leaseMs = 60_000, lost = 0 } = this.#policy;
    if (this.#busy >= agents || this.#run.snapshot().status !== "running") return false;
    const answer = this.#run.claims.claimNext({ agent: `agent-${this.#busy + 1}`, leaseMs });
    const claim = await answer.catch(() => undefined);
    if (claim === undefined) return false;
    this.#busy++;
    if (this.#env.random() < lost) {
      this.#onLost("crash");
      this.#env.timers.after(leaseMs, () => this.#busy--);
    } else this.#work(claim, leaseMs);
    return true;
  }

  #work(claim: Claim, leaseMs: number): void {
    const { taskMs } = this.#policy;
    const { random } = this.#env;
    const drawn = typeof taskMs === "function" ? taskMs(claim.item, claim.attempt, random) : taskMs;
    this.#goOn(claim, leaseMs, drawn ?? 1 + Math.floor(random() * 1_000));
  }

  #goOn(claim: Claim, leaseMs: number, leftMs: number): void {
    const untilSign = Math.floor(leaseMs / 3);
    if (leftMs <= untilSign) {
      this.#env.timers.after(leftMs, () => void this.#report(claim));
      return;
    }
    this.#env.timers.after(untilSign, () => {
      this.#run.claims.heartbeat(claim).then(
        () => this.#goOn(claim, leaseMs, leftMs - untilSign),
        // Somebody else has it, or it was cancelled: that is no fault of the agent's.
        () => this.#busy--,
      );
    });
  }

  async #report(claim: Claim): Promise<void> {
    const { fail = 0, failForGood = 0 } = this.#policy;
    const draw = this.#env.random();
    const { claims } = this.#run;
    const report =
      draw < fail + failForGood
        ? claims.fail(claim, { reason: "it failed by chance", retryable: draw < fail })
        : claims.complete(claim, { output: `${claim.item}#${claim.attempt}` });
    await report.catch(() => {});
    this.#busy--;
  }
}
