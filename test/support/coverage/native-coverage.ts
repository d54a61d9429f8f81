import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What V8 writes for one script: ranges of its text with how often they ran; an inner range overrides its outer one. */
interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** Answers whether the text at this offset ran. */
export type RanAt = (offset: number) => boolean;

/**
 * The sources that processes and worker threads started by the tests have run, from the files that Node leaves in the
 * folder of NODE_V8_COVERAGE: path → one answer for each process. Node runs a `.ts` file with its types blanked out, so
 * offsets are those of the source. The tests' own processes run transformed text and are counted by vitest instead.
 */
export function nativeCoverage(folder: string, root: string): Map<string, RanAt[]> {
  const found = new Map<string, RanAt[]>();
  for (const name of readdirSync(folder)) {
    for (const script of scriptsIn(readFileSync(join(folder, name), "utf8"))) {
      if (!script.url.startsWith("file:")) continue;
      const path = fileURLToPath(script.url);
      if (!path.endsWith(".ts") || !["src", "machines"].some((top) => path.startsWith(join(root, top)))) continue;
      found.set(path, [...(found.get(path) ?? []), ranAt(script)]);
    }
  }
  return found;
}

/** Many tests kill processes, some while Node writes this: what is cut short counts for nothing, so coverage is told too low. */
export function scriptsIn(text: string): readonly ScriptCoverage[] {
  try {
    // Node wrote it.
    return (JSON.parse(text) as { readonly result: readonly ScriptCoverage[] }).result;
  } catch {
    return [];
  }
}

export function ranAt(script: Pick<ScriptCoverage, "functions">): RanAt {
  const ranges = script.functions.flatMap((each) => each.ranges);
  return (offset) => {
    let innermost: Range | undefined;
    for (const range of ranges) {
      if (offset < range.startOffset || offset >= range.endOffset) continue;
      if (innermost === undefined || range.endOffset - range.startOffset <= innermost.endOffset - innermost.startOffset)
        innermost = range;
    }
    return innermost !== undefined && innermost.count > 0;
  };
}
