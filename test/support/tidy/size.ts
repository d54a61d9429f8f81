import { dottedName, finding, isNode, walk, type Finding, type Source, type SyntaxNode } from "./source.ts";

const functionLinesMax = 70;
const fileLinesMax = 400;
const functionTypes = ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"];
const registersTests = /^(test|it|describe|fc\.test)(\.\w+)*$/;

interface MeasuredFunction {
  readonly node: SyntaxNode;
  readonly lines: number;
}

/** Functions with a block for a body; an arrow with an expression is a line of its parent. */
export function functionsOf(source: Source): MeasuredFunction[] {
  const found: MeasuredFunction[] = [];
  walk(source.program, (node) => {
    const body = node["body"];
    if (!functionTypes.includes(node.type) || !isNode(body) || body.type !== "BlockStatement") return;
    found.push({ node, lines: source.lineOf(node.end) - source.lineOf(node.start) + 1 });
  });
  return found;
}

export function functionLengths(source: Source): Finding[] {
  return functionsOf(source)
    .filter(({ node, lines }) => lines > functionLinesMax && !isSuite(node))
    .map(({ node, lines }) =>
      finding(
        source,
        node,
        `function of ${lines} lines; ${functionLinesMax} at most: leave the branching here and move the leaves out`,
      ),
    );
}

export function fileLength(source: Source): Finding[] {
  const lines = source.text.split("\n").length - 1;
  return lines > fileLinesMax
    ? [{ path: source.path, line: 0, message: `${lines} lines; ${fileLinesMax} at most: split it by meaning` }]
    : [];
}

export function medianFunctionLength(sources: readonly Source[]): number {
  const lengths = sources.flatMap((source) => functionsOf(source).map(({ lines }) => lines)).sort((a, b) => a - b);
  return lengths[lengths.length >> 1] ?? 0;
}

/** A function that only holds tests is a table of contents, not logic: its tests are measured, it is not. */
function isSuite(node: SyntaxNode): boolean {
  let holdsTests = false;
  walk(node, (inner) => {
    const callee = inner["callee"];
    const name = dottedName(isNode(callee) && callee.type === "CallExpression" ? callee["callee"] : callee);
    if (inner.type === "CallExpression" && name !== undefined && registersTests.test(name)) holdsTests = true;
  });
  return holdsTests;
}
