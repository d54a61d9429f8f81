import { dirname, join } from "node:path/posix";
import { finding, isNode, walk, type Finding, type Source, type SyntaxNode } from "./source.ts";

export interface Import {
  readonly specifier: string;
  readonly node: SyntaxNode;
  /** Erased by the compiler. */
  readonly typeOnly: boolean;
}

/** Every module that a file names: import, export … from, `import()` and `import("…")` types. */
export function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  walk(source.program, (node) => {
    const from = node["source"];
    if (!isNode(from) || typeof from["value"] !== "string") return;
    const typeOnly = node["importKind"] === "type" || node["exportKind"] === "type" || node.type === "TSImportType";
    found.push({ specifier: from["value"], node, typeOnly });
  });
  return found;
}

// Rank of each folder. A file may import its own folder and lower ranks, never sideways, never up.
const ranks: Readonly<Record<string, number>> = {
  machines: 0,
  base: 0,
  graph: 1,
  items: 1,
  resources: 1,
  git: 1,
  report: 1,
  plan: 2,
  scheduler: 2,
  state: 2,
  journal: 2,
  executors: 2,
  formats: 2,
  engine: 3,
  hosts: 3,
  verify: 3,
  inspect: 4,
  testing: 4,
  server: 4,
  client: 4,
  "index.ts": 4,
  cli: 5,
  board: 5,
};

/** Where each installed package may be imported. A package that is not named here is not a dependency of the product. */
const libraries: Readonly<Record<string, readonly RegExp[]>> = {
  xstate: [/^machines\//, /^src\/(git|engine|inspect|testing|hosts|board)\//],
  "fast-check": [/^src\/testing\//],
  immer: [/^src\/state\//],
  rxjs: [/^src\/engine\/streams[^/]*$/, /^src\/(resources|server)\//],
  yaml: [/^src\/(plan|formats)\//],
  hono: [/^src\/server\//],
  "@hono/node-server": [/^src\/server\//],
  zod: [/^src\/server\//],
  "@modelcontextprotocol/server": [/^src\/server\//],
  ws: [/^src\/inspect\//],
  commander: [/^src\/cli\//],
  react: [/^src\/board\//],
  "react-dom": [/^src\/board\//],
  "@base-ui/react": [/^src\/board\//],
  "@tanstack/react-query": [/^src\/board\//],
  "@tanstack/react-virtual": [/^src\/board\//],
  "@xstate/react": [/^src\/board\//],
  "lucide-react": [/^src\/board\//],
  "node:sqlite": [/^src\/journal\//, /^src\/git\/kernel-lock\.ts$/],
};
const typesToo: Readonly<Record<string, readonly RegExp[]>> = { rxjs: [/^src\/engine\//, /^src\/index\.ts$/] };

/** Folders that are functions of their input: no file, process or network is within reach. */
const pure = /^(machines|src\/(graph|items|report|scheduler|state))\//;

export function importRanks(source: Source): Finding[] {
  const from = folderOf(source.path);
  if (from === undefined) return [];
  return importsOf(source)
    .filter((each) => each.specifier.startsWith("."))
    .flatMap((each) => {
      const target = join(dirname(source.path), each.specifier);
      const to = folderOf(target);
      const fault = to === undefined ? `${target} is outside src/ and machines/` : rankFault(from, to, each.typeOnly);
      return fault === undefined ? [] : [finding(source, each.node, `imports ${target}: ${fault}`)];
    });
}

function rankFault(from: string, to: string, typeOnly: boolean): string | undefined {
  if (from === to || (from === "formats" && to === "plan")) return undefined;
  const own = ranks[from];
  const other = ranks[to];
  if (own === undefined || other === undefined)
    return `no rank is known for ${own === undefined ? from : to}; add it to test/support/tidy/imports.ts`;
  if (own === 0) return `${from} imports nothing of ours`;
  // The machines of the repository lock and of worktrees decide there what happens next.
  if (from === "git" && to === "machines") return undefined;
  if (own === 1 && to !== "base") return `${from} (rank 1) may import base only`;
  if (from === "client" && to === "server" && typeOnly) return undefined;
  if (from === "client" && to !== "base") return "client may import base, and types of server";
  // A page: it has no Node, and whatever it imports is sent to a browser.
  if (from === "board")
    return ["base", "machines", "report"].includes(to) ? undefined : "board may import base, machines and report only";
  if (other === own) return `sideways (both rank ${own}); move what they share down, or let the rank above pass it in`;
  if (other > own) return `up (rank ${own} to rank ${other}); pass it in from above instead`;
  return undefined;
}

export function libraryPlaces(source: Source): Finding[] {
  if (folderOf(source.path) === undefined) return [];
  return importsOf(source)
    .filter((each) => !each.specifier.startsWith("."))
    .flatMap((each) => {
      const fault = libraryFault(source.path, each);
      return fault === undefined ? [] : [finding(source, each.node, `imports ${each.specifier}: ${fault}`)];
    });
}

function libraryFault(path: string, { specifier, typeOnly }: Import): string | undefined {
  const builtin = specifier.startsWith("node:");
  const name = builtin ? specifier : specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  if (builtin && pure.test(path)) return "this folder is pure; take what it needs as an argument";
  const places = libraries[name];
  if (places === undefined)
    return builtin ? undefined : "not a dependency of the product; see test/support/tidy/imports.ts";
  const allowed = typeOnly ? [...places, ...(typesToo[name] ?? [])] : places;
  return allowed.some((place) => place.test(path)) ? undefined : `only ${places.map(String).join(", ")} may`;
}

/** Groups of files that import each other, type imports included: nobody can read one without the others. */
export function importCycles(sources: readonly Source[]): Finding[] {
  const edges = importGraph(sources);
  const found: Finding[] = [];
  for (const [path, targets] of edges) {
    for (const target of targets) {
      const way = target === path ? [path] : wayBetween(edges, target, path);
      // Told once, by the file that comes first.
      if (way !== undefined && [...way].sort()[0] === path) {
        found.push({
          path,
          line: 0,
          message: `import cycle: ${[path, ...way].join(" -> ")}; move what both need to a file of its own`,
        });
      }
    }
  }
  return found;
}

/** Files that nothing imports and that no package entry, program or stand-alone module starts from. */
export function deadFiles(sources: readonly Source[], entries: readonly string[]): Finding[] {
  const edges = importGraph(sources);
  const reached = new Set<string>(entries);
  for (const path of reached) for (const target of edges.get(path) ?? []) reached.add(target);
  return sources
    .filter((source) => folderOf(source.path) !== undefined && !reached.has(source.path))
    .map(({ path }) => ({ path, line: 0, message: "no entry of the product leads here; import it or delete it" }));
}

function importGraph(sources: readonly Source[]): Map<string, string[]> {
  const known = new Set(sources.map((source) => source.path));
  return new Map(
    sources.map((source) => {
      const targets = importsOf(source).filter((each) => each.specifier.startsWith("."));
      const paths = targets.map((each) => join(dirname(source.path), each.specifier));
      return [source.path, [...new Set(paths)].filter((path) => known.has(path))];
    }),
  );
}

function wayBetween(edges: ReadonlyMap<string, readonly string[]>, start: string, goal: string): string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[start, undefined]]);
  for (const path of cameFrom.keys()) {
    if (path === goal) {
      const way: string[] = [];
      for (let at: string | undefined = goal; at !== undefined; at = cameFrom.get(at)) way.unshift(at);
      return way;
    }
    for (const next of edges.get(path) ?? []) if (!cameFrom.has(next)) cameFrom.set(next, path);
  }
  return undefined;
}

/** `machines`, the folder below `src`, or `index.ts`; `undefined` for what is not part of the product. */
function folderOf(path: string): string | undefined {
  const [top, next] = path.split("/");
  if (top === "machines") return "machines";
  return top === "src" ? next : undefined;
}
