import { parseSync } from "rolldown/utils";

/** A file as the rules see it: its path from the root of the repository, with `/`, and its text. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

export interface Finding {
  readonly path: string;
  /** 0 when the finding is about the whole file. */
  readonly line: number;
  /** What is wrong and what to do instead. */
  readonly message: string;
}

/** Any node of the ESTree. The parser's own types are a union of 300; rules ask for `type` and a few fields. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface Source extends TextFile {
  readonly program: SyntaxNode;
  readonly comments: readonly { readonly value: string; readonly start: number }[];
  readonly lineOf: (offset: number) => number;
}

export function parse(file: TextFile): Source {
  const result = parseSync(file.path, file.text);
  const fault = result.errors[0];
  if (fault !== undefined) throw new Error(`${file.path} does not parse: ${fault.message}`);
  // The library's Program is an ESTree node; see SyntaxNode.
  return {
    ...file,
    program: result.program as unknown as SyntaxNode,
    comments: result.comments,
    lineOf: lineFinder(file.text),
  };
}

export function finding(source: Source, node: { readonly start: number }, message: string): Finding {
  return { path: source.path, line: source.lineOf(node.start), message };
}

/** Every node, parents before children; `parents` is the way to it from the program. */
export function walk(root: SyntaxNode, visit: (node: SyntaxNode, parents: readonly SyntaxNode[]) => void): void {
  const parents: SyntaxNode[] = [];
  const enter = (node: SyntaxNode): void => {
    visit(node, parents);
    parents.push(node);
    for (const value of Object.values(node)) {
      if (Array.isArray(value)) value.filter(isNode).forEach(enter);
      else if (isNode(value)) enter(value);
    }
    parents.pop();
  };
  enter(root);
}

export function nodesOf(source: Source, ...types: readonly string[]): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  walk(source.program, (node) => {
    if (types.includes(node.type)) found.push(node);
  });
  return found;
}

export function isNode(value: unknown): value is SyntaxNode {
  return (
    typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "start" in value
  );
}

/** `a.b.c` of a chain of plain names, and `undefined` for anything else. */
export function dottedName(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === "Identifier") return String(node["name"]);
  if (node.type !== "MemberExpression" || node["computed"] === true) return undefined;
  const object = dottedName(node["object"]);
  return object === undefined ? undefined : `${object}.${dottedName(node["property"]) ?? "?"}`;
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
