/** Projects, and what is consistent about a whole one: its picture, progress, audit log and stream. */
import { z } from "zod";
import { LIMITS } from "../../base/limits.ts";
import type { Coordinator } from "../coordinator.ts";
import { eventStream } from "../event-stream.ts";
import { pageOf, pageOfNumbers } from "../list-items.ts";
import { pictureAt, progressOf } from "../picture.ts";
import { ProblemError } from "../problem.ts";
import { ProjectRequests } from "../project-requests.ts";
import type { Project } from "../project.ts";
import { route, type Route } from "../route.ts";
import { planRoutes } from "./plans.ts";
import { projectOnWire, steeringRoutes } from "./steering.ts";
import {
  AuditPage,
  CreateProject,
  Progress,
  ProgressQuery,
  Project as ProjectSchema,
  ProjectConflicts,
  ProjectPath,
  Projects,
  Snapshot,
} from "../schemas.ts";

const seqQuery = z.coerce.number().int().min(0);

export function projectRoutes(coordinator: Coordinator): Route[] {
  return [
    ...manageRoutes(coordinator),
    ...planRoutes(coordinator),
    ...steeringRoutes(coordinator),
    ...readRoutes(coordinator),
    conflictsRoute(coordinator),
    auditRoute(coordinator),
    events(coordinator),
  ];
}

/** Of every project when it is made. */
const AT_FIRST = { status: "running", seq: 1 } as const;

function manageRoutes(coordinator: Coordinator): Route[] {
  const requests = new ProjectRequests();
  const list = route({
    method: "get",
    path: "/api/projects",
    summary: "All projects, oldest first.",
    role: "read",
    answers: { 200: Projects },
    problems: [],
    handle: () => ({ status: 200, body: coordinator.all().map(projectOnWire) }),
  });
  const create = route({
    method: "post",
    path: "/api/projects",
    summary: "Make a project.",
    role: "admin",
    body: CreateProject,
    takesKey: true,
    answers: { 201: ProjectSchema },
    problems: ["journal_unavailable", "cap_reached", "idempotency_key_reused"],
    handle: async ({ body, request }) => {
      const { name, live_items_max, conflicts } = body;
      const asked = {
        name,
        ...(live_items_max !== undefined && { liveItemsMax: live_items_max }),
        ...(conflicts !== undefined && { conflicts }),
        ...(request !== undefined && { request }),
      };
      const make = (): Promise<Project> => coordinator.create(asked);
      const { project, isRepeated } = await requests.once(request, () => coordinator.all(), make);
      const answer = { status: 201, body: { ...projectOnWire(project), ...AT_FIRST } };
      return isRepeated ? { ...answer, headers: { "idempotency-replayed": "true" } } : answer;
    },
  });
  return [list, create];
}

function readRoutes(coordinator: Coordinator): Route[] {
  const snapshot = route({
    method: "get",
    path: "/api/projects/{id}/snapshot",
    summary: "The project at one version, by default the present one; its items in pages.",
    role: "read",
    params: ProjectPath,
    query: z.strictObject({
      at: seqQuery.optional(),
      since: seqQuery
        .optional()
        .describe("Only items that may look different than at this version; all, when it is too long ago to know."),
      cursor: z.string().max(200).optional(),
      limit: z.coerce.number().int().min(1).max(10_000).optional().describe("Default 1000."),
    }),
    answers: { 200: Snapshot },
    problems: ["not_found", "history_removed"],
    handle: async ({ params, query }) => {
      const project = coordinator.project(params.id);
      const changed = query.since === undefined ? undefined : changedSince(project, query.since, query.at);
      const picture = await pictureAt(project, query.at);
      const { cursor, limit = 1_000 } = query;
      const { items, next_cursor } =
        changed === undefined
          ? pageOf(picture, cursor, limit, () => true)
          : pageOfNumbers(picture, changed, cursor, limit);
      const body = {
        seq: picture.snapshot.seq,
        base_seq: project.baseSeq,
        project_id: project.id,
        progress: progressOf(picture),
        items,
        next_cursor,
      };
      return { status: 200, body };
    },
  });
  const progress = route({
    method: "get",
    path: "/api/projects/{id}/progress",
    summary: "How many items are in each state.",
    role: "read",
    params: ProjectPath,
    query: ProgressQuery,
    answers: { 200: Progress },
    problems: ["not_found"],
    handle: ({ params, query }) => {
      const project = coordinator.project(params.id);
      return { status: 200, body: progressOf(project.picture(), project.namedItem(query.parent_item_id)) };
    },
  });
  return [snapshot, progress];
}

function conflictsRoute(coordinator: Coordinator): Route {
  return route({
    method: "get",
    path: "/api/projects/{id}/conflicts",
    summary: "Claimed work items that have files in hand which others have, too, each with who.",
    role: "read",
    params: ProjectPath,
    answers: { 200: ProjectConflicts },
    problems: ["not_found"],
    handle: ({ params }) => ({ status: 200, body: coordinator.project(params.id).allConflicts() }),
  });
}

function auditRoute(coordinator: Coordinator): Route {
  return route({
    method: "get",
    path: "/api/projects/{id}/audit",
    summary: "Every transition after a version, in order.",
    role: "read",
    params: ProjectPath,
    query: z.strictObject({
      after: seqQuery.optional().describe("Default: from where the log begins, `base_seq`."),
      limit: z.coerce.number().int().min(1).max(1_000).optional(),
      item: z.string().min(1).max(128).optional().describe("Id or key of a work item: only what is about it."),
    }),
    answers: { 200: AuditPage },
    problems: ["not_found", "history_removed"],
    handle: async ({ params, query }) => {
      const project = coordinator.project(params.id);
      const item = project.namedItem(query.item);
      const rows = await project.auditRows(query.after, query.limit ?? 1_000, item);
      return { status: 200, body: { rows, seq: project.hub.seq, base_seq: project.baseSeq } };
    },
  });
}

function events(coordinator: Coordinator): Route {
  let open = 0;
  return route({
    method: "get",
    path: "/api/projects/{id}/events",
    summary: "Every transition as it happens, as server-sent events; the id of each is its seq.",
    role: "read",
    params: ProjectPath,
    query: z.strictObject({ after: seqQuery.optional() }),
    byHand: true,
    answers: { 200: undefined },
    problems: ["not_found", "history_removed", "cap_reached"],
    handle: ({ params, query, headers, signal }) => {
      const project = coordinator.project(params.id);
      const after = lastSeen(headers.get("last-event-id")) ?? query.after ?? project.hub.seq;
      if (after > project.hub.seq)
        throw new ProblemError(
          "invalid_request",
          `expected a version up to ${project.hub.seq}, got ${after}: another history`,
        );
      project.refuseRemoved(after);
      if (open >= LIMITS.streamsMax)
        throw new ProblemError(
          "cap_reached",
          `expected at most ${LIMITS.streamsMax} open streams, got one more; close one`,
        );
      open++;
      const stream = eventStream(project.hub, { env: project.env, after, signal, onEnd: () => void open-- });
      return new Response(stream, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
    },
  });
}

/** @throws ProblemError `invalid_request` */
function changedSince(project: Project, since: number, at: number | undefined): ReadonlySet<number> | undefined {
  if (at !== undefined) throw new ProblemError("invalid_request", "expected at or since, got both");
  if (since > project.hub.seq)
    throw new ProblemError(
      "invalid_request",
      `expected a version up to ${project.hub.seq}, got ${since}: another history`,
    );
  return project.changedSince(since);
}

function lastSeen(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seq = /^\d{1,16}$/.test(header) ? Number(header) : Number.NaN;
  if (Number.isSafeInteger(seq)) return seq;
  throw new ProblemError("invalid_request", "expected a seq in Last-Event-ID, got something else");
}
