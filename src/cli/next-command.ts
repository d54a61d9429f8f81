import { relative } from "node:path";
import type { Io } from "./io.ts";
import { nearestStateDir } from "../base/nearest-state-dir.ts";

const SAFE_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** A command that the user can type as it stands, from where they stand, with the state directory named when it must be. */
export function nextCommand(io: Io, stateDir: string | undefined, ...words: readonly string[]): string {
  const needsDir = stateDir !== undefined && nearestStateDir(io.cwd) !== stateDir;
  const all = needsDir ? [...words, "--state-dir", showPath(io, stateDir)] : words;
  return [programName(io), ...all.map(quoteWord)].join(" ");
}

/** How the user starts this program: from a clone, through npx, or by its name. */
function programName({ variables }: Io): string {
  if (variables["npm_package_name"] === "signalbox" && variables["npm_lifecycle_event"] !== undefined) {
    return "npm run -s signalbox --";
  }
  return variables["npm_command"] === "exec" ? "npx signalbox" : "signalbox";
}

/** A path as short as it can be said from where the user stands. */
export function showPath(io: Io, path: string): string {
  const short = relative(io.cwd, path);
  return short === "" ? "." : short.length < path.length ? short : path;
}

/** A word as a POSIX shell takes it. */
export function quoteWord(word: string): string {
  return SAFE_WORD.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
