/** A text that is the same for two states that are to count as one. */
import type { AnyMachineSnapshot } from "xstate";
import { isActor, nameOf } from "./child-names.ts";

/** JSON of anything that a context may hold: maps, sets, errors, circles and references to actors too. */
export function keyOf(value: unknown): string {
  try {
    return JSON.stringify(value, plain) ?? "undefined";
  } catch (error) {
    // The usual way to say that something holds itself. A `toJSON` may throw as well.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(withoutCircles(value, []), plain) ?? "undefined";
  }
}

function plain(this: unknown, name: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Map) return { map: [...value] };
  if (value instanceof Set) return { set: [...value] };
  if (value instanceof Error) return { error: value.name, message: value.message };
  // What an actor says of itself as JSON has the id that is another each time.
  const written: unknown = (this as Readonly<Record<string, unknown>>)[name];
  return typeof written === "object" && written !== null && isActor(written) ? { actor: nameOf(written) } : value;
}

/** A copy in which whatever holds itself says so, and how far out. */
function withoutCircles(value: unknown, outer: readonly unknown[]): unknown {
  if (typeof value !== "object" || value === null || isActor(value) || value instanceof Error) return value;
  const at = outer.lastIndexOf(value);
  if (at >= 0) return `itself, ${outer.length - at} out`;
  const inner = (each: unknown): unknown => withoutCircles(each, [...outer, value]);
  if (value instanceof Map) return { map: [...value].map(inner) };
  if (value instanceof Set) return { set: [...value].map(inner) };
  if (Array.isArray(value)) return value.map(inner);
  if ("toJSON" in value && typeof value.toJSON === "function") return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inner(each)]));
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
