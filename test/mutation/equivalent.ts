/** Mutants that no test can notice, because they do the same; each with its reason. They count for nothing. */
export interface Equivalent {
  readonly path: string;
  /** The line, without the space around it. */
  readonly line: string;
  /** Absent: whatever is changed in this line. */
  readonly original?: string;
  readonly replacement?: string;
  readonly reason: string;
}

export const equivalents: readonly Equivalent[] = [
  {
    path: "src/items/retry.ts",
    line: "return value > 0 ? value : 0;",
    original: ">",
    replacement: ">=",
    reason: "nothing is nothing either way",
  },
  {
    path: "src/items/pattern-sweep.ts",
    line: "if (node.names !== undefined || node.wild !== undefined) this.#keep(node, state);",
    reason: "what is kept is found again when it is not: it saves time",
  },
  {
    path: "src/scheduler/files.ts",
    line: "if (lane.waitsFor !== undefined) this.#lanesBehind.get(lane.waitsFor)?.delete(lane);",
    original: "lane.waitsFor !== undefined",
    replacement: "true",
    reason: "no lane stands behind nobody: there is nothing to delete",
  },
  {
    path: "machines/repository-lock.ts",
    line: 'event.type !== "request"',
    original: 'event.type !== "request"',
    replacement: "false",
    reason: "only a request is put into the queue: the question is for the compiler",
  },
  {
    path: "machines/repository-lock.ts",
    line: 'if (event.type === "timeout" || event.type === "abort") return ({ ticket }) => ticket === event.ticket;',
    original: 'event.type === "timeout" || event.type === "abort"',
    replacement: "true",
    reason: "nobody waits with the ticket of an event that has none: the question is for the compiler",
  },
  {
    path: "machines/run.ts",
    line: 'event.type === "setCap" ? { liveItemsMax: event.liveItemsMax } : {},',
    original: 'event.type === "setCap"',
    replacement: "true",
    reason: "the action stands below setCap only: the question is for the compiler",
  },
  {
    path: "machines/worktree.ts",
    line: 'const fail = machineSetup.assign(({ event }) => ({ reason: event.type === "fail" ? event.reason : undefined }));',
    original: 'event.type === "fail"',
    replacement: "true",
    reason: "the action stands below fail only: the question is for the compiler",
  },
  {
    path: "machines/run-spec-edges.ts",
    line: 'else came.push(mayChange(plan, came, (skippable ??= skippableItems(plan)), item) ? "held" : "blocked");',
    original: "??=",
    replacement: "=",
    reason: "it is kept so that it is not worked out again: what is worked out is the same",
  },
  {
    path: "src/items/asked-patterns.ts",
    line: "if (after === undefined) {",
    original: "after === undefined",
    replacement: "true",
    reason: "it is kept so that it is not worked out again: what is worked out is the same",
  },
  {
    path: "src/items/file-conflicts.ts",
    line: "this.#holders.set(item, (holder = { item, place: ++this.#places, held: [], repeats: false }));",
    original: "false",
    replacement: "true",
    reason: "who holds nothing twice is looked through for what is there twice: not to do it saves time",
  },
  {
    path: "src/items/pattern-overlap.ts",
    line: "if (ESCAPE_OR_STAR.test(one) || ESCAPE_OR_STAR.test(other)) break;",
    original: "ESCAPE_OR_STAR.test(one) || ESCAPE_OR_STAR.test(other)",
    replacement: "true",
    reason: "a quick look that sees less: the whole comparison behind it sees the same",
  },
  {
    path: "src/items/pattern-search.ts",
    line: "(at.names?.size ?? 0) > SMALL &&",
    original: "at.names?.size ?? 0",
    replacement: "at.names?.size",
    reason: "neither nothing nor none is more than a few",
  },
  {
    path: "src/items/pattern-search.ts",
    line: 'this.#tree.countFor(this.#segments[depth + 1] ?? "*") < at.names!.size',
    original: "<",
    replacement: "<=",
    reason: "where both ways are as long, either will do: they find the same",
  },
  {
    path: "src/items/segment-matcher.ts",
    line: "if (!one.before.startsWith(other.before) && !other.before.startsWith(one.before)) return false;",
    original: "!one.before.startsWith(other.before) && !other.before.startsWith(one.before)",
    replacement: "false",
    reason: "a quick look that sees less: the whole comparison behind it sees the same",
  },
  {
    path: "src/items/segment-matcher.ts",
    line: "if (!one.after.endsWith(other.after) && !other.after.endsWith(one.after)) return false;",
    original: "!one.after.endsWith(other.after) && !other.after.endsWith(one.after)",
    replacement: "false",
    reason: "a quick look that sees less: the whole comparison behind it sees the same",
  },
  {
    path: "src/journal/memory-journal.ts",
    line: "if (this.#answers.length > 2 * JOURNAL_LIMITS.answersMax) this.#answers = latest(this.#answers);",
    original: ">",
    replacement: ">=",
    reason: "who reads gets the latest: when the others are let go of is a matter of memory",
  },
  {
    path: "src/journal/memory-journal.ts",
    line: "if (this.#answers.length > 2 * JOURNAL_LIMITS.answersMax) this.#answers = latest(this.#answers);",
    original: "this.#answers.length > 2 * JOURNAL_LIMITS.answersMax",
    replacement: "true",
    reason: "who reads gets the latest: to let go of the others seldom saves time",
  },
  {
    path: "src/journal/memory-pages.ts",
    line: "if (entry.reason !== undefined) page.reasons.set(row, entry.reason);",
    original: "entry.reason !== undefined",
    replacement: "true",
    reason: "none that is noted is read as none: not to note it saves memory",
  },
  {
    path: "src/journal/memory-pages.ts",
    line: "if (entry.data !== undefined) page.data.set(row, entry.data);",
    original: "entry.data !== undefined",
    replacement: "true",
    reason: "none that is noted is read as none: not to note it saves memory",
  },
  {
    path: "src/items/file-conflicts.ts",
    line: "if (stepsMax < 0 || isOver) break;",
    original: "stepsMax < 0 || isOver",
    replacement: "false",
    reason: "who has no steps left takes none, and who wants one conflict takes any: to stop saves time",
  },
  {
    path: "src/items/file-conflicts.ts",
    line: "if (stepsMax < 0 || isOver) break;",
    original: "||",
    replacement: "&&",
    reason: "who has no steps left takes none, and who wants one conflict takes any: to stop saves time",
  },
  {
    path: "src/items/pattern-search.ts",
    line: "(at.names?.size ?? 0) > SMALL &&",
    original: ">",
    replacement: ">=",
    reason: "where both ways are as long, either will do: they find the same",
  },
  {
    path: "machines/work-item.ts",
    line: 'event.type !== "claim"',
    original: 'event.type !== "claim"',
    replacement: "false",
    reason: "the action stands below claim only: the question is for the compiler",
  },
  {
    path: "machines/work-item.ts",
    line: 'event.type === "expire" ? LEASE_EXPIRED : event.type === "release" ? (event.reason ?? RELEASED) : context.reason,',
    original: 'event.type === "release"',
    replacement: "true",
    reason: "the action stands below expire and release only: the question is for the compiler",
  },
  {
    path: "machines/worktree.ts",
    line: 'const keep = machineSetup.assign(({ event }) => ({ findings: event.type === "keep" ? event.findings : [] }));',
    original: 'event.type === "keep"',
    replacement: "true",
    reason: "the action stands below keep only: the question is for the compiler",
  },
  {
    path: "machines/run.ts",
    line: 'reason: event.type === "pause" ? event.reason : undefined,',
    original: 'event.type === "pause"',
    replacement: "true",
    reason: "the action stands below pause only: the question is for the compiler",
  },
  {
    path: "machines/run.ts",
    line: 'event.type === "publish" ? { seq: event.seq, counts: event.counts, size: sizeOf(event.counts) } : {},',
    original: 'event.type === "publish"',
    replacement: "true",
    reason: "the action stands below publish only: the question is for the compiler",
  },
  {
    path: "machines/run.ts",
    line: 'event.type === "pressure" ? { pressure: event.reason, closedBy: context.closedBy ?? "pressure" } : {},',
    original: 'event.type === "pressure"',
    replacement: "true",
    reason: "the action stands below pressure only: the question is for the compiler",
  },
];
