import type { Task } from "./plan.ts";

const VALUE_CHARS_MAX = 40;

/** What stands on the arrow to a task from one of its needs; `undefined` for one that has to be done and no more. */
export function edgeWords({ conditions, when }: Task, need: number): string | undefined {
  const values = when?.get(need)?.map((value) => clipped(JSON.stringify(value)));
  const words = [conditions?.get(need), values && `when ${values.join(" or ")}`].filter((word) => word !== undefined);
  return words.length === 0 ? undefined : words.join(", ");
}

/** Whether the need may have come to something else than done. */
export function isConditional({ conditions }: Task, need: number): boolean {
  return conditions?.has(need) === true;
}

function clipped(text: string): string {
  return text.length <= VALUE_CHARS_MAX ? text : `${text.slice(0, VALUE_CHARS_MAX - 1)}…`;
}
