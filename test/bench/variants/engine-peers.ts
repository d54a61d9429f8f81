/** The libraries that people use today to run a DAG of functions with a cap, each in the form its manual shows. */
import { loadPeer } from "../peers/load.ts";
import { idOf, layeredDag } from "../harness/dag.ts";
import { numberParam, type Prepared, type VariantParams } from "../harness/variant.ts";
import { noop } from "./noop.ts";

type Work = () => Promise<void>;

interface Graph {
  run(options: { concurrency: number }): Promise<void>;
}
interface PGraphModule {
  readonly PGraph: new (nodes: Map<string, { readonly run: Work }>, edges: [string, string][]) => Graph;
}

export async function pGraph(params: VariantParams): Promise<Prepared> {
  const { PGraph } = await loadPeer<PGraphModule>("p-graph");
  const dag = layeredDag(numberParam(params, "size"));
  const nodes = new Map(dag.needs.map((_, item) => [idOf(item), { run: noop }]));
  const edges = dag.needs.flatMap((needs, item) => needs.map((need): [string, string] => [idOf(need), idOf(item)]));
  let graph: Graph | undefined;
  return {
    setup: () => {
      graph = new PGraph(nodes, edges);
    },
    run: () => graph?.run({ concurrency: numberParam(params, "cap") }),
  };
}

/** A promise for each item that waits for the promises of its needs, then takes a place in the limiter. */
function promiseForEachNeed(size: number, limited: (work: Work) => Promise<unknown>): Prepared {
  const dag = layeredDag(size);
  return {
    run: async () => {
      const promises: Promise<unknown>[] = [];
      for (const needs of dag.needs) {
        const before = needs.length === 0 ? undefined : Promise.all(needs.map((need) => promises[need]!));
        promises.push(before === undefined ? limited(noop) : before.then(() => limited(noop)));
      }
      await Promise.all(promises);
    },
  };
}

export async function pQueue(params: VariantParams): Promise<Prepared> {
  interface Queue {
    add(work: Work): Promise<unknown>;
  }
  const module = await loadPeer<{ readonly default: new (options: { concurrency: number }) => Queue }>("p-queue");
  const queue = new module.default({ concurrency: numberParam(params, "cap") });
  return promiseForEachNeed(numberParam(params, "size"), (work) => queue.add(work));
}

export async function pLimit(params: VariantParams): Promise<Prepared> {
  const module = await loadPeer<{ readonly default: (cap: number) => (work: Work) => Promise<void> }>("p-limit");
  const limit = module.default(numberParam(params, "cap"));
  return promiseForEachNeed(numberParam(params, "size"), limit);
}

export async function asyncAuto(params: VariantParams): Promise<Prepared> {
  interface AsyncModule {
    readonly default: { auto(tasks: Record<string, readonly unknown[]>, cap: number): Promise<unknown> };
  }
  const module = await loadPeer<AsyncModule>("async");
  const dag = layeredDag(numberParam(params, "size"));
  const tasks = Object.fromEntries(dag.needs.map((needs, item) => [idOf(item), [...needs.map(idOf), noop]]));
  return {
    run: async () => {
      await module.default.auto(tasks, numberParam(params, "cap"));
    },
  };
}

// The part of Effect that is used here; its own types are there only when the peers are installed.
type Effect = { readonly pipe: (...steps: readonly unknown[]) => Effect };
interface EffectModule {
  readonly promise: (work: Work) => Effect;
  readonly andThen: (next: Effect) => unknown;
  readonly forEach: (items: Iterable<number>, effect: (item: number) => Effect, options: object) => Effect;
  readonly runPromise: (effect: Effect) => Promise<unknown>;
}
interface DeferredModule {
  readonly makeUnsafe: () => unknown;
  readonly await: (deferred: unknown) => Effect;
  readonly succeed: (deferred: unknown, value: undefined) => Effect;
}
interface SemaphoreModule {
  readonly makeUnsafe: (permits: number) => { readonly withPermits: (count: number) => (effect: Effect) => Effect };
}

/** Effect: a Deferred for each item, a Semaphore as the cap, a fiber for each item. */
export async function effect(params: VariantParams): Promise<Prepared> {
  const Effect = await loadPeer<EffectModule>("effect/Effect");
  const Deferred = await loadPeer<DeferredModule>("effect/Deferred");
  const Semaphore = await loadPeer<SemaphoreModule>("effect/Semaphore");
  const dag = layeredDag(numberParam(params, "size"));
  const semaphore = Semaphore.makeUnsafe(numberParam(params, "cap"));
  return {
    run: async () => {
      const ends = dag.needs.map(() => Deferred.makeUnsafe());
      const oneItem = (item: number): Effect =>
        Effect.forEach(dag.needs[item]!, (need) => Deferred.await(ends[need]), { discard: true }).pipe(
          Effect.andThen(semaphore.withPermits(1)(Effect.promise(noop))),
          Effect.andThen(Deferred.succeed(ends[item], undefined)),
        );
      await Effect.runPromise(Effect.forEach(dag.needs.keys(), oneItem, { concurrency: "unbounded", discard: true }));
    },
  };
}
