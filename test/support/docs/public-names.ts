import { dirname, join } from "node:path/posix";
import { isNode, type Source, type SyntaxNode } from "../tidy/source.ts";

/** Every name that a module exports, through `export * from` too; `load` parses the file at a path from the root. */
export function exportedNames(source: Source, load: (path: string) => Source): string[] {
  const body = source.program["body"] as readonly SyntaxNode[];
  const names = body.flatMap((node) => {
    const from = isNode(node["source"]) ? String(node["source"]["value"]) : undefined;
    if (node.type === "ExportAllDeclaration" && from !== undefined)
      return exportedNames(load(join(dirname(source.path), from)), load);
    return node.type === "ExportNamedDeclaration" ? namesOf(node) : [];
  });
  return [...new Set(names)].sort();
}

function namesOf(node: SyntaxNode): string[] {
  const specifiers = node["specifiers"] as readonly SyntaxNode[];
  const listed = specifiers.map((each) => nameOf(each["exported"]));
  const declaration = node["declaration"];
  if (!isNode(declaration)) return listed;
  if (isNode(declaration["id"])) return [nameOf(declaration["id"])];
  return (declaration["declarations"] as readonly SyntaxNode[]).map((each) => nameOf(each["id"]));
}

function nameOf(identifier: unknown): string {
  return isNode(identifier) ? String(identifier["name"] ?? identifier["value"]) : "";
}
