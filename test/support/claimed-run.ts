/**
 * The real engine, all of whose items are done by somebody outside: the test. So every path of the specification can be walked:
 * whichever ready item is claimed next, and whenever.
 */
import { acceptedEvents, type RunSpec, type RunSpecEvent, type RunSpecState } from "../../machines/run-spec.ts";
import type { Claim } from "../../src/engine/claim.ts";
import { createRun } from "../../src/engine/create-run.ts";
import type { Run } from "../../src/engine/run.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { isSkipped } from "../../src/items/skip.ts";
import { manualExecutor } from "./manual-executor.ts";
import { definitionOf } from "./spec-plan.ts";
import { virtualEnv, type VirtualEnv } from "./virtual-env.ts";

const LEASE_MS = 86_400_000;
const keyOf = (item: number): string => `t${item}`;

/** How an attempt that may be tried again ends: by a report, or because nothing was heard of it. */
export type Failing = "report" | "lease";

/** `spec` as one whose items somebody outside does. */
export const claimedSpec = (spec: RunSpec): RunSpec => ({ ...spec, outside: spec.needs.map((_, item) => item) });

export class ClaimedRun {
  readonly #spec: RunSpec;
  readonly #env: VirtualEnv;
  readonly #run: Run;
  readonly #claims = new Map<number, Claim>();
  /** Runs undos only: they are the engine's own, whoever did the work. */
  readonly #undos = manualExecutor();

  /** @param options `seed` of the run's id: runs of one journal need different ones */
  constructor(spec: RunSpec, options: { readonly journal?: Journal; readonly seed?: number } = {}) {
    const { journal, seed } = options;
    this.#spec = spec;
    this.#env = virtualEnv(seed);
    const all = { ...spec, unclaimed: spec.needs.map((_, item) => item) };
    this.#run = createRun(
      definitionOf(
        all,
        spec.needs.map(() => 1_000_000_000),
      ),
      {
        env: this.#env,
        liveItemsMax: spec.liveItemsMax,
        onFailure: spec.onFailure,
        awaitClaims: true,
        executors: [this.#undos],
        ...(journal !== undefined && { journal }),
      },
    );
  }

  /** Has it happen. `drained` is what the engine has done by itself. */
  async take(event: RunSpecEvent, failing: Failing): Promise<void> {
    if (event.type === "start") void this.#run.start();
    else if (event.type === "cancel") void this.#run.cancel();
    else if (event.type === "pause" || event.type === "resume") await this.#run[event.type]();
    else if ("item" in event) await this.#takeItem(event, failing);
    await this.#env.settle();
  }

  /** What of the engine the specification speaks of, in its words. */
  told(): unknown {
    const { status, items } = this.#run.snapshot();
    const told = this.#spec.needs.map((_, item) => {
      const { status: is, reason, stage } = items.get(keyOf(item))!;
      return [is, isSkipped(is, reason), stage];
    });
    return [status, told];
  }

  /** Tries what the specification refuses in this state; answers what the engine took. */
  async takesWrongly(state: RunSpecState): Promise<string[]> {
    const right = new Set(acceptedEvents(this.#spec, state).map((event) => JSON.stringify(event)));
    const taken: string[] = [];
    for (let item = 0; item < this.#spec.needs.length; item++) {
      const held = this.#claims.get(item);
      if (!right.has(JSON.stringify({ type: "claim", item })))
        await this.#run.claims.claim(keyOf(item), { agent: "wrong" }).then(
          () => taken.push(`claim ${item}`),
          () => {},
        );
      if (held === undefined || state.items[item]!.status !== "todo") continue;
      await this.#run.claims.complete(held).then(
        () => taken.push(`late completion ${item}`),
        () => {},
      );
    }
    return taken;
  }

  async #takeItem(event: Extract<RunSpecEvent, { item: number }>, failing: Failing): Promise<void> {
    const { claims } = this.#run;
    const { item } = event;
    const key = keyOf(item);
    if (event.type === "claim") this.#claims.set(item, await claims.claim(key, { agent: "test", leaseMs: LEASE_MS }));
    else if (event.type === "cancelItem") await this.#run.cancelItem(key);
    else if (event.type === "retryItem") await this.#run.retry(key);
    else if (event.type === "undone") this.#undos.finish(key);
    else if (event.type === "undoFail")
      this.#undos.finish(key, { kind: "failed", reason: { code: "exit" }, retryable: false });
    else if (event.type === "undoStart") return;
    else if (event.type === "complete") await claims.complete(this.#claims.get(item)!, { output: key });
    else if (event.type === "release") await claims.release(this.#claims.get(item)!);
    else if (event.type === "fail" && event.retryable && failing === "lease") {
      await claims.heartbeat(this.#claims.get(item)!, { leaseMs: 1_000 });
      await this.#env.advance(1_000);
    } else if (event.type === "fail")
      await claims.fail(this.#claims.get(item)!, { reason: "no", retryable: event.retryable });
    else throw new Error(`nobody outside can make ${event.type} happen`);
  }
}

const STAGES = { running: "undoing", undone: "undone", failed: "undo_failed" } as const;

/** What `ClaimedRun.told` has to be. */
export const toldBy = ({ run, items }: RunSpecState): unknown => [
  run,
  items.map(({ status, skipped, undo }) => [status, skipped === true, undo && STAGES[undo]]),
];
