/** How commands reach what is stored. */
import { join } from "node:path";
import { openJournalReader, type StoredJournalReader } from "../journal/sqlite-reader.ts";
import { existingStateDir } from "./state-dir.ts";
import type { Io } from "./io.ts";

export interface Store {
  readonly stateDir: string;
  readonly reader: StoredJournalReader;
}

/** Opens the state directory for reading, also while another process runs on it. The caller closes the reader. */
export function openStore(io: Io, option: string | undefined): Store {
  const stateDir = existingStateDir(io, option);
  return { stateDir, reader: openJournalReader({ directory: stateDir, env: io.env }) };
}

/** Folder of captured output and of the files that items exchange. */
export function outputDirectoryOf(stateDir: string): string {
  return join(stateDir, "output");
}

/** Folder of the worktrees of items, and of the registries that say whose they are. */
export function worktreesFolderOf(stateDir: string): string {
  return join(stateDir, "worktrees");
}
