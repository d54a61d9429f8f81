import type { ItemStatus } from "../../src/items/status.ts";
import { createRunState, type RunState } from "../../src/state/run-state.ts";
import type { ItemSnapshot } from "../../src/items/snapshot.ts";

export const KEYS = {
  keyOf: (number: number): string => `task-${number}`,
  numberOf: (key: string): number | undefined => {
    const number = Number(/^task-(\d+)$/.exec(key)?.[1]);
    return Number.isNaN(number) ? undefined : number;
  },
};

/** The state of a run of so many untouched items. */
export function stateOf(size: number): RunState {
  return createRunState({ runId: "run", name: "test", size, seq: 0, status: "running", ...KEYS });
}

/** An item as a healthy engine writes it. */
export function itemAs(
  number: number,
  status: ItemStatus,
  seq: number,
  more: Partial<ItemSnapshot> = {},
): ItemSnapshot {
  const attempt = status === "todo" || status === "cancelled" ? 0 : 1;
  return {
    key: KEYS.keyOf(number),
    number,
    status,
    attempt,
    seq,
    ...(attempt > 0 && { claimedAt: 1_000 + seq }),
    ...((status === "done" || status === "failed") && { settledAt: 2_000 + seq }),
    ...(status === "failed" && { reason: { code: "exit", message: "exit code 1" } }),
    ...more,
  };
}
