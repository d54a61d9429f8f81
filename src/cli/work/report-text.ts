/** What a worker reports, within what a coordinator takes. */
import { LIMITS } from "../../base/limits.ts";

/** Half of a request's body each; the rest of it is small. */
const PATHS_CHARS_MAX = LIMITS.requestBytesMax / 4;
const PATHS_MAX = 10_000;
const PATH_CHARS_MAX = 1_024;
const SENTENCE_CHARS = 500;

/** Bytes of an output that fits into a report. */
export const OUTPUT_BYTES_MAX = LIMITS.requestBytesMax / 2;

/** As many of the paths as a report has room for. */
export function reportablePaths(paths: readonly string[]): string[] {
  let chars = 0;
  const kept: string[] = [];
  for (const path of paths) {
    if (path.length > PATH_CHARS_MAX) continue;
    chars += JSON.stringify(path).length + 1;
    if (chars > PATHS_CHARS_MAX || kept.length === PATHS_MAX) break;
    kept.push(path);
  }
  return kept;
}

/** As much of the beginning of a text as a reason or a summary has room for. */
export function reportableText(text: string): string {
  const { reasonCharsMax } = LIMITS;
  return text.length <= reasonCharsMax ? text : `${text.slice(0, reasonCharsMax - 1)}…`;
}

/** As many of the last lines as a reason or a summary has room for, beside a sentence of ours. */
export function lastLines(lines: readonly string[]): string[] {
  let room = LIMITS.reasonCharsMax - SENTENCE_CHARS;
  const kept = lines.toReversed().filter((line) => (room -= line.length + 1) >= 0);
  return kept.toReversed();
}
