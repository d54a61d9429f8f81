/** What to do when the machine has no more of what a process needs. */
import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { SQLITE, sqliteCode, systemCode } from "./error-code.ts";

const MORE_FILES = "Allow more open files (`ulimit -n`)";
// A thread needs some of each, and Node does not say in its codes what there was too little of.
const MORE_OF_ALL = "Allow more open files (`ulimit -n`), more processes (`ulimit -u`) or more memory";

/** By the codes of the system, and by those of Node for a thread that could not be started. */
const MORE: ReadonlyMap<string | undefined, string> = new Map([
  ["EMFILE", MORE_FILES],
  ["ENFILE", MORE_FILES],
  ["EAGAIN", "Allow more processes (`ulimit -u`)"],
  ["ENOMEM", "Allow more memory"],
  ["ERR_WORKER_INIT_FAILED", MORE_OF_ALL],
  ["ERR_WORKER_OUT_OF_MEMORY", "Allow more memory"],
  // Of a package that this process has loaded from: what could not be read is a file that could be read before.
  ["ERR_INVALID_PACKAGE_CONFIG", MORE_OF_ALL],
]);

/** As a sentence; `undefined` for an error that has another reason. */
export function adviceIfExhausted(error: unknown): string | undefined {
  const more = MORE.get(codeOf(error));
  return more === undefined ? undefined : `${more}.`;
}

/** The same for a code, of what each live item needs some of. */
export function itemAdviceIfExhausted(code: string | undefined): string | undefined {
  const more = MORE.get(code);
  return more === undefined ? undefined : `${more}, or fewer live items (\`--cap\`).`;
}

function codeOf(error: unknown): string | undefined {
  const sqlite = sqliteCode(error);
  if (sqlite === SQLITE.nomem) return "ENOMEM";
  return sqlite === SQLITE.cantopen ? codeIfFewFilesLeft() : systemCode(error);
}

/** More than SQLite opens for a database and for a copy of it, each with its log and the log's index. */
const FILES_OF_DATABASES = 8;

/** The system's code where so few files can be opened that no database can. SQLite says only that it could not open one. */
function codeIfFewFilesLeft(): string | undefined {
  const opened: number[] = [];
  try {
    while (opened.length < FILES_OF_DATABASES) opened.push(openSync(devNull, "r"));
    return undefined;
  } catch (error) {
    return systemCode(error);
  } finally {
    for (const file of opened) closeSync(file);
  }
}
