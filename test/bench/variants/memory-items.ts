/** Bytes per item that a contender holds above its input, while items rest and when all are done. One gate item keeps all others resting. */
import { heldBytes } from "../harness/heap.ts";
import { idOf, layeredDag, type Dag } from "../harness/dag.ts";
import { numberParam, type Prepared, type VariantParams } from "../harness/variant.ts";
import { loadPeer } from "../peers/load.ts";
import { definitionOf } from "./definition.ts";
import { noop } from "./noop.ts";

/** The DAG of the engine bench behind one item that everything waits for. */
function gatedDag(size: number): Dag {
  const inner = layeredDag(size - 1);
  const needs = inner.needs.map((some) => (some.length === 0 ? [0] : some.map((need) => need + 1)));
  return { size, needs: [[], ...needs] };
}

interface Gate {
  readonly reached: Promise<void>;
  readonly open: () => void;
  readonly work: () => Promise<void>;
}

function makeGate(): Gate {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const work = (): Promise<void> => {
    reached.resolve();
    return opened.promise;
  };
  return { reached: reached.promise, open: opened.resolve, work };
}

export async function signalboxItems(params: VariantParams): Promise<Prepared> {
  const { createRun, definePlan } = await import("./ours.ts");
  const size = numberParam(params, "size");
  const gate = makeGate();
  const definition = definitionOf(gatedDag(size), (item) => (item === 0 ? gate.work : noop));
  const plan = definePlan(definition);
  // The run of a small plan first, so that code and tables made once are not counted as items.
  await createRun(definePlan(definitionOf(layeredDag(100), () => noop)), { liveItemsMax: 64 }).start();
  return {
    run: async () => {
      const base = heldBytes();
      const run = createRun(plan, { liveItemsMax: 64 });
      const end = run.start();
      await gate.reached;
      const resting = heldBytes() - base;
      gate.open();
      const result = await end;
      const done = heldBytes() - base;
      if (result.counts.done !== size || run.snapshot().items.size !== size)
        throw new Error(`expected ${size} items done`);
      return {
        restingBytes: resting / size,
        doneBytes: done / size,
        definitionKept: definition.tasks === undefined ? 0 : 1,
      };
    },
  };
}

export async function pGraphItems(params: VariantParams): Promise<Prepared> {
  interface Graph {
    run(options: { concurrency: number; run: (id: string) => Promise<void> }): Promise<void>;
  }
  const { PGraph } = await loadPeer<{
    readonly PGraph: new (nodes: Map<string, object>, edges: [string, string][]) => Graph;
  }>("p-graph");
  const size = numberParam(params, "size");
  const dag = gatedDag(size);
  const nodes = new Map(dag.needs.map((_, item) => [idOf(item), {}]));
  const edges = dag.needs.flatMap((needs, item) => needs.map((need): [string, string] => [idOf(need), idOf(item)]));
  const graph = new PGraph(nodes, edges);
  return {
    run: async () => {
      const gate = makeGate();
      const base = heldBytes();
      const end = graph.run({ concurrency: 64, run: (id) => (id === "t0" ? gate.work() : noop()) });
      await gate.reached;
      const resting = heldBytes() - base;
      gate.open();
      await end;
      return {
        restingBytes: resting / size,
        doneBytes: (heldBytes() - base) / size,
        definitionKept: nodes.size > 0 && edges.length > 0 ? 1 : 0,
      };
    },
  };
}
