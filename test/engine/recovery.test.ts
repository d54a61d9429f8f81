/**
 * Goal: I9, I7, I1: wherever in a run its process ends, the next one goes on from exactly what the journal has, and the run comes
 * to its end as if nothing had happened but time.
 * Method: random plans on the real engine; the journal fails at a batch of the test's choice, before or after storing it; another
 * engine goes on with what is stored, and may fail in its turn. The first test ends the process at every batch of each run.
 */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { foldAudit } from "../../src/journal/fold.ts";
import { crashes, play, scripts, type Crash, type Script, type Story } from "../support/crash-lives.ts";

test("a process that ends at any batch of a run, with the batch stored or lost, leaves a run that goes on to its end", async () => {
  let stories = 0;
  const property = fc.asyncProperty(scripts(7), async (script) => {
    const whole = await play(script, []);
    check(script, [], whole);
    const { batches } = whole.lives[0]!;
    for (let at = 1; at <= batches; at++) {
      for (const kept of [false, true]) {
        const ends = [{ at, kept, downMs: at * 1_000 }];
        check(script, ends, await play(script, ends));
        stories++;
      }
    }
  });
  await fc.assert(property, { numRuns: 120 });
  expect(stories).toBeGreaterThan(1_000);
});

test.prop([scripts(10), fc.array(crashes, { minLength: 2, maxLength: 6 })], { numRuns: 1_000 })(
  "so does one whose processes end again and again",
  async (script, ends) => {
    check(script, ends, await play(script, ends));
  },
);

function check(script: Script, ends: readonly Crash[], story: Story): void {
  const { audit, lives, result, stored } = story;
  try {
    expect(audit.map(({ seq }) => seq)).toEqual(audit.map((_, index) => index + 1));
    checkOrder(script, story);
    for (const life of lives) checkRecovery(life.recovered, story);
    for (const { started, peak } of lives) {
      expect(peak).toBeLessThanOrEqual(script.schedule === "sequential" ? 1 : script.cap);
      // L2: what was started had been claimed, durably; no attempt was ever started twice.
      expect(started.filter((start) => !claims(story).has(start))).toEqual([]);
    }
    const all = lives.flatMap(({ started }) => started);
    expect(new Set(all).size).toBe(all.length);
    const folded = foldAudit(audit);
    expect(folded.items).toEqual(stored.items);
    expect([folded.status, folded.seq]).toEqual([stored.status, stored.seq]);
    expect(folded.status).toBe(result.outcome);
    expect(folded.items.filter(({ status }) => status === "claimed")).toEqual([]);
    checkOutcome(story);
    if (result.snapshot !== undefined) checkSnapshot(story);
  } catch (error) {
    const log = audit.map(
      ({ seq, epoch, item, event, to, actor }) => `${seq} e${epoch} ${item} ${event} ${to} ${actor}`,
    );
    throw new Error(`${JSON.stringify(script)}\n${JSON.stringify(ends)}\n${log.join("\n")}`, { cause: error });
  }
}

const claimsOf = new WeakMap<Story, Set<string>>();
function claims(story: Story): Set<string> {
  const keyed =
    claimsOf.get(story) ??
    new Set(
      story.audit
        .filter(({ event }) => event === "claim")
        .map(({ item, attempt }) => `${keyOf(story, item)}#${attempt}`),
    );
  claimsOf.set(story, keyed);
  return keyed;
}

const keyOf = ({ keys }: Story, item: number): string => keys[item]!;
const taskOf = (story: Story, item: number): number => Number(keyOf(story, item).slice(1));
const numberOf = ({ keys }: Story, task: number): number => keys.indexOf(`t${task}`);

function checkOrder(script: Script, story: Story): void {
  const done = new Set<number>();
  let token = 0;
  let epoch = 1;
  for (const entry of story.audit) {
    expect(entry.epoch).toBeGreaterThanOrEqual(epoch);
    epoch = entry.epoch;
    if (entry.item < 0) continue;
    const task = taskOf(story, entry.item);
    expect(entry.attempt - entry.refunded).toBeLessThanOrEqual(script.attempts[task]!);
    // What is done stays as it is.
    expect(done.has(entry.item)).toBe(false);
    if (entry.to === "done") done.add(entry.item);
    if (entry.event !== "claim") continue;
    // I1: tokens grow over all lives of the run. I4: needs before dependents, in whichever life.
    expect(entry.token).toBeGreaterThan(token);
    token = entry.token;
    for (const need of script.needs[task]!) expect(done.has(numberOf(story, need))).toBe(true);
  }
}

/** Each attempt that the process before had open is given back once, first of all and without being counted; nothing else is. */
function checkRecovery(recovered: Story["lives"][number]["recovered"], { audit }: Story): void {
  if (recovered === undefined) return;
  const claimed = recovered.items.filter(({ status }) => status === "claimed");
  const given = audit.filter(({ epoch, event }) => epoch === recovered.epoch && event === "release");
  const ofLife = audit.filter(({ epoch }) => epoch === recovered.epoch);
  if (ofLife.length === 0) return;
  expect(given.map(({ item }) => item)).toEqual(claimed.map(({ item }) => item));
  for (const row of claimed) {
    const entry = ofLife.find(({ item }) => item === row.item)!;
    expect(entry).toMatchObject({
      event: "release",
      to: "todo",
      actor: "recovery",
      reason: { code: "interrupted" },
      attempt: row.attempt,
      refunded: row.refunded + 1,
    });
  }
}

/** What a run comes to does not depend on which of its processes says so. */
function checkOutcome({ audit, keys, result, stored }: Story): void {
  const failed = stored.items.some(({ status }) => status === "failed");
  if (failed || audit.some(({ event }) => event === "abort")) expect(result.outcome).toBe("failed");
  else {
    expect(result.outcome).toBe("done");
    expect(stored.items.filter(({ status }) => status === "done")).toHaveLength(keys.length);
  }
}

function checkSnapshot({ result, stored }: Story): void {
  const { snapshot } = result;
  for (const row of stored.items) {
    const { item, status, attempt, seq, claimedAt, settledAt, reason, output } = row;
    const shown = snapshot.items.at(item)!;
    expect({ ...shown, liveMs: 0 }).toEqual({
      key: shown.key,
      number: item,
      status,
      attempt,
      seq,
      claimedAt,
      settledAt,
      reason,
      output,
      liveMs: 0,
    });
  }
  expect(snapshot.seq).toBe(stored.seq);
}
