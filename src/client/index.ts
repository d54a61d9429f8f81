/** A typed client of a coordinator (`signalbox serve`), for browsers and for Node: it needs `fetch` and nothing else. */
export {
  createClient,
  type ChangeOptions,
  type Client,
  type ClientOptions,
  type ItemCalls,
  type ProjectCalls,
  type StopWorkItem,
} from "./client.ts";
export type { FollowOptions } from "./follow-events.ts";
export {
  CoordinatorError,
  FileConflictError,
  InvalidRequestError,
  ServerUnreachableError,
  type CoordinatorErrorFacts,
  type RequestMistake,
} from "./problem-error.ts";
export type {
  AddNote,
  AuditPage,
  AuditQuery,
  CheckConflicts,
  Claim,
  ClaimNextWorkItem,
  ClaimWorkItem,
  CompleteWorkItem,
  Conflict,
  CreateProject,
  CreateWorkItem,
  FailWorkItem,
  Heartbeat,
  HeartbeatWorkItem,
  ListFilter,
  PageOptions,
  PlanTasks,
  Project,
  ProjectEvent,
  ProjectProgress,
  ProjectSnapshot,
  ReleaseWorkItem,
  Session,
  SnapshotPage,
  WhyItem,
  WorkItem,
  WorkItemPage,
} from "./shapes.ts";
export type { CallOptions } from "./transport.ts";
