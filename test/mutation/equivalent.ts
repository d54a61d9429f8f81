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
];
