import { whyOf, type WhyAnswer } from "../scheduler/why.ts";
import { edgeFactsOf } from "./conditions.ts";
import { unknownItem } from "./item-commands.ts";
import { HOLD } from "./item-table.ts";
import type { RunCore } from "./run-core.ts";
import { DEADLINE } from "./transitions.ts";

/** What holds an item of a live run now. @throws SignalboxError `item_not_found` */
export function whyItem(core: RunCore, key: string): WhyAnswer {
  const { plan, table, schedule, deadlines, env } = core.parts;
  const item = plan.numberOf(key);
  if (item === undefined) throw unknownItem(plan, core.parts.runId, key);
  const backoff = deadlines.at(item * 4 + DEADLINE.backoff);
  return whyOf({
    graph: plan.graph,
    item,
    keyOf: (number) => plan.taskOf(number)!.key,
    statusOf: (number) => table.statusOf(number),
    stage: table.stages.get(item),
    stageReason: table.stageReasons.get(item)?.message ?? table.stageReasons.get(item)?.code,
    reasonOf: (number) => table.reasons.get(number)?.message ?? table.reasons.get(number)?.code,
    runStatus: core.runStatus,
    live: core.slots.live,
    liveItemsMax: Math.min(core.liveItemsMax, schedule.liveItemsMax),
    ahead: schedule.ahead(item),
    delayedUntilMs: backoff === undefined ? undefined : env.clock.now() + backoff - env.clock.monotonic(),
    layer: schedule.layerHold(item),
    pressure: core.pressure && (core.pressure.message ?? core.pressure.code),
    prepare: core.preparing?.waitOf(item),
    pools: core.parts.pools?.shortOf(item) ?? [],
    files: core.parts.files?.heldFrom(item),
    edges: edgeFactsOf(plan, (number) => table.reasons.get(number)),
    attempt: table.attempt[item],
    isTried: table.isTried(item),
    ending: endingBefore(core, item),
    needsClaim: plan.taskOf(item)!.join === undefined && core.executorOf(item) === undefined,
  });
}

/** What was told to stop and has to end first; the item itself when that is its last attempt, or its prepare. */
function endingBefore(core: RunCore, item: number): readonly number[] {
  const before = core.endings.before(item);
  return (core.parts.table.holds[item]! & HOLD.lingering) === 0 ? before : [item, ...before];
}
