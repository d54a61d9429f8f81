/** Work items: to create, find and look at them, and what people do to them. */
import type { Json } from "../../base/json.ts";
import { inWords } from "../../scheduler/why-in-words.ts";
import type { Coordinator } from "../coordinator.ts";
import { notesOfItem } from "../item-notes.ts";
import { listItems } from "../list-items.ts";
import { ProblemError } from "../problem.ts";
import type { Project, ProjectTurn } from "../project.ts";
import { route, type Route } from "../route.ts";
import {
  AddNote,
  CheckConflicts,
  Conflicts,
  CreateItem,
  ItemPage,
  ItemPath,
  ListQuery,
  Notes,
  StopItem,
  Why,
  WorkItem,
} from "../schemas.ts";
import { answerWith, changeItem, shownItem } from "./change-item.ts";

export function itemRoutes(coordinator: Coordinator): Route[] {
  return [
    createItem(coordinator),
    ...readRoutes(coordinator),
    ...personRoutes(coordinator),
    ...noteRoutes(coordinator),
  ];
}

function createItem(coordinator: Coordinator): Route {
  return route({
    method: "post",
    path: "/api/work-items",
    summary: "Create a work item.",
    role: "plan",
    body: CreateItem,
    takesKey: true,
    answers: { 201: WorkItem },
    problems: [
      "not_found",
      "invalid_dependency",
      "invalid_plan",
      "dependency_cycle",
      "journal_unavailable",
      "idempotency_key_reused",
    ],
    handle: (call) => {
      const { body } = call;
      const project = coordinator.project(body.project_id);
      return project.change(call, (turn) => {
        const key = keyFor(project, turn, body.key, body.parent_item_id);
        const needs = body.dependencies?.map((need) => project.keyOf(need, "invalid_dependency"));
        turn.add({
          [key]: {
            title: body.title,
            ...(body.description !== undefined && { description: body.description }),
            ...(body.task_type !== undefined && { type: body.task_type }),
            ...(body.priority !== undefined && { priority: body.priority }),
            ...(needs !== undefined && { needs }),
            ...(body.files !== undefined && { files: body.files }),
            ...(body.attempts_max !== undefined && { attemptsMax: body.attempts_max }),
            ...(body.estimated_hours !== undefined && { estimatedHours: body.estimated_hours }),
            ...(body.metadata !== undefined && { metadata: body.metadata as Readonly<Record<string, Json>> }),
          },
        });
        const item = project.viewIn(turn, turn.item(key));
        return answerWith(201, item, item, { location: `/api/work-items/${item.id}` });
      });
    },
  });
}

/** A name that is free: below its parent's by a dot, so that the parent's state and progress follow from it. */
function keyFor(
  project: Project,
  { plan }: ProjectTurn,
  asked: string | undefined,
  parent: string | undefined,
): string {
  const above = parent === undefined ? "" : `${project.keyOf(parent, "invalid_dependency")}.`;
  if (asked !== undefined) {
    if (!asked.startsWith(above))
      throw new ProblemError("invalid_request", `expected a key that begins with ${above}, got ${asked}`);
    return asked;
  }
  for (let number = plan.graph.size + 1; ; number++) {
    const key = above === "" ? `item-${number}` : `${above}${number}`;
    if (plan.numberOf(key) === undefined) return key;
  }
}

function readRoutes(coordinator: Coordinator): Route[] {
  const list = route({
    method: "get",
    path: "/api/work-items",
    summary: "List work items, oldest first.",
    role: "read",
    query: ListQuery,
    answers: { 200: ItemPage },
    problems: ["not_found"],
    handle: ({ query }) => ({ status: 200, body: listItems(coordinator.project(query.project_id), query) }),
  });
  const get = route({
    method: "get",
    path: "/api/work-items/{id}",
    summary: "A work item; its ETag is its version and a checksum of the body.",
    role: "read",
    params: ItemPath,
    answers: { 200: WorkItem, 304: undefined },
    problems: ["not_found"],
    handle: ({ params, headers }) => {
      const { project, number } = coordinator.item(params.id);
      return shownItem(project.view(number), headers.get("if-none-match"));
    },
  });
  const why = route({
    method: "get",
    path: "/api/work-items/{id}/why",
    summary: "What keeps a work item from going on.",
    role: "read",
    params: ItemPath,
    answers: { 200: Why },
    problems: ["not_found"],
    handle: ({ params }) => {
      const { project, number } = coordinator.item(params.id);
      const answer = project.run.why(project.run.plan.taskOf(number)!.key);
      const holds = answer.state === "waiting" ? answer.for : [];
      const body = {
        work_item_id: project.idOf(number),
        state: answer.state,
        in_words: inWords(answer, project.env.clock.now()),
        holds,
      };
      return { status: 200, body };
    },
  });
  const conflicts = route({
    method: "post",
    path: "/api/conflicts",
    summary: "Claimed work items that have any of these files in hand.",
    role: "read",
    body: CheckConflicts,
    answers: { 200: Conflicts },
    problems: ["not_found"],
    handle: ({ body }) => {
      const project = coordinator.project(body.project_id);
      const number = body.work_item_id === undefined ? -1 : project.numberOf(body.work_item_id);
      if (number === undefined)
        throw new ProblemError("not_found", "expected the id of a work item of this project, got another");
      return { status: 200, body: project.conflictsOf(number, body.files) };
    },
  });
  return [list, get, why, conflicts];
}

function personRoutes(coordinator: Coordinator): Route[] {
  const requeue = route({
    method: "post",
    path: "/api/work-items/{id}/requeue",
    summary: "Put a failed work item back to todo, with all its attempts before it.",
    role: "plan",
    params: ItemPath,
    body: StopItem,
    takesKey: true,
    answers: { 200: WorkItem },
    problems: [
      "not_found",
      "not_ready",
      "already_settled",
      "precondition_failed",
      "journal_unavailable",
      "idempotency_key_reused",
    ],
    handle: (call) =>
      changeItem(coordinator, call, (turn, { number }) => {
        const key = keyOf(turn, number);
        turn.retry(key);
        if (call.body.reason !== undefined) turn.note(key, call.body.reason, "user");
      }),
  });
  const cancel = route({
    method: "post",
    path: "/api/work-items/{id}/cancel",
    summary: "Cancel a work item; its holder hears of it with the next heartbeat.",
    role: "plan",
    params: ItemPath,
    body: StopItem,
    takesKey: true,
    answers: { 200: WorkItem },
    problems: ["not_found", "already_settled", "precondition_failed", "journal_unavailable", "idempotency_key_reused"],
    handle: (call) =>
      changeItem(coordinator, call, (turn, { number }) => {
        turn.cancel(keyOf(turn, number), { reason: call.body.reason ?? "cancelled" });
      }),
  });
  return [requeue, cancel];
}

function noteRoutes(coordinator: Coordinator): Route[] {
  const read = route({
    method: "get",
    path: "/api/work-items/{id}/notes",
    summary: "The latest that holders and others left on a work item, oldest first.",
    role: "read",
    params: ItemPath,
    answers: { 200: Notes },
    problems: ["not_found"],
    handle: async ({ params }) => {
      const { project, number } = coordinator.item(params.id);
      const upTo = project.hub.seq;
      return { status: 200, body: await notesOfItem(project.journal, project.id, { item: number, upTo }) };
    },
  });
  const leave = route({
    method: "post",
    path: "/api/work-items/{id}/notes",
    summary: "Leave a note on a work item: for whoever holds it next.",
    role: "worker",
    params: ItemPath,
    body: AddNote,
    takesKey: true,
    answers: { 200: WorkItem },
    problems: ["not_found", "precondition_failed", "journal_unavailable", "idempotency_key_reused"],
    handle: (call) =>
      changeItem(coordinator, call, (turn, { number }) => {
        turn.note(keyOf(turn, number), call.body.note, call.body.agent_id);
      }),
  });
  return [read, leave];
}

/** The key of an item that is there. */
function keyOf({ plan }: ProjectTurn, number: number): string {
  return plan.taskOf(number)!.key;
}
