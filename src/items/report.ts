import type { Json } from "../base/json.ts";

/** What an item came to that an agent did over the wire; stored as its output, which those that need it get as their input. */
export interface Report {
  readonly result_summary: string;
  readonly files_modified: readonly string[];
  readonly output?: Json;
}

/** The report that an output is; `undefined` when it is something else. */
export function reportIn(output: Json | undefined): Report | undefined {
  if (typeof output !== "object" || output === null || !("result_summary" in output)) return undefined;
  const { result_summary, files_modified, output: own } = output;
  if (typeof result_summary !== "string" || !Array.isArray(files_modified)) return undefined;
  const report = { result_summary, files_modified: files_modified.filter((file) => typeof file === "string") };
  return own === undefined ? report : { ...report, output: own };
}
