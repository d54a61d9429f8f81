/** The fork-join schedule as rules: nothing of a layer starts while something of an earlier one is live or could start. */
import { readyItems, type RunSpec, type RunSpecState } from "../../machines/run-spec.ts";
import type { SpecRules } from "./rules.ts";

export function layered(rules: SpecRules, layerOf: Int32Array): SpecRules {
  return {
    ...rules,
    step: (spec, state, event) =>
      event.type === "claim" && !isOpen(spec, state, layerOf, event.item) ? undefined : rules.step(spec, state, event),
  };
}

function isOpen(spec: RunSpec, state: RunSpecState, layerOf: Int32Array, item: number): boolean {
  const isEarlier = (other: number): boolean => layerOf[other]! < layerOf[item]!;
  const isLive = state.items.some(({ status, ending }, other) => isEarlier(other) && (status === "claimed" || ending));
  return !isLive && !readyItems(spec, state).some(isEarlier);
}
