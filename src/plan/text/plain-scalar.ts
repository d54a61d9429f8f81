/** Thrown where a text leaves the simple YAML that these readers know; never leaves src/plan/text. */
export class NotPlain extends Error {}

// What may begin a plain scalar: nothing that YAML gives a meaning of its own there.
const STARTS_PLAIN = /^[A-Za-z0-9_./$(+\\^\u00a0-\ud7ff]/;
const STARTS_FLOW = /[A-Za-z0-9_./$+^]/y;
const COLON = /: |:$/;
// Anything that could be a number or a special float; wider than needed, since 90s and 1.2.x must not fall under it, and 0b1 may.
const NUMBER_LIKE = /^[-+]?\.?[0-9][0-9a-fA-FxoeE.+_-]*$|^[-+]?\.(?:inf|nan)$/i;
const DECIMAL = /^(?:0|[1-9][0-9]{0,14})$/;

/** The value of a plain scalar that stands alone on a line, without what surrounds it. */
export function plainScalar(text: string): string | number | boolean | null {
  const option = text.startsWith("-") && /^-[-A-Za-z_./]/.test(text);
  if (!option && !STARTS_PLAIN.test(text)) throw new NotPlain();
  if (COLON.test(text) || text.includes("\t")) throw new NotPlain();
  return resolved(text);
}

/** What the core schema makes of it. */
function resolved(text: string): string | number | boolean | null {
  if (DECIMAL.test(text)) return Number(text);
  if (NUMBER_LIKE.test(text)) throw new NotPlain();
  switch (text) {
    case "true":
      return true;
    case "false":
      return false;
    case "null":
      return null;
    case "True":
    case "TRUE":
    case "False":
    case "FALSE":
    case "Null":
    case "NULL":
      throw new NotPlain();
    default:
      return text;
  }
}

/** The quoted scalar at `at`, which ends on its line and holds no escape; and where it ends. */
export function quotedScalar(text: string, at: number, end: number): { readonly value: string; readonly at: number } {
  const quote = text[at]!;
  const close = text.indexOf(quote, at + 1);
  if (close === -1 || close >= end) throw new NotPlain();
  const value = text.slice(at + 1, close);
  // '' is a quote inside single quotes; a backslash is an escape inside double ones.
  if (quote === "'" ? text[close + 1] === "'" : value.includes("\\")) throw new NotPlain();
  if (value.includes("\t")) throw new NotPlain();
  return { value, at: close + 1 };
}

/** A flow list or map on one line. */
export class PlainFlow {
  readonly #text: string;
  readonly #end: number;
  #depth: number;
  at: number;

  constructor(text: string, at: number, end: number, depthLeft: number) {
    this.#text = text;
    this.#end = end;
    this.#depth = depthLeft;
    this.at = at;
  }

  value(): unknown {
    this.#space();
    const char = this.#text[this.at];
    if (char !== "[" && char !== "{") return this.#scalar();
    if (--this.#depth < 0) throw new NotPlain();
    this.at++;
    const value = char === "[" ? this.#list() : this.#map();
    this.#depth++;
    return value;
  }

  #list(): unknown[] {
    const list: unknown[] = [];
    if (this.#closes("]")) return list;
    for (;;) {
      list.push(this.value());
      if (!this.#continues("]")) return list;
    }
  }

  #map(): Record<string, unknown> {
    const map: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    if (this.#closes("}")) return map;
    for (;;) {
      this.#space();
      const key = this.#key();
      if (key in map) throw new NotPlain();
      map[key] = this.value();
      if (!this.#continues("}")) return map;
    }
  }

  #key(): string {
    const quoted = this.#isQuote();
    const key = quoted ? this.#quoted() : this.#word();
    if (this.#text[this.at] !== ":") throw new NotPlain();
    this.at++;
    if (!quoted && this.#text[this.at] !== " ") throw new NotPlain();
    return key;
  }

  #scalar(): unknown {
    return this.#isQuote() ? this.#quoted() : resolved(this.#word());
  }

  #isQuote(): boolean {
    const char = this.#text[this.at];
    return char === '"' || char === "'";
  }

  #quoted(): string {
    const { value, at } = quotedScalar(this.#text, this.at, this.#end);
    this.at = at;
    return value;
  }

  /** Plain text up to the next sign that means something in a flow. */
  #word(): string {
    STARTS_FLOW.lastIndex = this.at;
    if (!STARTS_FLOW.test(this.#text)) throw new NotPlain();
    const start = this.at;
    while (this.at < this.#end && !ENDS_WORD.has(this.#text[this.at]!)) this.at++;
    if (OUT_OF_PLACE.has(this.#text[this.at]!)) throw new NotPlain();
    return trimmed(this.#text, start, this.at);
  }

  /** After an entry: true when another follows, false when this was the last. */
  #continues(close: string): boolean {
    this.#space();
    if (this.#text[this.at] === ",") {
      this.at++;
      return true;
    }
    if (this.#closes(close)) return false;
    throw new NotPlain();
  }

  #closes(close: string): boolean {
    this.#space();
    if (this.#text[this.at] !== close || this.at >= this.#end) return false;
    this.at++;
    return true;
  }

  #space(): void {
    while (this.#text[this.at] === " ") this.at++;
    if (this.at >= this.#end) throw new NotPlain();
  }
}

const OUT_OF_PLACE = new Set("#\"'{[&*!|>%@`\t\n");
const ENDS_WORD = new Set([",", "]", "}", ":", ...OUT_OF_PLACE]);

/** The part of a text without the spaces around it; no other character counts as space. */
export function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && text.charCodeAt(start) === 0x20) start++;
  while (end > start && text.charCodeAt(end - 1) === 0x20) end--;
  return text.slice(start, end);
}
