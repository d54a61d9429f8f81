/** Items that sleep, on one long chain beside many leaves: how far a start order stays above the lower bound. */
import { chainBesideLeaves, dependentsOf, idOf, type Dag } from "../harness/dag.ts";
import { numberParam, type Extra, type Prepared, type VariantParams } from "../harness/variant.ts";
import { loadPeer } from "../peers/load.ts";
import { runReadyQueue } from "./ready-queue.ts";

interface Shape {
  readonly dag: Dag;
  readonly chain: number;
  readonly cap: number;
  readonly sleepMs: number;
}

function shapeOf(params: VariantParams): Shape {
  const chain = numberParam(params, "chain");
  const dag = chainBesideLeaves(chain, numberParam(params, "leaves"));
  return { dag, chain, cap: numberParam(params, "cap"), sleepMs: numberParam(params, "sleepMs") };
}

/** Times the run, and knows how long each sleep really was: timers are late, which is not the scheduler's doing. */
async function timed(
  shape: Shape,
  runAll: (sleep: (item: number) => Promise<void>) => Promise<unknown>,
): Promise<Extra> {
  const tookMs = new Float64Array(shape.dag.size);
  const start = performance.now();
  await runAll(async (item) => {
    const began = performance.now();
    await new Promise((resolve) => setTimeout(resolve, shape.sleepMs));
    tookMs[item] = performance.now() - began;
  });
  const makespanMs = performance.now() - start;
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
  const boundMs = Math.max(sum(tookMs.subarray(shape.dag.size - shape.chain)), sum(tookMs) / shape.cap);
  return { makespanMs, boundMs };
}

export function fifo(params: VariantParams): Prepared {
  const shape = shapeOf(params);
  const dependents = dependentsOf(shape.dag);
  return { run: () => timed(shape, (sleep) => runReadyQueue(shape.dag, dependents, shape.cap, sleep)) };
}

export async function pGraph(params: VariantParams): Promise<Prepared> {
  interface PGraphModule {
    readonly PGraph: new (
      nodes: Map<string, object>,
      edges: [string, string][],
    ) => { run(options: { concurrency: number; run: (id: string) => Promise<void> }): Promise<void> };
  }
  const { PGraph } = await loadPeer<PGraphModule>("p-graph");
  const shape = shapeOf(params);
  const nodes = new Map(shape.dag.needs.map((_, item) => [idOf(item), {}]));
  const edges = shape.dag.needs.flatMap((needs, item) =>
    needs.map((need): [string, string] => [idOf(need), idOf(item)]),
  );
  const graph = new PGraph(nodes, edges);
  return {
    run: () => timed(shape, (sleep) => graph.run({ concurrency: shape.cap, run: (id) => sleep(Number(id.slice(1))) })),
  };
}

export async function signalbox(params: VariantParams): Promise<Prepared> {
  const { createRun, definePlan } = await import("./ours.ts");
  const { openBenchJournal } = await import("./bench-journal.ts");
  const shape = shapeOf(params);
  const journal = params["durable"] === true ? await openBenchJournal() : undefined;
  let sleepFor: (item: number) => Promise<void> = async () => {};
  const tasks = Object.fromEntries(
    shape.dag.needs.map((needs, item) => [idOf(item), { needs: needs.map(idOf), run: () => sleepFor(item) }]),
  );
  const plan = definePlan({ tasks });
  const options = { liveItemsMax: shape.cap, ...(journal === undefined ? {} : { journal: journal.journal }) };
  return {
    run: () =>
      timed(shape, (sleep) => {
        sleepFor = sleep;
        return createRun(plan, options).start();
      }),
    close: async () => journal?.close(),
  };
}
