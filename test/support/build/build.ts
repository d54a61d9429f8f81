// `npm run build`: the package as it is published.
//   dist/src, dist/machines    the library: one .js and .d.ts for each source, as the compiler makes them
//   dist/cli                   the command line and each module that runs on its own, every one bundled into one file
//   dist/signalbox.cjs         the installed command
//   plan.schema.json           for editors; at the root, where the first line of a plan file points to
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { rolldown } from "rolldown";
import { siblingEntries } from "../tidy/entries.ts";
import { repositoryPaths, root, textFiles } from "../tidy/repository.ts";
import { parse } from "../tidy/source.ts";
import { licenseNotices } from "./license-notices.ts";

const dist = join(root, "dist");
/**
 * What starts fast and takes little memory: CommonJS does without Node's loader of modules; one character outside ASCII
 * would make Node keep the whole text with two bytes a character; comments would be read at each start.
 */
const SMALL = { format: "cjs", charset: "ascii", comments: false, codeSplitting: false } as const;

rmSync(dist, { recursive: true, force: true });
compileLibrary();
await bundleCommandLine();
writeSchema();

function compileLibrary(): void {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", join(root, "test/support/build/tsconfig.json")], {
    stdio: "inherit",
  });
}

async function bundleCommandLine(): Promise<void> {
  const bundled = new Set<string>();
  for (const entry of bundleEntries()) {
    const bundle = await rolldown({
      input: join(root, entry),
      platform: "node",
      treeshake: true,
      logLevel: "warn",
      // For Node the package names its CommonJS form, which can only be taken whole: six times what is used of it.
      resolve: { alias: { rxjs: join(root, "node_modules/rxjs/dist/esm/index.js") } },
    });
    const file = join(dist, "cli", basename(entry).replace(/\.ts$/, ".cjs"));
    const { output } = await bundle.write({ file, ...SMALL });
    await bundle.close();
    for (const chunk of output) if (chunk.type === "chunk") for (const id of chunk.moduleIds) bundled.add(id);
  }
  writeFileSync(join(dist, "cli/third-party-licenses.txt"), licenseNotices([...bundled]));
  const command = join(dist, "signalbox.cjs");
  cpSync(join(root, "src/cli/bin.cjs"), command);
  chmodSync(command, 0o755);
}

/** The command line, and every module that `siblingModule` starts; in the bundle they all stand in one folder. */
function bundleEntries(): string[] {
  const paths = repositoryPaths("src").filter((path) => path.endsWith(".ts"));
  const siblings = textFiles(paths).flatMap((file) => siblingEntries(parse(file)));
  const entries = ["src/cli/main.ts", ...new Set(siblings)];
  const names = entries.map((entry) => basename(entry));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new Error(`two modules that run on their own are called ${twice}; their names must differ`);
  return entries;
}

function writeSchema(): void {
  const schema = execFileSync(process.execPath, [join(dist, "signalbox.cjs"), "schema"], { encoding: "utf8" });
  JSON.parse(schema);
  writeFileSync(join(root, "plan.schema.json"), schema);
}
