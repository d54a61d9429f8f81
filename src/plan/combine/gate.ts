import type { JsonScalar } from "../../base/json.ts";
import type { NeedCondition } from "../plan.ts";

/** What has to be so before something starts: needs by key with their conditions, and what outputs of some of them must equal. */
export interface Gate {
  readonly needs: ReadonlyMap<string, NeedCondition>;
  readonly when: ReadonlyMap<string, readonly JsonScalar[]> | undefined;
}

export const OPEN: Gate = { needs: new Map(), when: undefined };

export function gateOf(key: string, condition: NeedCondition = "done"): Gate {
  return { needs: new Map([[key, condition]]), when: undefined };
}

/** Both. What is asked of a need first stays: gates that meet say the same of a need, or something that the first includes. */
export function both(first: Gate, second: Gate): Gate {
  if (first.needs.size === 0 && first.when === undefined) return second;
  const needs = new Map(first.needs);
  for (const [key, condition] of second.needs) if (!needs.has(key)) needs.set(key, condition);
  const when = first.when && second.when ? new Map([...first.when, ...second.when]) : (first.when ?? second.when);
  return { needs, when };
}

export function allOf(gates: readonly Gate[]): Gate {
  const needs = new Map<string, NeedCondition>();
  const when = new Map<string, readonly JsonScalar[]>();
  for (const gate of gates) {
    for (const [key, condition] of gate.needs) if (!needs.has(key)) needs.set(key, condition);
    for (const [key, values] of gate.when ?? []) when.set(key, values);
  }
  return { needs, when: when.size === 0 ? undefined : when };
}

/** The same behind a branch that may have been skipped: what was skipped with it holds nobody up. */
export function passedOf({ needs }: Gate): Gate {
  const passed = new Map<string, NeedCondition>();
  for (const [key, condition] of needs) passed.set(key, condition === "done" ? "passed" : condition);
  return { needs: passed, when: undefined };
}

/**
 * What stands behind a task whose failure is allowed: it has come to its end, and what it needed itself was met. Its own needs of
 * that kind are left out: they were settled before it. Unless their outputs are asked for, which only needs can be.
 */
export function settledOf(key: string, entry: Gate): Gate {
  const needs = new Map<string, NeedCondition>([[key, "settled"]]);
  for (const [need, condition] of entry.needs)
    if (condition !== "settled" || entry.when?.has(need) === true) needs.set(need, condition);
  return { needs, when: entry.when };
}

/** The key, when the gate asks for nothing but that this one is done. */
export function onlyKey({ needs, when }: Gate): string | undefined {
  if (needs.size !== 1 || when !== undefined) return undefined;
  const [[key, condition]] = needs as unknown as readonly [[string, NeedCondition]];
  return condition === "done" ? key : undefined;
}
