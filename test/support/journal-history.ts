/** Entries as an engine would write them: made one after another, so that each continues the run. */
import fc from "fast-check";
import type { Json } from "../../src/base/json.ts";
import type { Reason } from "../../src/items/reason.ts";
import type { ItemStatus, RunStatus } from "../../src/items/status.ts";
import type { JournalEntry, RunRecord } from "../../src/journal/journal.ts";

export const RUN_ID = "01a1fd72-ebb9-7728-91f6-5bf200000000";

export function runRecord(change: Partial<RunRecord> = {}): RunRecord {
  return {
    id: RUN_ID,
    name: "a run",
    createdAt: 1_790_000_000_000,
    planText: '{"tasks":{}}',
    planHash: "0123abcd",
    size: 8,
    machineVersion: "1",
    options: { cap: 2, scope: ["a", "b"] },
    ...change,
  };
}

type Extra = Partial<Pick<JournalEntry, "actor" | "event" | "at" | "mono">> & { reason?: Reason; data?: Json };

/** Writes the next entry of a run, whatever that has to be for the change asked for. */
export class HistoryWriter {
  seq: number;
  epoch: number;
  runStatus: RunStatus = "planned";
  readonly #items = new Map<number, { status: ItemStatus; attempt: number; refunded: number; token: number }>();

  constructor(seq = 0, epoch = 1) {
    this.seq = seq;
    this.epoch = epoch;
  }

  run(to: string, extra: Extra = {}): JournalEntry {
    const entry = {
      ...this.#base(to, extra),
      item: -1,
      from: this.runStatus as string,
      to,
      attempt: 0,
      refunded: 0,
      token: 0,
    };
    this.runStatus = to as RunStatus;
    return entry;
  }

  /** An entry about the run that moves nothing, like admission closing. */
  runNote(from: string, to: string): JournalEntry {
    return { ...this.#base("note", {}), item: -1, from, to, attempt: 0, refunded: 0, token: 0 };
  }

  item(item: number, to: ItemStatus, extra: Extra & { refund?: boolean } = {}): JournalEntry {
    const { refund = false, ...rest } = extra;
    const before = this.#items.get(item) ?? { status: "todo" as const, attempt: 0, refunded: 0, token: 0 };
    const claims = to === "claimed" && before.status !== "claimed";
    const entry: JournalEntry = {
      ...this.#base(to, rest),
      item,
      from: before.status,
      to,
      attempt: before.attempt + (claims ? 1 : 0),
      refunded: before.refunded + (refund ? 1 : 0),
      token: claims ? this.seq : to === "claimed" ? before.token : 0,
    };
    this.#items.set(item, { status: to, attempt: entry.attempt, refunded: entry.refunded, token: entry.token });
    return entry;
  }

  /** The entry that adds an item to the run, with the number that follows the last one. */
  added(item: number, extra: Extra = {}): JournalEntry {
    const none = { attempt: 0, refunded: 0, token: 0 };
    return { ...this.#base("add", extra), item, from: "new", to: "todo", ...none };
  }

  statusOf(item: number): ItemStatus {
    return this.#items.get(item)?.status ?? "todo";
  }

  #base(
    event: string,
    { reason, data, ...rest }: Extra,
  ): Pick<JournalEntry, "seq" | "at" | "mono" | "epoch" | "event" | "actor"> {
    const seq = ++this.seq;
    const texts = { ...(reason === undefined ? {} : { reason }), ...(data === undefined ? {} : { data }) };
    return {
      seq,
      at: 1_790_000_000_000 + seq,
      mono: seq * 0.37,
      epoch: this.epoch,
      event,
      actor: "engine",
      ...rest,
      ...texts,
    };
  }
}

const NEXT: Readonly<Record<ItemStatus, readonly ItemStatus[]>> = {
  todo: ["claimed", "claimed", "claimed", "cancelled", "todo"],
  claimed: ["done", "failed", "todo", "todo", "cancelled", "claimed"],
  failed: ["todo", "cancelled", "failed"],
  done: ["done"],
  cancelled: ["cancelled"],
};

const step = fc.record({
  /** Few items, so that each goes far; -1 is the run, -2 adds an item, 8 is the first that was added. */
  item: fc.constantFrom(-2, -1, 0, 1, 2, 8),
  choice: fc.nat(5),
  actor: fc.constantFrom("engine", "local", "a worker", "Ünïcødé 🚦", "'; DROP TABLE runs; --", "__proto__"),
  refund: fc.boolean(),
  /** Words that mean something to the fold. */
  event: fc.option(fc.constantFrom("requeue", "verify", "undo_start", "undo", "undo_failed", "edit"), {
    nil: undefined,
  }),
  delay: fc.option(fc.nat(10_000), { nil: undefined }),
  reason: fc.option(fc.record({ code: fc.string(), message: fc.string({ unit: "binary" }) }), {
    nil: undefined,
    freq: 2,
  }),
  data: fc.option(fc.jsonValue() as fc.Arbitrary<Json>, { nil: undefined, freq: 2 }),
  /** The wall clock may jump. */
  at: fc.integer({ min: -1e12, max: 1e13 }),
  mono: fc.double({ min: 0, max: 1e9, noNaN: true }),
});

/** A random history of a run, cut into appends. */
export const histories: fc.Arbitrary<JournalEntry[][]> = fc
  .array(fc.tuple(step, fc.boolean()), { minLength: 1, maxLength: 60, size: "max" })
  .map((steps) => {
    const writer = new HistoryWriter();
    const appends: JournalEntry[][] = [[writer.run("running")]];
    let { size } = runRecord();
    for (const [{ item, choice, refund, event, delay, reason, data: any, ...rest }, cut] of steps) {
      const data = event === "requeue" && delay !== undefined ? { delay_ms: delay } : any;
      const extra = {
        ...rest,
        ...(event !== undefined && item >= 0 && { event }),
        ...(reason === undefined ? {} : { reason }),
        ...(data === undefined ? {} : { data: tidy(data) }),
      };
      if (cut) appends.push([]);
      const append = appends.at(-1)!;
      if (item === -1) append.push(runStep(writer, choice, extra));
      else if (item === -2 || item >= size) append.push(writer.added(size++, extra));
      else append.push(itemStep(writer, item, choice, refund, extra));
    }
    return appends.filter((entries) => entries.length > 0);
  });

function itemStep(writer: HistoryWriter, item: number, choice: number, refund: boolean, extra: Extra): JournalEntry {
  const from = writer.statusOf(item);
  const to = NEXT[from][choice % NEXT[from].length]!;
  return writer.item(item, to, { ...extra, refund: refund && from === "claimed" && to === "todo" });
}

function runStep(writer: HistoryWriter, choice: number, extra: Extra): JournalEntry {
  const to = ["running", "paused", "settling", "done", "failed"][choice];
  return to === undefined ? writer.runNote("open", "closed") : writer.run(to, extra);
}

/** JSON knows no `-0`. */
function tidy(data: Json): Json {
  return JSON.parse(JSON.stringify(data)) as Json;
}
