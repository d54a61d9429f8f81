import { LIMITS } from "../../base/limits.ts";
import { Findings, type Step } from "../check/findings.ts";
import { quote } from "../check/names.ts";
import type { Place } from "./places.ts";
import { WantedPlaces, type Wanted } from "./wanted-places.ts";

/** One list or map that is being read. */
interface Frame {
  readonly isMap: boolean;
  /** What is asked for below here. */
  readonly wanted: Wanted | undefined;
  readonly keys: Set<string>;
  step: Step;
}

export interface JsonWalk {
  /** Syntax mistakes (the first ends the walk), equal keys, nesting without end. */
  readonly findings: Findings;
  /** Where the asked places are. */
  readonly offsets: readonly number[];
}

/** Reads JSON by hand, for positions. It accepts exactly what `JSON.parse` accepts, without equal keys, to a limited depth. */
export function walkJson(text: string, places: readonly Place[]): JsonWalk {
  const wanted = new WantedPlaces(places);
  const walker = new JsonWalker(text, wanted);
  walker.walk();
  return { findings: walker.findings, offsets: wanted.offsets };
}

/** Thrown inside the walk to end it; never leaves this file. */
class WalkEnd extends Error {}

class JsonWalker {
  readonly findings = new Findings();
  readonly #text: string;
  readonly #wanted: WantedPlaces;
  readonly #frames: Frame[] = [];
  #at = 0;

  constructor(text: string, wanted: WantedPlaces) {
    this.#text = text;
    this.#wanted = wanted;
  }

  walk(): void {
    try {
      this.#space();
      this.#wanted.key(this.#wanted.root, this.#at);
      this.#value(this.#wanted.root);
      while (this.#frames.length > 0) this.#next(this.#frames.at(-1)!);
      this.#space();
      if (this.#at < this.#text.length) this.#fail("the end of the file", "remove what follows");
    } catch (error) {
      if (!(error instanceof WalkEnd)) throw error;
    }
  }

  /** Reads a scalar, or opens a list or map. */
  #value(wanted: Wanted | undefined): void {
    this.#space();
    this.#wanted.value(wanted, this.#at);
    const char = this.#text[this.#at];
    if (char === "{" || char === "[") this.#open(char === "{", wanted);
    else if (char === '"') this.#string();
    else if (!this.#scalar())
      this.#fail(
        "a value",
        VALUE_FIXES[char ?? ""] ?? "write a text in double quotes, a number, true, false, null, a list or a map",
      );
  }

  #open(isMap: boolean, wanted: Wanted | undefined): void {
    if (this.#frames.length >= LIMITS.planDepthMax)
      this.#fail(`at most ${LIMITS.planDepthMax} levels of lists and maps`, "a plan needs no more than six");
    this.#at++;
    this.#frames.push({ isMap, wanted, keys: new Set(), step: -1 });
    this.#space();
    if (this.#text[this.#at] === (isMap ? "}" : "]")) this.#close();
    else this.#entry(this.#frames.at(-1)!);
  }

  /** After an entry: another one, or the end of the list or map. */
  #next(frame: Frame): void {
    this.#space();
    const char = this.#text[this.#at];
    const close = frame.isMap ? "}" : "]";
    if (char === close) {
      this.#close();
    } else if (char === ",") {
      this.#at++;
      this.#space();
      if (this.#text[this.#at] === close) this.#fail("another entry after the comma", "remove the comma");
      this.#entry(frame);
    } else {
      this.#fail(
        `a comma or ${close}`,
        char === undefined ? `close what is open with ${close}` : "add a comma after the entry before it",
      );
    }
  }

  #close(): void {
    this.#at++;
    this.#frames.pop();
  }

  #entry(frame: Frame): void {
    if (!frame.isMap) {
      frame.step = Number(frame.step) + 1;
      this.#value(this.#wanted.below(frame.wanted, frame.step));
      return;
    }
    const keyAt = this.#at;
    if (this.#text[keyAt] !== '"')
      this.#fail("a key in double quotes", this.#text[keyAt] === "/" ? NO_COMMENTS : 'write it as "key"');
    const key = this.#string();
    frame.step = key;
    if (frame.keys.has(key))
      this.#note("each key once", `${quote(key)} again`, "remove or rename one of the two", keyAt);
    frame.keys.add(key);
    this.#space();
    if (this.#text[this.#at] !== ":") this.#fail("a colon after the key", "add it");
    this.#at++;
    const wanted = this.#wanted.below(frame.wanted, key);
    this.#wanted.key(wanted, keyAt);
    this.#value(wanted);
  }

  #string(): string {
    const start = this.#at++;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (Number.isNaN(code)) this.#fail("a closing double quote", "close the text", start);
      if (code < 0x20) this.#fail("no raw control character in a text", "write \\n for a line feed, \\t for a tab");
      this.#at++;
      if (code === 0x22) break;
      if (code === 0x5c) this.#escape();
    }
    // Every character of it was checked above.
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #escape(): void {
    const length = /^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(this.#text.slice(this.#at, this.#at + 5))?.[0].length;
    if (length === undefined)
      this.#fail(
        'one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX',
        "write a backslash twice to mean itself",
        this.#at - 1,
      );
    this.#at += length;
  }

  #scalar(): boolean {
    SCALAR.lastIndex = this.#at;
    const match = SCALAR.exec(this.#text);
    if (match === null) return false;
    this.#at += match[0].length;
    return true;
  }

  #space(): void {
    SPACE.lastIndex = this.#at;
    SPACE.test(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #note(expected: string, got: string, fix: string, offset: number): void {
    const steps = this.#frames.map((frame) => frame.step).filter((step) => step !== -1);
    this.findings.note({ steps, target: "key", expected, got, fix, offset });
  }

  #fail(expected: string, fix: string, offset: number = this.#at): never {
    const rest = this.#text.slice(offset, offset + 12).split(/[\s,:\]}]/, 1)[0]!;
    this.#note(
      expected,
      offset >= this.#text.length ? "the end of the file" : quote(rest === "" ? this.#text[offset]! : rest),
      fix,
      offset,
    );
    throw new WalkEnd();
  }
}

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![A-Za-z0-9_.+-])/y;
const NO_COMMENTS = "JSON has no comments: remove it, or name the file .yaml";
const VALUE_FIXES: Readonly<Record<string, string>> = { "'": "use double quotes", "/": NO_COMMENTS, "#": NO_COMMENTS };
