/** Every failpoint of the product, and where it comes by. `failpoints.test.ts` holds this list against the sources. */
import { ACTIONS, type FailpointAction } from "../../support/failpoints/arm.ts";

export type Scenario = "backup" | "commands" | "compact" | "mailbox" | "resume" | "rollback" | "serve" | "worktrees";

export interface Place {
  readonly scenario: Scenario;
  /** At which coming by something happens. Default 1. */
  readonly nth?: number;
  /** What may happen there. Default: everything. */
  readonly actions?: readonly FailpointAction[];
}

export const TABLE: Readonly<Record<string, readonly Place[]>> = {
  "backup.copied": [{ scenario: "backup" }],
  "backup.name": [{ scenario: "backup" }],
  "command.over": [{ scenario: "commands", nth: 2 }],
  "command.send": [{ scenario: "commands", nth: 2 }],
  "command.settle": [{ scenario: "commands", nth: 3 }],
  "compaction.commit": [{ scenario: "compact" }],
  "compaction.committed": [{ scenario: "compact" }],
  "compaction.remove": [{ scenario: "compact" }],
  "export.name": [{ scenario: "compact" }],
  "export.named": [{ scenario: "compact" }],
  "export.sync": [{ scenario: "compact" }],
  "export.written": [{ scenario: "compact" }],
  "journal.acknowledged": [
    { scenario: "commands", nth: 3 },
    { scenario: "serve", nth: 3 },
  ],
  "journal.checkpoint": [{ scenario: "commands" }, { scenario: "resume" }],
  "journal.close": [{ scenario: "commands" }, { scenario: "serve" }],
  "journal.commit": [
    { scenario: "commands", nth: 2 },
    { scenario: "rollback", nth: 6 },
    { scenario: "serve", nth: 4 },
  ],
  "journal.committed": [
    { scenario: "commands", nth: 3 },
    { scenario: "rollback", nth: 7 },
    { scenario: "serve", nth: 5 },
  ],
  "journal.create": [{ scenario: "commands" }],
  "journal.created": [{ scenario: "commands" }],
  "journal.locked": [{ scenario: "commands" }, { scenario: "resume" }],
  "journal.recover": [{ scenario: "resume" }],
  "journal.write": [
    { scenario: "commands", nth: 4 },
    { scenario: "serve", nth: 2 },
  ],
  "mailbox.answer": [{ scenario: "mailbox" }],
  "mailbox.taken": [{ scenario: "mailbox" }],
  "registry.write": [
    { scenario: "worktrees", nth: 1 },
    { scenario: "worktrees", nth: 3 },
  ],
  "registry.written": [
    { scenario: "worktrees", nth: 2 },
    { scenario: "worktrees", nth: 4 },
  ],
  "repository-lock.named": [{ scenario: "worktrees" }],
  "repository-lock.taken": [{ scenario: "worktrees" }],
  "run-lock.name": [{ scenario: "commands" }],
  "run-lock.release": [{ scenario: "commands" }],
  "run-lock.taken": [{ scenario: "commands" }, { scenario: "resume" }],
  "server.answer": [{ scenario: "serve", nth: 4 }],
  "server.close": [{ scenario: "serve" }],
  "server.handle": [{ scenario: "serve", nth: 3 }],
  // Nothing is written there: no disk can be full.
  "undo.begin": [{ scenario: "rollback", actions: ["KILL", "TERM", "INT", "STOP", "throw"] }],
  "undo.over": [{ scenario: "rollback", actions: ["KILL", "TERM", "INT", "STOP", "throw"] }],
  "worktree.add": [{ scenario: "worktrees" }],
  "worktree.added": [{ scenario: "worktrees" }],
  "worktree.check-out": [{ scenario: "worktrees" }],
  "worktree.delete": [{ scenario: "worktrees" }],
  "worktree.deleted": [{ scenario: "worktrees" }],
  "worktree.out-of-git": [{ scenario: "worktrees" }],
  "worktree.planned": [{ scenario: "worktrees" }],
  "worktree.ready": [{ scenario: "worktrees" }],
  "worktree.remove": [{ scenario: "worktrees" }],
  "worktree.set-aside": [{ scenario: "worktrees" }],
};

/** One trial: at this coming by of this point, in this scenario, this happens. */
export interface Cell extends Place {
  readonly point: string;
  readonly action: FailpointAction;
}

export function allCells(): Cell[] {
  return Object.entries(TABLE).flatMap(([point, places]) =>
    places.flatMap((place) => (place.actions ?? ACTIONS).map((action) => ({ ...place, point, action }))),
  );
}
