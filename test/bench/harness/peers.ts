import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { toolVersion } from "./machine.ts";

const peersFolder = new URL("../peers/", import.meta.url);

export const HOW_TO_INSTALL_PEERS = "npm run bench:peers";

/** Version of an installed npm peer, or `undefined`. */
export function peerVersion(name: string): string | undefined {
  const manifest = new URL(`node_modules/${name}/package.json`, peersFolder);
  if (!existsSync(manifest)) return undefined;
  // `version` is the one field npm insists on.
  return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }).version;
}

/** Path of a peer's command, whether it is there or not. */
export function peerCommand(name: string): string {
  return fileURLToPath(new URL(`node_modules/.bin/${name}`, peersFolder));
}

export function peersPath(): string {
  return fileURLToPath(peersFolder);
}

/** Something a bench races against that may not be there. */
export interface Requirement {
  readonly name: string;
  readonly version: () => string | undefined;
  readonly install: string;
}

export function npmPeer(name: string): Requirement {
  return { name, version: () => peerVersion(name), install: HOW_TO_INSTALL_PEERS };
}

/** A program on the PATH; `debian` is the package that brings it there. */
export function program(name: string, debian: string, args: readonly string[] = ["--version"]): Requirement {
  return {
    name,
    version: () => toolVersion(name, args),
    install: `apt-get install ${debian} (or your system's package)`,
  };
}

/** One sentence for each requirement: which version took part, or how to get it. */
export function requirementNotes(requirements: readonly Requirement[]): string[] {
  const present: string[] = [];
  const missing: string[] = [];
  for (const one of requirements) {
    const version = one.version();
    if (version === undefined) missing.push(`${one.name} is not installed and was left out: ${one.install}`);
    else present.push(version.includes(one.name) ? version : `${one.name} ${version}`);
  }
  return present.length > 0 ? [`peers: ${present.join(", ")}`, ...missing] : missing;
}
