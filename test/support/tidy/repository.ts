import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TextFile } from "./source.ts";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

// What .gitignore leaves out, and git's own.
const ignored = /(^|\/)(\.git|\.signalbox|node_modules)$|^(dist|coverage|plan\.schema\.json)$|\.(tsbuildinfo|tgz)$/;
const binary = /\.(png|jpe?g|gif|ico|woff2?|db|sqlite|gz)$/;

/** Paths of all files of the repository, relative to its root, with `/`. */
export function repositoryPaths(folder = ""): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (ignored.test(path)) return [];
    return entry.isDirectory() ? repositoryPaths(path) : [path];
  });
}

export function readPath(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

export function textFiles(paths: readonly string[]): TextFile[] {
  return paths.filter((path) => !binary.test(path)).map((path) => ({ path, text: readPath(path) }));
}
