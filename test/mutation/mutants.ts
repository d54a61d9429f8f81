/** Small wrong changes of a source: each of them, one at a time, some test should notice. */
import { parse, type SyntaxNode, type TextFile } from "../support/tidy/source.ts";

export interface Mutant {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly original: string;
  readonly replacement: string;
  /** What kind of change: `boundary`, `condition` … */
  readonly kind: string;
}

type Change = Pick<Mutant, "start" | "end" | "replacement" | "kind">;

/** The source with the change in it. */
export function mutated(
  text: string,
  { start, end, replacement }: Pick<Mutant, "start" | "end" | "replacement">,
): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** Every mutant of a source, in the order of the text. Types, imports, and the words of errors are left alone. */
export function mutantsOf(file: TextFile): readonly Mutant[] {
  const { program, lineOf } = parse(file);
  const found: Change[] = [];
  visit(program, file.text, found);
  return found
    .map((change) => {
      const original = file.text.slice(change.start, change.end);
      return { path: file.path, line: lineOf(change.start), original, ...change };
    })
    .filter(({ original, replacement }) => original !== replacement)
    .sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Wrapped in a type, there is code in these. */
const TYPE_WRAPPERS: ReadonlySet<string> = new Set([
  "TSAsExpression",
  "TSNonNullExpression",
  "TSSatisfiesExpression",
  "TSInstantiationExpression",
]);

function visit(node: SyntaxNode, text: string, found: Change[]): void {
  if (isLeftAlone(node)) return;
  if (TYPE_WRAPPERS.has(node.type)) {
    visit(node["expression"] as SyntaxNode, text, found);
    return;
  }
  found.push(...(CHANGES[node.type]?.(node, text) ?? []));
  for (const [field, value] of Object.entries(node)) {
    if (field === "typeAnnotation" || field === "returnType" || field === "typeParameters" || field === "typeArguments")
      continue;
    for (const inner of Array.isArray(value) ? (value as unknown[]) : [value])
      if (isNode(inner)) visit(inner, text, found);
  }
}

function isLeftAlone(node: SyntaxNode): boolean {
  if (node.type.startsWith("TS") && !TYPE_WRAPPERS.has(node.type)) return true;
  if (node.type === "ImportDeclaration" || node.type === "ExportAllDeclaration") return true;
  if (isFailpoint(node)) return true;
  // The words of an error are for people: no test should hold them to the letter.
  return node.type === "NewExpression" && nameOf(node["callee"] as SyntaxNode).endsWith("Error");
}

/** A place at which tests may end the process: the installed command has none. */
function isFailpoint({ type, expression }: SyntaxNode): boolean {
  if (type !== "ExpressionStatement") return false;
  const { expression: called } = expression as SyntaxNode;
  return isNode(called) && called.type === "CallExpression" && nameOf(called["callee"] as SyntaxNode) === "failpoint";
}

const nameOf = (node: SyntaxNode): string => (node.type === "Identifier" ? String(node["name"]) : "");

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

const OPERATORS: Readonly<Record<string, readonly [kind: string, ...others: string[]]>> = {
  "<": ["boundary", "<=", ">="],
  "<=": ["boundary", "<", ">"],
  ">": ["boundary", ">=", "<="],
  ">=": ["boundary", ">", "<"],
  "===": ["equality", "!=="],
  "!==": ["equality", "==="],
  "+": ["arithmetic", "-"],
  "-": ["arithmetic", "+"],
  "*": ["arithmetic", "/"],
  "/": ["arithmetic", "*"],
  "%": ["arithmetic", "*"],
  "&": ["arithmetic", "|"],
  "|": ["arithmetic", "&"],
  "<<": ["arithmetic", ">>"],
  ">>": ["arithmetic", "<<"],
  ">>>": ["arithmetic", "<<"],
  "&&": ["logic", "||"],
  "||": ["logic", "&&"],
  "+=": ["arithmetic", "-="],
  "-=": ["arithmetic", "+="],
  "??=": ["logic", "="],
  "||=": ["logic", "="],
};

const OPPOSITES: ReadonlyMap<string, string> = new Map([
  ["Math.min", "Math.max"],
  ["Math.max", "Math.min"],
]);

type Changes = (node: SyntaxNode, text: string) => readonly Change[];

const CHANGES: Readonly<Record<string, Changes>> = {
  BinaryExpression: operator,
  LogicalExpression: (node, text) => {
    if (node["operator"] !== "??") return operator(node, text);
    const sides = [node["left"] as SyntaxNode, node["right"] as SyntaxNode];
    return sides.map(({ start, end }) => {
      return { start: node.start, end: node.end, replacement: text.slice(start, end), kind: "logic" };
    });
  },
  AssignmentExpression: operator,
  IfStatement: test,
  ConditionalExpression: test,
  WhileStatement: (node) => test(node).filter(({ replacement }) => replacement === "false"),
  UnaryExpression: (node, text) => {
    if (node["operator"] !== "!" && node["operator"] !== "-") return [];
    const { start, end } = node["argument"] as SyntaxNode;
    return [{ start: node.start, end: node.end, replacement: text.slice(start, end), kind: "negation" }];
  },
  UpdateExpression: (node, text) => {
    const other = node["operator"] === "++" ? "--" : "++";
    const replacement = text.slice(node.start, node.end).replace(String(node["operator"]), other);
    return [{ start: node.start, end: node.end, replacement, kind: "arithmetic" }];
  },
  Literal: literal,
  ExpressionStatement: (node) => (typeof node["directive"] === "string" ? [] : [removed(node)]),
  ThrowStatement: (node) => [removed(node)],
  ReturnStatement: (node) => {
    const argument = node["argument"] as SyntaxNode | null;
    return argument === null || nameOf(argument) === "undefined" || argument.type === "Literal"
      ? []
      : [nothing(argument)];
  },
  ArrowFunctionExpression: (node) => {
    const body = node["body"] as SyntaxNode;
    return body.type === "BlockStatement" || nameOf(body) === "undefined" ? [] : [nothing(body)];
  },
  ChainExpression: () => [],
  MemberExpression: (node, text) => {
    if (node["optional"] !== true) return [];
    const start = text.indexOf("?.", (node["object"] as SyntaxNode).end);
    const replacement = node["computed"] === true ? "" : ".";
    return [{ start, end: start + 2, replacement, kind: "chain" }];
  },
  CallExpression: (node, text) => {
    const { start, end } = node["callee"] as SyntaxNode;
    const other = OPPOSITES.get(text.slice(start, end));
    return other === undefined ? [] : [{ start, end, replacement: other, kind: "arithmetic" }];
  },
};

function operator(node: SyntaxNode, text: string): readonly Change[] {
  const [left, right] = [node["left"] as SyntaxNode, node["right"] as SyntaxNode];
  const written = String(node["operator"]);
  const [kind, ...others] = OPERATORS[written] ?? [""];
  // Words that are put together are no sum.
  if (written.startsWith("+") && [left, right].some(isText)) return [];
  const start = text.indexOf(written, left.end);
  return others.map((replacement) => ({ start, end: start + written.length, replacement, kind }));
}

const isText = ({ type, value }: SyntaxNode): boolean =>
  type === "TemplateLiteral" || (type === "Literal" && typeof value === "string");

function test(node: SyntaxNode): readonly Change[] {
  const { start, end } = node["test"] as SyntaxNode;
  return ["true", "false"].map((replacement) => ({ start, end, replacement, kind: "condition" }));
}

function literal({ start, end, value }: SyntaxNode): readonly Change[] {
  if (typeof value === "boolean") return [{ start, end, replacement: String(!value), kind: "constant" }];
  // A number that is another one is mostly a limit that is another one, and that is no fault.
  return [];
}

function removed({ start, end }: SyntaxNode): Change {
  return { start, end, replacement: ";", kind: "removed statement" };
}

function nothing({ start, end }: SyntaxNode): Change {
  return { start, end, replacement: "undefined", kind: "returned value" };
}
