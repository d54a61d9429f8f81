/** A copy of the repository in which sources may be wrong for a while. The packages are the same ones. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { repositoryPaths, root } from "../support/tidy/repository.ts";

export interface Copy {
  readonly folder: string;
  readonly remove: () => void;
}

/** `texts`: by path, what is to be there instead. */
export function copyOfRepository(texts: ReadonlyMap<string, string> = new Map()): Copy {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-mutation-"));
  for (const path of repositoryPaths()) {
    const to = join(folder, path);
    mkdirSync(dirname(to), { recursive: true });
    const text = texts.get(path);
    if (text === undefined) cpSync(join(root, path), to);
    else writeFileSync(to, text);
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) };
}
