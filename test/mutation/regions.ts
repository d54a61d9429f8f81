/**
 * Parts of a source that run as a whole or not at all: statements, bodies of arrows, branches of conditions. A source with hits in
 * it tells which of them ran. Whatever is not inside such a part runs when the module is loaded: region 0.
 */
import { isNode, parse, walk, type SyntaxNode, type TextFile } from "../support/tidy/source.ts";

export interface Region {
  readonly start: number;
  readonly end: number;
}

interface Found extends Region {
  /** `alone`: the whole body of an `if` or a loop, without braces. */
  readonly as: "statement" | "alone" | "expression";
}

/** The start of the smallest region that the part is in. */
export function regionOf(regions: readonly Region[], { start, end }: Region): number {
  let smallest: Region = { start: 0, end: Infinity };
  for (const each of regions) {
    const isAround = each.start <= start && end <= each.end;
    if (isAround && each.end - each.start < smallest.end - smallest.start) smallest = each;
  }
  return smallest.start;
}

export function regionsOf(file: TextFile): readonly Region[] {
  return found(file).filter(({ start }) => start > 0);
}

/** The source, line for line, with a call of `hit("path:start")` where each region begins. */
export function withHits(file: TextFile, hitModule: string): string {
  const inserted: { readonly at: number; readonly text: string }[] = [];
  // What starts further out is written first, and what ends further in.
  const regions = found(file).toSorted((a, b) => a.start - b.start || b.end - a.end);
  for (const { start, as } of regions) {
    const hit = `$hit(${JSON.stringify(`${file.path}:${start}`)})`;
    if (as === "statement") inserted.push({ at: start, text: `${hit};` });
    if (as === "alone") inserted.push({ at: start, text: `{${hit};` });
    if (as === "expression") inserted.push({ at: start, text: `(${hit},` });
  }
  for (const { end, as } of regions.toSorted((a, b) => a.end - b.end || b.start - a.start)) {
    if (as !== "statement") inserted.push({ at: end, text: as === "alone" ? "}" : ")" });
  }
  return `import { hit as $hit } from ${JSON.stringify(hitModule)};$hit("${file.path}:0");${insertAll(file.text, inserted)}`;
}

function insertAll(text: string, inserted: readonly { readonly at: number; readonly text: string }[]): string {
  let [written, from] = ["", 0];
  // What ends somewhere comes before what starts there.
  const isEnd = (each: string): number => (each === ")" || each === "}" ? 0 : 1);
  for (const each of inserted.toSorted((a, b) => a.at - b.at || isEnd(a.text) - isEnd(b.text))) {
    written += text.slice(from, each.at) + each.text;
    from = each.at;
  }
  return written + text.slice(from);
}

function found(file: TextFile): readonly Found[] {
  const regions: Found[] = [];
  walk(parse(file).program, (node, parents) => {
    const as = asWhat(node, parents.at(-1));
    if (as !== undefined) regions.push({ start: node.start, end: node.end, as });
  });
  return regions;
}

const DECLARED = /^(TS|Import|Export|FunctionDeclaration|ClassDeclaration|EmptyStatement|BlockStatement)/;

function asWhat(node: SyntaxNode, parent: SyntaxNode | undefined): Found["as"] | undefined {
  if (parent === undefined) return undefined;
  const isIn = (field: string): boolean => {
    const value = parent[field];
    return Array.isArray(value) ? value.includes(node) : value === node;
  };
  if (/^(Program|BlockStatement|StaticBlock)$/.test(parent.type) && isIn("body")) return statement(node);
  if (parent.type === "SwitchCase" && isIn("consequent")) return statement(node);
  if (parent.type === "IfStatement" && (isIn("consequent") || isIn("alternate"))) return alone(node);
  if (/^(While|DoWhile|For|ForIn|ForOf)Statement$/.test(parent.type) && isIn("body")) return alone(node);
  const isValue =
    (parent.type === "ArrowFunctionExpression" && isIn("body") && node.type !== "BlockStatement") ||
    (parent.type === "PropertyDefinition" && isIn("value")) ||
    (parent.type === "ConditionalExpression" && (isIn("consequent") || isIn("alternate"))) ||
    (parent.type === "LogicalExpression" && isIn("right"));
  return isValue && isNode(node) ? "expression" : undefined;
}

function statement(node: SyntaxNode): Found["as"] | undefined {
  return DECLARED.test(node.type) || typeof node["directive"] === "string" ? undefined : "statement";
}

function alone(node: SyntaxNode): Found["as"] | undefined {
  return DECLARED.test(node.type) ? undefined : "alone";
}
