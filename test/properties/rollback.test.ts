/**
 * Goal: U1-U3: whatever a run did and wherever its processes end, a rollback undoes everything that is done in the reverse order of
 * its completion, one at a time, each once, and nothing else runs meanwhile.
 * Method: random plans on the real engine, failing at random; the journal fails at a batch of the test's choice, before or after
 * storing it, and another engine goes on. What was started is compared with what the log says. A bug would look like: an undo twice
 * or never, one too early, an order by number, a list in the result that says something else than the log.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import type { JournalEntry } from "../../src/journal/journal.ts";
import { foldAudit, settledSeqOf } from "../../src/journal/fold.ts";
import { crashes, play, rollbackScripts, type Crash, type Script, type Story } from "../support/crash-lives.ts";

test("S1: a process that ends at any batch of a run, of its rollback too, leaves a run that is taken back whole, each undo once", async () => {
  let stories = 0;
  let interrupted = 0;
  const property = fc.asyncProperty(rollbackScripts(6), async (script) => {
    const whole = await play(script, []);
    check(script, [], whole);
    const { batches } = whole.lives[0]!;
    for (let at = 1; at <= batches; at++) {
      for (const kept of [false, true]) {
        const ends = [{ at, kept, downMs: at * 1_000 }];
        const story = await play(script, ends);
        check(script, ends, story);
        stories++;
        if (story.lives[1]?.recovered?.status === "rollingBack") interrupted++;
      }
    }
  });
  await fc.assert(property, { numRuns: 120 });
  expect(stories).toBeGreaterThan(1_000);
  expect(interrupted).toBeGreaterThan(100);
});

test.prop([rollbackScripts(9), fc.array(crashes, { minLength: 2, maxLength: 6 })], { numRuns: 1_000 })(
  "S1: so does one whose processes end again and again",
  async (script, ends) => {
    check(script, ends, await play(script, ends));
  },
);

function check(script: Script, ends: readonly Crash[], story: Story): void {
  try {
    checkLog(script, story);
    checkStarts(story);
    checkAccount(story);
  } catch (error) {
    const log = story.audit.map(({ seq, epoch, item, event, from, to }) =>
      [seq, `e${epoch}`, item, event, from, to].join(" "),
    );
    throw new Error(`${JSON.stringify(script)}\n${JSON.stringify(ends)}\n${log.join("\n")}`, { cause: error });
  }
}

const isOver = ({ event }: JournalEntry): boolean => event === "undo" || event === "undo_failed";
const isUndone = (script: Script, { keys }: Story, item: number): boolean =>
  script.undo![Number(keys[item]!.slice(1))]!;

/** U1, U2 as the log has it. */
function checkLog(script: Script, story: Story): void {
  const { audit, result } = story;
  const begin = audit.findIndex(({ item, from, to }) => item < 0 && to === "rollingBack" && from !== to);
  expect(begin >= 0).toBe(result.outcome === "failed");
  const rolled = begin < 0 ? [] : audit.slice(begin);
  const before = begin < 0 ? audit : audit.slice(0, begin);
  expect(before.filter((entry) => isOver(entry) || entry.event === "undo_start")).toEqual([]);
  expect(foldAudit(before).items.filter(({ status }) => begin >= 0 && status === "claimed")).toEqual([]);
  // Nothing moves any more: what follows are notes.
  expect(rolled.filter(({ item, from, to }) => item >= 0 && from !== to)).toEqual([]);
  const done = before.filter(({ item, from, to }) => item >= 0 && to === "done" && from !== to);
  const wanted = done.map(({ item }) => item).filter((item) => isUndone(script, story, item));
  const order = rolled.filter(isOver).map(({ item }) => item);
  expect(order).toEqual(begin < 0 ? [] : wanted.toReversed());
  // One at a time: each start is of the first that is left.
  const left = wanted.toReversed();
  for (const entry of rolled) {
    if (entry.event === "undo_start") expect(entry.item).toBe(left[0]);
    if (isOver(entry)) left.shift();
  }
}

/** U2 as the worker saw it: each start had been noted, and none came after the note that it was over. */
function checkStarts({ audit, keys, lives }: Story): void {
  lives.forEach(({ started, recovered }) => {
    const undone = started
      .filter((start) => start.endsWith(" undo"))
      .map((start) => keys.indexOf(start.split("#")[0]!));
    const epoch = recovered?.epoch ?? 1;
    expect(new Set(undone).size).toBe(undone.length);
    const noted = audit.filter((entry) => entry.event === "undo_start" && entry.epoch === epoch);
    expect(undone).toEqual(noted.slice(0, undone.length).map(({ item }) => item));
    const over = new Set(audit.filter((entry) => isOver(entry) && entry.epoch < epoch).map(({ item }) => item));
    expect(undone.filter((item) => over.has(item))).toEqual([]);
  });
}

/** What the result says is what the log says. */
function checkAccount({ audit, keys, result, stored }: Story): void {
  expect(foldAudit(audit).items).toEqual(stored.items);
  if (result.snapshot === undefined || result.rollback === undefined) return;
  const { undone, skipped, failed } = result.rollback;
  const keysOf = (event: string): string[] =>
    audit.filter((entry) => entry.event === event).map(({ item }) => keys[item]!);
  expect(undone).toEqual(keysOf("undo"));
  expect(failed.map(({ item }) => item)).toEqual(keysOf("undo_failed"));
  const done = stored.items
    .filter(({ status }) => status === "done")
    .sort((a, b) => settledSeqOf(b) - settledSeqOf(a))
    .map(({ item }) => keys[item]!);
  const told = new Set([...undone, ...failed.map(({ item }) => item)]);
  expect(skipped).toEqual(done.filter((key) => !told.has(key)));
  for (const [index, key] of keys.entries()) {
    const stage = undone.includes(key) ? "undone" : failed.some(({ item }) => item === key) ? "undo_failed" : undefined;
    expect(result.snapshot.items.at(index)!.stage).toBe(stage);
  }
}
