/** What the engine cannot beat: a bare ready queue, and XState's own price for an actor and two events. */
import { numberParam, type Prepared, type VariantParams } from "../harness/variant.ts";
import { dependentsOf, layeredDag } from "../harness/dag.ts";
import { noop } from "./noop.ts";
import { initialQueue, runReadyQueue } from "./ready-queue.ts";

/** A ready queue that calls the functions and does not await them. */
export function readyQueueSync(params: VariantParams): Prepared {
  const dag = layeredDag(numberParam(params, "size"));
  const dependents = dependentsOf(dag);
  return {
    run: () => {
      const { missing, ready } = initialQueue(dag);
      for (let next = 0; next < ready.length; next += 1) {
        void noop();
        for (const dependent of dependents[ready[next]!]!) if (--missing[dependent]! === 0) ready.push(dependent);
      }
      check(ready.length, dag.size);
    },
  };
}

/** A ready queue with at most `cap` promises under way. */
export function readyQueue(params: VariantParams): Prepared {
  const dag = layeredDag(numberParam(params, "size"));
  const dependents = dependentsOf(dag);
  const cap = numberParam(params, "cap");
  return { run: () => runReadyQueue(dag, dependents, cap, noop) };
}

function check(got: number, expected: number): void {
  if (got !== expected) throw new Error(`expected ${expected} items to run, got ${got}`);
}

/** One interpreted actor of the item machine for each item, claimed and completed; no scheduling, no function called. */
export async function xstateFloor(params: VariantParams): Promise<Prepared> {
  const size = numberParam(params, "size");
  const { createActor } = await import("xstate");
  const { workItemMachine } = await import("../../../machines/work-item.ts");
  return {
    run: () => {
      let done = 0;
      for (let item = 0; item < size; item += 1) {
        const actor = createActor(workItemMachine, { id: "item", input: { attemptsMax: 1 } }).start();
        actor.send({ type: "claim", holder: "bench", token: item + 1 });
        actor.send({ type: "complete", token: item + 1 });
        if (actor.getSnapshot().status === "done") done += 1;
      }
      check(done, size);
    },
  };
}
