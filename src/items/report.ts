import type { Json } from "../base/json.ts";

/** What an item came to that an agent did over the wire; stored as its output, which those that need it get as their input. */
export interface Report {
  readonly result_summary: string;
  readonly files_modified: readonly string[];
  readonly output?: Json;
}

/** The report that an output is; `undefined` when it is something else. */
export function reportIn(output: Json | undefined): Report | undefined {
  if (typeof output !== "object" || output === null || Array.isArray(output)) return undefined;
  const { result_summary, files_modified, output: own } = output as Readonly<Record<string, Json>>;
  if (typeof result_summary !== "string" || !Array.isArray(files_modified)) return undefined;
  const report = { result_summary, files_modified: textsIn(files_modified) };
  return own === undefined ? report : { ...report, output: own };
}

/** By hand: `filter` of a frozen list takes a long way, and each answer about an item that is done has one. */
function textsIn(list: readonly Json[]): readonly string[] {
  const texts: string[] = [];
  for (const each of list) if (typeof each === "string") texts.push(each);
  return texts;
}
