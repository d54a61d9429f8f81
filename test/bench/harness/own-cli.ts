import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

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
