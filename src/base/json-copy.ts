import type { Json } from "./json.ts";
import { LIMITS } from "./limits.ts";

export type JsonCopy =
  | { readonly ok: true; readonly value: Json }
  /** What is wrong and where, as the end of a sentence. */
  | { readonly ok: false; readonly problem: string };

/**
 * A frozen copy of a value that came from outside, if it is JSON: exactly what a reader of the journal will get later. A key
 * with the value `undefined` is as good as no key. Depth and size are limited, so a cycle ends too.
 */
export function jsonCopy(value: unknown, bytesMax: number = LIMITS.outputBytesMax): JsonCopy {
  // Numbers and short names dominate small outputs: no list to keep for them.
  if (value === null || typeof value === "boolean") return { ok: true, value };
  const copier = new Copier(bytesMax);
  try {
    return { ok: true, value: copier.copy(value, 0) };
  } catch (error) {
    if (error instanceof NotJson) return { ok: false, problem: error.problem + copier.place() };
    // A getter or a proxy of the user's threw.
    return { ok: false, problem: `a value that cannot be read${copier.place()}` };
  }
}

class NotJson extends Error {
  readonly problem: string;

  constructor(problem: string) {
    super(problem);
    this.problem = problem;
  }
}

class Copier {
  readonly #path: (string | number)[] = [];
  #bytesLeft: number;

  constructor(bytesMax: number) {
    this.#bytesLeft = bytesMax;
  }

  copy(value: unknown, depth: number): Json {
    switch (typeof value) {
      case "string":
        return this.#string(value);
      case "number":
        return this.#number(value);
      case "boolean":
        return value;
      case "object":
        break;
      default:
        throw new NotJson(`a ${typeof value}`);
    }
    if (value === null) return null;
    if (depth >= LIMITS.outputDepthMax) throw new NotJson(`more than ${LIMITS.outputDepthMax} levels (or a cycle)`);
    this.#spend(2);
    return Array.isArray(value) ? this.#list(value, depth) : this.#object(value, depth);
  }

  place(): string {
    if (this.#path.length === 0) return "";
    const shown = this.#path
      .slice(0, 10)
      .map((step) => (typeof step === "number" ? `[${step}]` : `.${step.slice(0, 60)}`));
    return ` at ${shown.join("").replace(/^\./, "")}${this.#path.length > 10 ? "…" : ""}`;
  }

  #string(value: string): string {
    this.#spend(value.length + 2);
    return value;
  }

  #number(value: number): number {
    if (!Number.isFinite(value)) throw new NotJson(String(value));
    this.#spend(1);
    return value === 0 ? 0 : value;
  }

  #list(value: readonly unknown[], depth: number): Json {
    // The commas. A list may say that it is longer than anything that could be in it.
    this.#spend(value.length);
    const copy: Json[] = [];
    for (let i = 0; i < value.length; i++) {
      this.#path.push(i);
      copy.push(this.copy(value[i], depth + 1));
      this.#path.pop();
    }
    // One that has grown keeps room for sixteen more: lists in lists would take four times as much.
    return Object.freeze(copy.slice());
  }

  #object(value: object, depth: number): Json {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype)
      throw new NotJson(`an object of class ${className(value)}`);
    const copy: Record<string, Json> = {};
    for (const key of Object.keys(value)) {
      this.#path.push(key);
      const item: unknown = (value as Record<string, unknown>)[key];
      if (item !== undefined) {
        this.#spend(key.length + 4);
        put(copy, key, this.copy(item, depth + 1));
      }
      this.#path.pop();
    }
    return Object.freeze(copy);
  }

  #spend(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft < 0) throw new NotJson("more than is allowed in one output");
  }
}

/** A key `__proto__` is a key like others; assigning it would set the prototype. */
function put(target: Record<string, Json>, key: string, value: Json): void {
  if (key === "__proto__") Object.defineProperty(target, key, { value, enumerable: true });
  else target[key] = value;
}

function className(value: object): string {
  const { constructor } = value as { constructor?: { name?: unknown } };
  return typeof constructor?.name === "string" && constructor.name !== "" ? constructor.name.slice(0, 60) : "unknown";
}
