/** Codes of errors that are not ours. */

/** Of an error of the system or of Node: `ENOENT`, say; `undefined` when it has none. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** Whether the system refused a call: an error of the disk, of a path, of too few of something. */
export function isOfSystem(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error;
}

/** Primary result codes of SQLite. */
export const SQLITE = {
  busy: 5,
  nomem: 7,
  readonly: 8,
  ioerr: 10,
  corrupt: 11,
  full: 13,
  cantopen: 14,
  notadb: 26,
} as const;

/** Of an error of SQLite: its primary result code; `undefined` when it is none. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  // What is above the lower byte tells the primary codes apart further.
  return error.errcode & 0xff;
}
