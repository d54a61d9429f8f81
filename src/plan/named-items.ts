import type { Plan } from "./plan.ts";

/**
 * Numbers of the items that a word names, ascending: the item with this key, all items of the task with this id, and everything
 * below it by dots (`P1.M1` names `P1.M1.T1` too). Empty when it names nothing.
 */
export function itemsNamed({ tasks }: Plan, word: string): number[] {
  const below = `${word}.`;
  const numbers: number[] = [];
  for (let number = 0; number < tasks.length; number++) {
    const { key, id } = tasks[number]!;
    if (id === word || key === word || id.startsWith(below)) numbers.push(number);
  }
  return numbers;
}
