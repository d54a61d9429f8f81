import { join, resolve } from "node:path";
import type { Io } from "./io.ts";

/** Folder of the files that get what is removed from audit logs; `false` when nothing is to be exported. */
export function exportFolderOf(io: Io, option: string | boolean | undefined, stateDir: string): string | false {
  if (option === false) return false;
  return typeof option === "string" ? resolve(io.cwd, option) : join(stateDir, "exported");
}
