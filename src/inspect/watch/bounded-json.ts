/** Anything as JSON that ends: cycles, functions, deep and long values are cut, and what was cut is said. */
import { messageOf } from "../../base/error-message.ts";

const DEPTH_MAX = 8;
const MEMBERS_MAX = 100;
const CHARS_MAX = 2_000;

/** A copy that JSON can carry, of bounded size for each level. Never throws. */
export function boundedCopy(value: unknown, depth = 0, above: readonly object[] = []): unknown {
  switch (typeof value) {
    case "string":
      return value.length > CHARS_MAX ? `${value.slice(0, CHARS_MAX)}… (${value.length} characters)` : value;
    case "bigint":
      return `${value}n`;
    case "function":
      return `[function ${value.name}]`;
    case "symbol":
      return String(value);
    case "object":
      return value === null ? null : copyOfObject(value, depth, above);
    default:
      return value;
  }
}

function copyOfObject(value: object, depth: number, above: readonly object[]): unknown {
  if (above.includes(value)) return "[circular]";
  if (depth >= DEPTH_MAX) return Array.isArray(value) ? "[list]" : "[object]";
  try {
    if (isActor(value)) return { xstate$$type: 1, id: value.sessionId };
    if ("toJSON" in value && typeof value.toJSON === "function")
      return boundedCopy(value.toJSON(), depth + 1, [...above, value]);
    if (value instanceof Error) return { name: value.name, message: value.message };
    const inside = [...above, value];
    if (Array.isArray(value)) return copyOfList(value, depth, inside);
    if (value instanceof Map || value instanceof Set) return copyOfList([...value], depth, inside);
    return copyOfMembers(value, depth, inside);
  } catch (error) {
    // A getter or a toJSON of somebody's that throws.
    return `[unreadable: ${messageOf(error)}]`;
  }
}

function copyOfList(list: readonly unknown[], depth: number, above: readonly object[]): unknown[] {
  const copy = list.slice(0, MEMBERS_MAX).map((each) => boundedCopy(each, depth + 1, above));
  return list.length > MEMBERS_MAX ? [...copy, `… ${list.length - MEMBERS_MAX} more`] : copy;
}

function copyOfMembers(value: object, depth: number, above: readonly object[]): unknown {
  const copy: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  let count = 0;
  for (const key of Object.keys(value)) {
    if (++count > MEMBERS_MAX) {
      copy["…"] = `${Object.keys(value).length - MEMBERS_MAX} more`;
      break;
    }
    copy[key] = boundedCopy((value as Record<string, unknown>)[key], depth + 1, above);
  }
  return copy;
}

/** Actors hold their system, and with it everything. */
function isActor(value: object): value is { readonly sessionId: string } {
  return "sessionId" in value && "getSnapshot" in value && "send" in value;
}
