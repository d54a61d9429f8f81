/** Our side of the durable bench: every transition on the disk before anything follows from it. */
import { layeredDag, treeDag, type Dag } from "../harness/dag.ts";
import type { Extra, Prepared, VariantParams } from "../harness/variant.ts";
import { numberParam } from "../harness/variant.ts";
import { openBenchJournal } from "./bench-journal.ts";
import { checkDone, definitionOf } from "./definition.ts";

export async function signalbox(params: VariantParams): Promise<Prepared> {
  const { createRun, definePlan } = await import("./ours.ts");
  const dag = dagOf(params);
  const memory = new MemoryMarks(dag.size);
  const plan = definePlan(definitionOf(dag, () => memory.work));
  const opened = await openBenchJournal();
  return {
    run: async () => {
      const run = createRun(plan, { liveItemsMax: numberParam(params, "cap"), journal: opened.journal });
      const result = await run.start();
      checkDone(result, dag.size);
      return { items: dag.size, transitions: result.seq, ...memory.extra() };
    },
    close: () => opened.close(),
  };
}

function dagOf(params: VariantParams): Dag {
  if (typeof params["depth"] === "number") return treeDag(params["depth"], numberParam(params, "fan"));
  return layeredDag(numberParam(params, "size"));
}

/** Resident memory when a quarter, half, three quarters and all of the items were begun. */
class MemoryMarks {
  readonly #size: number;
  readonly #rssMb: number[] = [];
  #begun = 0;

  constructor(size: number) {
    this.#size = size;
  }

  readonly work = async (): Promise<void> => {
    this.#begun += 1;
    if ((this.#begun * 4) % this.#size < 4) this.#rssMb.push(process.memoryUsage.rss() / 2 ** 20);
  };

  extra(): Extra {
    return { rssMb: this.#rssMb };
  }
}
