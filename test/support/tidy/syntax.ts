import { dottedName, finding, isNode, nodesOf, walk, type Finding, type Source, type SyntaxNode } from "./source.ts";

const bannedCalls: Readonly<Record<string, string>> = {
  "Date.now": "env.clock.now()",
  "Math.random": "env.random()",
  "performance.now": "env.clock.monotonic()",
  "process.hrtime": "env.clock.monotonic()",
  "process.hrtime.bigint": "env.clock.monotonic()",
  setTimeout: "env.timers.after()",
  setInterval: "env.timers.after() again from its callback",
  setImmediate: "env.timers.nextTurn()",
};
const bannedModules = /^node:(timers|perf_hooks|timers\/promises)$/;

/** Hidden time, chance and output: only `src/base` touches them (style 9). */
export function bannedUses(source: Source): Finding[] {
  if (!/^(src|machines)\//.test(source.path) || source.path.startsWith("src/base/")) return [];
  const found: Finding[] = [];
  walk(source.program, (node, parents) => {
    const banned = bannedUse(node, parents);
    if (banned !== undefined) found.push(finding(source, node, banned));
  });
  return found;
}

function bannedUse(node: SyntaxNode, parents: readonly SyntaxNode[]): string | undefined {
  if (
    node.type === "NewExpression" &&
    dottedName(node["callee"]) === "Date" &&
    (node["arguments"] as unknown[]).length === 0
  ) {
    return "`new Date()` is banned; use env.clock.now()";
  }
  if (
    node.type === "ImportDeclaration" &&
    isNode(node["source"]) &&
    bannedModules.test(String(node["source"]["value"]))
  ) {
    return `${String(node["source"]["value"])} is banned; take an Env`;
  }
  if (!isReference(node, parents)) return undefined;
  const name = dottedName(node)?.replace(/^globalThis\./, "");
  if (name === undefined) return undefined;
  if (/^console(\.|$)/.test(name)) return "`console` is banned; write to the stream that was passed in";
  return Object.hasOwn(bannedCalls, name) ? `\`${name}\` is banned; use ${bannedCalls[name]}` : undefined;
}

/** Handing `Date.now` on is as bad as calling it; a field or a parameter of that name is not. */
function isReference(node: SyntaxNode, parents: readonly SyntaxNode[]): boolean {
  const parent = parents.at(-1);
  if (node.type === "MemberExpression") return parent?.type !== "MemberExpression" || parent["object"] !== node;
  if (node.type !== "Identifier" || parent === undefined) return false;
  const reads = ["callee", "arguments", "init", "right", "value", "argument", "elements"];
  return parent.type !== "MemberExpression" && reads.some((field) => [parent[field]].flat().includes(node));
}

const bannedSyntax: Readonly<Record<string, string>> = {
  ExportDefaultDeclaration: "default export: give it a name, so that every reader calls it the same",
  TSEnumDeclaration: "enum: use a union of literals",
  TSModuleDeclaration: "namespace: a file is one already",
  TSParameterProperty: "parameter property: declare the field",
  TSAnyKeyword: "any: use unknown and check it at the border",
};

export function plainSyntax(source: Source): Finding[] {
  return nodesOf(source, ...Object.keys(bannedSyntax))
    .filter((node) => node.type !== "ExportDefaultDeclaration" || !/\.config\.ts$|^docs\/examples\//.test(source.path))
    .map((node) => finding(source, node, bannedSyntax[node.type] ?? ""));
}

/** `export … from` and nothing else, where it is not an entry of the package. */
export function internalBarrels(source: Source, entries: readonly string[]): Finding[] {
  const body = source.program["body"] as readonly SyntaxNode[];
  const forwards = body.filter((node) => /^Export(All|Named)Declaration$/.test(node.type) && isNode(node["source"]));
  if (body.length === 0 || forwards.length < body.length || entries.includes(source.path)) return [];
  return [{ path: source.path, line: 0, message: "internal barrel: import from the file that has the thing" }];
}

/** A test that does not run is a promise that nobody keeps. */
export function unskippedTests(source: Source): Finding[] {
  return nodesOf(source, "MemberExpression").flatMap((node) => {
    const name = dottedName(node);
    if (name === undefined || !/^(test|it|describe|suite)(\.\w+)*\.(skip|only|todo|skipIf|runIf|fails)$/.test(name))
      return [];
    return [finding(source, node, `\`${name}\`: a test runs always or is deleted`)];
  });
}

export function plainComments(source: Source): Finding[] {
  return source.comments.flatMap((comment) => {
    if (/\b(TODO|FIXME|XXX|HACK)\b/.test(comment.value))
      return [finding(source, comment, "unfinished work in a comment: do it or open an issue")];
    if (/([=*#~-])\1{7,}/.test(comment.value)) return [finding(source, comment, "banner: a heading is a file name")];
    return [];
  });
}
