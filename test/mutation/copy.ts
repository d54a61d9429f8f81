/** A copy of the repository in which sources may be wrong for a while. The packages are the same ones. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { repositoryPaths, root } from "../support/tidy/repository.ts";

export interface Copy {
  readonly folder: string;
  readonly remove: () => void;
}

export function copyOfRepository(): Copy {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-mutation-"));
  for (const path of repositoryPaths()) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
