import type { TextFile } from "../tidy/source.ts";

/** A fenced block of a page. */
export interface Block {
  readonly path: string;
  /** Line of the fence. */
  readonly line: number;
  readonly language: string;
  /** The words after the language: `exit=1` gives `exit` → `1`, a word alone gives the empty string. */
  readonly options: ReadonlyMap<string, string>;
  readonly text: string;
}

/** What a block may be, and the options that each understands. */
const languages: Readonly<Record<string, readonly string[]>> = {
  ts: ["continues", "file", "norun"],
  sh: ["exit", "norun"],
  yaml: ["exit", "file"],
  json: ["exit", "file"],
  ndjson: [],
  text: [],
  mermaid: [],
};

export function blocksOf(page: TextFile): Block[] {
  const blocks: Block[] = [];
  const lines = page.text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const fence = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(lines[at] ?? "");
    if (fence === null) continue;
    const [, indent = "", mark = "", info = ""] = fence;
    const end = lines.findIndex((line, index) => index > at && line.trim() === mark);
    if (end === -1) throw new Error(`${page.path}:${at + 1}: the block that starts here has no end`);
    const body = lines.slice(at + 1, end).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    const [language = "", ...words] = info.trim().split(/\s+/);
    const options = new Map(
      words.map((word): [string, string] => [word.split("=")[0] ?? "", word.split("=")[1] ?? ""]),
    );
    blocks.push({ path: page.path, line: at + 1, language, options, text: `${body.join("\n")}\n` });
    at = end;
  }
  return blocks;
}

export function nameOf(block: Block): string {
  return `${block.path}:${block.line}`;
}

/** What is wrong with the fence itself; a typing error here would silently leave a block unchecked. */
export function fenceFault(block: Block): string | undefined {
  const known = languages[block.language];
  if (known === undefined)
    return `"${block.language}" is none of ${Object.keys(languages).join(", ")}; plain output is text`;
  const strange = [...block.options.keys()].find((option) => !known.includes(option));
  if (strange !== undefined)
    return `${block.language} blocks know ${known.join(", ") || "no options"}, not "${strange}"`;
  if (block.options.get("norun") === "") return "norun needs its reason: norun=needs-network";
  if (block.options.has("file") && !/^\w[\w.-]*(\/\w[\w.-]*)*$/.test(block.options.get("file") ?? ""))
    return "file needs a relative path";
  return /^\d*$/.test(block.options.get("exit") ?? "0") ? undefined : "exit needs a number";
}
