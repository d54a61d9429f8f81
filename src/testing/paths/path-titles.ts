/** The title of a test that walks a path: a sentence. */
import type { AnyMachineSnapshot } from "xstate";
import { stateInWords, stepInWords, type Step } from "../model/step.ts";

const STEPS_SHOWN = 7;

/** `checkout is paid after ADD (sku "tea"), PAY, then pay is done` */
export function titleOf(machineId: string, steps: readonly Step[], end: AnyMachineSnapshot): string {
  const state = `${machineId} is ${stateInWords(end.value)}`;
  if (steps.length === 0) return `${state} at first`;
  const words = shortened(steps.map((step) => stepInWords(step)));
  const last = words.pop()!;
  return words.length === 0 ? `${state} after ${last}` : `${state} after ${words.join(", ")}, then ${last}`;
}

function shortened(words: string[]): string[] {
  const left = words.length - STEPS_SHOWN;
  return left <= 1 ? words : [...words.slice(0, STEPS_SHOWN - 2), `${left} more`, ...words.slice(-2)];
}

/** Numbers those that would have the same title. */
export function unique(titles: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  return titles.map((title) => {
    const count = (counts.get(title) ?? 0) + 1;
    counts.set(title, count);
    return count === 1 ? title : `${title} (${count})`;
  });
}
