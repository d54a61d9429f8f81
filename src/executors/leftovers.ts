import { signalTo } from "../base/end-processes.ts";
import { findProcesses } from "../base/process-scan.ts";

/** What lives of attempts whose runner is gone. Negative: a whole group, where the system does not list processes. */
export function findOrphans(groups: readonly number[], outputs: readonly string[]): number[] {
  if (groups.length === 0 && outputs.length === 0) return [];
  const found = findProcesses({
    byGroup: new Map(groups.map((group) => [group, true])),
    variable: "SIGNALBOX_OUTPUT",
    byValue: new Map(outputs.map((output) => [output, true])),
  });
  return (
    found?.get(true) ??
    (found === undefined ? groups.filter((group) => signalTo(-group, 0)).map((group) => -group) : [])
  );
}

/** Every process that was started for this run, except those that we descend from. */
export function findLeftovers(runId: string): number[] {
  const found = findProcesses({ byGroup: new Map(), variable: "SIGNALBOX_RUN_ID", byValue: new Map([[runId, true]]) });
  return found?.get(true) ?? [];
}
