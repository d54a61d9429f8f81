/** What people do to a whole project: to pause it and to let it go on. */
import type { z } from "zod";
import { isoTime } from "../../base/iso-time.ts";
import type { Coordinator } from "../coordinator.ts";
import type { Project } from "../project.ts";
import { route, type Route } from "../route.ts";
import { Nothing, Project as ProjectSchema, ProjectPath } from "../schemas.ts";

/** How a project shows itself. */
export function projectOnWire(project: Project): z.infer<typeof ProjectSchema> {
  const { id, settings, createdAt, snapshot } = project;
  const { name, liveItemsMax, conflicts } = settings;
  const { seq, status } = snapshot;
  return { id, name, created_at: isoTime(createdAt), live_items_max: liveItemsMax, conflicts, status, seq };
}

export function steeringRoutes(coordinator: Coordinator): Route[] {
  return [steer(coordinator, "pause"), steer(coordinator, "resume")];
}

const SUMMARY = {
  pause: "Hand nothing out until it is resumed; what is claimed goes on. Nothing happens to a paused project.",
  resume: "Hand items out again. Nothing happens to a running project.",
} as const;

function steer(coordinator: Coordinator, verb: "pause" | "resume"): Route {
  return route({
    method: "post",
    path: `/api/projects/{id}/${verb}`,
    summary: SUMMARY[verb],
    role: "plan",
    params: ProjectPath,
    body: Nothing,
    answers: { 200: ProjectSchema },
    problems: ["not_found", "not_ready", "journal_unavailable"],
    handle: async ({ params }) => {
      const project = coordinator.project(params.id);
      const isPaused = project.snapshot.status === "paused";
      if (isPaused !== (verb === "pause")) await project.run[verb]();
      return { status: 200, body: projectOnWire(project) };
    },
  });
}
