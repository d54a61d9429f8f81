/** Every route of a coordinator as a function. */
import type { Env } from "../base/env.ts";
import { webEnv } from "../base/web-env.ts";
import { fromWire, fromWireShallow } from "./camel-case.ts";
import { followEvents, type FollowOptions } from "./follow-events.ts";
import { ROUTES } from "./routes.ts";
import type {
  AddNote,
  AuditPage,
  AuditQuery,
  Backup,
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
  ItemNote,
  ItemConflicts,
  LastLine,
  ListFilter,
  PageOptions,
  PlanTasks,
  ProgressQuery,
  Project,
  ProjectEvent,
  ProjectProgress,
  ProjectSnapshot,
  ReleaseWorkItem,
  Session,
  SnapshotPage,
  WhyItem,
  WorkItem,
  WorkItemOutput,
  WorkItemPage,
} from "./shapes.ts";
import { Transport, type Call, type CallOptions } from "./transport.ts";

export interface ClientOptions {
  /** Where the coordinator is, such as `http://127.0.0.1:4747`, or what says it for each request. */
  readonly url: string | (() => string);
  /**
   * A token with the role that the calls need, or what gives it for each request and its address. Default none: only `health` and
   * `openApi` answer.
   */
  readonly token?: string | ((url: string) => string | Promise<string>);
  /** Milliseconds in which a failed request is sent again, from its first failure; 0: never. Default 30,000. */
  readonly retryForMs?: number;
  /** Milliseconds that one request may take, beside the time that it asks the coordinator to wait. Default 30,000. */
  readonly timeoutMs?: number;
  /** What sends requests. Default: `fetch`. */
  readonly fetch?: typeof fetch;
  /** Time, chance and ids. Default: the real ones. */
  readonly env?: Env;
}

/** Options of a call that may be made to depend on the version that the caller has seen. */
export interface ChangeOptions extends CallOptions {
  /** `seq` of the item as it was seen: when it is another by now, nothing is done, and the error is `precondition_failed`. */
  readonly ifSeq?: number;
}

/** `reason` stands in the audit log. */
export interface StopWorkItem {
  readonly reason?: string;
}

/** Work items. An item is named by its id, or by its key within the default project. */
export interface ItemCalls {
  create(item: CreateWorkItem, options?: CallOptions): Promise<WorkItem>;
  /** One page; `nextCursor` is that of the following, `null` behind the last. */
  list(filter?: ListFilter & PageOptions, options?: CallOptions): Promise<WorkItemPage>;
  /** All that match, page by page as they are asked for. Pages may be of different versions. */
  all(filter?: ListFilter, options?: CallOptions): AsyncIterableIterator<WorkItem>;
  get(id: string, options?: CallOptions): Promise<WorkItem>;
  /** The item if it is not of the version `seq` any more, else `undefined`. `ready` and the end of a lease change within a version. */
  getNewer(id: string, seq: number, options?: CallOptions): Promise<WorkItem | undefined>;
  claim(id: string, claim: ClaimWorkItem, options?: CallOptions): Promise<Claim>;
  /** `undefined`: there was none within `waitMs`. */
  claimNext(claim: ClaimNextWorkItem, options?: CallOptions): Promise<Claim | undefined>;
  heartbeat(id: string, sign: HeartbeatWorkItem, options?: CallOptions): Promise<Heartbeat>;
  complete(id: string, report: CompleteWorkItem, options?: CallOptions): Promise<WorkItem>;
  fail(id: string, report: FailWorkItem, options?: CallOptions): Promise<WorkItem>;
  release(id: string, claim: ReleaseWorkItem, options?: CallOptions): Promise<WorkItem>;
  requeue(id: string, stop?: StopWorkItem, options?: ChangeOptions): Promise<WorkItem>;
  cancel(id: string, stop?: StopWorkItem, options?: ChangeOptions): Promise<WorkItem>;
  note(id: string, note: AddNote, options?: ChangeOptions): Promise<WorkItem>;
  /** The latest that holders and others left on it, oldest first: 1,000, and as many of what heartbeats said. */
  notes(id: string, options?: CallOptions): Promise<readonly ItemNote[]>;
  why(id: string, options?: CallOptions): Promise<WhyItem>;
  /** The last lines that its latest attempt printed, by default 100, at most 500. */
  output(id: string, query?: { readonly lines?: number }, options?: CallOptions): Promise<WorkItemOutput>;
  conflicts(question: CheckConflicts, options?: CallOptions): Promise<readonly Conflict[]>;
}

/** Projects, and what is consistent about a whole one. */
export interface ProjectCalls {
  list(options?: CallOptions): Promise<readonly Project[]>;
  create(project: CreateProject, options?: CallOptions): Promise<Project>;
  /** Adds all tasks or none; answers the keys of what was made. */
  addPlan(
    id: string,
    plan: PlanTasks,
    options?: CallOptions,
  ): Promise<{ readonly keys: readonly string[]; readonly seq: number; readonly ignored: readonly string[] }>;
  /** Hands nothing out any more; what is claimed goes on. */
  pause(id: string, options?: CallOptions): Promise<Project>;
  /** Hands items out again. */
  resume(id: string, options?: CallOptions): Promise<Project>;
  /** The project at the version `at`, by default the present one. */
  snapshot(id: string, page?: SnapshotPage, options?: CallOptions): Promise<ProjectSnapshot>;
  /** How many items there are in each state, of all or of what is below one. */
  progress(id: string, query?: ProgressQuery, options?: CallOptions): Promise<ProjectProgress>;
  /** Claimed items that have files in hand which others have, too, each with who. */
  conflicts(id: string, options?: CallOptions): Promise<readonly ItemConflicts[]>;
  /** Transitions behind the version `after`, by default from the first. */
  audit(id: string, query?: AuditQuery, options?: CallOptions): Promise<AuditPage>;
  /** The last line of each live item that has printed one. */
  output(id: string, options?: CallOptions): Promise<readonly LastLine[]>;
  /** Transitions as they happen, each once and in order, also over broken connections, until the signal is aborted. */
  events(id: string, options?: FollowOptions): AsyncIterableIterator<ProjectEvent>;
}

export interface Client {
  readonly items: ItemCalls;
  readonly projects: ProjectCalls;
  /** The role of the token. */
  session(options?: CallOptions): Promise<Session>;
  /**
   * Has the coordinator copy all projects into its folder for backups, and answers when the copy is whole and checked. Takes as long as
   * reading and writing everything: give a `timeoutMs` that is long enough.
   */
  backup(options?: CallOptions): Promise<Backup>;
  health(options?: CallOptions): Promise<{ readonly status: "ok"; readonly version: string }>;
  /** The OpenAPI 3.1 document. */
  openApi(options?: CallOptions): Promise<{ readonly [key: string]: unknown }>;
}

/**
 * Makes a client of a coordinator. Nothing is sent before a call is made, and nothing has to be closed.
 * @throws UsageError when the address is none of HTTP
 * @example
 * const client = createClient({ url: "http://127.0.0.1:4747", token });
 * const claim = await client.items.claimNext({ agentId: "ada", waitMs: 30_000 });
 */
export function createClient(options: ClientOptions): Client {
  const transport = new Transport({
    url: options.url,
    token: options.token,
    fetch: options.fetch ?? ((...request) => fetch(...request)),
    env: options.env ?? webEnv(),
    retryForMs: options.retryForMs ?? 30_000,
    timeoutMs: options.timeoutMs ?? 30_000,
  });
  return {
    items: itemCalls(transport),
    projects: projectCalls(transport),
    session: (options) => ask(transport, { route: ROUTES.session, options }),
    backup: (options) => ask(transport, { route: ROUTES.backup, body: {}, options }),
    health: (options) => ask(transport, { route: ROUTES.health, options }),
    openApi: async (options) => {
      const { body } = await transport.send({ route: ROUTES.openApi, options });
      return body as { readonly [key: string]: unknown };
    },
  };
}

/** The coordinator checks what it answers with the schemas that the types are made of. */
async function ask<T>(transport: Transport, call: Call): Promise<T> {
  const { body } = await transport.send(call);
  return fromWire(body) as T;
}

function itemCalls(transport: Transport): ItemCalls {
  const list: ItemCalls["list"] = (query = {}, options) =>
    ask(transport, { route: ROUTES["items.list"], query, options });
  return {
    list,
    all: (filter, options) => everyItem(list, filter, options),
    create: (body, options) => ask(transport, { route: ROUTES["items.create"], body, options }),
    get: (id, options) => ask(transport, { route: ROUTES["items.get"], id, options }),
    getNewer: async (id, seq, options) => {
      // An ETag names a body, and this asks for a version.
      const item = await ask<WorkItem>(transport, { route: ROUTES["items.get"], id, options });
      return item.seq === seq ? undefined : item;
    },
    claim: (id, body, options) => ask(transport, { route: ROUTES["items.claim"], id, body, options }),
    claimNext: (body, options) =>
      ask(transport, { route: ROUTES["items.claimNext"], body, options, waitMs: body.waitMs ?? 0 }),
    heartbeat: (id, body, options) => ask(transport, { route: ROUTES["items.heartbeat"], id, body, options }),
    complete: (id, body, options) => ask(transport, { route: ROUTES["items.complete"], id, body, options }),
    fail: (id, body, options) => ask(transport, { route: ROUTES["items.fail"], id, body, options }),
    release: (id, body, options) => ask(transport, { route: ROUTES["items.release"], id, body, options }),
    requeue: (id, body = {}, options) =>
      ask(transport, { route: ROUTES["items.requeue"], id, body, options, ...matching(options) }),
    cancel: (id, body = {}, options) =>
      ask(transport, { route: ROUTES["items.cancel"], id, body, options, ...matching(options) }),
    note: (id, body, options) =>
      ask(transport, { route: ROUTES["items.note"], id, body, options, ...matching(options) }),
    notes: (id, options) => ask(transport, { route: ROUTES["items.notes"], id, options }),
    why: (id, options) => ask(transport, { route: ROUTES["items.why"], id, options }),
    output: (id, query = {}, options) => ask(transport, { route: ROUTES["items.output"], id, query, options }),
    conflicts: (body, options) => ask(transport, { route: ROUTES["items.conflicts"], body, options }),
  };
}

function matching(options: ChangeOptions | undefined): Pick<Call, "headers"> {
  return options?.ifSeq === undefined ? {} : { headers: { "if-match": `"${options.ifSeq}"` } };
}

async function* everyItem(
  list: ItemCalls["list"],
  filter: ListFilter = {},
  options?: CallOptions,
): AsyncGenerator<WorkItem, void, undefined> {
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: WorkItemPage = await list(
      { ...filter, limit: 1_000, ...(cursor !== undefined && { cursor }) },
      options,
    );
    yield* page.items;
    cursor = page.nextCursor;
  }
}

function projectCalls(transport: Transport): ProjectCalls {
  return {
    list: (options) => ask(transport, { route: ROUTES["projects.list"], options }),
    create: (body, options) => ask(transport, { route: ROUTES["projects.create"], body, options }),
    addPlan: (id, body, options) => ask(transport, { route: ROUTES["projects.addPlan"], id, body, options }),
    pause: (id, options) => ask(transport, { route: ROUTES["projects.pause"], id, body: {}, options }),
    resume: (id, options) => ask(transport, { route: ROUTES["projects.resume"], id, body: {}, options }),
    snapshot: (id, query = {}, options) => ask(transport, { route: ROUTES["projects.snapshot"], id, query, options }),
    progress: (id, query = {}, options) => ask(transport, { route: ROUTES["projects.progress"], id, query, options }),
    conflicts: (id, options) => ask(transport, { route: ROUTES["projects.conflicts"], id, options }),
    audit: async (id, query = {}, options) => {
      const { body } = await transport.send({ route: ROUTES["projects.audit"], id, query, options });
      // What the answer of this route is, by its schema.
      const { rows, seq, base_seq } = body as {
        readonly rows: readonly object[];
        readonly seq: number;
        readonly base_seq: number;
      };
      return { rows: rows.map((row) => fromWireShallow(row) as unknown as ProjectEvent), seq, baseSeq: base_seq };
    },
    output: (id, options) => ask(transport, { route: ROUTES["projects.output"], id, options }),
    events: (id, options = {}) => followEvents(transport, id, options),
  };
}
