import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
  type ParsedNode,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import { LIMITS } from "../../base/limits.ts";
import { Findings, type Step } from "../check/findings.ts";
import { printable, quote } from "../check/names.ts";
import type { FindPlaces, Place } from "./places.ts";
import type { TextReading } from "./text-reading.ts";

/**
 * Reads any YAML 1.2 with the `yaml` library: core schema, text keys, no tags of one's own, few aliases, limited depth.
 * The library's own check for equal keys takes minutes on a long map, so it is off and done here.
 */
export function readYaml(text: string): TextReading {
  const findings = new Findings();
  const document = parse(text, findings);
  if (document === undefined) return { value: undefined, findings, broken: true, find: () => [] };
  noteMistakes(findings, [...document.errors, ...document.warnings]);
  const broken = findings.total > 0;
  const value = broken || document.contents === null ? null : new Converter(findings).value(document.contents);
  return { value, findings, broken, find: finder(document) };
}

type Parsed = Document.Parsed;

function parse(text: string, findings: Findings): Parsed | undefined {
  try {
    return parseDocument(text, {
      version: "1.2",
      schema: "core",
      strict: true,
      stringKeys: true,
      uniqueKeys: false,
      prettyErrors: false,
      // "silent" would also pass over a second document.
      logLevel: "error",
    });
  } catch (error) {
    if (!(error instanceof Error) || !STACK_FULL.test(error.message)) throw error;
    noteDepth(findings, 0);
    return undefined;
  }
}

/** The library recurses, and reports a full stack as one more mistake of the text; only the message tells. */
const STACK_FULL = /maximum call stack|stack overflow/i;

function noteMistakes(findings: Findings, mistakes: readonly YAMLError[]): void {
  const full = mistakes.find((mistake) => STACK_FULL.test(mistake.message));
  if (full === undefined) for (const mistake of mistakes) noteMistake(findings, mistake);
  else noteDepth(findings, full.pos[0]);
}

function noteMistake(findings: Findings, mistake: YAMLError): void {
  const fix = MISTAKE_FIXES[mistake.code] ?? "check the indentation, and put text that holds `: ` or ` #` in quotes";
  findings.note({
    steps: [],
    target: "value",
    expected: "YAML 1.2",
    got: mistake.code === "MULTIPLE_DOCS" ? "a second document" : `a mistake: ${firstLine(mistake.message)}`,
    fix,
    offset: mistake.pos[0],
  });
}

const MISTAKE_FIXES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "indent with spaces",
  MULTIPLE_DOCS: "keep one plan to a file: remove the line ---",
  TAG_RESOLVE_FAILED: "remove the tag",
  NON_STRING_KEY: "use plain text as a key",
};

function firstLine(message: string): string {
  return printable(message.split("\n", 1)[0]!);
}

function noteDepth(findings: Findings, offset: number): void {
  const expected = `at most ${LIMITS.planDepthMax} levels of lists and maps`;
  findings.note({ steps: [], target: "value", expected, got: "more", fix: "a plan needs no more than six", offset });
}

/** Turns nodes into plain values; what a plan must not hold is noted and left out. */
class Converter {
  readonly #findings: Findings;
  readonly #anchors = new Map<string, unknown>();
  #aliases = 0;
  #depth = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  value(node: unknown): unknown {
    if (isScalar(node)) return this.#anchored(node.anchor, node.value);
    if (isAlias(node)) return this.#alias(node.source, node.range?.[0] ?? 0);
    if (!isMap(node) && !isSeq(node)) return null;
    if (this.#depth >= LIMITS.planDepthMax) {
      noteDepth(this.#findings, node.range?.[0] ?? 0);
      return null;
    }
    this.#depth++;
    const value = isMap(node) ? this.#map(node) : node.items.map((item) => this.value(item));
    this.#depth--;
    return this.#anchored(node.anchor, value);
  }

  /** An anchor counts from its end on, so an alias can never hold itself. */
  #anchored(anchor: string | undefined, value: unknown): unknown {
    if (anchor !== undefined) this.#anchors.set(anchor, value);
    return value;
  }

  #map(node: YAMLMap): Record<string, unknown> {
    const map: Record<string, unknown> = Object.create(null);
    const seen = new Set<string>();
    for (const { key, value } of node.items) {
      const name = keyText(key);
      if (seen.has(name))
        this.#note("each key once", `${quote(name)} again`, "remove or rename one of the two", offsetOf(key));
      seen.add(name);
      map[name] = this.value(value);
    }
    return map;
  }

  #alias(source: string, offset: number): unknown {
    if (++this.#aliases === LIMITS.yamlAliasesMax + 1) {
      this.#note(`at most ${LIMITS.yamlAliasesMax} aliases`, "more", "use `defaults` for what all tasks share", offset);
    } else if (!this.#anchors.has(source)) {
      this.#note("the name of an anchor that ends before this line", quote(source), "write the value itself", offset);
    }
    return this.#anchors.get(source);
  }

  #note(expected: string, got: string, fix: string, offset: number): void {
    this.#findings.note({ steps: [], target: "value", expected, got, fix, offset });
  }
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : "";
}

function offsetOf(node: unknown): number {
  // Every node that the parser made has a range.
  return (node as ParsedNode | null)?.range?.[0] ?? 0;
}

function finder(document: Parsed): FindPlaces {
  const keys = new WeakMap<YAMLMap, Map<Step, YAMLMap["items"][number]>>();
  const pairOf = (map: YAMLMap, step: Step): YAMLMap["items"][number] | undefined => {
    let index = keys.get(map);
    if (index === undefined) keys.set(map, (index = new Map(map.items.map((pair) => [keyText(pair.key), pair]))));
    return index.get(step);
  };
  return (places) => places.map((place) => offsetIn(document, place, pairOf));
}

function offsetIn(
  document: Parsed,
  { steps, target }: Place,
  pairOf: (map: YAMLMap, step: Step) => YAMLMap["items"][number] | undefined,
): number {
  let node: unknown = document.contents;
  let offset = offsetOf(node);
  for (const [i, step] of steps.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = pairOf(node, step);
      if (pair === undefined) return offset;
      const wantsKey = i < steps.length - 1 || target === "key" || pair.value === null;
      offset = offsetOf(wantsKey ? pair.key : pair.value);
      node = pair.value;
    } else if (isSeq(node) && typeof step === "number" && node.items[step] !== undefined) {
      node = node.items[step];
      offset = offsetOf(node);
    } else {
      return offset;
    }
  }
  return offset;
}
