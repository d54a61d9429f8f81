/**
 * Loaded before the product (`node --import`), in each of its threads: puts the function at its failpoints that it calls there
 * (`src/base/failpoint.ts`). Each name that comes by for the first time in a thread becomes a line of a file; at the one that
 * is armed, when it comes by for the nth time, something happens, once in the life of the process.
 */
import { appendFileSync, existsSync, writeFileSync } from "node:fs";

/** `SIGNALBOX_TEST_FAILPOINT` holds this as JSON. */
export interface Armed {
  /** Lines of the names that came by. */
  readonly seen: string;
  readonly point?: string;
  readonly action?: FailpointAction;
  /** Default 1. */
  readonly nth?: number;
  /** Made in the moment in which it happens. */
  readonly hit?: string;
}

export const ACTIONS = ["KILL", "TERM", "INT", "STOP", "throw", "ENOSPC"] as const;
export type FailpointAction = (typeof ACTIONS)[number];

const text = process.env["SIGNALBOX_TEST_FAILPOINT"];
if (text !== undefined) {
  const armed = JSON.parse(text) as Armed;
  const seen = new Set<string>();
  let times = 0;
  const come = (name: string): void => {
    if (!seen.has(name)) appendFileSync(armed.seen, `${name}\n`);
    seen.add(name);
    const { hit, action } = armed;
    if (name !== armed.point || hit === undefined || action === undefined) return;
    if (++times !== (armed.nth ?? 1) || existsSync(hit)) return;
    writeFileSync(hit, String(process.pid));
    happen(name, action);
  };
  Object.assign(globalThis, { [Symbol.for("signalbox.failpoint")]: come });
}

function happen(name: string, action: FailpointAction): void {
  if (action === "throw") throw new Error(`failpoint ${name}`);
  if (action === "ENOSPC") throw noSpace(name);
  process.kill(process.pid, `SIG${action}`);
}

/** As SQLite says it where the journal is written, as Node does everywhere else. */
function noSpace(name: string): Error {
  const ofSqlite = { code: "ERR_SQLITE_ERROR", errcode: 13, errstr: "database or disk is full" };
  if (/^(journal|backup|compaction)\./.test(name)) return Object.assign(new Error(ofSqlite.errstr), ofSqlite);
  const ofSystem = { code: "ENOSPC", errno: -28, syscall: "write" };
  return Object.assign(new Error("ENOSPC: no space left on device, write"), ofSystem);
}
