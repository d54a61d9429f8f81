import { dirname, join } from "node:path/posix";
import { isNode, nodesOf, type Source } from "./source.ts";

/**
 * The files of the package that somebody outside starts from: what package.json exports (as the sources that the build
 * makes them of) and the command line.
 */
export function publicEntries(manifest: { readonly exports: Readonly<Record<string, unknown>> }): string[] {
  const targets = JSON.stringify(manifest.exports).matchAll(/"\.\/dist\/([\w/-]+)\.js"/g);
  return [...targets].map((match) => `${match[1]}.ts`).concat("src/cli/main.ts");
}

/** Modules that run on their own, by the calls of `siblingModule(import.meta.url, "name")` that start them. */
export function siblingEntries(source: Source): string[] {
  return nodesOf(source, "CallExpression").flatMap((call) => {
    const callee = call["callee"];
    if (!isNode(callee) || callee["name"] !== "siblingModule") return [];
    const name = (call["arguments"] as readonly unknown[])[1];
    if (!isNode(name) || typeof name["value"] !== "string") {
      throw new Error(`${source.path}: siblingModule takes its name as a string literal, for the build reads it`);
    }
    return [join(dirname(source.path), `${name["value"]}.ts`)];
  });
}
