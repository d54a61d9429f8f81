/** What a client sends and gets. The types follow from the schemas that the coordinator checks requests with. */
import type { Json } from "../base/json.ts";
import type { Wire } from "../server/wire.ts";
import type { Camel } from "./camel-case.ts";

/** A work item at one version (`seq`). Times are ISO 8601, UTC. */
export type WorkItem = Camel<Wire["WorkItem"]>;
/** What a new item is made of; only `title` has to be. */
export type CreateWorkItem = Camel<Wire["CreateWorkItem"]>;
/** Which items to list. */
export type ListFilter = Omit<Camel<Wire["ListQuery"]>, "ready" | "limit" | "cursor"> & {
  /** Only items that are todo and need nothing any more, or only others. */
  readonly ready?: boolean;
};
/** Which page of them. */
export interface PageOptions {
  /** Most items of the page. Default 100, at most 1,000. */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}
export type WorkItemPage = Camel<Wire["WorkItemPage"]>;
/** Files that somebody else has in hand. */
export type Conflict = Camel<Wire["Conflict"]>;
export type ClaimWorkItem = Camel<Wire["ClaimWorkItem"]>;
export type ClaimNextWorkItem = Camel<Wire["ClaimNextWorkItem"]>;
/** An item that is yours until `leaseExpiresAt`; `fencingToken` shows it. */
export type Claim = Camel<Wire["Claim"]>;
export type HeartbeatWorkItem = Camel<Wire["HeartbeatWorkItem"]>;
/** `cancelRequested`: stop working on it; the claim is over. */
export type Heartbeat = Camel<Wire["Heartbeat"]>;
export type CompleteWorkItem = Camel<Wire["CompleteWorkItem"]>;
export type FailWorkItem = Camel<Wire["FailWorkItem"]>;
export type ReleaseWorkItem = Camel<Wire["ReleaseWorkItem"]>;
export type AddNote = Camel<Wire["AddNote"]>;
/** What somebody left on an item for whoever holds it next. */
export type ItemNote = Camel<Wire["Notes"]>[number];
export type CheckConflicts = Camel<Wire["CheckConflicts"]>;
/** What keeps an item from going on. */
export type WhyItem = Camel<Wire["Why"]>;
/** The end of what an item printed. */
export type WorkItemOutput = Camel<Wire["WorkItemOutput"]>;
/** A claimed item that has files in hand which others have, too. */
export type ItemConflicts = Camel<Wire["ProjectConflicts"]>[number];
export type LastLine = Camel<Wire["LastLines"]>[number];
export type Project = Camel<Wire["Project"]>;
export type CreateProject = Camel<Wire["CreateProject"]>;
export type ProjectProgress = Camel<Wire["Progress"]>;
export type ProjectSnapshot = Camel<Wire["Snapshot"]>;

/** A copy of the state that the coordinator made. */
export type Backup = Camel<Wire["Backup"]>;

/** What a token may do, and the version of the coordinator. */
export type Session = Camel<Wire["Session"]>;

/** Which version of a project, and which page of it. */
export interface SnapshotPage extends PageOptions {
  /** A version of the past. Default: the present one. */
  readonly at?: number;
  /** Only items that may look different than at this version; all, when that is too long ago to know. Not with `at`. */
  readonly since?: number;
}

/** Which entries of the audit log. */
export interface AuditQuery {
  /** Only those behind this version. Default: from where the log begins. */
  readonly after?: number;
  /** At most so many. Default and most: 1,000. */
  readonly limit?: number;
  /** Only what is about this item: its id or key. */
  readonly item?: string;
}

/** Which items are counted. */
export interface ProgressQuery {
  /** Only those below this item, by its key. Default: all of the project. */
  readonly parentItemId?: string;
}

/** Tasks to add to a project, as in a plan file: the names of a plan are camelCase everywhere. */
export interface PlanTasks {
  /** Values for every one of these tasks that does not say otherwise. */
  readonly defaults?: { readonly [key: string]: Json };
  readonly tasks: Readonly<Record<string, { readonly [key: string]: Json }>>;
}

/** A transition, as the audit log and the event stream tell it. What else it has depends on `event`. */
export interface ProjectEvent {
  readonly seq: number;
  readonly at: string;
  readonly runId: string;
  /** `item.claimed`, `item.done`, …: docs/reference/events.md lists them. */
  readonly event: string;
  /** Key of the item, when it is about one. */
  readonly item?: string;
  readonly itemId?: string;
  readonly attempt?: number;
  readonly from: string;
  readonly to: string;
  readonly actor: string;
  readonly reason?: { readonly code: string; readonly message?: string; readonly data?: Json };
  readonly [more: string]: unknown;
}

/** Entries of the audit log, and the project's version when they were read. */
export interface AuditPage {
  readonly rows: readonly ProjectEvent[];
  readonly seq: number;
  /** Up to there the log was compacted: it begins behind it. 0: it is whole. */
  readonly baseSeq: number;
}
