/** A text that is the same for two states that are to count as one. */
import type { AnyMachineSnapshot } from "xstate";

/** JSON of anything that a context may hold: maps, sets, errors and references to actors too. */
export function keyOf(value: unknown): string {
  return JSON.stringify(value, plain) ?? "undefined";
}

function plain(_name: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Map) return { map: [...value] };
  if (value instanceof Set) return { set: [...value] };
  if (value instanceof Error) return { error: value.name, message: value.message };
  return "sessionId" in value && "send" in value && "id" in value ? { actor: value.id } : value;
}

/** What `history` states will lead to; part of a state, and not of its value. */
export function historyOf({ historyValue }: AnyMachineSnapshot): readonly string[] {
  return Object.entries(historyValue).map(([id, nodes]) => `${id}: ${nodes.map((node) => node.id).join(" ")}`);
}

/** Says which parts of the context take so many values that the states of a machine do not come to an end. */
export function growingParts(snapshots: readonly AnyMachineSnapshot[]): readonly string[] {
  const values = new Map<string, Set<string>>();
  for (const { context } of snapshots) {
    for (const [name, value] of Object.entries(context as Readonly<Record<string, unknown>>)) {
      const known = values.get(name) ?? new Set();
      values.set(name, known.add(keyOf(value)));
    }
  }
  const many = [...values].filter(([, { size }]) => size > 20 && size * 100 > snapshots.length);
  return many.sort(([, a], [, b]) => b.size - a.size).map(([name, { size }]) => `context.${name} took ${size} values`);
}
