// `npm run build`: the package as it is published.
//   dist/src, dist/machines    the library: one .js and .d.ts for each source, as the compiler makes them
//   dist/cli                   the command line and each module that runs on its own, every one bundled into one file
//   dist/signalbox.cjs         the installed command
//   dist/board                 the board's page, as a server gives it out
//   plan.schema.json           for editors; at the root, where the first line of a plan file points to
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { rolldown, type Plugin } from "rolldown";
import { ensureBoard } from "./board.ts";
import { siblingEntries } from "../tidy/entries.ts";
import { repositoryPaths, root, textFiles } from "../tidy/repository.ts";
import { parse } from "../tidy/source.ts";
import { licenseNotices } from "./license-notices.ts";

const dist = join(root, "dist");
/**
 * What starts fast and takes little memory: CommonJS does without Node's loader of modules; one character outside ASCII
 * would make Node keep the whole text with two bytes a character; comments and blanks would be read at each start. Names stay as
 * they are: people send us what an error says.
 */
const SMALL = {
  format: "cjs",
  charset: "ascii",
  comments: false,
  codeSplitting: false,
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
} as const;

/** What only a server needs, and what only its clients do. */
const SERVERS = ["src/cli/commands/serve.ts", "src/cli/commands/mcp.ts"];
/** A run that is shown in a browser is a server too: a program of its own for that would be a fifth of the package. */
const RUN = "src/cli/commands/run.ts";
const RUN_BOARD = "src/cli/run-board.ts";
const CLIENTS = ["src/cli/commands/items.ts", "src/cli/commands/work.ts"];

const FAILPOINT = join(root, "src/base/failpoint.ts");
/** What only tests can use: the installed command has no place where something could be called (F3 there). */
const noFailpoints: Plugin = {
  name: "no-failpoints",
  load: (asked) => (asked === FAILPOINT ? "export const failpoint = undefined;" : null),
};

rmSync(dist, { recursive: true, force: true });
compileLibrary();
await bundleCommandLine();
await ensureBoard();
writeSchema();

function compileLibrary(): void {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", join(root, "test/support/build/tsconfig.json")], {
    stdio: "inherit",
  });
}

async function bundleCommandLine(): Promise<void> {
  const bundled = new Set<string>();
  for (const { entry, name, without } of bundles()) {
    const bundle = await rolldown({
      input: join(root, entry),
      plugins: [noFailpoints, ...(without ?? []).map(leftOut)],
      platform: "node",
      treeshake: true,
      logLevel: "warn",
      // For Node the package names its CommonJS form, which can only be taken whole: six times what is used of it.
      resolve: { alias: { rxjs: join(root, "node_modules/rxjs/dist/esm/index.js") } },
    });
    const file = join(dist, "cli", `${name}.cjs`);
    const { output } = await bundle.write({ file, ...SMALL });
    await bundle.close();
    for (const chunk of output) if (chunk.type === "chunk") for (const id of chunk.moduleIds) bundled.add(id);
  }
  writeFileSync(join(dist, "cli/third-party-licenses.txt"), licenseNotices([...bundled]));
  const command = join(dist, "signalbox.cjs");
  cpSync(join(root, "src/cli/bin.cjs"), command);
  chmodSync(command, 0o755);
}

interface BundleOf {
  readonly entry: string;
  readonly name: string;
  /** Modules that this bundle does without. */
  readonly without?: readonly string[];
}

/**
 * The command line three times, each with its own commands only: what a server needs is as much again as all the rest, and each
 * start has to read what is there. `bin.cjs` chooses. And every module that `siblingModule` starts. In the bundle they all stand in one
 * folder.
 */
function bundles(): BundleOf[] {
  const paths = repositoryPaths("src").filter((path) => path.endsWith(".ts"));
  const siblings = new Set(textFiles(paths).flatMap((file) => siblingEntries(parse(file))));
  const commands = paths.filter((path) => path.startsWith("src/cli/commands/"));
  const others = (own: readonly string[]): string[] => commands.filter((path) => !own.includes(path));
  const main = "src/cli/main.ts";
  const found: BundleOf[] = [
    { entry: main, name: "main", without: [...SERVERS, ...CLIENTS, RUN_BOARD] },
    { entry: main, name: "serve", without: others([...SERVERS, RUN]) },
    { entry: main, name: "client", without: others(CLIENTS) },
    ...[...siblings].map((entry) => ({ entry, name: basename(entry, ".ts") })),
  ];
  const names = found.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new Error(`two modules that run on their own are called ${twice}; their names must differ`);
  return found;
}

/** Puts what says how to be understood in the place of a command: `bin.cjs` goes by the first word alone. */
function leftOut(path: string): Plugin {
  const id = join(root, path);
  const text = `throw new Error("write ${basename(path, ".ts")} as the first word");\nexport {};`;
  return { name: "left-out", load: (asked) => (asked === id ? text : null) };
}

function writeSchema(): void {
  const schema = execFileSync(process.execPath, [join(dist, "signalbox.cjs"), "schema"], { encoding: "utf8" });
  JSON.parse(schema);
  writeFileSync(join(root, "plan.schema.json"), schema);
}
