/**
 * What the board gets over the wire, as `docs/reference/http.md` has it. Nothing of the server can be imported into a page, so
 * these are written again; `test/board/wire.test.ts` holds both together.
 */
export type ItemStatus = "todo" | "claimed" | "done" | "failed" | "cancelled";

export interface Item {
  readonly id: string;
  readonly key: string;
  readonly project_id: string;
  readonly run_id: string;
  readonly parent_item_id: string | null;
  readonly title: string;
  readonly description: string | null;
  readonly task_type: string | null;
  readonly status: ItemStatus;
  readonly ready: boolean;
  readonly blocked_by: readonly string[];
  readonly priority: number;
  readonly assigned_agent_id: string | null;
  readonly assigned_at: string | null;
  readonly lease_expires_at: string | null;
  readonly attempt: number;
  readonly attempts_max: number;
  readonly files: readonly string[];
  readonly files_modified: readonly string[];
  readonly dependencies: readonly string[];
  readonly estimated_hours: number | null;
  readonly result_summary: string | null;
  readonly failure_reason: string | null;
  readonly stage: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly completed_at: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly seq: number;
}

export interface Progress {
  readonly seq: number;
  /** A state of a run. */
  readonly status: string;
  readonly total: number;
  readonly todo: number;
  readonly ready: number;
  readonly blocked: number;
  readonly claimed: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly live_items_max: number;
}

export interface Snapshot {
  readonly seq: number;
  /** The audit log begins behind it. */
  readonly base_seq: number;
  readonly project_id: string;
  readonly progress: Progress;
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
}

export interface ItemPage {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
  readonly seq: number;
}

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
  readonly live_items_max: number;
  readonly conflicts: "report" | "refuse";
  readonly status: string;
  readonly seq: number;
}

export type Role = "read" | "worker" | "plan" | "admin";

export interface Session {
  readonly role: Role;
  readonly version: string;
  /** Whether `/inspect` shows what the actors do. */
  readonly inspect: boolean;
}

export interface Reason {
  readonly code: string;
  readonly message?: string;
  readonly data?: unknown;
}

/** One transition, or a note that moved nothing. Fields of single events stand beside these. */
export interface Row {
  readonly seq: number;
  readonly at: string;
  readonly run_id: string;
  readonly event: string;
  readonly item?: string;
  readonly item_id?: string;
  readonly attempt?: number;
  readonly from: string;
  readonly to: string;
  readonly actor: string;
  readonly reason?: Reason;
  readonly progress?: unknown;
  readonly note?: unknown;
  readonly files?: unknown;
  readonly [more: string]: unknown;
}

export interface AuditPage {
  readonly rows: readonly Row[];
  readonly seq: number;
  readonly base_seq: number;
}

export interface Why {
  readonly work_item_id: string;
  readonly state: string;
  readonly in_words: string;
  readonly holds: readonly Readonly<Record<string, unknown>>[];
}

/** What a claim answers, as far as the page needs it. */
export interface Claim {
  readonly item: Item;
  readonly fencing_token: number;
  readonly lease_expires_at: string;
  readonly conflicts: readonly Conflict[];
}

export interface Heartbeat {
  readonly lease_expires_at: string;
  readonly cancel_requested: boolean;
  readonly conflicts: readonly Conflict[];
}

export interface Conflict {
  readonly work_item_id: string;
  readonly agent_id: string;
  readonly conflicting_files: readonly string[];
}

/** A claimed item that has files in hand which others have, too. */
export interface ItemConflicts {
  readonly work_item_id: string;
  readonly conflicts: readonly Conflict[];
}

/** The end of what an item printed. */
export interface ItemOutput {
  readonly work_item_id: string;
  /** 0: it has not begun. */
  readonly attempt: number;
  readonly is_live: boolean;
  /** `false`: its commands do not run where the server is. */
  readonly is_kept: boolean;
  readonly lines: readonly string[];
}

export interface LastLine {
  readonly work_item_id: string;
  readonly line: string;
}
