/**
 * Everything that crosses the wire, once: requests are checked by these schemas, the OpenAPI document and the client's types are
 * made from them. Objects are strict: an unknown key is told, not dropped.
 */
import { z } from "zod";
import { AGENT_NAME, agentNameFault } from "../items/agent-name.ts";

const KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const LINE = /^[^\p{Cc}]*$/u;

/** Whatever was parsed as JSON; a schema that refers to itself would be none that OpenAPI tools like. */
const json = z.unknown();
export const id = z.uuid().describe("UUID, version 7: sortable by time.");
const time = z.iso.datetime().describe("ISO 8601, UTC.");
const seq = z.int().min(0).describe("Version of the project.");
const files = z
  .array(z.string().min(1).max(1_024))
  .max(10_000)
  .describe("Paths and globs within the repository, with forward slashes.");
const note = z.string().min(1).max(4_096);
const leaseMs = z
  .int()
  .min(1_000)
  .max(86_400_000)
  .describe("How long the claim holds without a heartbeat. Default 300000.");
const agentId = z
  .string()
  .regex(AGENT_NAME)
  .refine((name) => !AGENT_NAME.test(name) || agentNameFault(name) === undefined, {
    error: ({ input }) => agentNameFault(String(input)),
  })
  .describe(
    "Who asks, for people; 1 to 128 printable characters, not local, engine, recovery, user, cli or signal. It is no identity.",
  );
const fencingToken = z.int().min(1).describe("Token of the claim, from its answer.");
const output = json.describe("Any JSON; what needs this item finds it among its inputs.");

/** The item that a path names. */
export const ItemPath = z.strictObject({
  id: z.string().min(1).max(128).describe("Id of a work item, or its key in the default project."),
});

/** The project that a path names. */
export const ProjectPath = z.strictObject({
  id: id.or(z.literal("default")).describe("Id of a project; `default`: the oldest."),
});

export const ITEM_STATUS = z.enum(["todo", "claimed", "done", "failed", "cancelled"]);

export const WorkItem = z
  .strictObject({
    id,
    key: z.string().describe("Short name within the project; what depends on it may use it."),
    project_id: id,
    run_id: id,
    parent_item_id: id.nullable(),
    title: z.string(),
    description: z.string().nullable(),
    task_type: z.string().nullable(),
    status: ITEM_STATUS,
    ready: z
      .boolean()
      .describe(
        "It is todo and needs nothing any more. A claim of it may be refused for the time being all the same: by the cap, under pressure, while the project is paused, before its backoff ends, for a pool, or for files that others have in hand where the project refuses conflicts. `why` tells all of these but the files, `POST /api/conflicts` those.",
      ),
    blocked_by: z.array(id).describe("Items that keep it from being ready."),
    priority: z.int(),
    assigned_agent_id: z.string().nullable(),
    assigned_at: time.nullable(),
    lease_expires_at: time.nullable(),
    attempt: z.int(),
    attempts_max: z.int(),
    files,
    files_modified: files,
    dependencies: z.array(id),
    estimated_hours: z.number().nullable(),
    result_summary: z.string().nullable(),
    failure_reason: z.string().nullable(),
    stage: z
      .string()
      .nullable()
      .describe(
        "What goes on beside its status: `preparing`, `verifying`, `undoing`, `undone`, `undo_failed`; `skipped` when it was cancelled because it is not needed.",
      ),
    created_at: time,
    updated_at: time.describe("When the last row of the audit log about it was written."),
    completed_at: time.nullable(),
    metadata: z.record(z.string(), json),
    seq: seq.describe(
      "Version of the item: the project's version of its last change. If-Match takes it, and ETags begin with it.",
    ),
  })
  .meta({ id: "WorkItem" });

export const CreateItem = z
  .strictObject({
    project_id: id.optional().describe("Default: the project of the coordinator."),
    key: z.string().regex(KEY).optional().describe("Default: `item-` and a number."),
    title: z.string().min(1).max(500).regex(LINE, "one line"),
    description: z.string().max(65_536).optional(),
    task_type: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/)
      .optional()
      .describe("One word: feature, bug, test, docs, refactor, …"),
    priority: z.int().min(0).max(9).optional().describe("0 goes first. Default 5."),
    dependencies: z.array(z.string().min(1).max(128)).max(1_000).optional().describe("Ids or keys."),
    files: files.optional().describe("What it plans to touch."),
    parent_item_id: id.optional(),
    attempts_max: z.int().min(1).max(1_000).optional().describe("Default 1."),
    estimated_hours: z.number().min(0).max(100_000).optional(),
    metadata: z.record(z.string().min(1).max(128), json).optional(),
  })
  .meta({ id: "CreateWorkItem" });

export const ListQuery = z.strictObject({
  project_id: id.optional(),
  status: ITEM_STATUS.optional(),
  ready: z.enum(["true", "false"]).optional().describe("Whether it is todo and needs nothing any more."),
  agent_id: z.string().max(128).optional(),
  parent_item_id: id.optional(),
  q: z.string().max(200).optional().describe("Words that title or key contain, upper and lower case alike."),
  limit: z.coerce.number().int().min(1).max(1_000).optional().describe("Default 100."),
  cursor: z.string().max(200).optional().describe("`next_cursor` of the page before."),
});

export const ItemPage = z
  .strictObject({ items: z.array(WorkItem), next_cursor: z.string().nullable(), seq })
  .meta({ id: "WorkItemPage" });

export const Conflict = z
  .strictObject({ work_item_id: id, agent_id: z.string(), conflicting_files: files })
  .meta({ id: "Conflict" });

export const Conflicts = z.array(Conflict).meta({ id: "Conflicts" });

export const ItemConflicts = z.strictObject({ work_item_id: id, conflicts: Conflicts }).meta({ id: "ItemConflicts" });
export const ProjectConflicts = z.array(ItemConflicts).meta({ id: "ProjectConflicts" });

export const ClaimItem = z
  .strictObject({ agent_id: agentId, lease_ms: leaseMs.optional(), files: files.optional() })
  .meta({ id: "ClaimWorkItem" });

export const ClaimNext = z
  .strictObject({
    agent_id: agentId,
    project_id: id.optional(),
    task_types: z.array(z.string().min(1).max(64)).min(1).max(64).optional().describe("Kinds of work. Default: any."),
    lease_ms: leaseMs.optional(),
    wait_ms: z.int().min(0).max(60_000).optional().describe("How long to wait for an item. Default 0."),
  })
  .meta({ id: "ClaimNextWorkItem" });

export const Note = z
  .strictObject({ at: time, agent_id: z.string().describe("Who left it."), note: z.string() })
  .meta({ id: "Note" });

export const Notes = z.array(Note).meta({ id: "Notes" });

export const ClaimAnswer = z
  .strictObject({
    item: WorkItem,
    fencing_token: fencingToken,
    lease_expires_at: time,
    inputs: z.record(z.string(), json).describe("What the items it depends on came to, by key."),
    notes: Notes.describe(
      "What earlier holders and others left for whoever holds it next, oldest first; the latest 20.",
    ),
    conflicts: Conflicts,
  })
  .meta({ id: "Claim" });

export const HeartbeatItem = z
  .strictObject({
    fencing_token: fencingToken,
    lease_ms: leaseMs.optional(),
    progress: z.number().min(0).max(1).optional(),
    files: files.optional().describe("What it has touched so far."),
    note: note.optional(),
  })
  .meta({ id: "HeartbeatWorkItem" });

export const HeartbeatAnswer = z
  .strictObject({ lease_expires_at: time, cancel_requested: z.boolean(), conflicts: Conflicts })
  .meta({ id: "Heartbeat" });

export const CompleteItem = z
  .strictObject({
    fencing_token: fencingToken,
    result_summary: z.string().max(65_536),
    files_modified: files,
    output: output.optional(),
  })
  .meta({ id: "CompleteWorkItem" });

export const FailItem = z
  .strictObject({
    fencing_token: fencingToken,
    failure_reason: z.string().min(1).max(4_096),
    retryable: z.boolean().optional().describe("`false`: no attempt may follow. Default true."),
  })
  .meta({ id: "FailWorkItem" });

export const ReleaseItem = z
  .strictObject({ fencing_token: fencingToken, reason: note.optional() })
  .meta({ id: "ReleaseWorkItem" });

export const StopItem = z.strictObject({ reason: note.optional() }).meta({ id: "StopWorkItem" });

export const AddNote = z.strictObject({ agent_id: agentId, note }).meta({ id: "AddNote" });

export const CheckConflicts = z
  .strictObject({ project_id: id.optional(), files, work_item_id: id.optional() })
  .meta({ id: "CheckConflicts" });

export const Why = z
  .strictObject({
    work_item_id: id,
    state: z.string(),
    in_words: z.string(),
    holds: z.array(z.record(z.string(), json)),
  })
  .meta({ id: "Why" });

export const ItemOutput = z
  .strictObject({
    work_item_id: id,
    attempt: z.int().describe("Attempts so far; 0: it has not begun."),
    is_live: z.boolean().describe("It may print more."),
    is_kept: z.boolean().describe("Whether what is printed is kept here. `false`: it is where the worker is."),
    lines: z.array(z.string()).describe("Newest last, without control characters, cut at 500 characters each."),
  })
  .meta({ id: "WorkItemOutput" });

export const LastLine = z.strictObject({ work_item_id: id, line: z.string() }).meta({ id: "LastLine" });
export const LastLines = z.array(LastLine).meta({ id: "LastLines" });

export const Project = z
  .strictObject({
    id,
    name: z.string(),
    created_at: time,
    live_items_max: z.int(),
    conflicts: z.enum(["report", "refuse"]),
    status: z.string().describe("`running`, or `paused`: nothing is handed out until it is resumed."),
    seq,
  })
  .meta({ id: "Project" });

export const Projects = z.array(Project).meta({ id: "Projects" });

export const CreateProject = z
  .strictObject({
    name: z.string().min(1).max(128).regex(LINE, "one line"),
    live_items_max: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe("How many items may be claimed at once. Default 64."),
    conflicts: z
      .enum(["report", "refuse"])
      .optional()
      .describe("What a claim of files does that others have: told to both, or refused. Default report."),
  })
  .meta({ id: "CreateProject" });

/** Nothing to say. */
export const Nothing = z.strictObject({}).meta({ id: "Nothing" });

export const MadeBackup = z
  .strictObject({
    file: z.string().describe("Its name in the server's folder."),
    at: time,
    bytes: z.int(),
    runs: z.int().describe("Runs and projects in it."),
  })
  .meta({ id: "Backup" });

export const Session = z
  .strictObject({
    role: z.enum(["read", "worker", "plan", "admin"]),
    version: z.string(),
    inspect: z.boolean().describe("Whether `/inspect` shows what the actors do, to `plan` and `admin`."),
  })
  .meta({ id: "Session" });

export const ProgressQuery = z.strictObject({
  parent_item_id: id.optional().describe("Only what is below this work item, by its key."),
});

export const Progress = z
  .strictObject({
    seq,
    status: z
      .string()
      .describe(
        "State of the whole: `running`, `paused`, `settling` (nothing new starts, what is live ends), `rollingBack`, or how it ended.",
      ),
    total: z.int(),
    todo: z.int(),
    ready: z.int(),
    blocked: z.int(),
    claimed: z.int(),
    done: z.int(),
    failed: z.int(),
    cancelled: z.int(),
    live_items_max: z.int(),
  })
  .meta({ id: "Progress" });

const baseSeq = z.int().describe("Up to there the audit log was compacted: it begins behind it. 0: it is whole.");

export const Snapshot = z
  .strictObject({
    seq,
    base_seq: baseSeq,
    project_id: id,
    progress: Progress,
    items: z.array(WorkItem),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: "Snapshot" });

export const AuditRow = z.looseObject({ seq, at: time, event: z.string() }).meta({ id: "AuditRow" });
export const AuditPage = z
  .strictObject({
    rows: z.array(AuditRow).describe("Of large ones fewer than `limit`; without any, the log has no more."),
    seq,
    base_seq: baseSeq,
  })
  .meta({ id: "AuditPage" });

export const Problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().describe("Stable; decide by this."),
    detail: z.string(),
  })
  .meta({ id: "Problem" });
