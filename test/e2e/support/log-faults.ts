/** What must hold of the log that `signalbox log --json` prints, whatever happened to the processes that wrote it; faults in words. */

/** Each event that was printed is in the log, the same. */
export function lost(events: readonly Record<string, unknown>[], log: readonly Record<string, unknown>[]): string[] {
  const bySeq = new Map(log.map((entry) => [entry["seq"], entry]));
  const same = (a: Record<string, unknown>, b: Record<string, unknown> | undefined): boolean =>
    ["at", "event", "item", "attempt", "from", "to"].every((field) => a[field] === b?.[field]);
  return events
    .filter((event) => !same(event, bySeq.get(event["seq"])))
    .map((event) => `acknowledged and lost: ${JSON.stringify(event)}`);
}

export function doneTwice(log: readonly Record<string, unknown>[]): string[] {
  const faults: string[] = [];
  const seen = new Set<unknown>();
  for (const { event, item } of log) {
    if (event !== "item.done") continue;
    if (seen.has(item)) faults.push(`${String(item)} was done twice`);
    seen.add(item);
  }
  return faults;
}

/** Every claim is followed by an end: done, or given back because its process died. And seq has no gap. */
export function unreturned(log: readonly Record<string, unknown>[]): string[] {
  const faults: string[] = [];
  const live = new Map<unknown, unknown>();
  for (const [index, entry] of log.entries()) {
    if (entry["seq"] !== index + 1) faults.push(`seq ${String(entry["seq"])} stands where ${index + 1} should`);
    if (entry["item"] === undefined || entry["from"] === entry["to"]) continue;
    if (entry["to"] === "claimed" && live.has(entry["item"]))
      faults.push(`${JSON.stringify(entry["item"])} was claimed while it was claimed`);
    if (entry["to"] === "claimed") live.set(entry["item"], entry["seq"]);
    else live.delete(entry["item"]);
  }
  return [...faults, ...[...live.keys()].map((item) => `${String(item)} was left claimed`)];
}
