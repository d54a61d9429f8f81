import { LIMITS } from "../../base/limits.ts";
import { NotPlain, PlainFlow, plainScalar, quotedScalar, trimmed } from "./plain-scalar.ts";

/**
 * Reads the YAML that plans are mostly written in, many times faster than the full parser and without loading it: block maps
 * with simple keys, lists of scalars, one-line flow lists and maps, plain and quoted one-line scalars, literal blocks, comments.
 * Invariant Y1: what it answers is what the full parser answers. Wherever it is not sure (anchors, tags, folding, escapes,
 * text over several lines, equal keys, any mistake) it answers `undefined` and the full parser takes over; so it needs no
 * positions and no messages.
 */
export function readPlainYaml(source: string): { readonly value: unknown } | undefined {
  const text = source.includes("\r") ? source.replaceAll("\r\n", "\n") : source;
  if (STRANGE.test(text)) return undefined;
  try {
    return { value: new PlainReader(text).read() };
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

// Control characters but tab and line feed, byte order marks, non-characters.
const STRANGE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufeff\ufffe\uffff]/;
const KEY = /([A-Za-z0-9_$][A-Za-z0-9_$./-]{0,200}):(?=[ \n]|$)/y;
const SPACE = 0x20;
const DASH = 0x2d;
const HASH = 0x23;
const LINE_FEED = 0x0a;

/** Stands on one line that means something at a time: not blank, not a comment. */
class PlainReader {
  readonly #text: string;
  /** Where the line's text starts, after its indentation, and where the line ends. */
  #at = 0;
  #end = -1;
  /** Spaces before the text; -1 after the last line. */
  #indent = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    this.#nextLine();
    const value = this.#map(0);
    // A map ends where a line stands further left; here nothing can.
    if (Object.keys(value).length === 0 || !this.#isOver()) throw new NotPlain();
    return value;
  }

  #isOver(): boolean {
    return this.#indent === -1;
  }

  #nextLine(): void {
    this.#lineFrom(this.#end + 1);
  }

  #lineFrom(from: number): void {
    const text = this.#text;
    for (let start = from; start < text.length; start = this.#end + 1) {
      this.#at = start;
      while (text.charCodeAt(this.#at) === SPACE) this.#at++;
      const end = text.indexOf("\n", this.#at);
      this.#end = end === -1 ? text.length : end;
      const char = text.charCodeAt(this.#at);
      if (this.#at === this.#end || char === HASH) continue;
      this.#indent = this.#at - start;
      return;
    }
    this.#indent = -1;
  }

  #map(indent: number): Record<string, unknown> {
    if (++this.#depth > LIMITS.planDepthMax) throw new NotPlain();
    const map: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    while (this.#indent === indent) {
      KEY.lastIndex = this.#at;
      const key = KEY.exec(this.#text)?.[1];
      if (key === undefined || key in map) throw new NotPlain();
      map[key] = this.#valueAfterKey(KEY.lastIndex, indent);
    }
    if (this.#indent > indent) throw new NotPlain();
    this.#depth--;
    return map;
  }

  #valueAfterKey(from: number, indent: number): unknown {
    const at = this.#skipSpace(from);
    if (at < this.#end && this.#text.charCodeAt(at) !== HASH)
      return this.#text[at] === "|" ? this.#block(at, indent) : this.#inline(at, indent);
    this.#nextLine();
    if (this.#indent > indent) return this.#isEntry() ? this.#list(this.#indent) : this.#map(this.#indent);
    return this.#indent === indent && this.#isEntry() ? this.#list(indent) : null;
  }

  #isEntry(): boolean {
    return this.#text.charCodeAt(this.#at) === DASH && this.#text.charCodeAt(this.#at + 1) === SPACE;
  }

  #list(indent: number): unknown[] {
    if (++this.#depth > LIMITS.planDepthMax) throw new NotPlain();
    const list: unknown[] = [];
    while (this.#indent === indent && this.#isEntry()) {
      const at = this.#skipSpace(this.#at + 1);
      if (at >= this.#end || this.#text[at] === "|" || this.#text.charCodeAt(at) === HASH) throw new NotPlain();
      list.push(this.#inline(at, indent));
    }
    this.#depth--;
    return list;
  }

  /** A value that ends on its line. */
  #inline(at: number, indent: number): unknown {
    const char = this.#text[at]!;
    const value =
      char === "[" || char === "{" ? this.#flow(at) : char === '"' || char === "'" ? this.#quoted(at) : this.#plain(at);
    this.#nextLine();
    // A deeper line would go on with the value, or be a mistake.
    if (this.#indent > indent) throw new NotPlain();
    return value;
  }

  #flow(at: number): unknown {
    const flow = new PlainFlow(this.#text, at, this.#end, LIMITS.planDepthMax - this.#depth);
    const value = flow.value();
    this.#nothingAfter(flow.at);
    return value;
  }

  #quoted(at: number): string {
    const quoted = quotedScalar(this.#text, at, this.#end);
    this.#nothingAfter(quoted.at);
    return quoted.value;
  }

  #plain(at: number): unknown {
    // Looked for within the line: a search from here would go through the whole rest of the file.
    const line = this.#text.slice(at, this.#end);
    const comment = line.indexOf(" #");
    return plainScalar(trimmed(line, 0, comment === -1 ? line.length : comment));
  }

  /** A comment is separated by a space. */
  #nothingAfter(from: number): void {
    const at = this.#skipSpace(from);
    if (at >= this.#end) return;
    if (at === from || this.#text.charCodeAt(at) !== HASH) throw new NotPlain();
  }

  #skipSpace(from: number): number {
    let at = from;
    while (this.#text.charCodeAt(at) === SPACE) at++;
    return at;
  }

  /** A literal block: `|` or `|-`, its lines as they stand, less the indentation of the first. */
  #block(at: number, parent: number): string {
    const strip = this.#text[at + 1] === "-";
    this.#nothingAfter(at + (strip ? 2 : 1));
    const lines: string[] = [];
    let start = this.#end + 1;
    let indent = 0;
    for (; start < this.#text.length; start = this.#end + 1) {
      const first = this.#skipSpace(start);
      const blank = this.#text.charCodeAt(first) === LINE_FEED;
      if (!blank && indent === 0) indent = first - start;
      // A last line without line feed, spaces beyond the indentation on a blank line, text between the levels: left to the parser.
      const width = first - start;
      if (first >= this.#text.length || (blank && width > (indent === 0 ? 0 : indent))) throw new NotPlain();
      if (!blank && (width <= parent || indent <= parent)) break;
      if (!blank && width < indent) throw new NotPlain();
      const end = this.#text.indexOf("\n", first);
      if (end === -1) throw new NotPlain();
      lines.push(blank ? "" : this.#text.slice(start + indent, end));
      this.#end = end;
    }
    while (lines.at(-1) === "") lines.pop();
    if (lines.length === 0) throw new NotPlain();
    this.#lineFrom(start);
    if (this.#indent > parent) throw new NotPlain();
    return lines.join("\n") + (strip ? "" : "\n");
  }
}
