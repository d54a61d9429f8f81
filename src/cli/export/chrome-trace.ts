/** A run in the trace format of Chrome, which trace viewers show: attempts as bars, in as many rows as were live at once. */
import type { ExportedItem, RunHistory, Stretch } from "./history.ts";
import { safeJsonText } from "../wire.ts";

/** Rows of attempts, and of what goes on beside them. */
const ATTEMPTS = 1;
const STAGES = 2;

interface Bar extends Stretch {
  readonly name: string;
  readonly kind: string;
  readonly facts: object;
}

export function* chromeTraceOf(history: RunHistory): Generator<string> {
  const { items, moments, summary } = history;
  const bars = items.flatMap((item) => attemptBars(history, item)).sort((a, b) => a.from - b.from);
  const beside = items.flatMap(stageBars).sort((a, b) => a.from - b.from);
  const start = Math.min(
    summary.startedAt ?? summary.createdAt,
    bars[0]?.from ?? Infinity,
    beside[0]?.from ?? Infinity,
  );
  const facts = { run_id: summary.id, name: summary.name, status: summary.status };
  yield `{"displayTimeUnit":"ms","otherData":${safeJsonText(JSON.stringify(facts))},"traceEvents":[\n`;
  yield eventText({ ph: "M", name: "process_name", pid: ATTEMPTS, args: { name: `attempts of ${summary.name}` } });
  yield* barTexts(bars, ATTEMPTS, start);
  if (beside.length > 0)
    yield `,\n${eventText({ ph: "M", name: "process_name", pid: STAGES, args: { name: "beside them" } })}`;
  yield* barTexts(beside, STAGES, start);
  for (const { at, event, reason } of moments) {
    const args = { reason: reason?.message ?? reason?.code ?? null };
    yield `,\n${eventText({ ph: "i", s: "g", name: event, pid: ATTEMPTS, tid: 1, ts: micros(at - start), args })}`;
  }
  yield "\n]}\n";
}

function attemptBars({ plan }: RunHistory, { key, number, attempts }: ExportedItem): Bar[] {
  const { title, type } = plan.taskOf(number)!;
  return attempts.map(({ from, to, attempt, actor, end, reason }) => ({
    name: attempt > 1 ? `${key} (attempt ${attempt})` : key,
    kind: end,
    from,
    to,
    facts: {
      title: title ?? null,
      type: type ?? null,
      attempt,
      actor,
      end,
      reason: reason?.message ?? reason?.code ?? null,
    },
  }));
}

function stageBars({ key, stages }: ExportedItem): Bar[] {
  return stages.map(({ stage, from, to }) => ({ name: `${key}: ${stage}`, kind: stage, from, to, facts: {} }));
}

/** Each bar in the first row that is free by then, so that none covers another. */
function* barTexts(bars: readonly Bar[], pid: number, start: number): Generator<string> {
  const freeAt: number[] = [];
  for (const { name, kind, from, to, facts } of bars) {
    const free = freeAt.findIndex((at) => at <= from);
    const row = free < 0 ? freeAt.length : free;
    freeAt[row] = to;
    const ts = micros(from - start);
    // Not the rounded length: a bar would reach into one that begins where it ends.
    const dur = micros(to - start) - ts;
    yield `,\n${eventText({ ph: "X", name, cat: kind, pid, tid: row + 1, ts, dur, args: facts })}`;
  }
}

function eventText(event: object): string {
  return safeJsonText(JSON.stringify(event));
}

function micros(ms: number): number {
  return Math.max(0, Math.round(ms * 1_000));
}
