/** A project at one version: the present one as the run shows it, an earlier one made from the audit log. */
import { auditPages } from "../journal/audit-pages.ts";
import { foldAudit, isAnswer } from "../journal/fold.ts";
import type { JournalEntry } from "../journal/journal.ts";
import { reportIn } from "../items/report.ts";
import type { ItemSnapshot } from "../items/snapshot.ts";
import { createRunState, type RestoredItem } from "../state/run-state.ts";
import type { z } from "zod";
import { ItemTimes } from "./item-times.ts";
import { isReady, type Picture } from "./item-view.ts";
import { ProblemError } from "./problem.ts";
import type { Project } from "./project.ts";
import type { Progress } from "./schemas.ts";

/** Entries that are read for a version of the past. */
const PAST_ENTRIES_MAX = 1_000_000;

/**
 * @throws ProblemError `not_found` for a version that is not there yet, `history_removed` for one that is not there any more, `too_large`
 *   for one too far on
 */
export async function pictureAt(project: Project, at: number | undefined): Promise<Picture> {
  const present = project.picture();
  if (at === undefined || at === present.snapshot.seq) return present;
  if (at > present.snapshot.seq)
    throw new ProblemError("not_found", `expected a version up to ${present.snapshot.seq}, got ${at}`);
  for (;;) {
    const { baseSeq } = project;
    project.refuseRemoved(at);
    if (at - baseSeq > PAST_ENTRIES_MAX)
      throw new ProblemError("too_large", `expected a version up to ${baseSeq + PAST_ENTRIES_MAX}, got ${at}`);
    const entries = await entriesUpTo(project, at);
    // A log that was compacted meanwhile was read half before and half after.
    if (project.baseSeq === baseSeq) return pastPicture(project, entries, { baseSeq, seq: at });
  }
}

async function entriesUpTo(project: Project, at: number): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const page of auditPages(project.journal, project.id, { withGaps: true })) {
    for (const entry of page) if (entry.seq <= at) entries.push(withoutOutput(entry));
    if (page.at(-1)!.seq >= at) break;
  }
  return entries;
}

/** An item shows what its report says beside the output, which may be large. Answers to requests are of no item. */
function withoutOutput(entry: JournalEntry): JournalEntry {
  const { data, ...rest } = entry;
  const report = reportIn(data);
  if (report !== undefined) return { ...rest, data: { ...report, output: null } };
  return isAnswer(entry) ? rest : entry;
}

function pastPicture(
  project: Project,
  entries: readonly JournalEntry[],
  { baseSeq, seq }: { readonly baseSeq: number; readonly seq: number },
): Picture {
  const { plan } = project.run;
  const { status, items } = foldAudit(entries, baseSeq);
  const times = new ItemTimes(project.createdAt);
  let size = 0;
  for (const entry of entries) {
    times.take(entry);
    if (entry.from === "new") size = Math.max(size, entry.item + 1);
  }
  const restored = items.map(
    ({ item: number, status, attempt, seq, claimedAt, settledAt, holder, reason, output }): RestoredItem => ({
      number,
      status,
      attempt,
      seq,
      ...(claimedAt !== undefined && { claimedAt }),
      ...(settledAt !== undefined && { settledAt }),
      ...(status === "claimed" && holder !== undefined && { holder }),
      ...(reason !== undefined && { reason }),
      ...(output !== undefined && { output }),
    }),
  );
  const state = createRunState({
    runId: project.id,
    name: project.settings.name,
    size,
    seq,
    status,
    restored,
    keyOf: (number) => plan.taskOf(number)!.key,
    numberOf: (key) => plan.numberOf(key),
  });
  return {
    plan,
    snapshot: state.snapshot(),
    liveItemsMax: project.settings.liveItemsMax,
    factsOf: (number) => ({ ...times.of(number), leaseExpiresAt: undefined }),
  };
}

/**
 * Everything of one version; what is ready or blocked follows from the same items.
 *
 * @param parent Number of an item: only what is below it by its key counts
 */
export function progressOf(picture: Picture, parent?: number): z.infer<typeof Progress> {
  const { plan, snapshot, liveItemsMax } = picture;
  const above = parent === undefined ? "" : `${plan.taskOf(parent)!.key}.`;
  const isMeant = ({ key }: ItemSnapshot): boolean => parent === undefined || key.startsWith(above);
  let ready = 0;
  const counts = { todo: 0, claimed: 0, done: 0, failed: 0, cancelled: 0 };
  for (const item of snapshot.items) {
    if (!isMeant(item)) continue;
    counts[item.status]++;
    if (isReady(plan, snapshot.items, item)) ready++;
  }
  const { todo, claimed, done, failed, cancelled } = counts;
  return {
    seq: snapshot.seq,
    status: snapshot.status,
    total: todo + claimed + done + failed + cancelled,
    todo,
    ready,
    blocked: todo - ready,
    claimed,
    done,
    failed,
    cancelled,
    live_items_max: liveItemsMax,
  };
}
