import type { Finding } from "./source.ts";

const kebabFile = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/;
const vague = /^(utils?|types|helpers?|common|misc|lib|interfaces|shared|stuff)\.\w+$/;

// Each with the reader it is for; a new one needs a reason as good.
const topLevel = new Set(
  "package.json package-lock.json tsconfig.json README.md LICENSE src machines test docs"
    .concat(" .ci .github .gitignore .gitattributes .npmrc .oxlintrc.json .oxfmtrc.json")
    .split(" "),
);
const freeNames = new Set(["README.md", "LICENSE"]);
// vitest chooses the name of the folder.
const freeFolders = new Set(["__snapshots__"]);

/** Names a stranger can guess: kebab-case, and none that could hold anything. `entries` may be called `index.ts`. */
export function fileNames(paths: readonly string[], entries: readonly string[]): Finding[] {
  return paths.flatMap((path) => {
    const fault = nameFault(path, entries);
    return fault === undefined ? [] : [{ path, line: 0, message: fault }];
  });
}

function nameFault(path: string, entries: readonly string[]): string | undefined {
  const [top = "", ...rest] = path.split("/");
  if (!topLevel.has(top)) return "the top level holds what a visitor needs; put it in src, machines, test or docs";
  if (rest.length === 0 || top.startsWith(".")) return undefined;
  const name = rest.at(-1) ?? "";
  if (vague.test(name)) return "says nothing: name it after the one thing it holds, or put that beside its only user";
  if (name === "index.ts" && !entries.includes(path))
    return "index.ts is an entry of the package; this is an internal barrel";
  const parts = freeNames.has(name) ? rest.slice(0, -1) : rest;
  return parts.every((part) => freeFolders.has(part) || kebabFile.test(part)) ? undefined : "file names are kebab-case";
}
