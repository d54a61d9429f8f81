/** Goal: what the board takes an answer for is what the server's schemas say. Method: the compiler, both ways; nothing runs. */
import { expect, test } from "vitest";
import type { z } from "zod";
import type * as board from "../../src/board/data/wire.ts";
import type * as schemas from "../../src/server/schemas.ts";

type Schemas = typeof schemas;
type Sent<K extends keyof Schemas> = Schemas[K] extends z.ZodType ? z.infer<Schemas[K]> : never;

/** What the server sends is what the board takes. */
interface Same {
  readonly item: (sent: Sent<"WorkItem">) => board.Item;
  readonly progress: (sent: Sent<"Progress">) => board.Progress;
  readonly snapshot: (sent: Sent<"Snapshot">) => board.Snapshot;
  readonly page: (sent: Sent<"ItemPage">) => board.ItemPage;
  readonly project: (sent: Sent<"Project">) => board.Project;
  readonly session: (sent: Sent<"Session">) => board.Session;
  readonly why: (sent: Sent<"Why">) => board.Why;
  readonly output: (sent: Sent<"ItemOutput">) => board.ItemOutput;
  readonly lastLine: (sent: Sent<"LastLine">) => board.LastLine;
  readonly claim: (sent: Sent<"ClaimAnswer">) => board.Claim;
  readonly heartbeat: (sent: Sent<"HeartbeatAnswer">) => board.Heartbeat;
  readonly conflict: (sent: Sent<"Conflict">) => board.Conflict;
  readonly conflicts: (sent: Sent<"ItemConflicts">) => board.ItemConflicts;
}

test("the board's types are those of the server's schemas", () => {
  const given = <T>(sent: T): T => sent;
  const same: Same = {
    item: given,
    progress: given,
    snapshot: given,
    page: given,
    project: given,
    session: given,
    why: given,
    output: given,
    lastLine: given,
    claim: given,
    heartbeat: given,
    conflict: given,
    conflicts: given,
  };
  // Every field, too: a field that the server has and the board does not know would be seen by nobody.
  const fields: Record<keyof Sent<"WorkItem">, true> = {} as Record<keyof board.Item, true>;
  expect(Object.keys(same)).toHaveLength(13);
  expect(fields).toEqual({});
});
