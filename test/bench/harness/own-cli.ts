import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { repositoryPaths, root as repository } from "../../support/tidy/repository.ts";

const root = new URL("../../../", import.meta.url);
const source = fileURLToPath(new URL("src/cli/main.ts", root));

/** Our command line as its users start it: the built file, or `undefined` before `npm run build`. */
export function builtCli(): string | undefined {
  // The part of our own package.json that is looked at.
  const manifest = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
    readonly bin?: { readonly signalbox?: string };
  };
  const path = manifest.bin?.signalbox;
  if (path === undefined) return undefined;
  const file = fileURLToPath(new URL(path, root));
  return existsSync(file) ? file : undefined;
}

/**
 * Builds the command line when there is none, or when something that it is made of is newer: a file that was built before a
 * change was once measured for the change.
 */
export function renewBuiltCli(): void {
  const built = builtCli();
  const builtAt = built === undefined ? 0 : statSync(built).mtimeMs;
  const parts = ["src", "machines", "test/support/build"].flatMap(repositoryPaths).concat("package.json");
  const newer = parts.find((path) => statSync(join(repository, path)).mtimeMs > builtAt);
  if (newer === undefined) return;
  process.stderr.write(`building the command line: ${built === undefined ? "there is none" : `${newer} is newer`}\n`);
  const build = join(repository, "test/support/build/build.ts");
  execFileSync(process.execPath, [build], { stdio: ["ignore", "ignore", "inherit"] });
}

export function sourceCli(): string {
  return source;
}

/** Says which form takes part, so that nobody takes a stale build for the sources. */
export function ownCliNote(): string {
  const built = builtCli();
  if (built === undefined)
    return "signalbox runs from its sources here: `npm run build` makes the file that users start";
  return `signalbox is the built file of ${statSync(built).mtime.toISOString()}: \`npm run build\` renews it`;
}
