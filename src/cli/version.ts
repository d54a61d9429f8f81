import { readFileSync } from "node:fs";

const STEPS_UP_MAX = 4;

/** The version in this package's own package.json, which stands some folders above this file wherever it was built to. */
export function versionOfPackage(): string {
  let at = new URL("./package.json", import.meta.url);
  for (let step = 0; step < STEPS_UP_MAX; step += 1) {
    const version = versionIn(at);
    if (version !== undefined) return version;
    at = new URL("../package.json", at);
  }
  return "unknown";
}

function versionIn(file: URL): string | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(file, "utf8"));
    return name === "signalbox" && typeof version === "string" ? version : undefined;
  } catch {
    return undefined;
  }
}
