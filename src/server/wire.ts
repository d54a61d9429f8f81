/** What goes over the wire, as types: made from the schemas that check it, for clients that carry no schema library. */
import type { z } from "zod";
import type * as schemas from "./schemas.ts";

type Of<Name extends keyof typeof schemas> = (typeof schemas)[Name] extends z.ZodType
  ? z.infer<(typeof schemas)[Name]>
  : never;

/** Each body and answer by its name in the OpenAPI document. */
export interface Wire {
  readonly WorkItem: Of<"WorkItem">;
  readonly CreateWorkItem: Of<"CreateItem">;
  /** Of the query, as text. */
  readonly ListQuery: Of<"ListQuery">;
  readonly WorkItemPage: Of<"ItemPage">;
  readonly Conflict: Of<"Conflict">;
  readonly ProjectConflicts: Of<"ProjectConflicts">;
  readonly ClaimWorkItem: Of<"ClaimItem">;
  readonly ClaimNextWorkItem: Of<"ClaimNext">;
  readonly Claim: Of<"ClaimAnswer">;
  readonly HeartbeatWorkItem: Of<"HeartbeatItem">;
  readonly Heartbeat: Of<"HeartbeatAnswer">;
  readonly CompleteWorkItem: Of<"CompleteItem">;
  readonly FailWorkItem: Of<"FailItem">;
  readonly ReleaseWorkItem: Of<"ReleaseItem">;
  readonly StopWorkItem: Of<"StopItem">;
  readonly AddNote: Of<"AddNote">;
  readonly Notes: Of<"Notes">;
  readonly CheckConflicts: Of<"CheckConflicts">;
  readonly Why: Of<"Why">;
  readonly WorkItemOutput: Of<"ItemOutput">;
  readonly LastLines: Of<"LastLines">;
  readonly Project: Of<"Project">;
  readonly CreateProject: Of<"CreateProject">;
  readonly Progress: Of<"Progress">;
  readonly Snapshot: Of<"Snapshot">;
  readonly Backup: Of<"MadeBackup">;
  readonly Session: Of<"Session">;
}
