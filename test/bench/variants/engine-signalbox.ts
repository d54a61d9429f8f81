/** Our side of the engine benches: the same DAG through `definePlan` and `createRun`, with the journal in memory. */
import type { Plan } from "../../../src/plan/plan.ts";
import type { RunOptions } from "../../../src/engine/run.ts";
import { layeredDag } from "../harness/dag.ts";
import { numberParam, type Prepared, type VariantParams } from "../harness/variant.ts";
import { checkDone, definitionOf } from "./definition.ts";
import { noop } from "./noop.ts";

export async function signalbox(params: VariantParams): Promise<Prepared> {
  const { createRun, definePlan } = await import("./ours.ts");
  const size = numberParam(params, "size");
  const options: RunOptions = {
    liveItemsMax: numberParam(params, "cap"),
    itemLogic: params["itemLogic"] === "interpreted" ? "interpreted" : "compiled",
  };
  const work = params["sync"] === true ? () => undefined : noop;
  if (typeof params["warmUp"] === "number")
    await createRun(definePlan(definitionOf(layeredDag(params["warmUp"]), () => work)), options).start();
  const definition = definitionOf(layeredDag(size), () => work);
  let plan: Plan | undefined;
  return {
    setup: () => {
      plan = definePlan(definition);
    },
    run: async () => {
      checkDone(await createRun(plan!, options).start(), size);
    },
  };
}
