/**
 * Where the server of a state directory is, for the commands of this user: `server.json` in it. It holds no token.
 */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface ServerNote {
  readonly url: string;
  readonly pid: number;
}

function noteFile(stateDir: string): string {
  return join(stateDir, "server.json");
}

/** Only the process that holds the state directory's lock writes it. */
export function announce(stateDir: string, note: ServerNote): void {
  const draft = `${noteFile(stateDir)}.${note.pid}`;
  writeFileSync(draft, `${JSON.stringify(note)}\n`, { mode: 0o600 });
  renameSync(draft, noteFile(stateDir));
}

export function withdraw(stateDir: string): void {
  rmSync(noteFile(stateDir), { force: true });
}
