/** Events of a run that never was, for the views. */
import type { RunEvent } from "../../src/engine/run.ts";
import type { RunFacts } from "../../src/cli/view/progress-view.ts";
import type { Counts } from "../../src/items/snapshot.ts";

export function itemEvent(key: string, from: string, to: string, more: Partial<RunEvent> = {}): RunEvent {
  return {
    seq: 1,
    at: 0,
    mono: 0,
    epoch: 1,
    item: 0,
    event: "claim",
    from,
    to,
    attempt: 1,
    refunded: 0,
    token: 1,
    actor: "engine",
    runId: "run",
    name: "item.note",
    key,
    itemId: key,
    ...more,
  };
}

export function factsOf(
  total: number,
  counts: () => Counts,
  lastLineOf: (key: string) => string | undefined = () => undefined,
): RunFacts {
  return {
    runId: "run",
    name: "demo",
    total,
    liveItemsMax: () => 4,
    ready: () => 0,
    counts,
    status: () => "running",
    scope: undefined,
    pressure: () => undefined,
    lastLineOf,
  };
}
