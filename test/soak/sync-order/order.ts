/**
 * Reads what strace saw of a process, in the order in which the kernel saw it, and says what was acknowledged too early: what stands on
 * a pipe or a socket before the write-ahead log that holds it was written and then synced.
 *
 * A mark is a word that both have: it goes into the log with an item's output or title, and out with its answer. A write of the log
 * counts from its end, a sync from its begin to its end, an answer from its begin.
 */
export interface SyncOrder {
  /** Marks that were acknowledged. */
  readonly acknowledged: number;
  readonly syncs: number;
  readonly early: readonly string[];
}

const MARK = /mark-\d{4}/g;
const LINE = /^(?:\[pid +\d+\] |\d+ +)?(?:(?<call>\w+)\((?<args>.*)|<\.\.\. (?<resumed>\w+) resumed>(?<rest>.*))$/;

interface Logged {
  /** Line in which its first write to the log had ended. */
  readonly written: number;
  /** Line in which a sync that began after that had ended well. */
  synced?: number;
}

export function syncOrder(trace: string, isAnswer: (written: string) => boolean): SyncOrder {
  const logged = new Map<string, Logged>();
  const acknowledged = new Set<string>();
  const early: string[] = [];
  const begun = new Map<string, { readonly args: string; readonly at: number }>();
  let syncs = 0;
  for (const [at, line] of trace.split("\n").entries()) {
    const { call, args, resumed, rest } = LINE.exec(line)?.groups ?? {};
    const name = call ?? resumed;
    if (name === undefined) continue;
    const thread = `${/^(?:\[pid +)?(\d+)/.exec(line)?.[1] ?? ""} ${name}`;
    const whole = call !== undefined && !line.endsWith("<unfinished ...>");
    const before = resumed === undefined ? undefined : begun.get(thread);
    if (call !== undefined && !whole) begun.set(thread, { args: args!, at });
    const text = before === undefined ? (args ?? "") : before.args;
    // An answer counts when it begins: whoever reads it may have it before the call returns.
    if (call !== undefined && /^(write|writev|sendmsg|sendto)$/.test(name) && isAnswer(text)) {
      for (const mark of new Set(text.match(MARK))) {
        if (acknowledged.has(mark)) continue;
        acknowledged.add(mark);
        if (logged.get(mark)?.synced === undefined) early.push(`${mark} in line ${at + 1}: ${why(logged.get(mark))}`);
      }
    }
    if (!(whole || resumed !== undefined) || !text.includes("-wal>")) continue;
    const result = Number(/= (-?\d+)[^=]*$/.exec(rest ?? line)?.[1] ?? -1);
    if (name === "pwrite64" && result > 0) {
      for (const mark of text.match(MARK) ?? []) if (!logged.has(mark)) logged.set(mark, { written: at });
    } else if (/^f(data)?sync$/.test(name) && result === 0) {
      syncs++;
      for (const each of logged.values()) if (each.written < (before?.at ?? at)) each.synced ??= at;
    }
  }
  return { acknowledged: acknowledged.size, syncs, early };
}

const why = (logged: Logged | undefined): string =>
  logged === undefined ? "nothing of it was written" : "what was written was not synced";
